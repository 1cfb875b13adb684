// How is a folder made, with those above it or alone?

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf, ok } from '../../problem/index.ts';
import { isMissing } from './attempt.ts';
import type { WorkParams, WorkResult } from './file-calls.ts';
import { type Folder, openFolder } from './folder.ts';
import { withEntry } from './no-links.ts';

export async function makeFolder(
  place: Buffer,
  { recursive, followSymlinks }: WorkParams<'fs/createDirectory'>,
): WorkResult<'fs/createDirectory'> {
  if (followSymlinks !== false) await (recursive ? makeFolders(place) : mkdir(place));
  else if (recursive) await makeFoldersWithoutLinks(place);
  else await withEntry(place, ({ folder, name }) => mkdir(folder.at(name)));
  return ok({});
}

/** Makes the folder and those above it. One that is there is as good as made, also where nothing may be written. */
export async function makeFolders(place: Buffer): Promise<void> {
  try {
    await mkdir(place);
  } catch (error) {
    if (isMissing(error) && !isRoot(place)) {
      await makeFolders(parentOf(place));
      await makeUnlessThere(place);
    } else if (!(await isFolder(place))) throw error;
  }
}

async function makeFoldersWithoutLinks(place: Buffer): Promise<void> {
  await withEntry(place, async ({ folder, name }) => (await makeAndOpen(folder.at(name))).close(), makeAndOpen);
}

async function makeAndOpen(place: Buffer): Promise<Folder> {
  try {
    return await openFolder(place);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await makeUnlessThere(place);
  return openFolder(place);
}

/** Somebody else may have made it meanwhile. */
async function makeUnlessThere(place: Buffer): Promise<void> {
  try {
    await mkdir(place);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST' || !(await isFolder(place))) throw error;
  }
}

async function isFolder(place: Buffer): Promise<boolean> {
  return stat(place).then(
    (look) => look.isDirectory(),
    () => false,
  );
}

/** Of an absolute path of bytes: a character for each of them, so that none is lost. */
export function parentOf(place: Buffer): Buffer {
  return Buffer.from(dirname(place.toString('latin1')), 'latin1');
}

export function isRoot(place: Buffer): boolean {
  return place.length <= 1;
}
