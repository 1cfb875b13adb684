// Did a command that may write a git folder point git somewhere else? One file there makes every later git obey others.

import { lstatSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Problem } from '../../problem/index.ts';
import type { Grant } from '../../sandbox/index.ts';

/**
 * Looks at the git folders that these grants open. The answer, asked when the attempt is over, takes away a `commondir`
 * that was not there before: in an ordinary repository it would make git take its configuration and hooks from
 * anywhere. No mount can prevent it, because git gives up where an empty one stands.
 */
export function watchForRedirection(grants: readonly Grant[]): () => Problem | null {
  const files = grants.flatMap((grant) =>
    grant.kind === 'write' && path.basename(grant.path) === '.git' ? [path.join(grant.path, 'commondir')] : [],
  );
  const absent = files.filter((file) => !isThere(file));
  return () => {
    const made = absent.find(isThere);
    if (made === undefined) return null;
    rmSync(made, { force: true, recursive: true });
    return {
      what: `The command made ${made}; it was removed.`,
      why: 'With that file git takes its configuration and hooks from wherever it says.',
      next: 'Look at what the command was meant to do before you let it write .git again.',
    };
  };
}

/** A link that leads nowhere yet counts too: a later command can make what it names. */
function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}
