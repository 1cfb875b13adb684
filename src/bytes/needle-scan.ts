// Where in a flood of bytes one of a few dozen texts stands, without looking long at most of the bytes.

import { chooseMarks, type Mark } from './marks.ts';
import { BLOCK_BYTES, MARK_BYTES, openVectorScan, type VectorScan } from './vector-scan.ts';

/**
 * Every needle is searched by its last bytes, so many of them. The longer this window, the further the search jumps
 * where nothing fits: over most output it looks at one byte pair in seven. All needles are at least this long.
 */
const windowBytes = 8;

/** From here on the vector scan is worth loading and copying for. */
const largeBytes = 16 * 1024;

export interface NeedleScan {
  /** Prepares the search in [from, to) of `bytes`, which must not change before it is over. */
  over(bytes: Uint8Array, from: number, to: number): NeedleSearch;
}

export interface NeedleSearch {
  /** Index of the last byte of the next needle that lies wholly behind `after` (an index) and before the end, or -1. */
  next(after: number): number;
}

/** Prepares the search for a fixed set of needles. */
export function prepareNeedleScan(needles: readonly Uint8Array[]): NeedleScan {
  if (needles.some(({ length }) => length < windowBytes)) throw new Error('a needle is shorter than the window');
  const jumping = prepareJumpingScan(needles);
  let vectors: NeedleScan | null | undefined;
  return {
    over(bytes, from, to) {
      if (to - from < largeBytes) return jumping.over(bytes, from, to);
      vectors ??= prepareVectorScan(needles);
      return (vectors ?? jumping).over(bytes, from, to);
    },
  };
}

/** The method of Wu and Manber with blocks of two bytes. */
export function prepareJumpingScan(needles: readonly Uint8Array[]): NeedleScan {
  const shifts = new Uint8Array(65_536).fill(windowBytes - 1);
  const byLastBlock = new Map<number, Uint8Array[]>();
  for (const needle of needles) {
    for (let shift = 0; shift + 1 < windowBytes; shift += 1) {
      const block = blockEndingAt(needle, needle.length - 1 - shift);
      if (shift < (shifts[block] ?? 0)) shifts[block] = shift;
    }
    const last = blockEndingAt(needle, needle.length - 1);
    byLastBlock.set(last, [...(byLastBlock.get(last) ?? []), needle]);
  }
  const find = (bytes: Uint8Array, from: number, to: number): number => {
    let last = from + windowBytes - 1;
    while (last < to) {
      const block = ((bytes[last - 1] ?? 0) << 8) | (bytes[last] ?? 0);
      const shift = shifts[block] ?? 0;
      if (shift > 0) {
        last += shift;
        continue;
      }
      for (const needle of byLastBlock.get(block) ?? []) {
        if (standsAt(needle, bytes, last + 1 - needle.length, from, to)) return last;
      }
      last += 1;
    }
    return -1;
  };
  return {
    over: (bytes, from, to) => ({ next: (after) => find(bytes, Math.max(from, after), to) }),
  };
}

/** Each needle is found by four of its bytes, sixteen places at a time. Null where that cannot be done. */
export function prepareVectorScan(needles: readonly Uint8Array[]): NeedleScan | null {
  const marks = chooseMarks(needles);
  const scan = marks === null ? null : openVectorScan(marks.map(({ word }) => word));
  if (marks === null || scan === null) return null;
  const byWord = new Map(marks.map((mark) => [mark.word, mark]));
  return { over: (bytes, from, to) => searchWith(scan, byWord, bytes, from, to) };
}

function searchWith(
  scan: VectorScan,
  byWord: ReadonlyMap<number, Mark>,
  bytes: Uint8Array,
  from: number,
  to: number,
): NeedleSearch {
  let loadedFrom = -1;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

  /** The next mark that begins at or after `at`. */
  const nextMark = (at: number): number => {
    for (let start = at; start + MARK_BYTES <= to; start = loadedFrom + BLOCK_BYTES - MARK_BYTES + 1) {
      const isAhead = start >= loadedFrom && start <= loadedFrom + BLOCK_BYTES - MARK_BYTES;
      if (loadedFrom === -1 || !isAhead || !scan.isLoaded()) {
        loadedFrom = start;
        scan.load(bytes.subarray(start, Math.min(to, start + BLOCK_BYTES)));
      }
      const end = Math.min(to, loadedFrom + BLOCK_BYTES) - MARK_BYTES + 1;
      const found = scan.find(start - loadedFrom, end - loadedFrom);
      if (found !== -1) return loadedFrom + found;
    }
    return -1;
  };

  return {
    next(after) {
      const first = Math.max(from, after);
      for (let at = nextMark(first); at !== -1; at = nextMark(at + 1)) {
        for (const { needle, offset } of byWord.get(view.getUint32(at, true))?.needles ?? []) {
          const start = at - offset;
          if (standsAt(needle, bytes, start, first, to)) return start + needle.length - 1;
        }
      }
      return -1;
    },
  };
}

function blockEndingAt(bytes: Uint8Array, last: number): number {
  return ((bytes[last - 1] ?? 0) << 8) | (bytes[last] ?? 0);
}

function standsAt(needle: Uint8Array, bytes: Uint8Array, start: number, from: number, to: number): boolean {
  if (start < from || start + needle.length > to) return false;
  for (let at = needle.length - 1; at >= 0; at -= 1) if (bytes[start + at] !== needle[at]) return false;
  return true;
}
