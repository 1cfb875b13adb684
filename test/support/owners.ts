// Programs that go on without a terminal: which one has a session, and is it still there?

import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { codexProgram, eventually, type Place, recordsIn } from './program.ts';

/** Ends a program that no terminal holds any more, and waits until it is gone. */
export async function endOwner(place: Place): Promise<void> {
  const pid = ownerOf(place);
  if (pid === 0 || !isAlive(pid)) return;
  process.kill(pid, 'SIGTERM');
  await eventually(() => !isAlive(pid), 'the program ends');
}

/** 0 when nothing was recorded. */
export function ownerOf(place: Place): number {
  const records = place.records().flatMap((file) => recordsIn(file));
  const owner = records.map(({ payload }) => payload.owner).findLast(isOwner);
  return owner?.pid ?? 0;
}

function isOwner(value: unknown): value is { readonly pid: number } {
  return typeof value === 'object' && value !== null && 'pid' in value && typeof value.pid === 'number';
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false; // ESRCH
  }
}

export function openSessions(place: Place): string {
  // Only its own: other people's work on this machine is no business of a test.
  const own = codexSays(place, ['ps'])
    .split('\n')
    .filter((row) => row.includes(path.dirname(place.workspace)));
  return own.length === 0 ? 'No session is open.\n' : `${own.join('\n')}\n`;
}

/** What the program prints, where it needs no terminal. */
export function codexSays(place: Place, args: readonly string[]): string {
  return execFileSync(codexProgram, args, { env: { ...place.env }, encoding: 'utf8', cwd: place.workspace });
}
