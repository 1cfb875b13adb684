// How many lines are in these bytes?

const NEWLINE = 0x0a;
/** A newline in each byte of a word. */
const NEWLINES = 0x0a0a0a0a;

/** The way of counting is chosen anew for each stretch, from how long the lines of the one before were. */
const STRETCH_BYTES = 16 * 1024;

/** A search per line costs as much as looking at some 25 bytes; short lines are counted by looking at every byte. */
const LONG_LINE_BYTES = 25;

/** Each byte of the running sum of a group counts up to this, so that none spills into the next. */
const WORDS_PER_GROUP = 255;

/** The number of `\n` in `bytes`. A flood of two-byte lines costs hardly more than one of long lines. */
export function countNewlines(bytes: Uint8Array): number {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let count = 0;
  let areLinesLong = false;
  for (let from = 0; from < buffer.length; from += STRETCH_BYTES) {
    const stretch = buffer.subarray(from, from + STRETCH_BYTES);
    const found: number = areLinesLong ? countBySearch(stretch) : countByWords(stretch);
    areLinesLong = found * LONG_LINE_BYTES < stretch.length;
    count += found;
  }
  return count;
}

function countBySearch(bytes: Buffer): number {
  let count = 0;
  for (let index = bytes.indexOf(NEWLINE); index !== -1; index = bytes.indexOf(NEWLINE, index + 1)) count++;
  return count;
}

/** Four at a time. */
function countByWords(bytes: Buffer): number {
  const aligned = Math.min(bytes.length, (4 - (bytes.byteOffset & 3)) & 3);
  const wordCount = (bytes.length - aligned) >> 2;
  const rest = aligned + wordCount * 4;
  let count = countSingly(bytes.subarray(0, aligned)) + countSingly(bytes.subarray(rest));
  if (wordCount === 0) return count;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + aligned, wordCount);
  for (let from = 0; from < wordCount; from += WORDS_PER_GROUP) {
    count += countInGroup(words, from, Math.min(wordCount, from + WORDS_PER_GROUP));
  }
  return count;
}

function countSingly(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) if (byte === NEWLINE) count++;
  return count;
}

function countInGroup(words: Int32Array, from: number, to: number): number {
  let sums = 0;
  for (let word = from; word < to; word++) {
    const difference = (words[word] ?? 0) ^ NEWLINES;
    // The top bit of each byte that is zero, exactly (Hacker's Delight, 6-1), as a one at its bottom.
    sums = (sums + (~(((difference & 0x7f7f7f7f) + 0x7f7f7f7f) | difference | 0x7f7f7f7f) >>> 7)) | 0;
  }
  return (sums & 0xff) + ((sums >>> 8) & 0xff) + ((sums >>> 16) & 0xff) + (sums >>> 24);
}
