// Which programs can a command line begin with? Those of the PATH that commands get.

import { constants, promises } from 'node:fs';
import path from 'node:path';

const MOST_FOLDERS = 64;
const MOST_ENTRIES = 20_000;

/** Names that begin with `query`, the shortest first; an empty query finds none, because it would find all. */
export async function findPrograms(pathVariable: string, query: string, limit: number): Promise<string[]> {
  if (query === '' || query.includes('/')) return [];
  const folders = pathVariable.split(':').filter((folder) => path.isAbsolute(folder));
  const found = new Set<string>();
  for (const folder of folders.slice(0, MOST_FOLDERS)) {
    for (const name of await beginningWith(folder, query)) if (!found.has(name)) found.add(name);
  }
  const names = [...found].sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
  return names.slice(0, limit);
}

async function beginningWith(folder: string, query: string): Promise<string[]> {
  const names: string[] = [];
  let seen = 0;
  try {
    for await (const entry of await promises.opendir(folder)) {
      seen += 1;
      if (seen > MOST_ENTRIES) break;
      if (entry.name.startsWith(query) && (await isProgram(path.join(folder, entry.name)))) names.push(entry.name);
    }
  } catch {
    // A PATH often names folders that are not there.
  }
  return names;
}

async function isProgram(file: string): Promise<boolean> {
  try {
    await promises.access(file, constants.X_OK);
    return (await promises.stat(file)).isFile();
  } catch {
    // Not ours to run.
    return false;
  }
}
