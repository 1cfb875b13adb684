// What does the kernel say about a process? Reads of /proc, null or empty where it does not tell.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** From /proc/PID/stat (proc(5)). Numbers are of the host's pid namespace. */
export interface ProcessFacts {
  readonly pid: number;
  /** `R`, `S`, `D`, `T` (stopped), `Z` (zombie) … */
  readonly state: string;
  readonly parent: number;
  readonly group: number;
  readonly session: number;
  /** Foreground process group of its terminal; -1 when it has none. */
  readonly foregroundGroup: number;
}

/** The system call a process is in, e.g. 0 for `read` on x86_64, with its first argument. */
export interface BlockedCall {
  readonly number: number;
  readonly firstArgument: number;
}

/** A tree larger than this is looked at in part only: nobody waits for input a thousand processes deep. */
const TREE_PROCESSES = 256;

function read(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null; // Ended meanwhile, or not ours to see.
  }
}

export function processFacts(pid: number): ProcessFacts | null {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return null;
  // The name in parentheses may contain anything, so fields are counted from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index] ?? -1);
  return {
    pid,
    state: fields[0] ?? '',
    parent: number(1),
    group: number(2),
    session: number(3),
    foregroundGroup: number(5),
  };
}

/** True while it exists and is not merely waiting to be reaped. */
export function isAlive(pid: number): boolean {
  const facts = processFacts(pid);
  return facts !== null && facts.state !== 'Z' && facts.state !== 'X';
}

/** Children of a process's first thread, oldest first. */
export function childrenOf(pid: number): readonly number[] {
  return (read(`/proc/${pid}/task/${pid}/children`) ?? '')
    .split(' ')
    .filter((text) => text !== '')
    .map(Number);
}

/** A process and everything below it, bounded. */
export function treeOf(pid: number): readonly number[] {
  const found = [pid];
  for (let index = 0; index < found.length && found.length < TREE_PROCESSES; index++)
    found.push(...childrenOf(found[index] ?? 0));
  return found;
}

/** Every process of the machine that can be seen. */
export function allProcesses(): readonly ProcessFacts[] {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return []; // No procfs.
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map((name) => processFacts(Number(name)))
    .filter((facts) => facts !== null);
}

export function blockedCall(pid: number): BlockedCall | null {
  const [number, firstArgument] = (read(`/proc/${pid}/syscall`) ?? '').split(' ');
  if (number === undefined || firstArgument === undefined || !/^\d+$/.test(number)) return null; // `running`
  return { number: Number(number), firstArgument: Number(firstArgument) };
}

/** The kernel function a process sleeps in, `''` when it does not or may not be known. */
export function sleepsIn(pid: number): string {
  return read(`/proc/${pid}/wchan`) ?? '';
}

/** What a descriptor of a process is open on, `''` when unknown. */
export function descriptorTarget(pid: number, descriptor: number): string {
  try {
    return readlinkSync(`/proc/${pid}/fd/${descriptor}`);
  } catch {
    return ''; // Closed, ended, or not ours to see.
  }
}

/** Inode of a process's pid namespace, null when unknown. */
export function pidNamespaceOf(pid: number): number | null {
  try {
    const inode = /\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/ns/pid`))?.[1];
    return inode === undefined ? null : Number(inode);
  } catch {
    return null; // Ended, or not ours to see.
  }
}
