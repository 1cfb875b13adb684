// What is in one folder that was named outright: `/etc/h`, `~/no`, `../lib/`?

import { promises } from 'node:fs';
import path from 'node:path';
import { asPaths } from './listing.ts';
import { createPathIndex } from './path-index.ts';
import { type FoundPath, type MatchOptions, matchPaths } from './path-match.ts';

const MOST_ENTRIES = 20_000;

/** A query that names a folder by itself instead of asking for anything below the one that is worked in. */
export function namesFolder(query: string): boolean {
  return /^(?:\/|~\/|\.\.?\/)/.test(query);
}

/** Entries of the folder that `query` begins with, by what follows its last slash; paths as they were begun. */
export async function findInFolder(
  query: string,
  { cwd, home }: { readonly cwd: string; readonly home: string },
  options: Omit<MatchOptions, 'favoured'>,
): Promise<{ readonly files: readonly FoundPath[]; readonly known: number } | null> {
  const begun = query.slice(0, query.lastIndexOf('/') + 1);
  const wanted = query.slice(begun.length);
  const folder = begun.startsWith('~/') ? path.join(home, begun.slice(2)) : path.resolve(cwd, begun);
  const names: string[] = [];
  try {
    const entries = await promises.opendir(folder);
    for await (const entry of entries) {
      // Hidden ones are meant when a dot was typed.
      if (entry.name.startsWith('.') && !wanted.startsWith('.')) continue;
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await leadsToFolder(folder, entry.name)));
      names.push(isFolder ? `${entry.name}/` : entry.name);
      if (names.length >= MOST_ENTRIES) break;
    }
  } catch {
    // No such folder, or not ours to read: it has nothing to offer.
  }
  const index = createPathIndex();
  index.add(asPaths(names));
  const found = await matchPaths(index, wanted, { ...options, favoured: [] });
  if (found === null) return null;
  const files = found.map(({ path: name, isFolder, marks }) => ({
    path: begun + name,
    isFolder,
    marks: marks.map(([from, to]): [number, number] => [from + begun.length, to + begun.length]),
  }));
  return { files, known: index.count };
}

async function leadsToFolder(folder: string, name: string): Promise<boolean> {
  try {
    return (await promises.stat(path.join(folder, name))).isDirectory();
  } catch {
    // It leads nowhere.
    return false;
  }
}
