// What stands in for a machine that cannot be used: a command that was meant for it fails there, and nowhere else runs it.

import type { FileAccess, ReadyEnvironment } from '../../exec/index.ts';
import { fail, type Problem } from '../../problem/index.ts';

export function unusable(name: string, problem: Problem): ReadyEnvironment {
  return {
    name,
    facts: { shell: '/bin/sh', cwd: '/', home: '/' },
    services: null,
    start: async () => fail({ kind: 'environment', problem }),
    files: () => noFiles(problem),
  };
}

function noFiles(problem: Problem): FileAccess {
  const refuse = async () => fail({ kind: 'failed', errno: '', problem } as const);
  return { read: refuse, stat: refuse, write: refuse, remove: refuse, makeFolder: refuse, foresee: async () => null };
}
