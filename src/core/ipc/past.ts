// What must somebody be told who was not there, so that the fold comes out as if they had been?
//
// The log of the bus forgets. This keeps for each thing what the fold needs of it: of output the first and last bytes,
// of an answer its text so far, of states that follow each other the last. The rest stays as it was said. Whoever stood
// anywhere in the session, not only at its start, can be told what came after, because everything kept is safe to hear
// again: known bytes of output and known text of an answer are skipped by the fold.

import { type BusEvent, EXCERPT_SIDE_BYTES, Excerpt } from '../bus/index.ts';

/** As the fold has it: then it gives up the same outputs as everybody else. */
const FINISHED_OUTPUT_BYTES = 16 * 1024 * 1024;

type EventWith<T extends BusEvent['type']> = Extract<BusEvent, { type: T }>;

type TextDelta = EventWith<'answer.delta' | 'reasoning.delta'>;

/** One thing that is kept. */
export type PastEntry =
  | { readonly kind: 'event'; readonly event: BusEvent }
  /** It stands where the answer began. `last`: number of the newest piece in `text`. */
  | { readonly kind: 'answer'; readonly first: TextDelta; last: number; text: string }
  /** It stands where the newest piece does. `headAt`: number of the newest piece that changed the first bytes. */
  | {
      readonly kind: 'output';
      readonly excerpt: Excerpt;
      readonly newest: Omit<EventWith<'process.output'>, 'bytes' | 'from'>;
      readonly headAt: number;
    };

export interface Past {
  /** Each event of the session, in order. */
  take(event: BusEvent): void;
  /** What to tell somebody who has heard everything before number `from`. They see later bytes than of this moment. */
  since(from: number): PastEntry[];
}

export function openPast(): Past {
  /** In the order in which they are told. An entry has its number as its key, or what it stands for. */
  const entries = new Map<number | string, PastEntry>();
  const answers = new Map<string, PastEntry & { kind: 'answer' }>();
  const queued = new Map<string, number>();
  const calls = new Map<string, number>();
  const excerpts = new Map<number, Map<number, Excerpt>>();
  const known = new Set<number>();
  const finished = new Set<number>();
  const holding: Excerpt[] = [];
  let held = 0;
  /** Told as it is: the time of a transcript is that of its newest event. */
  let newest: BusEvent | null = null;

  const keep = (event: BusEvent, key: number | string = event.seq): void => {
    entries.delete(key);
    entries.set(key, { kind: 'event', event });
  };

  const forget = (process: number, ...what: readonly string[]): void => {
    for (const one of what) entries.delete(`${one} ${process}`);
  };

  const takeOutput = (event: EventWith<'process.output'>): void => {
    const excerpt = excerpts.get(event.process)?.get(event.attempt);
    if (excerpt === undefined) return keep(event);
    const key = `output ${event.process}.${event.attempt}`;
    const before = entries.get(key);
    const reachesHead = event.from < EXCERPT_SIDE_BYTES || before?.kind !== 'output';
    excerpt.add(event.from, event.bytes);
    const { seq, at, session, type, process, attempt, stream } = event;
    const headAt = reachesHead ? seq : before.headAt;
    entries.delete(key);
    entries.set(key, { kind: 'output', excerpt, newest: { seq, at, session, type, process, attempt, stream }, headAt });
  };

  const takeDelta = (event: TextDelta): void => {
    let entry = answers.get(event.item);
    if (entry === undefined) {
      entry = { kind: 'answer', first: event, last: event.seq, text: '' };
      answers.set(event.item, entry);
      entries.set(event.seq, entry);
    }
    entry.last = event.seq;
    const repeated = entry.text.length - event.from;
    if (repeated >= 0 && repeated < event.text.length) entry.text += event.text.slice(repeated);
  };

  const takeFinished = (event: EventWith<'process.finished'>): void => {
    const { process, call } = event;
    keep(event);
    // One that never started is shown with the command of its call, which must stay for that.
    if (!known.has(process)) calls.delete(call);
    known.add(process);
    if (finished.has(process)) return;
    finished.add(process);
    forget(process, 'exited', 'wait', 'waited', 'continued', 'linked');
    for (const excerpt of excerpts.get(process)?.values() ?? []) {
      holding.push(excerpt);
      held += excerpt.heldBytes;
    }
    while (held > FINISHED_OUTPUT_BYTES && holding.length > 1) {
      const oldest = holding.shift();
      if (oldest === undefined) return;
      held -= oldest.heldBytes;
      oldest.release();
    }
  };

  /** A process that begins to wait, is suspended or out of reach, does so whatever it did before. */
  const takeWait = (event: EventWith<'process.waiting' | 'process.suspended' | 'process.linked'>): void => {
    const { begins, end } = waitOf(event);
    if (begins) {
      forget(event.process, 'wait', 'waited', 'continued', 'linked');
      return keep(event, `wait ${event.process}`);
    }
    const key = `${end} ${event.process}`;
    // A second end of the same thing changes nothing, not even since when.
    if (!entries.has(key)) keep(event, key);
  };

  const file = (event: BusEvent): void => {
    switch (event.type) {
      case 'process.output':
        return takeOutput(event);
      case 'answer.delta':
      case 'reasoning.delta':
        return takeDelta(event);
      case 'answer.completed':
      case 'reasoning.completed': {
        const entry = answers.get(event.item);
        // It still says where the answer began.
        if (entry !== undefined && event.text !== '') entry.text = '';
        answers.delete(event.item);
        return keep(event);
      }
      case 'turn.ended':
        answers.clear();
        return keep(event);
      case 'message.queued':
        queued.set(event.message, event.seq);
        return keep(event);
      case 'message.unqueued':
        // Who heard of it must hear this; who did not need not know of either.
        entries.delete(queued.get(event.message) ?? '');
        queued.delete(event.message);
        return keep(event);
      case 'usage.updated':
        return keep(event, 'usage');
      case 'call.started':
        calls.set(event.call, event.seq);
        return keep(event);
      case 'call.answered': {
        const started = calls.get(event.call);
        if (started === undefined) return keep(event);
        entries.delete(started);
        calls.delete(event.call);
        // Who heard of it must hear this. The fold shows nothing of an answer.
        return keep({ ...event, output: '' });
      }
      case 'process.started': {
        const { process, attempt } = event;
        const attempts = excerpts.get(process) ?? new Map<number, Excerpt>();
        excerpts.set(process, attempts.set(attempt, new Excerpt()));
        known.add(process);
        forget(process, 'exited', 'wait', 'waited', 'continued', 'linked', 'resized', 'signalled');
        return keep(event);
      }
      case 'question.opened':
        known.add(event.process);
        return keep(event);
      case 'process.waiting':
      case 'process.suspended':
      case 'process.linked':
        return takeWait(event);
      case 'process.resized':
        return keep(event, `resized ${event.process}`);
      case 'process.signalled':
        return keep(event, `signalled ${event.process}`);
      case 'process.exited':
        return keep(event, `exited ${event.process}`);
      case 'process.closed':
        forget(event.process, 'exited', 'wait', 'waited', 'continued', 'linked');
        return keep(event);
      case 'process.finished':
        return takeFinished(event);
      default:
        return keep(event);
    }
  };

  return {
    take(event) {
      if (newest !== null) file(newest);
      newest = event;
    },
    since(from) {
      const wanted = [...entries.values()].filter((entry) => lastOf(entry) >= from);
      if (newest !== null && newest.seq >= from) wanted.push({ kind: 'event', event: newest });
      return wanted;
    },
  };
}

function waitOf(event: EventWith<'process.waiting' | 'process.suspended' | 'process.linked'>): {
  readonly begins: boolean;
  readonly end: 'waited' | 'continued' | 'linked';
} {
  switch (event.type) {
    case 'process.waiting':
      return { begins: event.wait !== null, end: 'waited' };
    case 'process.suspended':
      return { begins: event.isSuspended, end: 'continued' };
    case 'process.linked':
      return { begins: !event.isLinked, end: 'linked' };
  }
}

function lastOf(entry: PastEntry): number {
  if (entry.kind === 'answer') return entry.last;
  return entry.kind === 'output' ? entry.newest.seq : entry.event.seq;
}

/** An entry as events, as it is now. Their numbers never go back, but skip and repeat. */
export function eventsOf(entry: PastEntry, from: number): BusEvent[] {
  switch (entry.kind) {
    case 'event':
      return [entry.event];
    case 'answer':
      return [{ ...entry.first, seq: Math.max(entry.first.seq, from), from: 0, text: entry.text }];
    case 'output': {
      const { bytes, head, tail, tailFrom } = entry.excerpt.value();
      const events: BusEvent[] = [];
      if (head.length > 0 && entry.headAt >= from) events.push({ ...entry.newest, from: 0, bytes: head });
      // Output that was given up, or never came, leaves its size: a piece without bytes at its end.
      const isElsewhere = tail.length > 0 || bytes > head.length || events.length === 0;
      if (isElsewhere) events.push({ ...entry.newest, from: tailFrom, bytes: tail });
      return events;
    }
  }
}
