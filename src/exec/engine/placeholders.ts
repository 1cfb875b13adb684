// How are names guarded that are not there? With an empty folder in their place, which goes when nobody needs it.

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmdirSync, utimesSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Writable } from 'node:stream';
import { PLACEHOLDER_SECONDS } from '../../sandbox/index.ts';
import type { DescriptorTable } from './descriptors.ts';

/** Holds placeholders for as long as this program or one of its sandboxes runs, however they end. */
export interface Placeholders {
  /** Puts a folder where a name is absent. Names whose folder is not ours to write are left out: nobody can make them. */
  hold(names: readonly string[]): Promise<Held>;
  /** Takes away what no other program needs. */
  dispose(): Promise<void>;
}

export interface Held {
  /** Where something stands now: a mount has something to cover there. */
  readonly names: readonly string[];
  /** A sandbox that has this open keeps the folders standing; null where they are only kept by this program. */
  readonly keeper: number | null;
}

export interface PlaceholderOptions {
  /** Absolute path; null where there is none. */
  readonly bash: string | null;
  /** Trusted folders only. */
  readonly path: string;
  readonly descriptors: DescriptorTable;
  /** A folder that no command and no other user reaches: whoever can open a lock can hold it for ever. */
  readonly lockFolder: string | null;
}

/**
 * Runs for each folder while this program or a sandbox of it has the other end of its input, so also longer than a
 * SIGKILL lets this program live. It shares a lock with the keepers of other programs, hears which names to look
 * after, and removes those that nobody used unless somebody else still has the lock: removing a folder takes away the
 * mounts over it in every sandbox.
 */
const KEEPER = `
exec 9>>"$1" && flock -s -w 2 9 && cd "$2" || exit 1
stamp=$3
shift 3
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

export function openPlaceholders(options: PlaceholderOptions): Placeholders {
  const keepers = new Map<string, Keeper>();
  /** Made where no keeper could be had. */
  const own = new Set<string>();
  let isDisposed = false;

  const keeperOf = async (folder: string): Promise<Keeper | null> => {
    const known = keepers.get(folder);
    if (known !== undefined && known.child.exitCode === null) return (await known.isHolding) ? known : null;
    const { bash, lockFolder } = options;
    if (bash === null || lockFolder === null) return null;
    const lock = join(lockFolder, `${createHash('sha256').update(folder).digest('hex').slice(0, 24)}.lock`);
    const keeper = startKeeper(bash, lock, folder, options);
    keepers.set(folder, keeper);
    return (await keeper.isHolding) ? keeper : null;
  };

  const holdIn = async (folder: string, names: readonly string[]): Promise<Held> => {
    const keeper = await keeperOf(folder);
    const held = names.filter((name) => {
      const put = putFolder(name);
      if (put === 'not ours') return false;
      if (keeper === null) {
        if (put === 'made') own.add(name);
        return true;
      }
      const plain = basename(name);
      if (!keeper.names.has(plain)) keeper.child.stdin?.write(`${plain}\n`);
      keeper.names.add(plain);
      return true;
    });
    return { names: held, keeper: keeper === null ? null : inputOf(keeper.child) };
  };

  return {
    async hold(names) {
      const all: Held[] = [];
      for (const folder of new Set(names.map((name) => dirname(name)))) {
        if (isDisposed) break;
        // A line feed would be two names to the keeper.
        const plain = names.filter((name) => dirname(name) === folder && !basename(name).includes('\n'));
        all.push(await holdIn(folder, plain));
      }
      return {
        names: all.flatMap((held) => held.names),
        keeper: all.find(({ keeper }) => keeper !== null)?.keeper ?? null,
      };
    },
    async dispose() {
      isDisposed = true;
      for (const name of own) removeIfEmpty(name);
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

function startKeeper(shell: string, lock: string, folder: string, { descriptors, path }: PlaceholderOptions): Keeper {
  const slots: ('pipe' | 'ignore' | number)[] = ['pipe', 'pipe', 'ignore'];
  // No terminal of ours stays open in it: it lives longer than we do.
  for (const leaking of descriptors.leaking()) {
    while (slots.length < leaking) slots.push('ignore');
    slots[leaking] = descriptors.devNull;
  }
  const child = spawn(shell, ['--norc', '-p', '-c', KEEPER, 'codex', lock, folder, String(PLACEHOLDER_SECONDS)], {
    cwd: '/',
    env: { PATH: `${path}:/usr/bin:/bin` },
    stdio: slots,
    detached: true,
  });
  if (child.stdin instanceof Writable)
    child.stdin.on('error', () => {
      // It ended by itself; the next hold starts another.
    });
  const isHolding = new Promise<boolean>((resolve) => {
    child.stdout?.once('data', () => resolve(true));
    child.once('error', () => resolve(false));
    child.once('exit', () => resolve(false));
  });
  // Until it answers, it is waited for; from then on it holds nobody up.
  void isHolding.then(() => {
    child.unref();
    for (const stream of [child.stdin, child.stdout])
      if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  });
  return { child, isHolding, names: new Set() };
}

/** Our end of its input as a number; Node has no public name for it. */
function inputOf({ stdin }: ChildProcess): number | null {
  const handle: unknown = stdin === null ? null : Reflect.get(stdin, '_handle');
  const fd: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : null;
  return typeof fd === 'number' && fd > 2 ? fd : null;
}

function putFolder(name: string): 'made' | 'there' | 'not ours' {
  try {
    mkdirSync(name, { mode: 0o755 });
    utimesSync(name, PLACEHOLDER_SECONDS, PLACEHOLDER_SECONDS);
    return 'made';
  } catch {
    // It is there already, or the folder is not ours to write: then no command of ours can make it either.
    return isFolder(name) ? 'there' : 'not ours';
  }
}

function isFolder(name: string): boolean {
  try {
    return lstatSync(name).isDirectory();
  } catch {
    // Nothing is there, or (ENOTDIR) a file is where its folder was a moment ago.
    return false;
  }
}

function removeIfEmpty(name: string): void {
  try {
    if (readdirSync(name).length === 0) rmdirSync(name);
  } catch {
    // Somebody uses it, or it is gone.
  }
}
