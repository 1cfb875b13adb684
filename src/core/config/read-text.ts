// What does a configuration file hold, whatever somebody put in its place?

import * as fs from 'node:fs';
import { causeOf, errnoOf } from '../../problem/index.ts';

export type FileText =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unreadable'; readonly why: string };

/** A configuration that a person wrote has a hundredth of it. */
export const TEXT_BYTES = 1024 * 1024;

/** Never waits and never reads more than `most` bytes: a pipe, a device or a huge file is unreadable. */
export function readText(file: string, most = TEXT_BYTES): FileText {
  let descriptor: number;
  try {
    // Without O_NONBLOCK a pipe would hold us until somebody writes into it.
    descriptor = fs.openSync(file, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK | fs.constants.O_NOCTTY);
  } catch (error) {
    const code = errnoOf(error);
    return code === 'ENOENT' || code === 'ENOTDIR' ? { kind: 'none' } : { kind: 'unreadable', why: causeOf(error) };
  }
  try {
    if (!fs.fstatSync(descriptor).isFile()) return { kind: 'unreadable', why: 'It is no regular file.' };
    const bytes = readUpTo(descriptor, most + 1);
    if (bytes.length > most) return { kind: 'unreadable', why: `It is longer than ${most} bytes.` };
    return { kind: 'text', text: bytes.toString('utf8') };
  } catch (error) {
    return { kind: 'unreadable', why: causeOf(error) };
  } finally {
    fs.closeSync(descriptor);
  }
}

/** The size that a file says is not believed: it may grow, and those of /proc say 0. */
function readUpTo(descriptor: number, most: number): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  while (length < most) {
    const chunk = Buffer.allocUnsafe(Math.min(64 * 1024, most - length));
    const read = fs.readSync(descriptor, chunk);
    if (read === 0) break;
    chunks.push(chunk.subarray(0, read));
    length += read;
  }
  return Buffer.concat(chunks, length);
}
