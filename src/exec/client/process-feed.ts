// What becomes of the events of one process, from the first to the one that ends it?

import type { Result } from '../../problem/index.ts';
import type { Delivery } from './delivery.ts';
import { openEventOrder, type ProcessEvent } from './event-order.ts';
import { type CallProblem, callProblemText } from './problem.ts';
import type { CallResult } from './results.ts';

export interface ProcessFeed {
  take(event: ProcessEvent): void;
  /** Number of the last event that was told: a read from there gives the rest. */
  last(): number;
  /** What a read from `last()` gave, after the connection was lost. */
  catchUp(read: Result<CallResult<'process/read'>, CallProblem>): void;
  /** Ends it with a problem, unless it has ended. */
  fail(problem: CallProblem): void;
  /** Ends it and tells nothing: it is nobody's any more. */
  abandon(): void;
}

export interface FeedOptions {
  readonly processId: string;
  readonly delivery: Delivery;
  readonly gapMs: number;
  /** One `process/read` from there, over the present connection; null while there is none. */
  readonly read: (afterSeq: number) => Promise<Result<CallResult<'process/read'>, CallProblem>> | null;
  /** Its output is lost: nobody can use it any more. */
  readonly terminate: () => void;
  /** It ended, one way or the other. */
  readonly over: () => void;
}

export function openProcessFeed({ processId, delivery, gapMs, read, terminate, over }: FeedOptions): ProcessFeed {
  const order = openEventOrder();
  let isOver = false;
  let isReading = false;
  let gap: { readonly after: number; readonly timer: NodeJS.Timeout } | null = null;
  let isAsking = false;

  const forgetGap = (): void => {
    if (gap !== null) clearTimeout(gap.timer);
    gap = null;
  };
  const finish = (): void => {
    isOver = true;
    forgetGap();
    over();
  };
  const failWith = (problem: CallProblem): void => {
    if (isOver) return;
    finish();
    delivery.tell({ kind: 'failed', problem });
  };

  const tellAll = (): void => {
    for (let event = order.next(); event !== null && !isOver; event = order.next()) {
      if (event.kind === 'closed') finish();
      delivery.tell(toldOf(event));
    }
  };

  const settle = (answer: Result<CallResult<'process/read'>, CallProblem>): void => {
    if (isOver) return;
    if (answer.ok) {
      const target = answer.value.nextSeq - 1;
      const isComplete = order.settle(answer.value);
      tellAll();
      if (isComplete) return lookForGaps();
      terminate();
      return failWith(outputLost(processId, target));
    }
    // A new connection reads anew, and one that is over fails everything.
    if (answer.problem.kind === 'lost' || answer.problem.kind === 'failed') return;
    // An exit is told without its verdict sooner than not at all.
    order.withoutVerdict();
    tellAll();
    if (order.missing() !== 'nothing') failWith(unreadable(processId, answer.problem));
  };

  const ask = async (): Promise<void> => {
    if (isOver || isReading || order.missing() === 'nothing') return;
    const asked = read(order.last());
    if (asked === null) return;
    forgetGap();
    isReading = true;
    const answer = await asked;
    isReading = false;
    settle(answer);
  };
  /** What else came in the same turn may fill the hole. */
  const askSoon = (): void => {
    if (isAsking) return;
    isAsking = true;
    setImmediate(() => {
      isAsking = false;
      if (order.missing() === 'now') void ask();
      else lookForGaps();
    });
  };
  const lookForGaps = (): void => {
    if (isOver || isReading) return;
    const missing = order.missing();
    const after = order.last();
    if (gap !== null && (missing !== 'soon' || gap.after !== after)) forgetGap();
    if (missing === 'now') askSoon();
    if (missing === 'soon') gap ??= { after, timer: setTimeout(() => void ask(), gapMs) };
  };

  return {
    take(event) {
      if (isOver) return;
      order.take(event);
      tellAll();
      lookForGaps();
    },
    last: () => order.last(),
    catchUp(answer) {
      settle(answer);
      if (!answer.ok) failWith(unreadable(processId, answer.problem));
    },
    fail: failWith,
    abandon() {
      if (!isOver) finish();
    },
  };
}

function toldOf(event: ProcessEvent): Parameters<Delivery['tell']>[0] {
  switch (event.kind) {
    case 'output':
      return { kind: 'output', bytes: event.bytes, stream: event.stream };
    case 'exited': {
      const { code, sandboxDenied, denial } = event;
      return { kind: 'exited', exit: { code, sandboxDenied, denial } };
    }
    case 'closed':
      return { kind: 'closed' };
  }
}

const unreadable = (processId: string, problem: CallProblem): CallProblem => ({
  ...problem,
  message: `failed to recover process ID ${processId}: ${callProblemText(problem)}`,
});

/** As the published client says it. */
const outputLost = (processId: string, sequence: number): CallProblem => ({
  kind: 'gone',
  message: `failed to recover process ID ${processId}: process events are no longer retained while recovering through sequence ${sequence}`,
});
