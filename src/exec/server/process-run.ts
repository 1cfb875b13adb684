// One process from its start to its end: what the engine tells of it becomes numbered events.

import { ok, type Result } from '../../problem/index.ts';
import type { BoundProfile, Denial } from '../../sandbox/index.ts';
import { isQueueFull, QUEUE_BYTES } from '../engine/write-queue.ts';
import type { ProcessListener, RunningProcess } from '../environment.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import { LIMITS, type Results } from '../protocol/messages.ts';
import { wireDenial } from './denial-details.ts';
import { spellingOf } from './process-events.ts';
import { openProcessRecord, type ProcessRecord } from './process-record.ts';

/** Takes messages for whoever is attached; what nobody takes can be read. */
export interface EventOutlet {
  send(text: string): void;
  sendBytes(before: string, bytes: Uint8Array, after: string): void;
  /** Somebody else wants what it is attached to: a peer that does not answer is taken for lost. */
  probe(): void;
}

export interface RunOptions {
  readonly processId: string;
  readonly profile: BoundProfile;
  /** False for a process that reads /dev/null. */
  readonly takesInput: boolean;
  /** Null while nobody is attached. */
  readonly outlet: () => EventOutlet | null;
  readonly exited: (code: number) => void;
  readonly closed: () => void;
}

type WriteAnswer = Result<Results['process/write'], RpcFailure>;

export interface ProcessRun {
  readonly record: ProcessRecord;
  readonly listener: ProcessListener;
  /** The process runs, and its start was answered: what it did so far may be told. */
  begin(process: RunningProcess): void;
  write(writeId: string, bytes: Uint8Array): Promise<WriteAnswer>;
  /** It was written in full, at some time. */
  hasWrite(writeId: string): boolean;
  /** Null before the start and after the end. */
  readonly process: RunningProcess | null;
}

/**
 * The streams of a sandboxed process end with it. Its exit waits so long for them, because the verdict belongs to it;
 * then it is told with what was printed so far.
 */
const VERDICT_MS = 20;

/** A terminal's queue tells nobody when it has room again. */
const ROOM_MS = 50;

export function openProcessRun(options: RunOptions): ProcessRun {
  const { processId, profile, outlet } = options;
  const spelling = spellingOf(processId);
  const record = openProcessRecord((from, to) => running?.readOutput(from, to).bytes ?? new Uint8Array());
  /** Answers by write id: a write that is sent again must not be typed again. */
  const writes = new Map<string, Promise<WriteAnswer>>();
  const accepted = new Set<string>();
  let running: RunningProcess | null = null;
  /** What happened before the start was answered; null: it was. */
  let early: (() => void)[] | null = [];
  let verdictTimer: NodeJS.Timeout | null = null;
  let writing: Promise<unknown> = Promise.resolve();
  let inputDrained: () => void = () => {};

  const inOrder = (event: () => void): void => {
    if (early === null) event();
    else early.push(event);
  };

  const tellExit = (code: number, denial: Denial | null): void => {
    if (verdictTimer !== null) clearTimeout(verdictTimer);
    verdictTimer = null;
    if (record.exit !== null) return;
    const exit = { code, denial: denial === null ? null : wireDenial(denial) };
    const text = spelling.exited(record.exited(exit), exit);
    outlet()?.send(text);
    inputDrained();
    options.exited(code);
  };

  const listener: ProcessListener = {
    output(bytes, from, stream) {
      const seq = record.output(stream, from, bytes.length);
      const [before, after] = spelling.output(seq, stream);
      if (early === null) outlet()?.sendBytes(before, bytes, after);
      else {
        const copy = Uint8Array.from(bytes);
        early.push(() => outlet()?.sendBytes(before, copy, after));
      }
    },
    exited(exit, denialSoFar) {
      inOrder(() => {
        if (profile.type !== 'managed') tellExit(exit.code, null);
        else verdictTimer = setTimeout(() => tellExit(exit.code, denialSoFar?.() ?? null), VERDICT_MS);
      });
    },
    closed({ exit, denial }) {
      inOrder(() => {
        tellExit(exit.code, denial);
        const text = spelling.closed(record.closed());
        running = null;
        outlet()?.send(text);
        options.closed();
      });
    },
    inputDrained: () => inputDrained(),
    outputFileOpened() {
      // No file is asked for.
    },
    waiting() {
      // A relay does not look.
    },
    suspended() {
      // A relay does not look.
    },
  };

  /** Waits while the program does not read. */
  const writeAll = async (bytes: Uint8Array): Promise<WriteAnswer> => {
    for (let at = 0; at < bytes.length; ) {
      if (running === null || record.exit !== null) return ok({ status: 'stdinClosed' });
      const part = bytes.subarray(at, at + QUEUE_BYTES);
      const hasRoom = new Promise<void>((resolve) => {
        inputDrained = resolve;
        setTimeout(resolve, ROOM_MS).unref();
      });
      const written = running.write(part);
      if (written.ok) at += part.length;
      else if (!isQueueFull(written.problem)) return ok({ status: 'stdinClosed' });
      else await hasRoom;
    }
    return ok({ status: 'accepted' });
  };

  return {
    record,
    listener,
    begin(process) {
      running = process;
      const events = early ?? [];
      early = null;
      for (const event of events) event();
    },
    async write(writeId, bytes) {
      const known = writes.get(writeId);
      if (known !== undefined) return known;
      if (!options.takesInput || record.exit !== null) return ok({ status: 'stdinClosed' });
      const written = writing.then(() => writeAll(bytes));
      writing = written;
      writes.set(writeId, written);
      const [oldest] = writes.keys();
      if (writes.size > LIMITS.writeIds && oldest !== undefined) {
        writes.delete(oldest);
        accepted.delete(oldest);
      }
      void written.then((answer) => {
        if (answer.ok && answer.value.status === 'accepted' && writes.has(writeId)) accepted.add(writeId);
      });
      return written;
    },
    hasWrite: (writeId) => accepted.has(writeId),
    get process() {
      return running;
    },
  };
}
