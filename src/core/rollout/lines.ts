// How are the lines of a large file read without loading it: from the end, or from the beginning?

import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** What one read takes: large enough that the calls cost nothing, small enough for the first frame. */
export const BLOCK_BYTES = 256 * 1024;

/** A line is a record; none of ours comes near. A longer one is passed over without being loaded. */
export const LONGEST_LINE_BYTES = 32 * 1024 * 1024;

const NEWLINE = 10;

/** A line and the byte at which it begins. `text` null: it is longer than the bound. */
export interface FileLine {
  readonly from: number;
  readonly text: string | null;
}

export interface OpenFile {
  readonly fd: number;
  /** At opening: what another process appends later is not seen. */
  readonly size: number;
}

/** Opens, gives the file to `use`, closes. Throws as `node:fs` does. */
export function withFile<T>(path: string, use: (file: OpenFile) => T): T {
  const fd = openSync(path, 'r');
  try {
    return use({ fd, size: fstatSync(fd).size });
  } finally {
    closeSync(fd);
  }
}

/** Bytes of a range; fewer when the file became shorter meanwhile. */
export function readRange(file: OpenFile, from: number, to: number): Buffer {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
  let filled = 0;
  while (filled < bytes.length) {
    const count = readSync(file.fd, bytes, filled, bytes.length - filled, from + filled);
    if (count === 0) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

/** Newest line first. The last line counts also without its newline. */
export function* linesBackwards(file: OpenFile, blockBytes: number = BLOCK_BYTES): Generator<FileLine> {
  // Pieces of the line that began in blocks not read yet, last piece first.
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let isTooLong = false;
  const line = (first: Buffer, from: number): FileLine => {
    const isLong = isTooLong || pieceBytes + first.length > LONGEST_LINE_BYTES;
    const text = isLong ? null : Buffer.concat([first, ...pieces.reverse()]).toString('utf8');
    pieces = [];
    pieceBytes = 0;
    isTooLong = false;
    return { from, text };
  };
  let isAtEnd = true;
  for (let end = file.size; end > 0; ) {
    const start = Math.max(0, end - blockBytes);
    const block = readRange(file, start, end);
    let until = block.length;
    while (true) {
      const newline = until === 0 ? -1 : block.lastIndexOf(NEWLINE, until - 1);
      if (newline < 0) break;
      const rest = block.subarray(newline + 1, until);
      // Nothing follows the newline that ends the file.
      if (!(isAtEnd && rest.length === 0 && pieceBytes === 0)) yield line(rest, start + newline + 1);
      isAtEnd = false;
      until = newline;
    }
    const rest = block.subarray(0, until);
    if (rest.length > 0) {
      pieceBytes += rest.length;
      isTooLong ||= pieceBytes > LONGEST_LINE_BYTES;
      if (isTooLong) pieces = [];
      else pieces.push(rest);
    }
    isAtEnd = isAtEnd && rest.length === 0;
    end = start;
  }
  if (file.size > 0) yield line(Buffer.alloc(0), 0);
}

/** Oldest line first, from a byte that begins a line up to `to`. */
export function* linesForwards(file: OpenFile, from = 0, to: number = file.size): Generator<FileLine> {
  let pieces: Buffer[] = [];
  let pieceBytes = 0;
  let lineFrom = from;
  const line = (last: Buffer): FileLine => {
    const length = pieceBytes + last.length;
    const text = length > LONGEST_LINE_BYTES ? null : Buffer.concat([...pieces, last]).toString('utf8');
    const read = { from: lineFrom, text };
    lineFrom += length + 1;
    pieces = [];
    pieceBytes = 0;
    return read;
  };
  for (let at = from; at < to; ) {
    const block = readRange(file, at, Math.min(to, at + BLOCK_BYTES));
    if (block.length === 0) break;
    let start = 0;
    for (let newline = block.indexOf(NEWLINE); newline >= 0; newline = block.indexOf(NEWLINE, start)) {
      yield line(block.subarray(start, newline));
      start = newline + 1;
    }
    const rest = block.subarray(start);
    pieceBytes += rest.length;
    if (pieceBytes > LONGEST_LINE_BYTES) pieces = [];
    else if (rest.length > 0) pieces.push(rest);
    at += block.length;
  }
  if (pieceBytes > 0) yield line(Buffer.alloc(0));
}
