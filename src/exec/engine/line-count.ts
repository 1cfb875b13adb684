// How many lines are in these bytes?

const NEWLINE = 0x0a;
/** A newline in each byte of a word. */
const NEWLINES = 0x0a0a0a0a;

/**
 * The number of `\n` in `bytes`. Four at a time, because a flood of two-byte lines must cost no more than one of long
 * lines: a search per line would.
 */
export function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  let index = 0;
  const aligned = Math.min(bytes.length, (4 - (bytes.byteOffset & 3)) & 3);
  for (; index < aligned; index++) if (bytes[index] === NEWLINE) count++;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + index, (bytes.length - index) >> 2);
  for (let word = 0; word < words.length; word++) {
    const difference = (words[word] ?? 0) ^ NEWLINES;
    // The top bit of each byte that is zero, exactly (Hacker's Delight, 6-1).
    const zeros = ~(((difference & 0x7f7f7f7f) + 0x7f7f7f7f) | difference | 0x7f7f7f7f);
    if (zeros !== 0) count += Math.imul(zeros >>> 7, 0x01010101) >>> 24;
  }
  for (index += words.length * 4; index < bytes.length; index++) if (bytes[index] === NEWLINE) count++;
  return count;
}
