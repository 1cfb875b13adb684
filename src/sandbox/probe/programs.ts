// Which file a helper program's name means, and whether it may be trusted to build a sandbox.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { isWithin } from '../profile/paths.ts';
import { mountAbove, readMounts } from './mounts.ts';

export interface FoundProgram {
  readonly found: true;
  readonly path: string;
  readonly mode: number;
  readonly passedOver: readonly PassedOver[];
}

export type ProgramSearch = FoundProgram | { readonly found: false; readonly passedOver: readonly PassedOver[] };

/** A program of that name that was not taken, and why. */
export interface PassedOver extends Refusal {
  readonly path: string;
}

interface Refusal {
  readonly kind: 'untrusted' | 'not_executable' | 'noexec';
  readonly reason: string;
}

/**
 * The first program of that name in PATH that no sandboxed command and no other user could have put there.
 * Returned without links, so that what was checked is what runs.
 */
export function findTrustedProgram(name: string, searchPath: string, writableRoots: readonly string[]): ProgramSearch {
  const passedOver: PassedOver[] = [];
  for (const folder of searchPath.split(':')) {
    // An empty or relative entry means the working folder, where a command may have left anything.
    if (!path.isAbsolute(folder)) continue;
    const candidate = path.join(folder, name);
    const stat = fileAt(candidate);
    if (stat === null) continue;
    const real = fs.realpathSync.native(candidate);
    const refusal = isExecutable(candidate) ? distrust(candidate, real, writableRoots) : whyBarred(real, stat);
    if (refusal === null) return { found: true, path: real, mode: stat.mode, passedOver };
    passedOver.push({ path: candidate, ...refusal });
  }
  return { found: false, passedOver };
}

function fileAt(candidate: string): fs.Stats | null {
  try {
    const stat = fs.statSync(candidate);
    return stat.isFile() ? stat : null;
  } catch {
    // Not there, or not for us to see: the next folder of PATH may have it.
    return null;
  }
}

function isExecutable(file: string): boolean {
  try {
    fs.accessSync(file, fs.constants.X_OK);
    return true;
  } catch {
    // The kernel looks at the mode and at how the file system is mounted.
    return false;
  }
}

function whyBarred(real: string, { mode }: fs.Stats): Refusal {
  const mount = mountAbove(real, readMounts());
  if (mount?.options.includes('noexec') === true) return { kind: 'noexec', reason: `${mount.point} is mounted noexec` };
  return { kind: 'not_executable', reason: `its mode is ${(mode & 0o7777).toString(8)}` };
}

function distrust(candidate: string, real: string, writableRoots: readonly string[]): Refusal | null {
  const untrusted = (reason: string): Refusal => ({ kind: 'untrusted', reason });
  const root = writableRoots.find((it) => isWithin(real, it) || isWithin(candidate, it));
  if (root !== undefined) return untrusted(`commands may write ${root}`);
  for (const place of new Set([real, path.dirname(real), candidate, path.dirname(candidate)])) {
    if (isWritableByOthers(fs.statSync(place))) return untrusted(`other users may write ${place}`);
  }
  return null;
}

function isWritableByOthers(stat: fs.Stats): boolean {
  const owners = [0, process.getuid?.() ?? 0];
  if (!owners.includes(stat.uid)) return true;
  // A group of its own is how many systems set up a user; root's group is root.
  const groups = [0, process.getgid?.() ?? 0];
  return (stat.mode & 0o002) !== 0 || ((stat.mode & 0o020) !== 0 && !groups.includes(stat.gid));
}
