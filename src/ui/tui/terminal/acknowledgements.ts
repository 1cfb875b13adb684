// Has the terminal understood what was sent, and may more be sent?
//
// Each flush ends with a status request. Its answer comes back through multiplexers and networks only after the
// terminal has read the flush, which an accepted write does not say: sockets and multiplexers store a lot.

const STATUS_REQUEST = '\x1b[5n';

/** Flushes that may be on their way. One would leave the line idle while the answer travels. */
const MOST_OPEN = 2;
/** A key's echo may go ahead of that: a person notices a late letter, not a late frame. */
const MOST_OPEN_FOR_ECHO = 4;
/** An unanswered request of a terminal that never answered counts as such after this long. */
const FIRST_ANSWER_MS = 300;
/** Requests without any answer after which no more are sent. */
const GIVE_UP_AFTER = 3;
/** A terminal that used to answer: an answer may be lost (an editor read it), so waiting ends at last. */
const LOST_ANSWER_MS = 2_000;
/** Without acknowledgements, how long ago the last flush must be to count as seen. */
const SURELY_SEEN_MS = 150;

export interface Acknowledgements {
  /** What to append to a flush sent at `now`; empty when this terminal does not answer. */
  request(now: number): string;
  answered(): void;
  /** Milliseconds until the next flush may be sent; 0 for now. */
  waitMs(now: number, urgency: 'frame' | 'echo'): number;
  /** True when nothing that was sent can still be unread. */
  isQuiet(now: number): boolean;
  /** True while an answer is on its way. */
  isAwaited(now: number): boolean;
  /** Forgets what is open: the terminal was away, its answers went elsewhere. */
  forget(): void;
}

export function createAcknowledgements(): Acknowledgements {
  let open: number[] = [];
  let asked = 0;
  let unanswered = 0;
  let state: 'unknown' | 'answers' | 'silent' = 'unknown';
  let lastSent = Number.NEGATIVE_INFINITY;

  const expire = (now: number): void => {
    const limit = state === 'answers' ? LOST_ANSWER_MS : FIRST_ANSWER_MS;
    while (open.length > 0 && now - open[0]! >= limit) {
      open.shift();
      unanswered += 1;
      if (state === 'unknown' && unanswered >= GIVE_UP_AFTER) {
        state = 'silent';
        open = [];
      }
    }
  };

  return {
    request(now) {
      lastSent = now;
      if (state === 'silent' || (state === 'unknown' && asked >= GIVE_UP_AFTER)) return '';
      asked += 1;
      open.push(now);
      return STATUS_REQUEST;
    },
    answered() {
      state = 'answers';
      open.shift();
    },
    waitMs(now, urgency) {
      expire(now);
      const most = urgency === 'echo' ? MOST_OPEN_FOR_ECHO : MOST_OPEN;
      if (open.length < most) return 0;
      const limit = state === 'answers' ? LOST_ANSWER_MS : FIRST_ANSWER_MS;
      return Math.max(1, open[open.length - most]! + limit - now);
    },
    isQuiet(now) {
      expire(now);
      return state === 'answers' ? open.length === 0 : now - lastSent >= SURELY_SEEN_MS;
    },
    isAwaited(now) {
      expire(now);
      return open.length > 0;
    },
    forget() {
      open = [];
    },
  };
}
