// Which processes run in this session, and what becomes of them when the connection goes?

import { fail, ok, type Result } from '../../problem/index.ts';
import { invalidRequest } from '../protocol/failure.ts';
import { type Capabilities, NOTIFICATIONS, type SandboxType } from '../protocol/messages.ts';
import { decode } from '../protocol/readers.ts';
import type { Connection } from './connection.ts';
import { type Delivery, type FlowGate, openDelivery, type RemoteProcessListener } from './delivery.ts';
import { closedEvent, exitedEvent, outputEvent, type ProcessEvent } from './event-order.ts';
import { openInputLine } from './input-line.ts';
import type { Link } from './link.ts';
import { type CallProblem, isOutcomeUnknown, refused } from './problem.ts';
import { openProcessFeed, type ProcessFeed } from './process-feed.ts';
import { RESULTS } from './results.ts';
import type { CallParams } from './spelling.ts';

/** A process that a server runs for us. */
export interface RemoteProcess {
  readonly id: string;
  /** What guards it; null when an older server does not say, which may mean that nothing does. */
  readonly sandboxType: SandboxType | null;
  /** Resolves when the server has it: once, in order, also when the connection was lost on the way. At most 1 MiB. */
  write(bytes: Uint8Array): Promise<Result<void, CallProblem>>;
  interrupt(): Promise<Result<void, CallProblem>>;
  /** Ends it and its group. True: it was running. */
  terminate(): Promise<Result<boolean, CallProblem>>;
  /** Fails with `unsupported` where the server's terminals keep the size they have. */
  resize(rows: number, cols: number): Promise<Result<void, CallProblem>>;
  /** Nothing is told until `resume`; beyond 1 MiB the connection is not read, so that answers wait too. */
  pause(): void;
  resume(): void;
}

export interface Processes {
  start(
    params: CallParams<'process/start'>,
    listener: RemoteProcessListener,
  ): Promise<Result<RemoteProcess, CallProblem>>;
  /** Null when it was one of ours and could be read, `undefined` when it is about something else. */
  notified(method: string, params: unknown): string | null | undefined;
  catchUp(link: Link): Promise<boolean>;
  failed(problem: CallProblem): void;
}

interface Entry {
  readonly feed: ProcessFeed;
  /** Its start was answered: before that, nobody knows whether the server has it. */
  isStarted: boolean;
}

export function openProcesses(connection: () => Connection, gate: FlowGate, gapMs: number): Processes {
  const entries = new Map<string, Entry>();
  /** Ids whose start had no known outcome, until the server has answered that they are ended. */
  const cleanUps = new Map<string, Promise<void>>();
  /** One clean-up at a time, as there is room for one more than for calls. */
  let lane: Promise<void> = Promise.resolve();

  /** A newer process of that id has to wait for this, so it cannot be hit. */
  const cleanUp = (id: string): void => {
    const done = lane.then(async () => {
      for (;;) {
        const answer = await connection().call('process/terminate', { processId: id }, true);
        if (answer.ok || answer.problem.kind !== 'lost') break;
      }
      cleanUps.delete(id);
    });
    lane = done;
    cleanUps.set(id, done);
  };

  const enter = (id: string, listener: RemoteProcessListener): { entry: Entry; delivery: Delivery } => {
    const delivery = openDelivery(listener, gate);
    const feed = openProcessFeed({
      processId: id,
      delivery,
      gapMs,
      read: (afterSeq) => connection().callNow('process/read', { processId: id, afterSeq, maxBytes: null, waitMs: 0 }),
      terminate: () => cleanUp(id),
      over() {
        if (entries.get(id)?.feed === feed) entries.delete(id);
      },
    });
    const entry = { feed, isStarted: false };
    // Before the start is sent: events may come before its answer.
    entries.set(id, entry);
    return { entry, delivery };
  };

  const take = (id: string, event: ProcessEvent): null => {
    entries.get(id)?.feed.take(event);
    return null;
  };

  return {
    async start(params, listener) {
      const id = params.processId;
      await cleanUps.get(id);
      if (entries.has(id)) return fail(refused(invalidRequest(`process ${id} already exists`)));
      const { capabilities } = connection().info;
      if ((params.networkProxy ?? null) !== null && !capabilities.networkProxyLaunch) return fail(proxyUnsupported);
      const { entry, delivery } = enter(id, listener);
      const answer = await connection().call('process/start', withoutWishes(params, capabilities));
      if (!answer.ok) {
        entry.feed.abandon();
        if (isOutcomeUnknown(answer.problem)) cleanUp(id);
        return answer;
      }
      entry.isStarted = true;
      const failure = connection().failure();
      // The connection ended right behind the answer.
      if (failure !== null) entry.feed.fail(failure);
      return ok(remoteProcess(id, answer.value.sandboxType, connection(), delivery));
    },
    notified(method, params) {
      switch (method) {
        case 'process/output': {
          const read = decode(NOTIFICATIONS[method], params);
          return read.ok ? take(read.value.processId, outputEvent(read.value)) : read.problem.message;
        }
        case 'process/exited': {
          const read = decode(NOTIFICATIONS[method], params);
          return read.ok ? take(read.value.processId, exitedEvent(read.value)) : read.problem.message;
        }
        case 'process/closed': {
          const read = decode(NOTIFICATIONS[method], params);
          return read.ok ? take(read.value.processId, closedEvent(read.value)) : read.problem.message;
        }
        default:
          return undefined;
      }
    },
    async catchUp(link) {
      const started = [...entries].filter(([, entry]) => entry.isStarted);
      const caughtUp = await Promise.all(started.map(([id, { feed }]) => catchUpOne(link, id, feed)));
      return caughtUp.every((isDone) => isDone);
    },
    failed(problem) {
      for (const { feed, isStarted } of [...entries.values()]) if (isStarted) feed.fail(problem);
    },
  };
}

/** False: no answer came on this connection. */
async function catchUpOne(link: Link, processId: string, feed: ProcessFeed): Promise<boolean> {
  const answer = await link.call('process/read', { processId, afterSeq: feed.last(), maxBytes: null, waitMs: 0 });
  if (!answer.ok) {
    if (answer.problem.kind === 'lost' || answer.problem.kind === 'late') return false;
    feed.catchUp(answer);
    return true;
  }
  const read = decode(RESULTS['process/read'], answer.value);
  feed.catchUp(read.ok ? read : fail({ kind: 'malformed', message: read.problem.message }));
  return true;
}

function remoteProcess(
  id: string,
  sandboxType: SandboxType | null,
  connection: Connection,
  { pause, resume }: Delivery,
): RemoteProcess {
  const input = openInputLine((chunk, writeId) => connection.call('process/write', { processId: id, chunk, writeId }));
  return {
    id,
    sandboxType,
    write: input.write,
    async interrupt() {
      const answer = await connection.call('process/signal', { processId: id, signal: 'interrupt' });
      return answer.ok ? ok(undefined) : answer;
    },
    async terminate() {
      const answer = await connection.call('process/terminate', { processId: id });
      return answer.ok ? ok(answer.value.running) : answer;
    },
    async resize(rows, cols) {
      const answer = await connection.call('process/resize', { processId: id, rows, cols });
      return answer.ok ? ok(undefined) : answer;
    },
    pause,
    resume,
  };
}

/** Without what an older server cannot do, where that is a wish: the size of a terminal, the state of a shell. */
function withoutWishes(params: CallParams<'process/start'>, has: Capabilities): CallParams<'process/start'> {
  const { terminal = null, shellSnapshot = null } = params;
  return {
    ...params,
    terminal: has.terminalResize ? terminal : null,
    shellSnapshot: has.shellSnapshotV2 ? shellSnapshot : null,
  };
}

/** Never without: what it lets through is a decision of somebody. */
const proxyUnsupported: CallProblem = {
  kind: 'unsupported',
  message: 'the server cannot start a network proxy for a process',
};
