// The bytes of an answer as whole server-sent events, each within bounds, and without what only confuses a reader.
//
// The client library joins and searches all it has at each chunk, which is quadratic in the length of an event, and it
// prints to the terminal what it cannot read of some. So it is given whole events, only their data, few at a time.

/** What a model says at most in 128,000 tokens, told piece by piece and padded, with room to spare. */
const MOST_BYTES = 128 * 1024 * 1024;
/** The last event of a response holds all of it once more. */
const LONGEST_EVENT = 32 * 1024 * 1024;
/** Events that are handed on together: enough to save turns of the loop, few enough to be copied often. */
const BATCH_BYTES = 8 * 1024;

export interface FrameLimits {
  readonly bytes: number;
  readonly event: number;
}

/** The name of the error that ends a stream which is beyond its bounds. */
export const OVERSIZED = 'OversizedError';

/** In the place of `[DONE]`, which the library swallows: the server says that all was said. */
export const STREAM_DONE = 'stream.done';

const LINE_FEED = 0x0a;
const RETURN = 0x0d;
const DATA = Buffer.from('data:');
const DATA_BEFORE_JSON = Buffer.from('data: ');
const END = Buffer.from('\n');
const DONE_EVENT = Buffer.from(`data: {"object":"${STREAM_DONE}"}\n\n`);

/** Throws an error named `OVERSIZED` at a bound, and a SyntaxError when it is something else than events. */
export async function* wholeEvents(
  body: AsyncIterable<Uint8Array>,
  limits: FrameLimits = { bytes: MOST_BYTES, event: LONGEST_EVENT },
): AsyncGenerator<Uint8Array> {
  const frames = openFrames(limits);
  for await (const chunk of body) {
    for (const batch of frames.take(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength))) yield batch;
  }
  yield* frames.end();
}

function openFrames(limits: FrameLimits) {
  /** Pieces of a line that has not ended. */
  const line = openPieces();
  /** Lines of an event that has not ended. */
  const event = openPieces();
  const batch = openPieces();
  let bytes = 0;
  let hadReturn = false;
  let hasBegun = false;
  let isPlain = false;

  function* take(chunk: Buffer): Generator<Uint8Array> {
    bytes += chunk.length;
    if (bytes > limits.bytes) throw oversized(`more than ${inMiB(limits.bytes)}`);
    if (!hasBegun) isPlain = begins(chunk);
    const ends = lineEnds(chunk);
    for (let at = 0; at < chunk.length; ) {
      const end = isPlain ? -1 : ends.from(at);
      line.add(chunk.subarray(at, end < 0 ? undefined : end));
      if (line.length() + event.length() > limits.event)
        throw oversized(`an event of more than ${inMiB(limits.event)}`);
      if (end < 0) break;
      at = end + 1;
      // The second half of CR LF ends nothing.
      if (!(hadReturn && line.length() === 0 && chunk[end] === LINE_FEED)) takeLine(line.all());
      hadReturn = chunk[end] === RETURN;
      if (batch.length() >= BATCH_BYTES) yield batch.all();
    }
    if (batch.length() > 0) yield batch.all();
  }

  /** Whether the whole body is one JSON value instead of events. */
  function begins(chunk: Buffer): boolean {
    const first = /[^\s\ufeff]/.exec(chunk.toString('utf8', 0, 64))?.[0];
    if (first === undefined) return false;
    hasBegun = true;
    if (first === '<') throw new SyntaxError(`It is a web page: ${textOfPage(chunk.toString('utf8', 0, 4096))}`);
    return first === '{' || first === '[';
  }

  function takeLine(text: Buffer): void {
    if (text.length === 0) {
      if (event.length() > 0) endEvent();
    } else if (text[0] === 0x7b /* { */) {
      // Some servers forget what a line of events begins with when they have something to complain of.
      event.add(DATA_BEFORE_JSON, text, END);
    } else if (text.subarray(0, DATA.length).equals(DATA)) {
      event.add(text, END);
    }
    // Comments, names and numbers of events: the data says it all.
  }

  function endEvent(): void {
    const whole = event.all();
    if (isDone(whole)) batch.add(DONE_EVENT);
    else batch.add(whole, END);
  }

  function* end(): Generator<Uint8Array> {
    const last = line.all();
    if (isPlain && last.length > 0) {
      batch.add(DATA_BEFORE_JSON, Buffer.from(last.toString().replace(/\s+/g, ' ')), END, END);
    } else {
      takeLine(last);
      // The last line feed is often missing; half an event is none.
      if (event.length() > 0 && isWhole(event.peek())) endEvent();
    }
    if (batch.length() > 0) yield batch.all();
  }

  return { take, end };
}

function openPieces() {
  let pieces: Buffer[] = [];
  let length = 0;
  const joined = (): Buffer => (pieces.length === 1 ? (pieces[0] ?? END) : Buffer.concat(pieces));
  return {
    add(...more: readonly Buffer[]): void {
      for (const piece of more) {
        if (piece.length === 0) continue;
        pieces.push(piece);
        length += piece.length;
      }
    },
    length: () => length,
    peek: joined,
    /** And begins anew. */
    all(): Buffer {
      const whole = joined();
      pieces = [];
      length = 0;
      return whole;
    },
  };
}

/** Where the next line ends, by LF or CR. Neither is looked for twice in the same bytes. */
function lineEnds(chunk: Buffer) {
  const next = { feed: -1, return: -1 };
  const find = (sign: number, known: number, at: number): number => {
    if (known >= at) return known;
    const found = chunk.indexOf(sign, at);
    return found < 0 ? Number.POSITIVE_INFINITY : found;
  };
  return {
    /** -1: in a later chunk. */
    from(at: number): number {
      next.feed = find(LINE_FEED, next.feed, at);
      next.return = find(RETURN, next.return, at);
      const end = Math.min(next.feed, next.return);
      return Number.isFinite(end) ? end : -1;
    },
  };
}

function isDone(event: Buffer): boolean {
  return event.length < 32 && /^data: ?\[DONE\]\s*$/.test(event.toString());
}

function isWhole(event: Buffer): boolean {
  if (isDone(event)) return true;
  try {
    JSON.parse(event.toString().replace(/^data: ?/gm, ''));
    return true;
  } catch {
    // Cut in the middle.
    return false;
  }
}

function textOfPage(html: string): string {
  const title = /<title[^>]*>([^<]{1,200})/i.exec(html)?.[1];
  return (title ?? html.replace(/<[^>]*>?/g, ' ')).replace(/\s+/g, ' ').trim();
}

function oversized(what: string): Error {
  const error = new Error(`The server sent ${what}.`);
  error.name = OVERSIZED;
  return error;
}

function inMiB(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
