// Who may write a session? Whoever holds the same lock that codex-cli takes, so that neither writes into the other's.
//
// The kernel frees it when its holder dies, however that happens; there is nothing stale to judge.

import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { makeFolders } from './disk.ts';

export interface SessionLock {
  /** Gives it up and removes its file, as codex-cli does at an orderly end. */
  release(): void;
}

/** Its holder removes the file while others wait for it: then the lock is on a file without a name, and not won. */
const ATTEMPTS = 8;

/** `flock` leaves with these when the coordination file or the session's file stays held by somebody else. */
const COORDINATION_BUSY = 3;
const SESSION_BUSY = 4;

/**
 * One spawn for both files. The waits cover children caught between fork and exec, which hold a copy of the descriptor
 * for a moment, and another program in the middle of taking or leaving a session.
 */
const TAKE_BOTH = `flock -w 1 4 || exit ${COORDINATION_BUSY}; flock -w 0.3 3 || exit ${SESSION_BUSY}`;

/** `flock` of the system, never one that a command left in a folder of PATH. */
const SYSTEM_ENV = { PATH: `/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin` };

/** macOS open(2) flags that Node does not name: O_EXLOCK with O_NONBLOCK. */
const MAC_LOCKED_OPEN = 0x20 | 0x4;

export function lockFolder(codexHome: string): string {
  return join(codexHome, 'thread-writer-locks');
}

export function lockFile(codexHome: string, session: string): string {
  return join(lockFolder(codexHome), `${session}.lock`);
}

/** Takes the session for writing, until `release` or our end. Takes 5 to 20 ms: after the first frame. */
export function lockSession(codexHome: string, session: string): Result<SessionLock> {
  const path = lockFile(codexHome, session);
  const coordination = join(lockFolder(codexHome), '.coordination.lock');
  try {
    makeFolders(lockFolder(codexHome));
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const taken = tryLock(path, coordination);
      if (taken !== 'again') return taken;
    }
  } catch (error) {
    return fail(cannotLock(causeOf(error)));
  }
  return fail(cannotLock('Its lock file was removed each time it was taken.'));
}

function tryLock(path: string, coordination: string): Result<SessionLock> | 'again' {
  if (process.platform === 'darwin') return tryLockByOpening(path, coordination);
  const { O_CREAT, O_RDWR, O_NOFOLLOW } = fs.constants;
  const fd = fs.openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
  let isWon = false;
  try {
    const gate = fs.openSync(coordination, O_RDWR | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      const run = spawnSync('/bin/sh', ['-c', TAKE_BOTH], {
        env: SYSTEM_ENV,
        stdio: ['ignore', 'ignore', 'ignore', fd, gate],
      });
      if (run.error !== undefined) throw run.error;
      if (run.status === SESSION_BUSY) return fail(isOpenElsewhere(holderOf(fd)));
      if (run.status === COORDINATION_BUSY) return fail(isOpenElsewhere(null));
      if (run.status !== 0) return fail(cannotLock('The program flock of util-linux did not run.'));
      isWon = isNamed(fd, path);
      return isWon ? ok(heldLock(fd, path, coordination)) : 'again';
    } finally {
      fs.closeSync(gate);
    }
  } finally {
    if (!isWon) fs.closeSync(fd);
  }
}

function tryLockByOpening(path: string, coordination: string): Result<SessionLock> | 'again' {
  const flags = fs.constants.O_RDWR | fs.constants.O_CREAT | MAC_LOCKED_OPEN;
  try {
    const gate = fs.openSync(coordination, flags, 0o600);
    try {
      const fd = fs.openSync(path, flags, 0o600);
      if (isNamed(fd, path)) return ok(heldLock(fd, path, coordination));
      fs.closeSync(fd);
      return 'again';
    } finally {
      fs.closeSync(gate);
    }
  } catch (error) {
    if (errnoOf(error) === 'EAGAIN') return fail(isOpenElsewhere(null));
    throw error;
  }
}

function isNamed(fd: number, path: string): boolean {
  const named = fs.statSync(path, { throwIfNoEntry: false });
  const held = fs.fstatSync(fd);
  return named !== undefined && named.ino === held.ino && named.dev === held.dev;
}

function heldLock(fd: number, path: string, coordination: string): SessionLock {
  let isHeld = true;
  return {
    release() {
      if (!isHeld) return;
      isHeld = false;
      try {
        removeFile(path, coordination);
      } catch {
        // A file that stays is harmless: nobody holds it.
      } finally {
        fs.closeSync(fd);
      }
    },
  };
}

/** Only while nobody is between opening the file and locking it. When that cannot be had at once, the file stays. */
function removeFile(path: string, coordination: string): void {
  if (process.platform === 'darwin') {
    const gate = fs.openSync(coordination, fs.constants.O_RDWR | fs.constants.O_CREAT | MAC_LOCKED_OPEN, 0o600);
    try {
      fs.unlinkSync(path);
    } finally {
      fs.closeSync(gate);
    }
    return;
  }
  const gate = fs.openSync(coordination, fs.constants.O_RDWR | fs.constants.O_CREAT, 0o600);
  try {
    const run = spawnSync('flock', ['-n', '3'], { env: SYSTEM_ENV, stdio: ['ignore', 'ignore', 'ignore', gate] });
    if (run.status === 0) fs.unlinkSync(path);
  } finally {
    fs.closeSync(gate);
  }
}

/** Inode of every file that somebody in this pid namespace holds a flock on, with the pid that took it. */
export function lockedFiles(): Map<string, number> {
  const held = new Map<string, number>();
  let text = '';
  try {
    text = fs.readFileSync('/proc/locks', 'utf8');
  } catch {
    // No such file on this system: then nothing is known to be held.
    return held;
  }
  for (const line of text.split('\n')) {
    const match = /FLOCK\s+ADVISORY\s+WRITE\s+(\d+)\s+([0-9a-f]+):([0-9a-f]+):(\d+)/.exec(line);
    if (match !== null) held.set(match[4] ?? '', Number(match[1]));
  }
  return held;
}

/**
 * `device:inode` of every lock file that a process of ours has open. In a pid namespace /proc/locks leaves out what
 * a program took that has ended, as `flock` has: who holds the file open tells it there.
 */
export function lockFilesInUse(): Set<string> {
  const inUse = new Set<string>();
  for (const pid of entriesOf('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    for (const descriptor of entriesOf(`/proc/${pid}/fd`)) {
      try {
        const link = `/proc/${pid}/fd/${descriptor}`;
        if (!fs.readlinkSync(link).endsWith('.lock')) continue;
        const { dev, ino } = fs.statSync(link);
        inUse.add(`${dev}:${ino}`);
      } catch {
        // Closed meanwhile.
      }
    }
  }
  return inUse;
}

function entriesOf(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    // Another person's process, one that has ended, or a system without /proc.
    return [];
  }
}

function holderOf(fd: number): number | null {
  return lockedFiles().get(String(fs.fstatSync(fd).ino)) ?? null;
}

function isOpenElsewhere(pid: number | null): Problem {
  return {
    what: 'This session is open in another program.',
    why: pid === null ? '' : `Its lock was taken by process ${pid}.`,
    next: 'Leave it there first: codex ps lists what is open here, codex kill ends one.',
  };
}

function cannotLock(why: string): Problem {
  return {
    what: 'This session cannot be locked for writing.',
    why,
    next: 'It can still be read. A new session can be started.',
  };
}
