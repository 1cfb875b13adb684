// How do records get to disk before anybody sees what they tell, and what happens when the disk takes none?

import { dirname } from 'node:path';
import { causeOf, errnoOf, ok, type Problem, type Result } from '../../problem/index.ts';
import { readContinuation } from './continue.ts';
import { type Disk, realDisk } from './disk.ts';
import { rolloutPath } from './place.ts';
import { isNumbered, type RecordLine, writtenForm } from './record.ts';
import { dropWritten, keepWaiting, makeRoom, noneWaiting, type WaitingRecords } from './waiting-records.ts';

/** A larger single write may tear when its process is killed during it. */
const BATCH_BYTES = 256 * 1024;

/** A person frees space in minutes; two seconds are soon enough and cost nothing. */
const RETRY_MS = 2_000;

/** At most this much of what was shown can be missing after a power cut. */
const SYNC_MS = 1_000;

/** Records that tell of an opened session in which nothing happened yet: they make no file. */
const MAKES_NO_FILE = new Set([
  'session_meta',
  'codex_ts.session',
  'codex_ts.resumed',
  'codex_ts.moved',
  'codex_ts.notice',
  'codex_ts.end',
]);

/** `written`: on disk (page cache), survives our death. `waiting`: the first turn has not come. `kept`: in memory. */
export type WriteOutcome = 'written' | 'waiting' | 'kept';

export interface Rollout {
  readonly path: string;
  append(records: readonly RecordLine[]): WriteOutcome;
  /** On the medium, waiting without holding the event loop. Trouble is told through `onTrouble`. */
  sync(): Promise<void>;
  /** The same, at once: for a decision, before what it allows is started. */
  syncNow(): void;
  close(): Promise<void>;
}

export interface RolloutOptions {
  /** Told once when the disk stops taking records, until `onRecovered`. */
  readonly onTrouble: (problem: Problem) => void;
  /** Everything kept is on disk again; `givenUp` output records had to go. */
  readonly onRecovered: (givenUp: number) => void;
  readonly disk?: Disk;
  readonly retryMs?: number;
}

/** A new session. Makes nothing on disk until its first turn. */
export function openRollout(
  session: { readonly codexHome: string; readonly session: string; readonly startedAt: number },
  options: RolloutOptions,
): Rollout {
  const path = rolloutPath(session.codexHome, session.session, session.startedAt);
  return rolloutAt(path, { isNew: true, nextOrdinal: 0, isTorn: false }, options);
}

/** For a session that leaves nothing behind. */
export const noRollout: Rollout = {
  path: '',
  append: () => 'kept',
  sync: () => Promise.resolve(),
  syncNow() {},
  close: () => Promise.resolve(),
};

/** A session that has a file. Hold its lock first; fails for a file this program must not write. */
export function resumeRollout(path: string, options: RolloutOptions): Result<Rollout> {
  const found = readContinuation(path);
  return found.ok ? ok(rolloutAt(path, { isNew: false, ...found.value }, options)) : found;
}

interface Start {
  readonly isNew: boolean;
  /** Null: the file has no ordinals. */
  readonly nextOrdinal: number | null;
  readonly isTorn: boolean;
}

function rolloutAt(path: string, start: Start, options: RolloutOptions): Rollout {
  const disk = options.disk ?? realDisk;
  const waiting: WaitingRecords = noneWaiting();
  let { nextOrdinal, isTorn } = start;
  let isLazy = start.isNew;
  let isNew = start.isNew;
  let fd: number | null = null;
  let isInTrouble = false;
  let isSyncFailing = false;
  let isDirty = false;
  let isClosed = false;
  let retryTimer: NodeJS.Timeout | null = null;
  let syncTimer: NodeJS.Timeout | null = null;
  let syncing: Promise<void> = Promise.resolve();

  const openFile = (): number => {
    if (fd !== null) return fd;
    if (isNew) disk.makeFolder(dirname(path));
    fd = disk.open(path);
    return fd;
  };

  /** Writes what waits, in order. Throws what the disk throws; what was written by then is no longer waiting. */
  const writeWaiting = (): void => {
    while (waiting.entries.length > 0) {
      const file = openFile();
      const batch = nextBatch(waiting, nextOrdinal, isTorn);
      const taken = { bytes: 0 };
      try {
        appendAll(disk, file, batch.bytes, taken);
      } finally {
        const complete = batch.ends.filter((end) => end <= taken.bytes).length;
        nextOrdinal = batch.ordinals[complete] ?? nextOrdinal;
        if (taken.bytes > 0) isTorn = taken.bytes !== (complete === 0 ? 0 : batch.ends[complete - 1]);
        dropWritten(waiting, complete);
      }
      isDirty = true;
      if (isNew) {
        disk.syncNow(file);
        disk.syncFolder(dirname(path));
        isNew = false;
      }
    }
  };

  const tryToWrite = (): boolean => {
    try {
      writeWaiting();
    } catch (error) {
      troubled(error);
      return false;
    }
    if (isInTrouble) {
      isInTrouble = false;
      const { givenUp } = waiting;
      waiting.givenUp = 0;
      options.onRecovered(givenUp);
    }
    return true;
  };

  const troubled = (error: unknown): void => {
    // Without an errno it did not come from the system: a defect, which nobody should have to look for on a disk.
    if (errnoOf(error) === '') throw error;
    if (!isInTrouble) {
      isInTrouble = true;
      options.onTrouble(troubleOf(path, error));
    }
    retryTimer ??= setTimeout(retry, options.retryMs ?? RETRY_MS).unref();
  };

  const retry = (): void => {
    retryTimer = null;
    if (!isClosed && tryToWrite()) scheduleSync();
  };

  const scheduleSync = (): void => {
    if (!isDirty || isClosed) return;
    syncTimer ??= setTimeout(() => {
      syncTimer = null;
      void sync();
    }, SYNC_MS).unref();
  };

  const synced = (): void => {
    if (!isSyncFailing) return;
    isSyncFailing = false;
    options.onRecovered(0);
  };

  /** What was written is still there for everybody to read: writing goes on, the next sync tries again. */
  const syncFailed = (error: unknown): void => {
    if (errnoOf(error) === '') throw error;
    isDirty = true;
    if (isSyncFailing) return;
    isSyncFailing = true;
    options.onTrouble({
      what: 'The record of this session may not survive a power cut.',
      why: `${path}: ${causeOf(error)}`,
      next: 'Look at the health of that disk.',
    });
  };

  const sync = (): Promise<void> => {
    syncing = syncing.then(async () => {
      if (fd === null || !isDirty) return;
      isDirty = false;
      try {
        await disk.sync(fd);
        synced();
      } catch (error) {
        syncFailed(error);
      }
    });
    return syncing;
  };

  return {
    path,
    append(records) {
      if (isClosed || records.length === 0) return isClosed ? 'kept' : 'written';
      keepWaiting(waiting, records);
      if (isLazy && records.every((record) => MAKES_NO_FILE.has(record.type))) return 'waiting';
      isLazy = false;
      // While the disk is in trouble the timer tries, not every record: a failing write can be slow.
      const isLeftToTimer = isInTrouble && retryTimer !== null;
      if (isLeftToTimer || !tryToWrite()) {
        makeRoom(waiting);
        return 'kept';
      }
      scheduleSync();
      return 'written';
    },
    sync,
    syncNow() {
      if (fd === null || !isDirty) return;
      try {
        disk.syncNow(fd);
        isDirty = false;
        synced();
      } catch (error) {
        syncFailed(error);
      }
    },
    async close() {
      if (isClosed) return;
      if (!isLazy) tryToWrite();
      await sync();
      isClosed = true;
      for (const timer of [retryTimer, syncTimer]) if (timer !== null) clearTimeout(timer);
      if (fd !== null) disk.close(fd);
      fd = null;
    },
  };
}

interface Batch {
  readonly bytes: Buffer;
  /** Where each record ends, its `\n` included. */
  readonly ends: readonly number[];
  /** The next ordinal when that many records are written. */
  readonly ordinals: readonly (number | null)[];
}

function nextBatch(waiting: WaitingRecords, nextOrdinal: number | null, isTorn: boolean): Batch {
  const parts: Buffer[] = [];
  const ends: number[] = [];
  const ordinals: (number | null)[] = [nextOrdinal];
  let size = 0;
  let ordinal = nextOrdinal;
  for (const { record } of waiting.entries) {
    const takesOrdinal = ordinal !== null && isNumbered(record.type);
    const line = writtenForm(record, takesOrdinal ? ordinal : null);
    // A half line stays where it is and becomes a line of its own, which every reader passes over.
    const part = Buffer.from(`${isTorn && parts.length === 0 ? '\n' : ''}${line}\n`, 'utf8');
    if (parts.length > 0 && size + part.length > BATCH_BYTES) break;
    if (takesOrdinal && ordinal !== null) ordinal += 1;
    parts.push(part);
    size += part.length;
    ends.push(size);
    ordinals.push(ordinal);
  }
  return { bytes: Buffer.concat(parts), ends, ordinals };
}

/** A full disk first takes a part without an error; the rest is tried until it says why. */
function appendAll(disk: Disk, fd: number, bytes: Uint8Array, taken: { bytes: number }): void {
  while (taken.bytes < bytes.length) {
    const count = disk.append(fd, bytes.subarray(taken.bytes));
    if (count === 0) throw Object.assign(new Error('nothing was written'), { code: 'EIO' });
    taken.bytes += count;
  }
}

const NEXT_STEPS: Readonly<Record<string, string>> = {
  ENOSPC: 'Free some space on that disk; it is tried again every two seconds.',
  EDQUOT: 'Your quota on that disk is used up: free some space; it is tried again every two seconds.',
  EROFS: 'The disk is mounted read-only. Set CODEX_HOME to a folder that can be written to keep a record.',
  EACCES: 'Give yourself the right to write there, or set CODEX_HOME to a folder that can be written.',
  EPERM: 'Give yourself the right to write there, or set CODEX_HOME to a folder that can be written.',
};

function troubleOf(path: string, error: unknown): Problem {
  return {
    what: `This session is not being recorded: ${path} cannot be written.`,
    why: `${causeOf(error)}. The newest 4 MiB are kept in memory.`,
    next: NEXT_STEPS[errnoOf(error)] ?? 'It is tried again every two seconds.',
  };
}
