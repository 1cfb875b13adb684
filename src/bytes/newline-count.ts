// How many lines are in these bytes?

import { BLOCK_BYTES, openVectorScan, type VectorScan } from './vector-scan.ts';

const NEWLINE = 0x0a;

/** From here on the vector scan is worth loading and copying for. */
const LARGE_BYTES = 16 * 1024;

let vectors: VectorScan | null | undefined;

/** The number of `\n` in `bytes`. */
export function countNewlines(bytes: Uint8Array): number {
  if (bytes.length < LARGE_BYTES) return countBySearch(bytes);
  vectors ??= openVectorScan([]);
  if (vectors === null || vectors === undefined) return countBySearch(bytes);
  let count = 0;
  for (let from = 0; from < bytes.length; from += BLOCK_BYTES) {
    vectors.load(bytes.subarray(from, from + BLOCK_BYTES));
    count += vectors.newlines();
  }
  return count;
}

function countBySearch(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
