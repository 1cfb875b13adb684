// Which sessions belong to a folder? Those that ran in the same repository, or else in the same directory.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Answers for one folder, remembering each directory it looked at: many sessions share one. */
export function belongsTo(folder: string): (cwd: string) => boolean {
  const known = new Map<string, string>();
  const keyOf = (cwd: string): string => {
    const key = known.get(cwd) ?? rootOf(cwd);
    known.set(cwd, key);
    return key;
  };
  const wanted = keyOf(folder);
  return (cwd) => cwd !== '' && keyOf(cwd) === wanted;
}

/** The root of the repository a directory is in, else the directory itself, both without symbolic links. */
export function rootOf(cwd: string): string {
  const real = realOf(cwd);
  for (let at = real; ; at = dirname(at)) {
    if (existsSync(join(at, '.git'))) return at;
    if (dirname(at) === at) return real;
  }
}

function realOf(cwd: string): string {
  try {
    return realpathSync(cwd);
  } catch {
    // The directory is gone: its sessions are still found by the path they were started in.
    return resolve(cwd);
  }
}
