// Which descriptors would a child inherit from us, beyond the ones it is meant to have?

import { closeSync, constants, openSync, readdirSync, readFileSync } from 'node:fs';

/** `flags:` of /proc/PID/fdinfo is octal and shows close-on-exec as this bit (Linux, all architectures). */
const CLOSE_ON_EXEC = 0o2000000;

/** systemd hands its sockets over from this number on (sd_listen_fds(3)). */
const FIRST_LISTEN_DESCRIPTOR = 3;

/**
 * The descriptors of this process that every child would get, and a /dev/null to cover them with. Terminals' masters
 * are opened without close-on-exec by the add-on, and nothing in Node can set it afterwards.
 */
export interface DescriptorTable {
  /** Open on /dev/null for the table's life; children get it only where it is placed. */
  readonly devNull: number;
  /** A descriptor of ours without close-on-exec was opened. */
  adopt(descriptor: number): void;
  /** It is about to be closed, or was. */
  release(descriptor: number): void;
  /** Ascending. Valid until the next `await`: compute and use it without one in between. */
  leaking(): readonly number[];
  dispose(): void;
}

/** Looks once at what is open now; later it knows only what it is told. */
export function openDescriptorTable(): DescriptorTable {
  const strays = new Set(openAcrossExec());
  const own = new Set<number>();
  const devNull = openSync('/dev/null', constants.O_RDWR);
  return {
    devNull,
    adopt: (descriptor) => void own.add(descriptor),
    release: (descriptor) => void own.delete(descriptor),
    leaking() {
      // A stray may have been closed since; its number may now be a pipe inside `spawn`, which must not be covered.
      for (const stray of strays) if (!isOpenAcrossExec(stray)) strays.delete(stray);
      return [...new Set([...own, ...strays])].sort((a, b) => a - b);
    },
    dispose: () => closeSync(devNull),
  };
}

/**
 * Closes what a careless parent left open in us, once, before anything else opens descriptors: Node marks inherited
 * ones close-on-exec at its start, but stops at the first gap above 15. Kept are 0 to 2, the channel to a parent Node
 * and the sockets of systemd. Returns what was closed. Call it from the program's start only: a descriptor that
 * somebody opened on purpose looks the same.
 */
export function closeInheritedDescriptors(env: Readonly<Record<string, string | undefined>>): readonly number[] {
  const kept = new Set<number>();
  const channel = Number(env.NODE_CHANNEL_FD ?? Number.NaN);
  if (Number.isInteger(channel)) kept.add(channel);
  const listening = Number(env.LISTEN_FDS ?? 0);
  for (let n = 0; Number.isInteger(listening) && n < listening; n++) kept.add(FIRST_LISTEN_DESCRIPTOR + n);
  const closed: number[] = [];
  for (const descriptor of openAcrossExec()) {
    if (kept.has(descriptor)) continue;
    try {
      closeSync(descriptor);
      closed.push(descriptor);
    } catch {
      // Already gone: what was wanted.
    }
  }
  return closed;
}

/** Streams of a child, and /dev/null over everything else it would get from us. */
export interface CoveredDescriptors {
  readonly slots: readonly ('pipe' | 'ignore' | number)[];
  /** When the child was started. */
  close(): void;
}

/** For a child that no environment starts. Valid until the next `await`: start it without one in between. */
export function coverDescriptors(
  streams: readonly ['pipe' | 'ignore', 'pipe' | 'ignore', 'pipe' | 'ignore'],
): CoveredDescriptors {
  const slots: ('pipe' | 'ignore' | number)[] = [...streams];
  const leaking = openAcrossExec();
  if (leaking.length === 0) return { slots, close: () => {} };
  const devNull = openSync('/dev/null', constants.O_RDWR);
  for (const descriptor of leaking) {
    while (slots.length < descriptor) slots.push('ignore');
    slots[descriptor] = devNull;
  }
  return { slots, close: () => closeSync(devNull) };
}

/** Descriptors above 2 without close-on-exec, ascending; none where /proc does not tell (macOS closes by itself). */
function openAcrossExec(): number[] {
  let names: string[];
  try {
    names = readdirSync('/proc/self/fdinfo');
  } catch {
    return []; // No procfs: nothing can be known, and on macOS nothing leaks.
  }
  return names
    .map(Number)
    .filter((descriptor) => descriptor > 2 && isOpenAcrossExec(descriptor))
    .sort((a, b) => a - b);
}

function isOpenAcrossExec(descriptor: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${descriptor}`, 'latin1'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // Closed meanwhile.
  }
}
