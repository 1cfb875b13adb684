// Does the terminal belong to us at this moment?

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

export type Foreground =
  /** Our process group is the terminal's foreground group. */
  | 'foreground'
  /** A shell has put us into the background: touching the terminal would stop us, or ruin the shell's modes. */
  | 'background'
  /** No controlling terminal. */
  | 'no terminal';

/** `ps` answers in a few milliseconds; one that hangs must not hold up the program. */
const PS_LIMIT_MS = 1_000;

/** Reads pgrp and tpgid of this process (proc(5), fields 5 and 8; `ps` on systems without /proc). */
export function foreground(): Foreground {
  const groups = groupsFromProc() ?? groupsFromPs();
  if (groups === null || groups.terminal < 0) return 'no terminal';
  return groups.own === groups.terminal ? 'foreground' : 'background';
}

/** True when a shell can take the terminal over and bring us back: we lead neither a session nor an orphaned group. */
export function canBeSuspended(): boolean {
  const fields = statFields('self');
  if (fields === null) return process.platform === 'darwin';
  const parent = statFields(fields[1] ?? '');
  // Fields after the name: state ppid pgrp session tty_nr tpgid. A stop is only undone by a shell of our session.
  const [, , group, session] = fields;
  return session !== String(process.pid) && parent !== null && parent[3] === session && parent[2] !== group;
}

function statFields(pid: string): string[] | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name in parentheses may hold blanks and parentheses itself.
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    // No /proc, or the process is gone.
    return null;
  }
}

function groupsFromProc(): { own: number; terminal: number } | null {
  const fields = statFields('self');
  return fields === null ? null : { own: Number(fields[2]), terminal: Number(fields[5]) };
}

function groupsFromPs(): { own: number; terminal: number } | null {
  try {
    const text = execFileSync('ps', ['-o', 'pgid=,tpgid=', '-p', String(process.pid)], {
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
      timeout: PS_LIMIT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [own, terminal] = text.trim().split(/\s+/).map(Number);
    return own === undefined || terminal === undefined ? null : { own, terminal: terminal > 0 ? terminal : -1 };
  } catch {
    // Without `ps` nothing can be known: treated as no terminal, so nothing is touched.
    return null;
  }
}
