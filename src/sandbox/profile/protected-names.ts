// Which names inside a writable folder stay read-only, because what they hold is obeyed outside the sandbox.

import * as path from 'node:path';
import { type PathFacts, resolveExistingPrefix } from './path-facts.ts';
import { isWithin } from './paths.ts';

/** Git runs hooks and commands from its folder, agents take orders from theirs, and the last holds credentials. */
export const protectedNames = ['.git', '.codex', '.agents', '.aws'] as const;

/** What there is to guard: what stands there, names that are not there, and links. */
export interface GuardedNames {
  readonly present: readonly string[];
  readonly absent: readonly string[];
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/**
 * The paths to keep read-only for the protected names directly inside `root`: the name itself, for a link the place it
 * leads to, for a git pointer file also the git folders it names, each only where `isWritable` says it matters; and
 * the names that are not there, which a mount can only guard with something in their place.
 */
export function guardedPaths(root: string, isWritable: (path: string) => boolean, facts: PathFacts): GuardedNames {
  const guarded: string[] = [];
  const absent: string[] = [];
  const links: { path: string; target: string }[] = [];
  for (const name of protectedNames) {
    const entry = path.join(root, name);
    switch (facts.kindOf(entry)) {
      case 'missing':
        absent.push(entry);
        break;
      case 'link': {
        const target = facts.realPath(entry);
        const written = facts.linkTarget(entry);
        if (written !== null) links.push({ path: entry, target: written });
        if (target !== null && target !== root && isWritable(target)) guarded.push(target);
        // It leads nowhere yet: whoever makes what it names makes the name itself.
        if (target === null && written !== null) absent.push(resolveExistingPrefix(path.resolve(root, written), facts));
        break;
      }
      case 'file':
        guarded.push(entry);
        if (name === '.git')
          guarded.push(...gitFoldersOf(entry, facts).filter((it) => isWritable(it) && !isWithin(root, it)));
        break;
      case 'folder':
        if (facts.isPlaceholder(entry)) absent.push(entry);
        else guarded.push(entry);
        break;
      case 'socket':
      case 'other':
        guarded.push(entry);
        break;
    }
  }
  return { present: guarded, absent, links };
}

/** The git folder a worktree's or submodule's pointer file names, and the folder it shares with other worktrees. */
function gitFoldersOf(pointer: string, facts: PathFacts): string[] {
  const named = /^gitdir: (.+?)\r?\n?$/.exec(facts.readSmallFile(pointer) ?? '')?.[1];
  if (named === undefined) return [];
  const folder = facts.realPath(path.resolve(path.dirname(pointer), named));
  if (folder === null) return [];
  const shared = facts.readSmallFile(path.join(folder, 'commondir'))?.trim() ?? '';
  const common = shared === '' ? null : facts.realPath(path.resolve(folder, shared));
  return common === null ? [folder] : [folder, common];
}
