// How does input reach a terminal whose program does not read?

import { writeSync } from 'node:fs';
import { errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';

/** More than anybody types and most people paste; a program that reads nothing must not fill our memory. */
export const QUEUE_BYTES = 1024 * 1024;

/** Waits between tries while the terminal takes nothing. Output is a better sign that room was made, so it tries too. */
const FIRST_RETRY_MS = 2;
const LAST_RETRY_MS = 100;

/** Bytes on their way into a non-blocking master. Never waits, and never stops the reading on the other side. */
export interface WriteQueue {
  /** All or nothing: refused when it would not fit. */
  write(bytes: Uint8Array): Result<void>;
  /** The program may have read: tries again at once. */
  poke(): void;
  /** Forgets what waits, as a terminal does when it is interrupted. True when something did: nobody reads. */
  clear(): boolean;
  /** Nothing is written any more: the descriptor is about to be closed. */
  close(): void;
}

export function openWriteQueue(master: number): WriteQueue {
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let retryMs = FIRST_RETRY_MS;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  const clear = (): boolean => {
    const wasWaiting = waitingBytes > 0;
    waiting = [];
    waitingBytes = 0;
    if (timer !== null) clearTimeout(timer);
    timer = null;
    return wasWaiting;
  };

  const drain = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    while (!isClosed) {
      const first = waiting[0];
      if (first === undefined) return;
      const written = tryWrite(master, first);
      if (written === null) {
        clear(); // The other side is gone; the reader hears it too.
        return;
      }
      if (written > 0) retryMs = FIRST_RETRY_MS;
      waitingBytes -= written;
      if (written === first.length) {
        waiting.shift();
        continue;
      }
      waiting[0] = first.subarray(written);
      timer = setTimeout(drain, retryMs);
      retryMs = Math.min(LAST_RETRY_MS, retryMs * 2);
      return;
    }
  };

  return {
    write(bytes) {
      if (isClosed) return fail(inputEnded());
      if (waitingBytes + bytes.length > QUEUE_BYTES) return fail(queueFull());
      waiting.push(Uint8Array.from(bytes));
      waitingBytes += bytes.length;
      if (waiting.length === 1) drain();
      return ok(undefined);
    },
    poke() {
      if (waitingBytes > 0) drain();
    },
    clear,
    close() {
      isClosed = true;
      clear();
    },
  };
}

/** How many bytes were taken, 0 when there is no room, null when nobody will ever read them. */
function tryWrite(descriptor: number, bytes: Uint8Array): number | null {
  try {
    return writeSync(descriptor, bytes);
  } catch (error) {
    return errnoOf(error) === 'EAGAIN' ? 0 : null;
  }
}

const FULL: Problem = {
  what: 'The input was not sent: the program has not read the last 1 MiB.',
  why: '',
  next: 'Wait until it reads, or interrupt it.',
};

/** Why input is refused: the program has not read what came before. */
export function queueFull(): Problem {
  return FULL;
}

/** True: the same input can be sent again once the program has read. */
export function isQueueFull(problem: Problem): boolean {
  return problem === FULL;
}

/** Why input is refused: there is nothing to type into. */
export function inputEnded(): Problem {
  return { what: 'The input was not sent: the program takes no input.', why: 'Its input is closed.', next: '' };
}
