// A file that somebody else may have written, read as text: never more than is wanted, and never anything that is no file.

import { closeSync, constants, fstatSync, openSync, readSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { causeOf, errnoOf } from '../../problem/index.ts';

export type ReadDocument =
  | { readonly kind: 'text'; readonly text: string; readonly isCut: boolean; readonly stamp: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly why: string };

/**
 * At most `most` bytes, cut between characters. `within`: where a link may lead; a repository must not be able to show
 * a model what lies outside of it. Null: anywhere, the person made it themselves.
 */
export function readDocument(file: string, most: number, within: string | null): ReadDocument {
  let descriptor: number;
  try {
    // Without waiting for whoever would write into a pipe of this name.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    const errno = errnoOf(error);
    return errno === 'ENOENT' || errno === 'ENOTDIR' ? { kind: 'missing' } : { kind: 'refused', why: causeOf(error) };
  }
  try {
    const stat = fstatSync(descriptor, { bigint: true });
    if (!stat.isFile()) return { kind: 'refused', why: 'It is no file.' };
    if (within !== null && !isWithin(realpathSync(`/proc/self/fd/${descriptor}`), file, within))
      return { kind: 'refused', why: 'It is a link that leads out of the project.' };
    const { bytes, isCut } = readSome(descriptor, most);
    const text = new TextDecoder('utf-8').decode(bytes, { stream: isCut });
    return { kind: 'text', text, isCut, stamp: `${stat.ino} ${stat.size} ${stat.mtimeNs}` };
  } finally {
    closeSync(descriptor);
  }
}

/** Where there is no such view of open files, what the name leads to is looked at. */
function isWithin(opened: string, file: string, folder: string): boolean {
  const real = opened.startsWith('/proc/') ? realpathSync(file) : opened;
  const inside = path.relative(realpathSync(folder), real);
  return inside === '' || !(inside.startsWith('..') || path.isAbsolute(inside));
}

function readSome(descriptor: number, most: number): { readonly bytes: Uint8Array; readonly isCut: boolean } {
  const buffer = Buffer.alloc(most + 1);
  let length = 0;
  while (length < buffer.length) {
    const read = readSync(descriptor, buffer, length, buffer.length - length, null);
    if (read === 0) break;
    length += read;
  }
  return { bytes: buffer.subarray(0, Math.min(length, most)), isCut: length > most };
}
