// The thread that searches files.

import { parentPort, workerData } from 'node:worker_threads';
import { type FileSearchOptions, openFileSearch } from './file-search.ts';
import type { ThreadAnswer, ThreadRequest } from './file-thread.ts';

// What `openFileThread` hands over.
const search = openFileSearch(workerData as FileSearchOptions);

parentPort?.on('message', ({ id, request }: ThreadRequest) => {
  void search.find(request).then((answer) => {
    parentPort?.postMessage({ id, answer } satisfies ThreadAnswer);
  });
});
