// Which project is a folder part of, and which repository is that a work tree of? Told by the file system alone.

import * as fs from 'node:fs';
import path from 'node:path';
import { readText } from './read-text.ts';

/** All paths are real ones: no link in them leads elsewhere. */
export interface FolderFacts {
  readonly folder: string;
  /** The nearest folder at or above it that has a marker; the folder itself where there is none. */
  readonly root: string;
  readonly hasMarker: boolean;
  /** The repository whose work tree the root is, when that repository says so too. */
  readonly mainRoot: string | null;
}

/** Deeper than any project is. */
const FOLDERS_AT_MOST = 128;

/** A git file holds one path. */
const GIT_FILE_BYTES = 8192;

/** `markers` make a folder the root of a project. `folder` exists. */
export function readFolderFacts(folder: string, markers: readonly string[]): FolderFacts {
  const real = fs.realpathSync(folder);
  const owner = fs.statSync(real).uid;
  let at = real;
  for (let depth = 0; depth < FOLDERS_AT_MOST; depth += 1) {
    if (markers.some((marker) => isMarker(path.join(at, marker), owner)))
      return { folder: real, root: at, hasMarker: true, mainRoot: mainRootOf(at) };
    const above = path.dirname(at);
    if (above === at) break;
    at = above;
  }
  return { folder: real, root: real, hasMarker: false, mainRoot: null };
}

/**
 * Somebody else's `.git` in /tmp makes no project of what others keep below it: a marker counts when it belongs to the
 * owner of the folder, to us or to root.
 */
function isMarker(file: string, owner: number): boolean {
  const stat = lstat(file);
  return stat !== null && [owner, process.geteuid?.() ?? owner, 0].includes(stat.uid);
}

/**
 * The file `.git` of a linked work tree names its repository, and anybody can write such a file. So the repository
 * must name the work tree as well, in the file `gitdir` that git keeps for it.
 */
function mainRootOf(root: string): string | null {
  const link = path.join(root, '.git');
  if (lstat(link)?.isFile() !== true) return null;
  const named = /^gitdir: ([^\n\r]+)\s*$/.exec(textOf(link))?.[1];
  const own = named === undefined ? null : realpath(path.resolve(root, named));
  if (own === null) return null;
  const [worktrees, git] = [path.dirname(own), path.dirname(path.dirname(own))];
  if (path.basename(worktrees) !== 'worktrees' || path.basename(git) !== '.git') return null;
  const back = textOf(path.join(own, 'gitdir')).trim();
  if (back === '' || path.basename(back) !== '.git') return null;
  return realpath(path.dirname(path.resolve(own, back))) === root ? path.dirname(git) : null;
}

function textOf(file: string): string {
  const read = readText(file, GIT_FILE_BYTES);
  return read.kind === 'text' ? read.text : '';
}

function lstat(file: string): fs.Stats | null {
  try {
    return fs.lstatSync(file);
  } catch {
    // Not there, or nothing we may see: no marker for us.
    return null;
  }
}

export function realpath(file: string): string | null {
  try {
    return fs.realpathSync(file);
  } catch {
    // It leads nowhere we may go.
    return null;
  }
}
