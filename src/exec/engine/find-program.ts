// Which file does a program's name mean?

import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

/** `missing`: no such file. `unusable`: it is there, and is a folder or not executable for us. */
export type ProgramLookup =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'unusable'; readonly path: string };

/** What execvp searches when PATH is not set (environ(7), glibc). */
const DEFAULT_PATH = '/bin:/usr/bin';

/** Looks like execvp does: a name with a slash is a path from `cwd`, any other is searched in `path`. */
export function findProgram(name: string, path: string | undefined, cwd: string): ProgramLookup {
  if (name === '') return { kind: 'missing' };
  if (name.includes('/')) return look(isAbsolute(name) ? name : resolve(cwd, name));
  let unusable: ProgramLookup | null = null;
  for (const folder of (path ?? DEFAULT_PATH).split(':')) {
    const found = look(join(resolve(cwd, folder), name));
    if (found.kind === 'found') return found;
    if (found.kind === 'unusable' && !isFolder(found.path)) unusable ??= found;
  }
  return unusable ?? { kind: 'missing' };
}

/** The folders of a PATH in which no command of ours can have left a program. */
export function trustedPath(path: string, writableRoots: readonly string[]): string {
  const writable = writableRoots.map(realFolder);
  const isTrusted = (folder: string): boolean => {
    const real = realFolder(folder);
    return isAbsolute(folder) && !writable.some((root) => real === root || real.startsWith(`${root}/`));
  };
  return path.split(':').filter(isTrusted).join(':');
}

function realFolder(folder: string): string {
  try {
    return realpathSync.native(folder);
  } catch {
    return folder; // Not there: nothing is found in it either.
  }
}

/** The path of a program that we run ourselves, or null. `path` holds trusted folders only. */
export function findTool(name: string, path: string): string | null {
  const found = findProgram(name, `${path}:${DEFAULT_PATH}`, '/');
  return found.kind === 'found' ? found.path : null;
}

function look(path: string): ProgramLookup {
  try {
    if (!statSync(path).isFile()) return { kind: 'unusable', path };
    accessSync(path, constants.X_OK);
    return { kind: 'found', path };
  } catch {
    // Missing and forbidden look different only when the file can be seen at all.
    return exists(path) ? { kind: 'unusable', path } : { kind: 'missing' };
  }
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch {
    return false; // Not there, or a folder above it is closed to us: the same for whoever wants to run it.
  }
}

export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false; // Not there.
  }
}
