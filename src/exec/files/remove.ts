// How is something removed, without ever following a link out of what was named?

import { lstat, rmdir, unlink } from 'node:fs/promises';
import { fail, ok } from '../../problem/index.ts';
import { internal } from '../protocol/failure.ts';
import { isMissing } from './attempt.ts';
import { inTurns } from './bounded.ts';
import type { WorkParams, WorkResult } from './file-calls.ts';
import { type Listed, listFolder, openFolder } from './folder.ts';
import { containsLink, namesNothing, namesOf, withEntry } from './no-links.ts';

export async function remove(place: Buffer, params: WorkParams<'fs/remove'>): WorkResult<'fs/remove'> {
  const { recursive, force, followSymlinks } = params;
  if (followSymlinks === false && recursive) return fail(internal('recursive no-follow removal is unsupported'));
  if (followSymlinks === false && namesOf(place).length === 0) return fail(namesNothing());
  try {
    if (followSymlinks !== false) await removeEntry(place, recursive);
    else if (!(await removeWithoutLinks(place))) return fail(containsLink());
    return ok({});
  } catch (error) {
    if (force && isMissing(error)) return ok({});
    throw error;
  }
}

async function removeEntry(place: Buffer, recursive: boolean): Promise<void> {
  if (!(await lstat(place)).isDirectory()) await unlink(place);
  else if (recursive) await removeTree(place);
  else await rmdir(place);
}

/** False where a link is at the end. */
async function removeWithoutLinks(place: Buffer): Promise<boolean> {
  return withEntry(place, async ({ folder, name }) => {
    const entry = folder.at(name);
    const look = await lstat(entry);
    if (look.isSymbolicLink()) return false;
    await (look.isDirectory() ? rmdir(entry) : unlink(entry));
    return true;
  });
}

/** A folder is read anew after each of these, so that nothing is skipped because its neighbours went. */
const REMOVED_AT_ONCE = 1000;

const UNLINKED_AT_ONCE = 8;

/** One descriptor for each level. What others remove meanwhile is as good as removed. */
async function removeTree(place: Buffer): Promise<void> {
  const folder = await openFolder(place);
  try {
    for (;;) {
      const some = await firstEntries(folder.at('.'));
      const plain = some.filter(({ kind }) => kind !== 'directory');
      await inTurns(plain, UNLINKED_AT_ONCE, ({ name }) => ignoringMissing(unlink(folder.at(name))));
      // One after the other, or the open folders of a wide tree would be too many.
      for (const { name, kind } of some) if (kind === 'directory') await ignoringMissing(removeTree(folder.at(name)));
      if (some.length < REMOVED_AT_ONCE) break;
    }
  } finally {
    await folder.close();
  }
  await rmdir(place);
}

async function firstEntries(place: Buffer): Promise<readonly Listed[]> {
  const some: Listed[] = [];
  for await (const entry of listFolder(place)) {
    some.push(entry);
    if (some.length === REMOVED_AT_ONCE) break;
  }
  return some;
}

async function ignoringMissing(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}
