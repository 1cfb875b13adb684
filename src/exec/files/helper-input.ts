// How do frames of any length reach a helper whose input takes one MiB at a time?

import type { RunningProcess } from '../environment.ts';

export interface HelperInput {
  /** Queued until there is a process, and then until it reads. */
  send(frame: readonly Uint8Array[]): void;
  attach(process: Pick<RunningProcess, 'write'>): void;
  /** There is room again. */
  drained(): void;
}

/** Small enough that several fit beside what waits already. */
const PIECE_BYTES = 128 * 1024;

/** `refused` is told when the helper takes nothing any more. */
export function openHelperInput(refused: () => void): HelperInput {
  const waiting: Uint8Array[] = [];
  let process: Pick<RunningProcess, 'write'> | null = null;
  let isFull = false;
  /** All that was taken before has been read, so that a refusal cannot be for want of room. */
  let isEmpty = true;

  const pump = (): void => {
    while (process !== null && !isFull) {
      const first = waiting[0];
      if (first === undefined) return;
      const piece = first.subarray(0, PIECE_BYTES);
      if (!process.write(piece).ok) {
        isFull = true;
        if (isEmpty) refused();
        return;
      }
      isEmpty = false;
      if (piece.length === first.length) waiting.shift();
      else waiting[0] = first.subarray(piece.length);
    }
  };

  return {
    send(frame) {
      waiting.push(...frame);
      pump();
    },
    attach(started) {
      process = started;
      pump();
    },
    drained() {
      isFull = false;
      isEmpty = true;
      pump();
    },
  };
}
