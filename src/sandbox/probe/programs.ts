// Which file a helper program's name means, and whether it may be trusted to build a sandbox.

import * as fs from 'node:fs';
import * as path from 'node:path';
import { isWithin } from '../profile/paths.ts';

export type ProgramSearch =
  | { readonly found: true; readonly path: string; readonly mode: number; readonly passedOver: readonly PassedOver[] }
  | { readonly found: false; readonly passedOver: readonly PassedOver[] };

/** A program of that name that was not taken, and why. */
export interface PassedOver {
  readonly path: string;
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
    const stat = executableAt(candidate);
    if (stat === null) continue;
    const real = fs.realpathSync.native(candidate);
    const reason = reasonAgainst(candidate, real, writableRoots);
    if (reason === null) return { found: true, path: real, mode: stat.mode, passedOver };
    passedOver.push({ path: candidate, reason });
  }
  return { found: false, passedOver };
}

function executableAt(candidate: string): fs.Stats | null {
  try {
    fs.accessSync(candidate, fs.constants.X_OK);
    const stat = fs.statSync(candidate);
    return stat.isFile() ? stat : null;
  } catch {
    // Not there, or not for us to run: the next folder of PATH may have it.
    return null;
  }
}

function reasonAgainst(candidate: string, real: string, writableRoots: readonly string[]): string | null {
  const root = writableRoots.find((it) => isWithin(real, it) || isWithin(candidate, it));
  if (root !== undefined) return `commands may write ${root}`;
  for (const place of new Set([real, path.dirname(real), candidate, path.dirname(candidate)])) {
    if (isWritableByOthers(fs.statSync(place))) return `other users may write ${place}`;
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
