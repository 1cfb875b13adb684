// Which processes does a session have, and what may be asked of each?

import { fail, ok, type Result } from '../../problem/index.ts';
import type { Environment, RunningProcess } from '../environment.ts';
import { invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import type { Nothing, Params, Results } from '../protocol/messages.ts';
import type { ProcessOutcome } from '../telemetry/telemetry.ts';
import type { Answer } from './calls.ts';
import type { ProcessRecord } from './process-record.ts';
import { type EventOutlet, openProcessRun, type ProcessRun } from './process-run.ts';
import type { Retention } from './retention.ts';
import {
  badSize,
  isSide,
  programFailure,
  type StartDefaults,
  sandboxTypeOf,
  startFailure,
  startRequestOf,
} from './start-request.ts';

/** What all sessions of a server share. */
export interface ProcessPlace {
  readonly environment: Environment;
  readonly defaults: StartDefaults;
  /** How long a closed process is still there. */
  readonly retention: Retention;
}

type Started = Result<Results['process/start'], RpcFailure>;

export interface ProcessTable {
  /**
   * `answer` is called before anything that the process does is told; `follow` when it runs, and what that returns when
   * it has ended.
   */
  start(
    params: Params<'process/start'>,
    answer: (started: Started) => void,
    follow: () => (outcome: ProcessOutcome) => void,
  ): Promise<void>;
  /** May take as long as its `waitMs`. */
  read(params: Params<'process/read'>): Answer<'process/read'>;
  write(params: Params<'process/write'>): Answer<'process/write'>;
  signal(params: Params<'process/signal'>): Answer<'process/signal'>;
  terminate(params: Params<'process/terminate'>): Answer<'process/terminate'>;
  resize(params: Params<'process/resize'>): Answer<'process/resize'>;
  /** From now on events go there; null: nowhere. Whoever waits for the earlier one is sent away. */
  attach(outlet: EventOutlet | null): void;
  /** The outlet is full: reading stops, so that programs wait. */
  pause(isPaused: boolean): void;
  /** Ends every process, and every one that is still starting. */
  end(): void;
}

type Closed = Extract<Entry, { state: 'closed' }>;

type Entry =
  | { readonly state: 'starting'; isCancelled: boolean }
  | { readonly state: 'started'; readonly run: ProcessRun; readonly record: ProcessRecord; isTerminated: boolean }
  /** Kept for who reads it later, or asks again for a write that it was not told of. */
  | { readonly state: 'closed'; readonly record: ProcessRecord; readonly hasWrite: ProcessRun['hasWrite'] };

/** Closed processes of one session that are kept, and the output of all of them; the oldest go first. */
const MOST_CLOSED = 4096;
const MOST_CLOSED_BYTES = 64 * 1024 * 1024;

/** The longest that a timer of Node takes; nobody waits three weeks. */
const LONGEST_WAIT_MS = 2 ** 31 - 1;

const NOTHING: Nothing = {};

export function openProcessTable({ environment, defaults, retention }: ProcessPlace): ProcessTable {
  const entries = new Map<string, Entry>();
  /** In the order in which they closed. */
  const closed = new Map<string, Closed>();
  let closedBytes = 0;
  /** Reads that wait; called with why they end. */
  const waiting = new Set<(failure: RpcFailure) => void>();
  let outlet: EventOutlet | null = null;
  let isPaused = false;
  let hasEnded = false;

  const runs = (): ProcessRun[] =>
    [...entries.values()].flatMap((entry) => (entry.state === 'started' ? [entry.run] : []));

  const pauseAll = (): void => {
    for (const { process } of runs()) {
      if (isPaused) process?.pause();
      else process?.resume();
    }
  };

  /** Null: not there, or not started yet. */
  const recordOf = (processId: string): ProcessRecord | null => {
    const entry = entries.get(processId);
    return entry === undefined || entry.state === 'starting' ? null : entry.record;
  };

  /** Null: not running. */
  const processOf = (processId: string): RunningProcess | null => {
    const entry = entries.get(processId);
    return entry?.state === 'started' ? entry.run.process : null;
  };

  const keepClosed = (processId: string, { record, hasWrite }: ProcessRun): void => {
    const known = entries.get(processId);
    // One whose start was cancelled is nobody's, and its name may be another's.
    if (known?.state !== 'started' || known.record !== record) return;
    const entry: Closed = { state: 'closed', record, hasWrite };
    entries.set(processId, entry);
    closed.set(processId, entry);
    closedBytes += record.heldBytes;
    for (const [oldest, { record: of }] of closed) {
      if (closed.size <= MOST_CLOSED && closedBytes <= MOST_CLOSED_BYTES) break;
      if (of !== record) forget(oldest);
    }
    retention.after(() => {
      if (closed.get(processId) === entry) forget(processId);
    });
  };

  const forget = (processId: string): void => {
    closedBytes -= closed.get(processId)?.record.heldBytes ?? 0;
    closed.delete(processId);
    entries.delete(processId);
  };

  const unreadable = (processId: string): RpcFailure =>
    invalidRequest(entries.has(processId) ? `process id ${processId} is starting` : `unknown process id ${processId}`);

  const startNew = async (
    params: Params<'process/start'>,
    entry: Extract<Entry, { state: 'starting' }>,
    follow: () => (outcome: ProcessOutcome) => void,
  ): Promise<Result<{ readonly result: Results['process/start']; readonly begin: () => void }, RpcFailure>> => {
    const { processId, tty, pipeStdin } = params;
    const request = startRequestOf(params, defaults);
    if (!request.ok) return request;
    const { profile } = request.value;
    let told: (outcome: ProcessOutcome) => void = () => {};
    const run = openProcessRun({
      processId,
      profile,
      takesInput: tty || pipeStdin,
      outlet: () => outlet,
      exited(code) {
        told(outcomeOf(processId, run, code));
      },
      closed: () => keepClosed(processId, run),
    });
    const problem = programFailure(request.value);
    const started = problem === null ? await environment.start(request.value, run.listener) : fail(problem);
    if (!started.ok) return 'code' in started.problem ? fail(started.problem) : fail(startFailure(started.problem));
    const { value: process } = started;
    told = follow();
    if (entry.isCancelled || hasEnded) {
      process.signal('kill');
      run.begin(process);
      return fail(invalidRequest(`process ${processId} start was cancelled`));
    }
    entries.set(processId, { state: 'started', run, record: run.record, isTerminated: false });
    if (isPaused) process.pause();
    return ok({
      result: { processId, sandboxType: sandboxTypeOf(profile) },
      begin: () => run.begin(process),
    });
  };

  const outcomeOf = (processId: string, run: ProcessRun, code: number): ProcessOutcome => {
    if (hasEnded) return 'unknown';
    const entry = entries.get(processId);
    // One whose start was cancelled is nobody's.
    if (entry?.state !== 'started' || entry.run !== run || entry.isTerminated) return 'terminated';
    return code === 0 ? 'success' : 'error';
  };

  return {
    async start(params, answer, follow) {
      const { processId } = params;
      if (entries.has(processId)) return answer(fail(invalidRequest(`process ${processId} already exists`)));
      const entry: Entry = { state: 'starting', isCancelled: false };
      entries.set(processId, entry);
      const started = await startNew(params, entry, follow);
      if (!started.ok) {
        entries.delete(processId);
        return answer(started);
      }
      answer(ok(started.value.result));
      started.value.begin();
    },
    read({ processId, afterSeq, maxBytes, waitMs }) {
      const record = recordOf(processId);
      if (record === null) return fail(unreadable(processId));
      const question = { afterSeq: afterSeq ?? 0, maxBytes };
      if ((waitMs ?? 0) === 0 || record.hasNews(question.afterSeq)) return ok(record.read(question));
      return new Promise((resolve) => {
        const end = (answer: Awaited<Answer<'process/read'>>): void => {
          clearTimeout(timer);
          waiting.delete(turnAway);
          sleepOn();
          resolve(answer);
        };
        const turnAway = (failure: RpcFailure): void => end(fail(failure));
        const timer = setTimeout(() => end(ok(record.read(question))), Math.min(waitMs ?? 0, LONGEST_WAIT_MS));
        const sleepOn = record.wake(() => {
          if (record.hasNews(question.afterSeq)) end(ok(record.read(question)));
        });
        waiting.add(turnAway);
      });
    },
    write({ processId, chunk, writeId }) {
      const entry = entries.get(processId);
      if (entry === undefined) return ok({ status: 'unknownProcess' });
      if (entry.state === 'starting') return ok({ status: 'starting' });
      if (entry.state === 'started') return entry.run.write(writeId, chunk);
      return ok({ status: entry.hasWrite(writeId) ? 'accepted' : 'stdinClosed' });
    },
    signal({ processId, signal }) {
      processOf(processId)?.signal(signal);
      return ok(NOTHING);
    },
    terminate({ processId }) {
      const entry = entries.get(processId);
      if (entry === undefined) return ok({ running: false });
      if (entry.state === 'starting') {
        entry.isCancelled = true;
        return ok({ running: true });
      }
      if (entry.state === 'closed' || entry.record.exit !== null) return ok({ running: false });
      entry.isTerminated = true;
      entry.run.process?.signal('kill');
      return ok({ running: true });
    },
    resize({ processId, rows, cols }) {
      if (recordOf(processId) === null) return fail(unreadable(processId));
      if (!isSide(rows) || !isSide(cols)) return fail(badSize());
      processOf(processId)?.resize(cols, rows);
      return ok(NOTHING);
    },
    attach(next) {
      outlet = next;
      for (const turnAway of [...waiting]) turnAway(RESUMED);
      isPaused = false;
      pauseAll();
    },
    pause(next) {
      isPaused = next;
      pauseAll();
    },
    end() {
      hasEnded = true;
      this.attach(null);
      for (const { process } of runs()) process?.signal('kill');
    },
  };
}

/** To the connection that a session was taken from. */
export const RESUMED = invalidRequest('session has been resumed by another connection');
