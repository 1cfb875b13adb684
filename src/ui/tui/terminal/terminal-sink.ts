// How do bytes reach the terminal without this process ever waiting for it?
//
// Node writes to a terminal synchronously: one that does not read (Ctrl-S, a stalled link) would stop everything.
// The terminal is therefore opened anew by its path with O_NONBLOCK, which concerns no other process, and what it
// does not take stays here.

import { closeSync, constants, fstatSync, openSync, readlinkSync, writeSync } from 'node:fs';
import { errnoOf } from '../../../problem/index.ts';
import type { Clock } from './clock.ts';

/** First wait after the terminal took nothing, and the longest: nothing says when there is room again. */
const FIRST_RETRY_MS = 4;
const LONGEST_RETRY_MS = 64;
/** What leaving may wait for a terminal that takes nothing. */
const LEAVING_LIMIT_MS = 100;

export interface TerminalSink {
  /** Sends now what the terminal takes; the rest follows by itself. */
  write(bytes: string): void;
  /** Bytes that were not taken yet. */
  readonly waiting: number;
  /** Sends all, waiting at most 100 ms; for the ways out, where no loop runs any more. False when some were left. */
  writeAndWait(bytes: string): boolean;
  close(): void;
}

export interface TerminalSinkOptions {
  readonly clock: Clock;
  /** All that waited was taken. */
  readonly onDrained: () => void;
  /** The terminal is gone (EIO, EPIPE, …): nothing can be written any more. */
  readonly onGone: () => void;
}

/**
 * Opens the terminal behind an open descriptor for non-blocking writing. Falls back to the descriptor itself, whose
 * writes may block, when its path cannot be opened or leads to another terminal.
 */
export function openTerminalSink(fd: number, options: TerminalSinkOptions): TerminalSink {
  const own = openAgain(fd);
  return sinkOf(own ?? fd, own !== null, options);
}

function openAgain(fd: number): number | null {
  for (const path of [terminalPath(fd), '/dev/tty']) {
    if (path === null) continue;
    try {
      const opened = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
      // `/dev/tty` has a number of its own; under a path the terminal must be the same device.
      if (path === '/dev/tty' || fstatSync(opened).rdev === fstatSync(fd).rdev) return opened;
      closeSync(opened);
    } catch {
      // No such path in this mount namespace, or no right to open it: the next one is tried.
    }
  }
  return null;
}

function terminalPath(fd: number): string | null {
  try {
    const path = readlinkSync(`/proc/self/fd/${fd}`);
    return path.startsWith('/dev/') ? path : null;
  } catch {
    // No /proc (macOS): `/dev/tty` is the way.
    return null;
  }
}

function sinkOf(fd: number, isOwned: boolean, { clock, onDrained, onGone }: TerminalSinkOptions): TerminalSink {
  let rest: Buffer = Buffer.alloc(0);
  let isOpen = true;
  let retryMs = FIRST_RETRY_MS;
  let cancelRetry: (() => void) | null = null;

  const stop = (): void => {
    if (!isOpen) return;
    isOpen = false;
    cancelRetry?.();
    cancelRetry = null;
    rest = Buffer.alloc(0);
    if (isOwned) closeSync(fd);
  };

  /** Writes what is taken; false when the terminal is gone. */
  const push = (): boolean => {
    while (rest.length > 0) {
      try {
        rest = rest.subarray(writeSync(fd, rest));
        retryMs = FIRST_RETRY_MS;
      } catch (error) {
        if (errnoOf(error) === 'EAGAIN') return true;
        if (errnoOf(error) === 'EINTR') continue;
        stop();
        return false;
      }
    }
    return true;
  };

  const retryLater = (): void => {
    if (cancelRetry !== null) return;
    cancelRetry = clock.after(retryMs, () => {
      cancelRetry = null;
      retryMs = Math.min(LONGEST_RETRY_MS, retryMs * 2);
      if (!push()) onGone();
      else if (rest.length > 0) retryLater();
      else onDrained();
    });
  };

  return {
    get waiting() {
      return rest.length;
    },
    write(bytes) {
      if (!isOpen || bytes === '') return;
      rest = rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([rest, Buffer.from(bytes)]);
      if (cancelRetry !== null) return;
      if (!push()) onGone();
      else if (rest.length > 0) retryLater();
    },
    writeAndWait(bytes) {
      if (!isOpen) return false;
      rest = Buffer.concat([rest, Buffer.from(bytes)]);
      const deadline = Date.now() + LEAVING_LIMIT_MS;
      const pause = new Int32Array(new SharedArrayBuffer(4));
      while (push() && rest.length > 0 && Date.now() < deadline) Atomics.wait(pause, 0, 0, 1);
      const isWritten = isOpen && rest.length === 0;
      if (isOpen) rest = Buffer.alloc(0);
      return isWritten;
    },
    close: stop,
  };
}
