// What binding a profile has to know about the disk, and the real disk's answers.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { errnoOf } from '../../problem/index.ts';
import { PLACEHOLDER_SECONDS } from './placeholder.ts';

export type PathKind = 'folder' | 'file' | 'link' | 'socket' | 'other' | 'missing';

/** Questions about paths. A test answers them from a table; `hostPathFacts` asks the machine. */
export interface PathFacts {
  /** What the name itself is; a link is a link, whatever it points to. */
  kindOf(path: string): PathKind;
  /** What is in a folder, nothing when it is not there; null when it is closed to this user. Links are no folders. */
  list(folder: string): readonly { readonly name: string; readonly isFolder: boolean }[] | null;
  /** Where a link points to, as it is written; null when it is no link. */
  linkTarget(path: string): string | null;
  /** An empty folder that one of our programs put in the place of a protected name: see `placeholder.ts`. */
  isPlaceholder(path: string): boolean;
  /** The path without links, or null when something of it is missing. */
  realPath(path: string): string | null;
  /** The first kilobytes of a small text file, or null when it cannot be read. */
  readSmallFile(path: string): string | null;
  /** Paths of the unix sockets somebody on this machine is bound to. */
  boundSockets(): readonly string[];
}

/** A git pointer file is one line; a longer file is not one. */
const smallFileBytes = 4096;

export const hostPathFacts: PathFacts = {
  kindOf(name) {
    const stat = lstatOrNull(name);
    if (stat === null) return 'missing';
    if (stat.isDirectory()) return 'folder';
    if (stat.isFile()) return 'file';
    if (stat.isSymbolicLink()) return 'link';
    return stat.isSocket() ? 'socket' : 'other';
  },
  list(folder) {
    try {
      return fs
        .readdirSync(folder, { withFileTypes: true })
        .map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
    } catch (error) {
      // Closed is not empty: a command of the same user may open it again.
      return ['ENOENT', 'ENOTDIR'].includes(errnoOf(error)) ? [] : null;
    }
  },
  linkTarget(name) {
    try {
      return fs.readlinkSync(name);
    } catch {
      return null;
    }
  },
  isPlaceholder(name) {
    const stat = lstatOrNull(name);
    const isOurs = stat?.isDirectory() === true && stat.uid === process.getuid?.();
    if (!isOurs || Math.floor(stat.mtimeMs / 1000) !== PLACEHOLDER_SECONDS) return false;
    return hostPathFacts.list(name)?.length === 0;
  },
  realPath(name) {
    try {
      return fs.realpathSync.native(name);
    } catch {
      // Missing, a loop of links, or a folder this user may not search: in each case there is nothing to bind.
      return null;
    }
  },
  readSmallFile(name) {
    let descriptor: number | null = null;
    try {
      // Not blocking: the name may be a fifo that nobody writes to.
      descriptor = fs.openSync(name, fs.constants.O_RDONLY | fs.constants.O_NONBLOCK);
      const bytes = Buffer.alloc(smallFileBytes);
      return bytes.toString('utf8', 0, fs.readSync(descriptor, bytes, 0, smallFileBytes, 0));
    } catch {
      // Unreadable is as good as absent: the file is guarded by itself either way.
      return null;
    } finally {
      if (descriptor !== null) fs.closeSync(descriptor);
    }
  },
  boundSockets() {
    let table: string;
    try {
      table = fs.readFileSync('/proc/net/unix', 'utf8');
    } catch {
      // No such table outside Linux, where sockets are closed by path instead.
      return [];
    }
    // Columns: Num RefCount Protocol Flags Type St Inode Path; `@` marks a name that is no file.
    const paths = table.split('\n').flatMap((line) => /^(?:\S+\s+){7}(\/.*)$/.exec(line.trim())?.[1] ?? []);
    return [...new Set(paths)];
  },
};

function lstatOrNull(name: string): fs.Stats | null {
  try {
    return fs.lstatSync(name, { throwIfNoEntry: false }) ?? null;
  } catch {
    // Below a folder this user may not search: for a command of the same user it does not exist either.
    return null;
  }
}

/** The path with the links of its longest existing part resolved and the rest appended. `path` is absolute. */
export function resolveExistingPrefix(name: string, facts: PathFacts): string {
  const wanted = path.resolve('/', name);
  let existing = wanted;
  let rest = '';
  for (;;) {
    const real = facts.realPath(existing);
    if (real !== null) return rest === '' ? real : path.join(real, rest);
    if (existing === '/') return wanted;
    rest = path.join(path.basename(existing), rest);
    existing = path.dirname(existing);
  }
}

/** Where the links are that lead from this name to what it means: their own places, without further links. */
export function linksOn(name: string, facts: PathFacts): string[] {
  const links: string[] = [];
  let rest = path
    .resolve('/', name)
    .split('/')
    .filter((part) => part !== '');
  let at = '/';
  while (rest.length > 0 && links.length < LINKS_AT_MOST) {
    const next = path.join(at, rest[0] ?? '');
    const target = facts.linkTarget(next);
    rest = rest.slice(1);
    if (target === null) {
      at = next;
      continue;
    }
    links.push(next);
    const whole = path.resolve(at, target);
    rest = [...whole.split('/').filter((part) => part !== ''), ...rest];
    at = '/';
  }
  return links;
}

/** As many in a row as Linux follows, path_resolution(7). */
const LINKS_AT_MOST = 40;
