// One program of a hook: started, fed, listened to for a while, and ended with everything it started.

import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { coverDescriptors } from '../../exec/index.ts';
import { causeOf } from '../../problem/index.ts';

export interface HookProgram {
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Null: its input is empty, and what it prints is not read. */
  readonly input: string | null;
  readonly limitMs: number;
}

export type HookEnd =
  | { readonly kind: 'exited'; readonly code: number; readonly output: string; readonly errors: string }
  | { readonly kind: 'killed'; readonly signal: string }
  | { readonly kind: 'not_started'; readonly why: string }
  | { readonly kind: 'too_slow'; readonly limitMs: number }
  /** Somebody wanted it to end. */
  | { readonly kind: 'cancelled' };

export interface RunningHook {
  readonly ended: Promise<HookEnd>;
  /** At once, with all of its group. */
  cancel(): void;
}

/** Of each stream. What comes after it is read and forgotten, so that the program is not held up. */
const OUTPUT_BYTES = 64 * 1024;

/** A program that left the group may hold the streams of one that ended. */
const STREAMS_MS = 250;

export function runHook(program: HookProgram): RunningHook {
  let finish: (end: HookEnd) => void = () => {};
  const ended = new Promise<HookEnd>((resolve) => {
    finish = resolve;
  });
  const started = start(program);
  if (typeof started === 'string') {
    finish({ kind: 'not_started', why: started });
    return { ended, cancel: () => {} };
  }
  const child = started;
  const timers: NodeJS.Timeout[] = [];
  const output = openHead(child.stdout);
  const errors = openHead(child.stderr);
  let isOver = false;

  const end = (how: HookEnd): void => {
    if (isOver) return;
    isOver = true;
    for (const timer of timers) clearTimeout(timer);
    killGroup(child);
    for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    finish(how);
  };
  const endAsItDid = (): void => {
    if (child.signalCode !== null) end({ kind: 'killed', signal: child.signalCode });
    else end({ kind: 'exited', code: child.exitCode ?? 0, output: output(), errors: errors() });
  };

  child.once('error', (error) => end({ kind: 'not_started', why: whyNotStarted(error, program.cwd) }));
  child.once('exit', () => {
    // What it left running would hold the streams, and is not waited for.
    killGroup(child);
    timers.push(setTimeout(endAsItDid, STREAMS_MS));
  });
  child.once('close', endAsItDid);
  child.stdin?.on('error', () => {
    // It reads no more: nobody has to.
  });
  child.stdin?.end(program.input ?? '');
  timers.push(setTimeout(() => end({ kind: 'too_slow', limitMs: program.limitMs }), program.limitMs));
  return { ended, cancel: () => end({ kind: 'cancelled' }) };
}

/** A text is why it could not be started. */
function start({ argv: [file, ...args], cwd, env, input }: HookProgram): ChildProcess | string {
  const stream = input === null ? 'ignore' : 'pipe';
  const cover = coverDescriptors([stream, stream, stream]);
  try {
    return spawn(file, args, { cwd, env, detached: true, stdio: [...cover.slots] });
  } catch (error) {
    // An argument that no program can get.
    return causeOf(error);
  } finally {
    cover.close();
  }
}

/** The system names the program also where it is the folder that is missing. */
function whyNotStarted(error: Error, cwd: string): string {
  const isThere = statSync(cwd, { throwIfNoEntry: false })?.isDirectory() === true;
  return isThere ? error.message : `${cwd} is no folder any more`;
}

/** The group outlives its first process, so it is asked for even after that one ended. */
function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}

function openHead(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  let length = 0;
  stream?.on('data', (bytes: Buffer) => {
    const kept = bytes.subarray(0, OUTPUT_BYTES - length);
    if (kept.length === 0) return;
    chunks.push(kept);
    length += kept.length;
  });
  stream?.on('error', () => {
    // What was read until then counts.
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
