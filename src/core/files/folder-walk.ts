// Which files are below a folder that is no repository? A walk that follows no links, and ends by itself.

import { type Dir, type Dirent, promises } from 'node:fs';
import path from 'node:path';
import { asPaths, type Listed, type ListingOptions } from './listing.ts';

const DEEPEST = 24;
const MOST_FOLDERS = 20_000;
const LIMIT_MS = 10_000;
/** Entries of a folder that are read at once. */
const READ_AT_ONCE = 256;

/** Large, and made by programs for programs. */
const LEFT_OUT = new Set(['.git', '.hg', '.svn', 'node_modules', '__pycache__', '.venv', '.cache']);

/** Breadth first, so that what is near is known first. Other file systems are left out. */
export async function walkFolder({ folder, take, signal, pause }: ListingOptions): Promise<Listed> {
  const until = performance.now() + LIMIT_MS;
  const device = await deviceOf(folder);
  const waiting: { readonly below: string; readonly depth: number }[] = [{ below: '', depth: 0 }];
  let isCut = false;
  for (let at = 0; at < waiting.length; at += 1) {
    if (signal.aborted || performance.now() > until) return 'cut off';
    const { below, depth } = waiting[at]!;
    const paths: string[] = [];
    for await (const entry of entriesOf(path.join(folder, below), pause)) {
      const isFolder = entry.isDirectory();
      const isLeftOut = isFolder && LEFT_OUT.has(entry.name);
      if (!isLeftOut) paths.push(below + entry.name + (isFolder ? '/' : ''));
      if (!isFolder || isLeftOut) continue;
      if ((await deviceOf(path.join(folder, below, entry.name))) !== device) continue;
      if (depth + 1 >= DEEPEST || waiting.length >= MOST_FOLDERS) isCut = true;
      else waiting.push({ below: `${below}${entry.name}/`, depth: depth + 1 });
    }
    take(asPaths(paths));
  }
  return isCut ? 'cut off' : 'complete';
}

async function* entriesOf(folder: string, pause: () => Promise<void>): AsyncGenerator<Dirent> {
  let opened: Dir;
  try {
    opened = await promises.opendir(folder, { bufferSize: READ_AT_ONCE });
  } catch {
    // Not ours to read, or gone since its parent was read.
    return;
  }
  let seen = 0;
  try {
    for await (const entry of opened) {
      yield entry;
      seen += 1;
      if (seen % READ_AT_ONCE === 0) await pause();
    }
  } catch {
    // A folder that cannot be read to its end shows what it has shown.
  }
}

/** Asked beside the loop: a mount whose server is gone may never answer. */
async function deviceOf(folder: string): Promise<number> {
  try {
    return (await promises.lstat(folder)).dev;
  } catch {
    // Gone again.
    return -1;
  }
}
