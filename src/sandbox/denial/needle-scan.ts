// Where in a flood of bytes one of a few dozen texts begins, without looking at most of the bytes.

/**
 * Every needle is searched by its first bytes, so many of them. The longer this window, the further the search jumps
 * where nothing fits: over most output it looks at one byte pair in seven. All needles are at least this long.
 */
const windowBytes = 8;

export interface NeedleScan {
  /** Index of the first needle that lies wholly within `from` to `to`, or -1. */
  find(bytes: Uint8Array, from: number, to: number): number;
}

/** Prepares the search for a fixed set of needles (the method of Wu and Manber with blocks of two bytes). */
export function prepareNeedleScan(needles: readonly Uint8Array[]): NeedleScan {
  const shifts = new Uint8Array(65_536).fill(windowBytes - 1);
  const byLastBlock = new Map<number, Uint8Array[]>();
  for (const needle of needles) {
    if (needle.length < windowBytes) throw new Error('a needle is shorter than the window');
    for (let at = 0; at + 1 < windowBytes; at += 1) {
      const block = ((needle[at] ?? 0) << 8) | (needle[at + 1] ?? 0);
      const shift = windowBytes - 2 - at;
      if (shift < (shifts[block] ?? 0)) shifts[block] = shift;
      if (shift === 0) byLastBlock.set(block, [...(byLastBlock.get(block) ?? []), needle]);
    }
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
      const start = last - windowBytes + 1;
      if (byLastBlock.get(block)?.some((needle) => isAt(needle, bytes, start, to))) return start;
      last += 1;
    }
    return -1;
  };
  return { find };
}

function isAt(needle: Uint8Array, bytes: Uint8Array, start: number, to: number): boolean {
  if (start + needle.length > to) return false;
  for (let at = 0; at < needle.length; at += 1) if (bytes[start + at] !== needle[at]) return false;
  return true;
}
