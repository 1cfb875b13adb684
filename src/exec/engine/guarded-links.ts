// Is a link that must not change still the same when a command is over?

import { lstatSync, readlinkSync, renameSync, symlinkSync } from 'node:fs';
import type { Problem } from '../../problem/index.ts';

/**
 * Puts back every link that is another one now, or gone. Nothing is lost: what stands in its place is moved aside. A
 * link cannot be a mountpoint, so this is the only way to keep one.
 */
export function restoreLinks(
  links: readonly { readonly path: string; readonly target: string }[],
  now: () => number = Date.now,
): Problem | null {
  const changed = links.filter(({ path, target }) => targetOf(path) !== target);
  for (const { path, target } of changed) {
    try {
      if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) renameSync(path, `${path}.replaced-${now()}`);
      symlinkSync(target, path);
    } catch {
      // Somebody else is at it, or the folder is gone: it is told either way.
    }
  }
  const [first] = changed;
  if (first === undefined) return null;
  return {
    what: `The command replaced the link ${first.path}; it leads to ${first.target} again.`,
    why: 'What stands there is obeyed outside the sandbox.',
    next: `What it had put there is beside it, as ${first.path}.replaced-…`,
  };
}

function targetOf(path: string): string | null {
  try {
    return readlinkSync(path);
  } catch {
    return null; // No link any more.
  }
}
