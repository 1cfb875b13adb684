// How is a file read or written in one call?

import type { FileHandle } from 'node:fs/promises';
import { fail, ok, type Result } from '../../problem/index.ts';
import { invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import type { WorkParams, WorkResult } from './file-calls.ts';
import { namesNothing, namesOf, withEntry } from './no-links.ts';
import { type FilePlace, openToRead, openToWrite, readFully, writeAll } from './open-file.ts';

/**
 * What one answer may carry. In base64 it is 87 KiB short of a frame of 16 MiB, which leaves room for the rest of the
 * message; the published client takes no larger frame.
 */
export const WHOLE_FILE_BYTES = 12 * 1024 * 1024 - 64 * 1024;

const FIRST_READ_BYTES = 64 * 1024;

export function readWholeFile(place: Buffer, { followSymlinks }: WorkParams<'fs/readFile'>): WorkResult<'fs/readFile'> {
  return withFile(place, followSymlinks, async (file) => {
    const opened = await openToRead(file);
    if (!opened.ok) return opened;
    return closing(opened.value, async (handle) => {
      const bytes = await readWhole(handle);
      return bytes === null ? fail(tooLarge()) : ok({ bytes });
    });
  });
}

/** In place: hard links, the mode and the owner stay. */
export function writeWholeFile(
  place: Buffer,
  { followSymlinks, bytes }: WorkParams<'fs/writeFile'>,
): WorkResult<'fs/writeFile'> {
  return withFile(place, followSymlinks, async (file) => {
    const opened = await openToWrite(file);
    if (!opened.ok) return opened;
    return closing(opened.value, async (handle) => {
      await handle.truncate(0);
      await writeAll(handle, bytes, 0);
      return ok({});
    });
  });
}

async function withFile<T>(
  place: Buffer,
  followSymlinks: boolean | null,
  use: (file: FilePlace) => Promise<Result<T, RpcFailure>>,
): Promise<Result<T, RpcFailure>> {
  if (followSymlinks !== false) return use({ place, shown: place, follow: true });
  if (namesOf(place).length === 0) return fail(namesNothing());
  return withEntry(place, ({ folder, name }) => use({ place: folder.at(name), shown: place, follow: false }));
}

async function closing<T>(handle: FileHandle, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Null when there is more than one answer may carry. The size is a hint only: a file may grow, and those of /proc have none. */
async function readWhole(handle: FileHandle): Promise<Buffer | null> {
  const { size } = await handle.stat();
  if (size > WHOLE_FILE_BYTES) return null;
  const pieces: Buffer[] = [];
  let total = 0;
  for (let length = Math.max(size + 1, FIRST_READ_BYTES); ; length = FIRST_READ_BYTES) {
    const piece = Buffer.allocUnsafe(length);
    const read = await readFully(handle, piece, total);
    total += read;
    if (total > WHOLE_FILE_BYTES) return null;
    pieces.push(piece.subarray(0, read));
    if (read < length) return pieces.length === 1 ? (pieces[0] ?? piece) : Buffer.concat(pieces, total);
  }
}

function tooLarge(): RpcFailure {
  return invalidRequest(
    `file is too large to read at once: limit is ${WHOLE_FILE_BYTES} bytes; use fs/open and fs/readBlock`,
  );
}
