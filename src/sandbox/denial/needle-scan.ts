// Where in a flood of bytes one of a few dozen texts begins, without looking at most of the bytes.

/**
 * Every needle is searched by its last bytes, so many of them. The longer this window, the further the search jumps
 * where nothing fits: over most output it looks at one byte pair in seven. All needles are at least this long.
 */
const windowBytes = 8;

export interface NeedleScan {
  /** Index of the last byte of the first needle to end wholly within `from` to `to`, or -1. */
  find(bytes: Uint8Array, from: number, to: number): number;
}

/** Prepares the search for a fixed set of needles (the method of Wu and Manber with blocks of two bytes). */
export function prepareNeedleScan(needles: readonly Uint8Array[]): NeedleScan {
  const shifts = new Uint8Array(65_536).fill(windowBytes - 1);
  const byLastBlock = new Map<number, Uint8Array[]>();
  for (const needle of needles) {
    if (needle.length < windowBytes) throw new Error('a needle is shorter than the window');
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
      const candidates = byLastBlock.get(block) ?? [];
      for (const needle of candidates) if (endsAt(needle, bytes, from, last)) return last;
      last += 1;
    }
    return -1;
  };
  return { find };
}

function blockEndingAt(bytes: Uint8Array, last: number): number {
  return ((bytes[last - 1] ?? 0) << 8) | (bytes[last] ?? 0);
}

function endsAt(needle: Uint8Array, bytes: Uint8Array, from: number, last: number): boolean {
  const start = last - needle.length + 1;
  if (start < from) return false;
  for (let at = needle.length - 1; at >= 0; at -= 1) if (bytes[start + at] !== needle[at]) return false;
  return true;
}
