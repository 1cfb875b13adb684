// How is the content of a file replaced, so that it is whole at any time, and everything else about the file stays?

import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, link, lstat, open, rename, symlink, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { causeOf, errnoOf } from '../../problem/index.ts';
import { isMissing } from './attempt.ts';
import type { FileLook } from './edit-calls.ts';
import { readFully, writeAll } from './open-file.ts';

type Like = Pick<FileLook, 'link' | 'rights'>;

/**
 * A plain file with one name is replaced by a new one, so that nobody ever finds half of it. Links, files with several
 * names, and those that cannot be replaced (a mount, a folder that may not be written, an owner who cannot be given
 * back) are written in place; should that fail in the middle, what was there is put back.
 */
export async function putFile(path: string, bytes: Uint8Array, like: Like | null): Promise<void> {
  const look = await lstat(path).catch((error: unknown) => {
    if (isMissing(error)) return null;
    throw error;
  });
  if (look === null) return makeFile(path, bytes, like);
  const isPlain = look.isFile() && look.nlink === 1;
  if (isPlain && (await replaceFile(path, bytes, look))) return;
  await writeInPlace(path, bytes);
}

const CAREFUL = constants.O_NONBLOCK | constants.O_NOCTTY;
const NEW = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/** It appears when it is whole, and never over something that was made meanwhile. */
async function makeFile(path: string, bytes: Uint8Array, like: Like | null): Promise<void> {
  if (like !== null && like.link !== null) return symlink(like.link, path);
  const rights = like?.rights ?? null;
  const beside = await writeBeside(path, bytes, rights === null ? 0o666 : 0o600, async (file) => {
    if (rights === null) return;
    const { uid, gid } = await file.stat();
    // The owner of a new file is whoever makes it, where the one of the old file cannot be given back.
    if (uid !== rights.uid || gid !== rights.gid) await file.chown(rights.uid, rights.gid).catch(() => {});
    await file.chmod(rights.mode & 0o777);
  });
  try {
    await link(beside, path);
  } catch (error) {
    // File systems without links: a name that is free is taken.
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'].includes(errnoOf(error))) throw error;
    await rename(beside, path);
    return;
  } finally {
    await unlink(beside).catch(ifMissing);
  }
}

/** These say that there is no place for a second file, or no way to make it like the first; in place it may be written. */
const NOT_REPLACEABLE = ['EACCES', 'EPERM', 'EROFS', 'EBUSY', 'EXDEV', 'EINVAL', 'ENAMETOOLONG', 'ENOSPC', 'EDQUOT'];

/** False: it has to be written in place. */
async function replaceFile(path: string, bytes: Uint8Array, old: Stats): Promise<boolean> {
  // A right that is taken from everybody is not given by taking the file's place.
  if (!(await mayBeWritten(path))) return false;
  let beside: string | null = null;
  try {
    beside = await writeBeside(path, bytes, 0o600, async (file) => {
      const { uid, gid } = await file.stat();
      if (uid !== old.uid || gid !== old.gid) await file.chown(old.uid, old.gid);
      // Bits that lend an owner's rights do not outlive what they were given to, as with any write.
      await file.chmod(old.mode & 0o1777);
    });
    await rename(beside, path);
    return true;
  } catch (error) {
    if (beside !== null) await unlink(beside).catch(ifMissing);
    if (NOT_REPLACEABLE.includes(errnoOf(error))) return false;
    throw error;
  }
}

async function mayBeWritten(path: string): Promise<boolean> {
  try {
    await (await open(path, constants.O_WRONLY | constants.O_NOFOLLOW | CAREFUL)).close();
    return true;
  } catch {
    // The same error comes again, and is told, when it is written in place.
    return false;
  }
}

/** A whole new file in the same folder. Nothing is left of it when it fails. */
async function writeBeside(
  path: string,
  bytes: Uint8Array,
  mode: number,
  finish: (file: FileHandle) => Promise<void>,
): Promise<string> {
  const beside = join(dirname(path), `.codex-patch-${randomBytes(6).toString('hex')}`);
  const file = await open(beside, NEW, mode);
  try {
    await writeAll(file, bytes, 0);
    await finish(file);
  } catch (error) {
    await file.close();
    await unlink(beside).catch(ifMissing);
    throw error;
  }
  await file.close();
  return beside;
}

/** What was there stays until all of the new content is: a full disk is met before anything is cut off. */
async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, constants.O_RDWR | CAREFUL).catch((error: unknown) => {
    if (!isMissing(error)) throw error;
    // A link that leads nowhere: what it names is made.
    return open(path, constants.O_RDWR | constants.O_CREAT | CAREFUL, 0o666);
  });
  try {
    const { size } = await file.stat();
    const old = Buffer.allocUnsafe(size);
    const length = await readFully(file, old, 0);
    try {
      await writeAll(file, bytes, 0);
      await file.truncate(bytes.length);
    } catch (error) {
      await restore(file, old.subarray(0, length), error);
      throw error;
    }
  } finally {
    await file.close();
  }
}

async function restore(file: FileHandle, old: Uint8Array, reason: unknown): Promise<void> {
  try {
    await writeAll(file, old, 0);
    await file.truncate(old.length);
  } catch (error) {
    throw Object.assign(new Error(`${causeOf(reason)}, and what was there could not be put back: ${causeOf(error)}`), {
      code: 'EIO',
    });
  }
}

function ifMissing(error: unknown): void {
  if (!isMissing(error)) throw error;
}
