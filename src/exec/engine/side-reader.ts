// Another thread that reads along with floods, from their files: how it is started, asked, and let go.

import { closeSync, constants, openSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { Read, StreamPart, WatchWish } from './stream-reader.ts';

/** What the thread is told. Descriptors are the process's: it reads what was opened here. */
export type SideRequest =
  | {
      readonly kind: 'open';
      readonly id: number;
      readonly descriptor: number;
      readonly watch: WatchWish | null;
    }
  | { readonly kind: 'grown' | 'finish'; readonly id: number; readonly parts: readonly StreamPart[] };

/** What it says of a file when it was read to the end; `read` null: it could not be. */
export interface SideAnswer {
  readonly id: number;
  readonly read: Read | null;
}

export interface SideReader {
  /** Null: the file cannot be opened. */
  open(path: string, watch: WatchWish | null): SideReading | null;
  dispose(): void;
}

export interface SideReading {
  /** These parts of the file are there by now, after those that were told before. */
  grown(parts: readonly StreamPart[]): void;
  /** The last ones. Resolves when everything was read; null: it could not be. */
  finish(parts: readonly StreamPart[]): Promise<Read | null>;
}

/** Unused for so long the thread ends: each start of a command pays for the memory of this program. */
const IDLE_MS = 10_000;

/** `program`: the bundled `side-reader-main.ts`. */
export function openSideReader(program: string): SideReader {
  const waiting = new Map<number, { readonly descriptor: number; answer: (read: Read | null) => void }>();
  let worker: Worker | null = null;
  let idle: NodeJS.Timeout | null = null;
  let made = 0;

  const settle = (id: number, read: Read | null): void => {
    const known = waiting.get(id);
    if (known === undefined) return;
    waiting.delete(id);
    closeSync(known.descriptor);
    known.answer(read);
    if (waiting.size === 0 && worker !== null) idle = setTimeout(stop, IDLE_MS).unref();
  };

  const stop = (): void => {
    const stopped = worker;
    worker = null;
    void stopped?.terminate();
    for (const id of [...waiting.keys()]) settle(id, null);
  };

  const thread = (): Worker => {
    if (idle !== null) clearTimeout(idle);
    idle = null;
    if (worker !== null) return worker;
    const started = new Worker(program, { stdin: false, stdout: false, stderr: false });
    started.unref();
    started.on('message', ({ id, read }: SideAnswer) => settle(id, read));
    // No memory, no thread: whoever waits reads for itself.
    const isOver = (): void => {
      if (worker === started) stop();
    };
    started.once('error', isOver);
    started.once('exit', isOver);
    worker = started;
    return started;
  };

  const tell = (request: SideRequest): void => worker?.postMessage(request);

  return {
    open(path, watch) {
      let descriptor: number;
      try {
        descriptor = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      } catch {
        return null;
      }
      const id = ++made;
      const entry = { descriptor, answer: (_read: Read | null): void => {} };
      let isOver = false;
      const over = new Promise<Read | null>((resolve) => {
        entry.answer = (read) => {
          isOver = true;
          resolve(read);
        };
      });
      waiting.set(id, entry);
      thread().postMessage({ kind: 'open', id, descriptor, watch } satisfies SideRequest);
      return {
        grown(parts) {
          if (!isOver) tell({ kind: 'grown', id, parts });
        },
        finish(parts) {
          if (!isOver) tell({ kind: 'finish', id, parts });
          return over;
        },
      };
    },
    dispose: stop,
  };
}
