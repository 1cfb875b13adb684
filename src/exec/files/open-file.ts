// How is a file opened that may turn out to be a pipe, a device or a folder? Looked at first, and again once it is open.

import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, invalidRequest, osErrorText, type RpcFailure } from '../protocol/failure.ts';
import { isMissing } from './attempt.ts';

/** Where a file is. `shown` is its path for a person; `follow` false: a link at its end is refused. */
export interface FilePlace {
  readonly place: Buffer;
  readonly shown: Buffer;
  readonly follow: boolean;
}

/** Never waits for somebody at the other end, and never takes a terminal. */
const CAREFUL = constants.O_NONBLOCK | constants.O_NOCTTY;

/** Opens a file to read it. A pipe or device that is put in its place meanwhile is opened without waiting, and refused. */
export async function openToRead(file: FilePlace): Promise<Result<FileHandle, RpcFailure>> {
  const look = await lookAt(file);
  const refused = refusal(file, look);
  if (refused !== null) return fail(refused);
  return checked(file, await open(file.place, constants.O_RDONLY | CAREFUL | noFollow(file)));
}

/** Opens a file to write it, and makes it where there is none (0666 without the umask, or `mode`). It is not truncated. */
export async function openToWrite(file: FilePlace, mode = 0o666): Promise<Result<FileHandle, RpcFailure>> {
  const look = await lookAt(file).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (look?.isDirectory() === true) return fail(internal(osErrorText('EISDIR')));
  const refused = look === null ? null : refusal(file, look);
  if (refused !== null) return fail(refused);
  const flags = constants.O_WRONLY | constants.O_CREAT | CAREFUL | noFollow(file);
  return checked(file, await open(file.place, flags, mode));
}

/** Writes all of it, from `position` on. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Reads until `bytes` is full or the file ends; how many were read. */
export async function readFully(handle: FileHandle, bytes: Uint8Array, position: number): Promise<number> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

async function checked(file: FilePlace, handle: FileHandle): Promise<Result<FileHandle, RpcFailure>> {
  const isFile = await handle.stat().then(
    (look) => look.isFile(),
    () => false,
  );
  if (isFile) return ok(handle);
  await handle.close();
  return fail(notFile(file));
}

function lookAt({ place, follow }: FilePlace): Promise<Stats> {
  return follow ? stat(place) : lstat(place);
}

function refusal(file: FilePlace, look: Stats): RpcFailure | null {
  if (look.isSymbolicLink()) return internal(osErrorText('ELOOP'));
  return look.isFile() ? null : notFile(file);
}

function notFile({ shown, follow }: FilePlace): RpcFailure {
  return invalidRequest(follow ? `path \`${shown.toString()}\` is not a file` : 'path is not a regular file');
}

function noFollow({ follow }: FilePlace): number {
  return follow ? 0 : constants.O_NOFOLLOW;
}
