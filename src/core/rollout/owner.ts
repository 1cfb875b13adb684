// Which process owns a session? Its pid with the boot and the start time that tell it from a later one of that number.

import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { JsonObject } from './record.ts';

export function ownerOfThisProcess(version: string): JsonObject {
  return {
    pid: process.pid,
    start_ticks: startTicks(readIfThere('/proc/self/stat')),
    boot_id: readIfThere('/proc/sys/kernel/random/boot_id').trim(),
    host: hostname(),
    version,
  };
}

/** Field 22 of proc_pid_stat(5); the name before it may hold blanks and brackets. 0 when it is not there. */
export function startTicks(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[22 - 3] ?? 0) || 0;
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // No /proc (macOS): the pid and the host name must do.
    return '';
  }
}
