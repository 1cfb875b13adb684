// What do processes cost? Read from /proc: their tree, CPU, memory.

import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** USER_HZ, the unit of /proc/PID/stat, is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

function read(pid, name) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return null; // It ended between two looks.
  }
}

/** The numbers of /proc/PID/stat from the third field (state) on; the name before them may hold anything. */
function statFields(pid) {
  const text = read(pid, 'stat');
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

function allPids() {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** `root`, everything below it, and everything that has `home` as its HOME: a daemon goes to another parent. */
export function familyOf(root, home = null) {
  const pids = allPids();
  const parents = new Map(pids.map((pid) => [pid, Number(statFields(pid)?.[1] ?? 0)]));
  const family = new Set([root]);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, parent] of parents) {
      if (family.has(pid) || !family.has(parent)) continue;
      family.add(pid);
      grew = true;
    }
  }
  if (home !== null) for (const pid of processesAt(home)) family.add(pid);
  return [...family];
}

/** Everything that was started with `home` as its HOME. */
export function processesAt(home) {
  return allPids().filter((pid) => read(pid, 'environ')?.split('\0').includes(`HOME=${home}`));
}

export function commandLineOf(pid) {
  return (read(pid, 'cmdline') ?? '').split('\0').slice(0, -1);
}

export function environmentOf(pid) {
  const pairs = (read(pid, 'environ') ?? '').split('\0').slice(0, -1);
  return Object.fromEntries(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]));
}

/** CPU seconds of the process and of the children it has waited for, in steps of 10 ms. */
export function cpuSeconds(pids) {
  let ticks = 0;
  for (const pid of pids) {
    const fields = statFields(pid);
    if (fields !== null) for (const index of [11, 12, 13, 14]) ticks += Number(fields[index]);
  }
  return ticks / TICKS_PER_SECOND;
}

/** Resident bytes, shared pages counted in each process that has them. */
export function residentBytes(pids) {
  return pids.reduce((sum, pid) => sum + Number(read(pid, 'statm')?.split(' ')[1] ?? 0) * PAGE_BYTES, 0);
}

/** What goes when they end: private pages of all, and once per program file the largest shared part. */
export function footprint(pids) {
  let privateBytes = 0;
  const shared = new Map();
  for (const pid of pids) {
    const rollup = read(pid, 'smaps_rollup');
    if (rollup === null) continue;
    const bytes = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0) * 1024;
    const own = bytes('Private_Clean') + bytes('Private_Dirty');
    privateBytes += own;
    const program = programOf(pid);
    shared.set(program, Math.max(shared.get(program) ?? 0, bytes('Rss') - own));
  }
  return { privateBytes, sharedBytes: [...shared.values()].reduce((sum, bytes) => sum + bytes, 0) };
}

function programOf(pid) {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return `ended ${pid}`; // Counted as a program of its own; it holds nothing any more.
  }
}

/** Nanoseconds on a CPU, for each thread by its id: a sum would fall when a thread ends. */
export function threadTimes(pids) {
  const times = new Map();
  for (const pid of pids) {
    let threads = [];
    try {
      threads = readdirSync(`/proc/${pid}/task`);
    } catch {
      continue; // It ended.
    }
    for (const thread of threads) {
      const text = read(pid, `task/${thread}/schedstat`);
      if (text !== null) times.set(thread, Number(text.split(' ')[0]));
    }
  }
  return times;
}

/** Seconds between two looks at `threadTimes`; threads that ended are left out. */
export function secondsBetween(before, after) {
  let nanoseconds = 0;
  for (const [thread, time] of after) nanoseconds += time - (before.get(thread) ?? 0);
  return nanoseconds / 1e9;
}

/** Looks at the memory of a family every `everyMs` until stopped; `stop` gives the largest sum in bytes. */
export function watchMemory(root, everyMs, pidsOf = familyOf) {
  let peak = 0;
  const look = () => {
    peak = Math.max(peak, residentBytes(pidsOf(root)));
  };
  look();
  const timer = setInterval(look, everyMs);
  return {
    stop() {
      clearInterval(timer);
      look();
      return peak;
    },
  };
}
