// Who edits files in this process?

import { createHash } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { lstat, mkdir, open, readlink, rmdir, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, fail, ok, type Result } from '../../problem/index.ts';
import { osErrorText } from '../protocol/failure.ts';
import { isMissing } from './attempt.ts';
import { type CoveredPlaces, NOTHING_COVERED, openCovers } from './covers.ts';
import type { Edited, EditProblem, Expected, FileEdits, FileLook } from './edit-calls.ts';
import { readFully } from './open-file.ts';
import { putFile } from './put-file.ts';

/** `covered`: by a sandbox around this process. */
export function openFileEdits(covered: CoveredPlaces = NOTHING_COVERED): FileEdits {
  const covers = openCovers(covered);

  const on = async <T>(path: string, work: () => Edited<T>): Edited<T> => {
    if (covers.isClosed(Buffer.from(path))) return refusedAs('EACCES');
    try {
      return await work();
    } catch (error) {
      if (errnoOf(error) === '') throw error;
      return refusedAs(errnoOf(error));
    }
  };

  return {
    look: ({ path }) =>
      on(path, async () => {
        const found = await lookAt(path);
        const isStandIn = found !== null && covers.isPlaceholder(Buffer.from(path), found.own);
        return ok({ look: isStandIn ? null : (found?.look ?? null) });
      }),
    read: ({ path, maxBytes }) => on(path, () => readPlain(path, maxBytes)),
    put: ({ path, bytes, expected, like }) =>
      on(path, async () => {
        if (!(await isAs(path, expected))) return fail(CHANGED);
        try {
          await putFile(path, bytes, like);
          return ok({});
        } catch (error) {
          // Made by somebody else since we looked.
          if (expected.kind === 'nothing' && errnoOf(error) === 'EEXIST') return fail(CHANGED);
          throw error;
        }
      }),
    remove: ({ path, expected }) =>
      on(path, async () => {
        const look = await lstat(path);
        if (look.isDirectory()) {
          await rmdir(path);
          return ok({});
        }
        if (!(await isAs(path, expected))) return fail(CHANGED);
        await unlink(path);
        return ok({});
      }),
    makeFolder: ({ path }) => on(path, async () => ok({ made: await makeFolders(path) })),
  };
}

const CHANGED: EditProblem = { kind: 'changed' };

function refusedAs(errno: string): Result<never, EditProblem> {
  return fail({ kind: 'refused', errno, message: osErrorText(errno) });
}

/** The name itself, and what it leads to; null also for a link that leads nowhere. */
async function lookAt(path: string): Promise<{ readonly own: Stats; readonly look: FileLook } | null> {
  try {
    const own = await lstat(path);
    if (!own.isSymbolicLink()) return { own, look: lookOf(own, null) };
    const link = await readlink(path);
    return { own, look: lookOf(await stat(path), link) };
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

function lookOf(stats: Stats, link: string | null): FileLook {
  const { size, mode, uid, gid } = stats;
  const kind = stats.isFile() ? 'file' : stats.isDirectory() ? 'folder' : 'other';
  return { kind, size, link, rights: { mode: mode & 0o7777, uid, gid } };
}

async function readPlain(path: string, maxBytes: number): Edited<{ bytes: Uint8Array; look: FileLook }> {
  const found = await lookAt(path);
  if (found === null) return refusedAs('ENOENT');
  const { look } = found;
  if (look.kind === 'folder') return refusedAs('EISDIR');
  if (look.kind === 'other') return fail({ kind: 'refused', errno: '', message: 'it is not a plain file' });
  if (look.size > maxBytes) return fail(tooLarge(maxBytes));
  // Never waits: somebody may put a pipe in its place.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const now = await file.stat();
    if (!now.isFile()) return fail({ kind: 'refused', errno: '', message: 'it is not a plain file' });
    const block = Buffer.allocUnsafe(Math.min(now.size, maxBytes) + 1);
    const length = await readFully(file, block, 0);
    // It grows while it is read.
    if (length === block.length) return fail(length > maxBytes ? tooLarge(maxBytes) : CHANGED);
    return ok({ bytes: block.subarray(0, length), look: lookOf(now, look.link) });
  } finally {
    await file.close();
  }
}

function tooLarge(maxBytes: number): EditProblem {
  return { kind: 'refused', errno: 'EFBIG', message: `it is larger than ${Math.floor(maxBytes / (1024 * 1024))} MiB` };
}

async function isAs(path: string, expected: Expected): Promise<boolean> {
  switch (expected.kind) {
    case 'anything':
      return true;
    case 'nothing':
      return stat(path).then(
        () => false,
        (error: unknown) => {
          if (isMissing(error)) return true;
          throw error;
        },
      );
    case 'content': {
      const read = await readPlain(path, Number.MAX_SAFE_INTEGER).catch((error: unknown) => {
        if (isMissing(error)) return null;
        throw error;
      });
      return read?.ok === true && sha256Of(read.value.bytes) === expected.sha256;
    }
  }
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function makeFolders(path: string): Promise<string[]> {
  try {
    await mkdir(path);
    return [path];
  } catch (error) {
    if (errnoOf(error) === 'EEXIST' && (await stat(path)).isDirectory()) return [];
    if (!isMissing(error) || path === dirname(path)) throw error;
  }
  const above = await makeFolders(dirname(path));
  try {
    return [...above, ...(await makeFolders(path))];
  } catch (error) {
    for (const made of above.toReversed()) await rmdir(made).catch(() => {}); // Somebody uses it already.
    throw error;
  }
}
