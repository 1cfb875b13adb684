// On which branch does a person work here?

import { readFileSync } from 'node:fs';
import path from 'node:path';

/** The branch that `.git/HEAD` names, here or in a folder above; null outside a repository. */
export function branchOf(folder: string): string | null {
  for (let at = folder; ; at = path.dirname(at)) {
    const head = readHead(path.join(at, '.git'));
    if (head !== null) return /^ref: refs\/heads\/(.+)$/m.exec(head)?.[1] ?? head.slice(0, 7);
    if (at === path.dirname(at)) return null;
  }
}

function readHead(git: string): string | null {
  try {
    return readFileSync(path.join(git, 'HEAD'), 'utf8').trim();
  } catch {
    // No repository here, or a worktree's pointer file; the folder above is looked at next.
    return null;
  }
}
