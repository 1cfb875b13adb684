// Who reads along with the output of one attempt, to count its lines and keep those that may tell of a refusal? We do,
// block by block; of a flood that is on disk another thread does, so that nobody waits for it.

import type { KeptLine } from '../../sandbox/index.ts';
import type { OutputStream } from '../environment.ts';
import type { SideReader, SideReading } from './side-reader.ts';
import { openStreamReader, type Read, type StreamPart, type WatchWish } from './stream-reader.ts';

export interface ReadingAlong {
  /** A block, which begins at byte `from`; `onDisk` bytes of the output, from byte 0, are in its file by now. */
  read(bytes: Uint8Array, from: number, onDisk: number, stream: OutputStream): void;
  /** What was kept until now, as far as it is known here. */
  keptSoFar(): readonly KeptLine[];
  /** At the end of the output. A promise only where another thread has to come to the end first. */
  finish(): Read | Promise<Read>;
}

export interface ReadingOptions {
  /** Null: lines are only counted. */
  readonly watch: WatchWish | null;
  /** Null: there is no other thread. */
  readonly side: SideReader | null;
  /** The file of this output, once it has one. */
  readonly path: string | null;
  /** Reads output again; see `OutputLog.read`. */
  readonly again: (from: number, to: number) => { readonly from: number; readonly bytes: Uint8Array };
}

/** From here on it is a flood: a thread costs more than to read this much. */
const FLOOD_BYTES = 4 * 1024 * 1024;

/** The other thread is told of so much at a time. */
const TOLD_BYTES = 4 * 1024 * 1024;

/** A line that was cut where the file ended is found again in so much before. */
const OVERLAP_BYTES = 8 * 1024;

export function openReadingAlong({ watch: wish, side, path, again }: ReadingOptions): ReadingAlong {
  let near = openStreamReader(wish);
  /** Which of the output is of which stream, as far as the other thread was not told. */
  let parts: StreamPart[] = [];
  let far: Far | null = null;
  let total = 0;

  const note = (to: number, stream: OutputStream): void => {
    const isError = stream === 'stderr';
    const last = parts.at(-1);
    if (last?.isError === isError) last.to = to;
    else parts.push({ to, isError });
  };

  const takeParts = (of: Far): StreamPart[] => {
    const taken = parts;
    parts = [];
    of.parts.push(...taken);
    return taken;
  };

  const handOver = (onDisk: number): void => {
    const reading = side !== null && path !== null ? side.open(path, wish) : null;
    if (reading === null) return;
    far = { reading, told: onDisk, to: null, parts: [] };
    reading.grown(takeParts(far));
    near = openStreamReader(wish);
  };

  /** The file has ended, and the output has not. */
  const takeBack = (onDisk: number, stream: OutputStream): void => {
    if (far === null) return;
    far.to = onDisk;
    note(onDisk, stream);
    near.lookAt(again(Math.max(0, onDisk - OVERLAP_BYTES), onDisk).bytes, stream);
  };

  /** Everything once more, here: the other thread could not. */
  const readAgain = (of: Far): Read => {
    const fresh = openStreamReader(wish);
    let from = 0;
    for (const { to, isError } of of.parts) {
      while (from < to) {
        const part = again(from, to);
        if (part.bytes.length === 0) return fresh.result();
        fresh.read(part.bytes, isError ? 'stderr' : 'stdout');
        from = part.from + part.bytes.length;
      }
    }
    return fresh.result();
  };

  return {
    read(bytes, from, onDisk, stream) {
      total = from + bytes.length;
      if (far === null) {
        near.read(bytes, stream);
        if (side === null || path === null) return;
        note(total, stream);
        if (total >= FLOOD_BYTES && onDisk === total) handOver(onDisk);
        return;
      }
      if (far.to !== null) return near.read(bytes, stream);
      if (onDisk < total) {
        takeBack(onDisk, stream);
        return near.read(bytes.subarray(onDisk - from), stream);
      }
      note(total, stream);
      if (total - far.told < TOLD_BYTES) return;
      far.told = total;
      far.reading.grown(takeParts(far));
    },
    keptSoFar: () => near.result().kept,
    finish() {
      const given = far;
      if (given === null) return near.result();
      return given.reading.finish(takeParts(given)).then((read) => {
        const before = read ?? readAgain(given);
        const after = near.result();
        return { newlines: before.newlines + after.newlines, kept: [...before.kept, ...after.kept] };
      });
    },
  };
}

/** What the other thread was given. */
interface Far {
  readonly reading: SideReading;
  /** So many bytes it has been told of. */
  told: number;
  /** Where the file ended before the output did. */
  to: number | null;
  /** All it was told, should it have to be read again. */
  readonly parts: StreamPart[];
}
