// How are names guarded that are not there? With an empty folder in their place, which goes when nobody needs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { lstatSync, mkdirSync, utimesSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { Writable } from 'node:stream';
import { PLACEHOLDER_SECONDS } from '../../sandbox/index.ts';
import type { DescriptorTable } from './descriptors.ts';

/** Holds placeholders for as long as this program runs, however it ends. */
export interface Placeholders {
  /**
   * Puts a folder where a name is absent. Returns the names where one stands now: a mount has something to cover
   * there. Others (the folder is not ours to write, or there is no way to guard them) are left out.
   */
  hold(names: readonly string[]): Promise<readonly string[]>;
  /** Takes away what no other program needs. */
  dispose(): Promise<void>;
}

/**
 * Runs for each folder while this program lives, and longer after a SIGKILL: it holds a shared lock on the folder
 * itself, hears which names to look after, and at the end of its input removes those nobody used, unless another
 * program still holds the lock: removing a folder takes away the mounts over it in every sandbox.
 */
const KEEPER = `
exec 9<"$1" && flock -s -w 2 9 && cd "$1" || exit 1
stamp=$2
shift 2
echo held
while IFS= read -r name; do set -- "$@" "$name"; done
flock -n -x 9 || exit 0
for name; do
  [ "$(stat -c '%Y %u' "./$name" 2>/dev/null)" = "$stamp $UID" ] && [ ! -L "./$name" ] && rmdir "./$name" 2>/dev/null
done
exit 0
`;

interface Keeper {
  readonly child: ChildProcess;
  readonly isHolding: Promise<boolean>;
  readonly names: Set<string>;
}

/** `bash` is an absolute path, null where there is none: then nothing can be held. */
export function openPlaceholders(bash: string | null, descriptors: DescriptorTable): Placeholders {
  const keepers = new Map<string, Keeper>();

  const keeperOf = (folder: string, shell: string): Keeper => {
    const known = keepers.get(folder);
    if (known !== undefined && known.child.exitCode === null) return known;
    const keeper = startKeeper(shell, folder, descriptors);
    keepers.set(folder, keeper);
    return keeper;
  };

  const holdIn = async (folder: string, names: readonly string[], shell: string): Promise<string[]> => {
    const keeper = keeperOf(folder, shell);
    if (!(await keeper.isHolding)) return [];
    return names.filter((name) => {
      if (!putFolder(name)) return false;
      const own = basename(name);
      if (!keeper.names.has(own)) keeper.child.stdin?.write(`${own}\n`);
      keeper.names.add(own);
      return true;
    });
  };

  return {
    async hold(names) {
      if (bash === null || names.length === 0) return [];
      const held: string[] = [];
      for (const folder of new Set(names.map((name) => dirname(name)))) {
        // A line feed would be two names to the keeper.
        const own = names.filter((name) => dirname(name) === folder && !basename(name).includes('\n'));
        held.push(...(await holdIn(folder, own, bash)));
      }
      return held;
    },
    async dispose() {
      await Promise.all(
        [...keepers.values()].map(async ({ child }) => {
          if (child.exitCode !== null || child.pid === undefined) return;
          const ended = new Promise((resolve) => child.once('exit', resolve));
          // It was let go of, so that it holds nobody up; now its end is waited for.
          child.ref();
          child.stdin?.end();
          await ended;
        }),
      );
    },
  };
}

function startKeeper(shell: string, folder: string, descriptors: DescriptorTable): Keeper {
  const slots: ('pipe' | 'ignore' | number)[] = ['pipe', 'pipe', 'ignore'];
  // No terminal of ours stays open in it: it lives longer than we do.
  for (const leaking of descriptors.leaking()) {
    while (slots.length < leaking) slots.push('ignore');
    slots[leaking] = descriptors.devNull;
  }
  const child = spawn(shell, ['-p', '-c', KEEPER, 'codex', folder, String(PLACEHOLDER_SECONDS)], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    stdio: slots,
    detached: true,
  });
  child.unref();
  if (child.stdin instanceof Writable)
    child.stdin.on('error', () => {
      // It ended by itself; the next hold starts another.
    });
  const isHolding = new Promise<boolean>((resolve) => {
    child.stdout?.once('data', () => resolve(true));
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
  });
  return { child, isHolding, names: new Set() };
}

/** True when a folder stands there afterwards: ours, or one that somebody made a moment ago. */
function putFolder(name: string): boolean {
  try {
    mkdirSync(name, { mode: 0o755 });
    utimesSync(name, PLACEHOLDER_SECONDS, PLACEHOLDER_SECONDS);
    return true;
  } catch {
    // It is there already, or the folder is not ours to write: then no command of ours can make it either.
    return lstatSync(name, { throwIfNoEntry: false })?.isDirectory() === true;
  }
}
