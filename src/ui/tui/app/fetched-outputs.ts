// Which whole outputs are here for the transcript view? What a screen keeps of a long one has no middle.

import { type KeptRows, outputsToFetch } from '../transcript/layout.ts';
import type { ScreenApp } from './screen-app.ts';

/** Longer outputs are read from their file. */
const FETCHED_BYTES = 4 * 1024 * 1024;

export interface FetchedOutputs {
  get(process: number, attempt: number): Uint8Array | null;
  /** Asks for the middles of long outputs, so that the transcript can be read and searched whole. */
  fetch(): void;
  /** Rows of items that were laid out with them. */
  readonly keptRows: KeptRows;
}

export function openFetchedOutputs(app: ScreenApp): FetchedOutputs {
  const fetched = new Map<string, Uint8Array>();

  return {
    keptRows: new WeakMap(),
    get: (process, attempt) => fetched.get(`${process}.${attempt}`) ?? null,
    fetch() {
      for (const { process, attempt, bytes } of outputsToFetch(app.transcript.finished)) {
        const name = `${process}.${attempt}`;
        if (fetched.has(name) || bytes > FETCHED_BYTES) continue;
        app.options.door.query({ type: 'output', process, attempt, from: 0, to: bytes }).then((answer) => {
          if (answer.bytes.length !== bytes) return;
          fetched.set(name, answer.bytes);
          app.painter.changed();
        }, app.onDefect);
      }
    },
  };
}
