// A file that somebody else may have written, read as text: never more than is wanted, and never anything that is no file.

import { isUtf8 } from 'node:buffer';
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { causeOf, errnoOf } from '../../problem/index.ts';

export type ReadDocument =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Bytes of the file that the text stands for. */
      readonly bytes: number;
      /** The file goes on behind them. */
      readonly isCut: boolean;
      /** Some of its bytes are no UTF-8; a replacement character stands for each. */
      readonly isDamaged: boolean;
    }
  | { readonly kind: 'missing' }
  /** `why` is a sentence. */
  | { readonly kind: 'refused'; readonly why: string };

/** An editor that saves replaces the file; nobody does so again and again while it is read. */
const TRIES = 3;

/**
 * At most `most` bytes, cut between characters. `within`: where a link may lead; a repository must not be able to show
 * a model what lies outside of it. Null: anywhere, the person made it themselves. Waits for nobody, and throws for
 * nothing that can be on a disk.
 */
export function readDocument(file: string, most: number, within: string | null): ReadDocument {
  for (let left = TRIES; left > 0; left -= 1) {
    const read = readOnce(file, most, within);
    if (read !== 'replaced') return read;
  }
  return { kind: 'refused', why: 'It is replaced again and again while it is read.' };
}

function readOnce(file: string, most: number, within: string | null): ReadDocument | 'replaced' {
  let descriptor: number;
  try {
    // Without waiting for whoever would write into a pipe of this name.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    const errno = errnoOf(error);
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'refused', why: causeOf(error) };
  }
  try {
    if (!fstatSync(descriptor).isFile()) return { kind: 'refused', why: 'It is no file.' };
    const place = within === null ? 'proper' : placeOf(descriptor, file, within);
    if (place === 'replaced') return place;
    if (place !== 'proper') return { kind: 'refused', why: WHY[place] };
    return textOf(readUpTo(descriptor, most + 1), most);
  } catch (error) {
    return { kind: 'refused', why: causeOf(error) };
  } finally {
    closeSync(descriptor);
  }
}

const WHY = {
  outside: 'It is a link that leads out of the project.',
  'no document': 'It is a link to a file that is no document by its name.',
} as const;

/** Where the opened file lies, whatever its name leads to by now. */
function placeOf(descriptor: number, file: string, folder: string): 'proper' | 'replaced' | keyof typeof WHY {
  const real = pathOfOpened(descriptor) ?? pathByName(descriptor, file);
  if (real === null) return 'replaced';
  if (!isWithin(real, realpathSync(folder))) return 'outside';
  return isDocument(path.basename(real), path.basename(file)) ? 'proper' : 'no document';
}

/** As Linux has it, also when the file was replaced since. Null: there is no such view of open files here. */
function pathOfOpened(descriptor: number): string | null {
  try {
    return readlinkSync(`/proc/self/fd/${descriptor}`).replace(/ \(deleted\)$/, '');
  } catch {
    return null;
  }
}

/**
 * Elsewhere: what its name leads to, if that is still this file by a path without links. Null: it is not. Whoever changes
 * folders in just these moments can still be quicker.
 */
function pathByName(descriptor: number, file: string): string | null {
  try {
    const opened = fstatSync(descriptor, { bigint: true });
    const real = realpathSync(file);
    const named = lstatSync(real, { bigint: true });
    return named.dev === opened.dev && named.ino === opened.ino && realpathSync(real) === real ? real : null;
  } catch (error) {
    // Removed in this moment, perhaps because a new one takes its place.
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Both real paths. */
export function isWithin(real: string, folder: string): boolean {
  const inside = path.relative(folder, real);
  return path.isAbsolute(real) && inside !== '..' && !inside.startsWith(`..${path.sep}`) && !path.isAbsolute(inside);
}

const DOCUMENT = /\.(?:md|mdc|mdx|markdown|txt|rst|adoc)$|rules$|^(?:readme|agents|claude|gemini|instructions)$/i;

/** A project also holds files that are closed to a model, with keys in them; a link must not open those. */
function isDocument(real: string, named: string): boolean {
  return real === named || DOCUMENT.test(real);
}

const BLOCK = 64 * 1024;

/** The size that a file says is not believed: it may grow, and those of /proc say 0. */
function readUpTo(descriptor: number, most: number): Buffer {
  const blocks: Buffer[] = [];
  let length = 0;
  while (length < most) {
    const block = Buffer.allocUnsafe(Math.min(BLOCK, most - length));
    const read = readSync(descriptor, block);
    if (read === 0) break;
    blocks.push(block.subarray(0, read));
    length += read;
  }
  return Buffer.concat(blocks, length);
}

function textOf(read: Buffer, most: number): ReadDocument {
  const isCut = read.length > most;
  const bytes = isCut ? read.subarray(0, lastBoundary(read, most)) : read;
  // No text has one, and some servers answer a request that holds it with an error.
  if (bytes.includes(0)) return { kind: 'refused', why: 'It is no text in UTF-8.' };
  const text = new TextDecoder('utf-8').decode(bytes);
  return { kind: 'text', text, bytes: bytes.length, isCut, isDamaged: !isUtf8(bytes) };
}

/** A character has four bytes at most, and all but its first one begin with the bits 10. */
function lastBoundary(bytes: Buffer, most: number): number {
  let at = most;
  while (at > Math.max(0, most - 3) && ((bytes[at] ?? 0) & 0xc0) === 0x80) at -= 1;
  return ((bytes[at] ?? 0) & 0xc0) === 0x80 ? most : at;
}
