// Which configuration files does a project bring along for a folder in it?

import { lstatSync } from 'node:fs';
import path from 'node:path';
import { type FolderFacts, realpath } from './folder-facts.ts';
import { foldersBetween } from './trust.ts';

/** From the root of the project down to the folder: the nearest one is the last. Nothing in them is read. */
export function projectFiles({ root, folder }: FolderFacts, codexHome: string): readonly string[] {
  const own = realpath(codexHome);
  return foldersBetween(root, folder).flatMap((place) => {
    const brought = path.join(place, '.codex');
    const file = path.join(brought, 'config.toml');
    // The person's own file is no project's, though `~` may be a folder to work in.
    return isThere(file) && realpath(brought) !== own ? [file] : [];
  });
}

function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A file in place of a folder, or a folder that is closed to us: nothing that could be read.
    return false;
  }
}
