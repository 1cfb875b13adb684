// How is a file, a link or a whole folder copied?

import type { BigIntStats } from 'node:fs';
import { type FileHandle, lstat, readlink, symlink } from 'node:fs/promises';
import { fail, ok, type Result } from '../../problem/index.ts';
import { invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import { isMissing } from './attempt.ts';
import type { WorkParams, WorkResult } from './file-calls.ts';
import { entryOf, type Listed, listFolder, openFolder } from './folder.ts';
import { isRoot, makeFolders, parentOf } from './make-folder.ts';
import { openToRead, openToWrite, readFully, writeAll } from './open-file.ts';
import { realPath } from './real-path.ts';

type Copied = Promise<Result<Record<string, never>, RpcFailure>>;

const COPIED_AT_ONCE_BYTES = 1024 * 1024;

const ORDINARY_MODE = 0o777;
const WHOLE_MODE = 0o7777;

/** Links are copied as links, an existing file is written over, an existing folder gets what the other has. */
export async function copy(
  source: Buffer,
  destination: Buffer,
  { recursive }: WorkParams<'fs/copy'>,
): WorkResult<'fs/copy'> {
  const look = await lstat(source);
  if (look.isSymbolicLink()) return copyLink(source, destination);
  if (look.isFile()) return copyFile(source, destination);
  if (!look.isDirectory()) return fail(invalidRequest(ONLY_THESE));
  if (!recursive) return fail(invalidRequest('fs/copy requires recursive: true when sourcePath is a directory'));
  if (await isWithinItself(source, destination)) return fail(invalidRequest(INTO_ITSELF));
  return copyFolder(source, destination);
}

const ONLY_THESE = 'fs/copy only supports regular files, directories, and symlinks';
const INTO_ITSELF = 'fs/copy cannot copy a directory to itself or one of its descendants';

async function copyEntry({ kind }: Listed, source: Buffer, destination: Buffer): Copied {
  switch (kind) {
    case 'link':
      return copyLink(source, destination);
    case 'file':
      return copyFile(source, destination);
    case 'directory':
      return copyFolder(source, destination);
    case 'other':
      // A pipe or a socket is nothing without the program behind it.
      return ok({});
  }
}

async function copyLink(source: Buffer, destination: Buffer): Copied {
  const target = await readlink(source, { encoding: 'buffer' });
  await symlink(target, destination);
  return ok({});
}

/** Names are looked up in the very folder that is copied, also when another is put in its place meanwhile. */
async function copyFolder(source: Buffer, destination: Buffer): Copied {
  const folder = await openFolder(source);
  try {
    await makeFolders(destination);
    for await (const entry of listFolder(folder.at('.'))) {
      const copied = await copyEntry(entry, folder.at(entry.name), entryOf(destination, entry.name));
      if (!copied.ok) return copied;
    }
    return ok({});
  } finally {
    await folder.close();
  }
}

async function copyFile(source: Buffer, destination: Buffer): Copied {
  const from = await openToRead({ place: source, shown: source, follow: false });
  if (!from.ok) return from;
  try {
    const look = await from.value.stat({ bigint: true });
    // What nobody else could read is never readable to others while it is being copied.
    const file = { place: destination, shown: destination, follow: true };
    const to = await openToWrite(file, Number(look.mode) & ORDINARY_MODE);
    if (!to.ok) return to;
    try {
      await fill(from.value, look, to.value);
    } finally {
      await to.value.close();
    }
    return ok({});
  } finally {
    await from.value.close();
  }
}

async function fill(from: FileHandle, look: BigIntStats, to: FileHandle): Promise<void> {
  const known = await to.stat({ bigint: true });
  // Two names of one file: emptying it would lose what is to be copied.
  if (known.dev === look.dev && known.ino === look.ino) return;
  await to.truncate(0);
  await to.chmod(Number(look.mode) & ORDINARY_MODE);
  const block = Buffer.allocUnsafe(COPIED_AT_ONCE_BYTES);
  for (let position = 0; ; ) {
    const read = await readFully(from, block, position);
    await writeAll(to, block.subarray(0, read), position);
    position += read;
    if (read < block.length) break;
  }
  // With another owner the bits that lend an owner's rights would lend somebody else's.
  const isSameOwner = known.uid === look.uid && known.gid === look.gid;
  if (isSameOwner && (Number(look.mode) & WHOLE_MODE) > ORDINARY_MODE) await to.chmod(Number(look.mode) & WHOLE_MODE);
}

/** By real paths: where the destination is not there yet, by the folder it would be made in. */
async function isWithinItself(source: Buffer, destination: Buffer): Promise<boolean> {
  const [from, to] = await Promise.all([realPath(source), realPrefix(destination)]);
  return to.equals(from) || to.subarray(0, from.length + 1).equals(entryOf(from, '')) || isRoot(from);
}

async function realPrefix(place: Buffer): Promise<Buffer> {
  try {
    return await realPath(place);
  } catch (error) {
    if (!isMissing(error) || isRoot(place)) throw error;
    return realPrefix(parentOf(place));
  }
}
