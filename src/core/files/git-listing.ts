// Which files has a repository? Its own programs and settings must not be run by asking: git is told so, and sees
// nothing of our environment but what it needs.

import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { setPriority } from 'node:os';
import type { Readable } from 'node:stream';
import type { Listed, ListingOptions, TakePaths } from './listing.ts';

/** A listing that takes longer is cut off: what came so far is used. */
const LIMIT_MS = 20_000;
/** Below everything a person waits for. */
const NICE = 5;

/** Nothing in these may start a program: no monitor, no hook, no transport for objects that are missing. */
const HARMLESS = ['-c', 'core.fsmonitor=false', '-c', 'core.hooksPath=/dev/null', '--no-pager'];
const KEPT_VARIABLES = ['HOME', 'XDG_CONFIG_HOME', 'USER', 'LOGNAME', 'TMPDIR'];

export interface GitListingOptions extends ListingOptions {
  /** `PATH`: where git is looked for. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

/**
 * Known files and, beside them, those that are neither known nor ignored: the known ones are there at once, the others
 * take a walk. `elsewhere`: no repository, or no git.
 */
export async function listByGit(options: GitListingOptions): Promise<Listed> {
  const ways = [['--cached'], ['--others', '--exclude-standard']];
  const done = await Promise.all(ways.map((way) => oneListing(way, options)));
  if (done.includes('elsewhere')) return 'elsewhere';
  return done.every((listed) => listed === 'complete') ? 'complete' : 'cut off';
}

async function oneListing(way: readonly string[], options: GitListingOptions): Promise<Listed> {
  const { take, signal, pause } = options;
  const child = start(way, options);
  if (child === null) return 'elsewhere';
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  });
  const stop = (): void => void child.kill('SIGKILL');
  const limit = setTimeout(stop, LIMIT_MS);
  limit.unref();
  signal.addEventListener('abort', stop);
  try {
    const split = splitAtZero(take);
    // One block in a turn of the loop: a key that is pressed meanwhile is looked at between two of them.
    for await (const block of child.stdout) {
      split(block);
      await pause();
    }
    const code = await ended;
    if (code === 0) return 'complete';
    return code === null || signal.aborted ? 'cut off' : 'elsewhere';
  } catch {
    // The pipe broke, or the folder is gone: there is nothing to list by this way.
    return 'elsewhere';
  } finally {
    clearTimeout(limit);
    signal.removeEventListener('abort', stop);
    stop();
  }
}

function start(
  way: readonly string[],
  { folder, env }: GitListingOptions,
): ChildProcessByStdio<null, Readable, null> | null {
  const kept = KEPT_VARIABLES.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  try {
    const child = spawn('git', [...HARMLESS, 'ls-files', '-z', ...way], {
      cwd: folder,
      env: {
        ...Object.fromEntries(kept),
        PATH: env.PATH ?? '',
        LC_ALL: 'C',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_TERMINAL_PROMPT: '0',
        // Named here is none: a partial clone cannot fetch, whatever its settings allow.
        GIT_ALLOW_PROTOCOL: 'none',
        GIT_NO_LAZY_FETCH: '1',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    if (child.pid !== undefined) setPriority(child.pid, NICE);
    return child;
  } catch {
    // Out of processes, or ended already: the other way is tried.
    return null;
  }
}

/** Whole paths of a stream that is cut anywhere into blocks. */
function splitAtZero(take: TakePaths): (block: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (fresh) => {
    const block = rest.length === 0 ? fresh : Buffer.concat([rest, fresh]);
    const end = block.lastIndexOf(0) + 1;
    if (end > 0) take(block.subarray(0, end));
    rest = Buffer.from(block.subarray(end));
  };
}
