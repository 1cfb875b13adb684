// Which pieces of one process's output can be read again, and where are their bytes? The last MiB, in whole pieces.

import type { OutputChunk, StreamName } from '../protocol/messages.ts';
import { LIMITS } from '../protocol/messages.ts';

/** One piece as it was told. `from` counts bytes over all streams. */
export interface Piece {
  readonly seq: number;
  readonly stream: StreamName;
  readonly from: number;
  readonly length: number;
}

/** Gives bytes by their number; they are there as long as the window has them. */
export type ReadBytes = (from: number, to: number) => Uint8Array;

export interface OutputWindow {
  add(piece: Piece): void;
  /** What came after `afterSeq`, oldest first, as much as fits `maxBytes` (null: all) and one piece at least. */
  read(afterSeq: number, maxBytes: number | null): readonly OutputChunk[];
  hasAfter(seq: number): boolean;
  readonly heldBytes: number;
  /** No more will come: the bytes are copied, and whoever gave them is let go. */
  close(): void;
}

export function openOutputWindow(readBytes: ReadBytes): OutputWindow {
  let pieces: Piece[] = [];
  /** Pieces before it are dropped; they are cut off when they are many. */
  let first = 0;
  let bytes = 0;
  let bytesOf = readBytes;

  const dropOldest = (): void => {
    bytes -= pieces[first]?.length ?? 0;
    first++;
    if (first < 1024 || first < pieces.length / 2) return;
    pieces = pieces.slice(first);
    first = 0;
  };

  /** Index of the first piece after a number. */
  const after = (seq: number): number => {
    let low = first;
    let high = pieces.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((pieces[middle]?.seq ?? 0) > seq) high = middle;
      else low = middle + 1;
    }
    return low;
  };

  return {
    add(piece) {
      pieces.push(piece);
      bytes += piece.length;
      while (bytes > LIMITS.retainedBytes || pieces.length - first > LIMITS.retainedChunks) dropOldest();
    },
    read(afterSeq, maxBytes) {
      const chunks: OutputChunk[] = [];
      let taken = 0;
      for (let index = after(afterSeq); index < pieces.length; index++) {
        const piece = pieces[index];
        if (piece === undefined) break;
        taken += piece.length;
        if (maxBytes !== null && taken > maxBytes && chunks.length > 0) break;
        const { seq, stream, from, length } = piece;
        chunks.push({ seq, stream, chunk: base64Of(bytesOf(from, from + length)) });
      }
      return chunks;
    },
    get heldBytes() {
      return bytes;
    },
    hasAfter: (seq) => (pieces.at(-1)?.seq ?? 0) > seq,
    close() {
      pieces = pieces.slice(first);
      first = 0;
      const start = pieces[0]?.from ?? 0;
      // Most of all commands print little, and many of them are kept: nothing else of them may stay in memory.
      bytesOf = pieces.length === 0 ? NO_BYTES : copied(bytesOf(start, start + bytes), start);
    },
  };
}

const NO_BYTES: ReadBytes = () => new Uint8Array();

function copied(bytes: Uint8Array, start: number): ReadBytes {
  const kept = Buffer.from(bytes);
  return (from, to) => kept.subarray(from - start, to - start);
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
