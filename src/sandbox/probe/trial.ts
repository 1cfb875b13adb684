// How a bubblewrap is tried out: short runs with a time limit, their text kept.

import { spawn } from 'node:child_process';
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

/** Help texts have a few kilobytes; what floods is no bubblewrap. */
const keptBytes = 65_536;

/** Runs a program to its end. `fed`, when given, is written to descriptor 3. Never rejects. */
export function tryProgram(program: string, argv: readonly string[], fed: Uint8Array | null): Promise<Trial> {
  return new Promise((resolve) => {
    const texts = { stdout: '', stderr: '' };
    let error = '';
    const stdio = ['ignore', 'pipe', 'pipe', ...(fed === null ? [] : (['pipe'] as const))] as const;
    let child: ReturnType<typeof spawn>;
    try {
      child = spawn(program, argv, { stdio: [...stdio], cwd: '/', env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' } });
    } catch (thrown) {
      resolve({ code: null, ...texts, error: errnoOf(thrown) || causeOf(thrown) });
      return;
    }
    const limit = setTimeout(() => {
      error = 'TIMEOUT';
      child.kill('SIGKILL');
    }, trialLimitMs);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8');
      child[name]?.on('data', (text: string) => {
        if (texts[name].length < keptBytes) texts[name] += text;
      });
    }
    const feed = fed === null ? null : child.stdio[3];
    if (feed !== null && feed !== undefined && 'end' in feed) {
      // Who ends before reading it has failed for another reason, which its text tells.
      feed.on('error', () => {});
      feed.end(fed);
    }
    child.on('error', (cause) => {
      error = errnoOf(cause) || causeOf(cause);
    });
    child.on('close', (code) => {
      clearTimeout(limit);
      resolve({ code: error === '' ? code : null, ...texts, error });
    });
  });
}
