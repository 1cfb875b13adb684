// The same search in a thread of its own: a hundred thousand paths are read and ranked while keys are echoed.

import { Worker } from 'node:worker_threads';
import {
  type FileRequest,
  type FileSearch,
  type FileSearchOptions,
  type FilesAnswer,
  openFileSearch,
  outdated,
} from './file-search.ts';

/** What the thread is told, and what it says. */
export interface ThreadRequest {
  readonly id: number;
  readonly request: FileRequest;
}
export interface ThreadAnswer {
  readonly id: number;
  readonly answer: FilesAnswer;
}

/** Unused for so long the thread ends, with all it knows. Longer than a minute, so that an idle program is idle. */
const IDLE_MS = 300_000;
/** Far above what the largest list takes: a thread that wants more is ended, and not the program. */
const MOST_MEGABYTES = 512;

/** `program`: the bundled `file-thread-main.ts`. Where no thread can be had the search goes on in this one. */
export function openFileThread(program: string, options: FileSearchOptions): FileSearch {
  const waiting = new Map<number, (answer: FilesAnswer) => void>();
  let worker: Worker | null = null;
  let instead: FileSearch | null = null;
  let idle: NodeJS.Timeout | null = null;
  let made = 0;

  function stop(): void {
    if (idle !== null) clearTimeout(idle);
    idle = null;
    const stopped = worker;
    worker = null;
    void stopped?.terminate();
    for (const answer of waiting.values()) answer(outdated);
    waiting.clear();
  }

  function thread(): Worker {
    if (worker !== null) return worker;
    // Its output would be written into the screen.
    const started = new Worker(program, {
      workerData: options,
      stdin: false,
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
    });
    started.unref();
    started.on('message', ({ id, answer }: ThreadAnswer) => {
      waiting.get(id)?.(answer);
      waiting.delete(id);
    });
    const isOver = (): void => {
      if (worker !== started) return;
      instead = openFileSearch(options);
      stop();
    };
    started.once('error', isOver);
    started.once('exit', isOver);
    worker = started;
    return started;
  }

  return {
    find(request) {
      if (instead !== null) return instead.find(request);
      if (idle !== null) clearTimeout(idle);
      idle = setTimeout(stop, IDLE_MS).unref();
      made += 1;
      const id = made;
      const answered = new Promise<FilesAnswer>((resolve) => waiting.set(id, resolve));
      thread().postMessage({ id, request } satisfies ThreadRequest);
      return answered;
    },
    close() {
      stop();
      instead?.close();
    },
  };
}
