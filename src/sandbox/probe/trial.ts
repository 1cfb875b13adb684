// How a bubblewrap is tried out: short runs with a time limit, their text kept.

import { type ChildProcess, spawn } from 'node:child_process';
import { causeOf, errnoOf } from '../../problem/index.ts';

export interface Trial {
  /** Null when it did not start or was killed. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The errno name when it could not be started at all, `TIMEOUT` when it did not end in time, else empty. */
  readonly error: string;
}

/** A start takes milliseconds; a machine so busy that it takes this long cannot run commands either. */
const trialLimitMs = 10_000;

/**
 * How long the output may outlast the program. A bubblewrap that fails half-way can leave a child behind that waits for
 * it for ever with our pipes open (0.8.0, where /proc shows another pid namespace).
 */
const outputGraceMs = 500;

/** Help texts have a few kilobytes; what floods is no bubblewrap. */
const keptBytes = 65_536;

/** Runs a program to its end. `fed`, when given, is written to descriptor 3. Never rejects, leaves nothing behind. */
export function tryProgram(program: string, argv: readonly string[], fed: Uint8Array | null): Promise<Trial> {
  return new Promise((resolve) => {
    const texts = { stdout: '', stderr: '' };
    let error = '';
    let exitCode: number | null = null;
    let child: ChildProcess;
    try {
      // In a group of its own, so that what it leaves behind can be ended with it.
      child = spawn(program, argv, {
        stdio: ['ignore', 'pipe', 'pipe', ...(fed === null ? [] : (['pipe'] as const))],
        cwd: '/',
        detached: true,
        env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
      });
    } catch (thrown) {
      resolve({ code: null, ...texts, error: errnoOf(thrown) || causeOf(thrown) });
      return;
    }
    const finish = (): void => {
      clearTimeout(limit);
      resolve({ code: error === '' ? exitCode : null, ...texts, error });
    };
    const giveUp = (): void => {
      endGroup(child);
      for (const stream of child.stdio) stream?.destroy();
      finish();
    };
    let limit = setTimeout(() => {
      error = 'TIMEOUT';
      giveUp();
    }, trialLimitMs);
    // Without a descriptor left for its pipes a child has no streams at all, and only this event.
    const streams: ChildProcess['stdio'] | undefined = child.stdio;
    child.on('error', (cause) => {
      error = errnoOf(cause) || causeOf(cause);
      if (streams === undefined) finish();
    });
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8');
      child[name]?.on('data', (text: string) => {
        if (texts[name].length < keptBytes) texts[name] += text;
      });
    }
    const feed = fed === null ? null : streams?.[3];
    if (feed !== null && feed !== undefined && 'end' in feed) {
      // Who ends before reading it has failed for another reason, which its text tells.
      feed.on('error', () => {});
      feed.end(fed);
    }
    child.on('exit', (code) => {
      exitCode = code;
      clearTimeout(limit);
      limit = setTimeout(giveUp, outputGraceMs);
    });
    child.on('close', finish);
  });
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left, which is what was wanted.
  }
}
