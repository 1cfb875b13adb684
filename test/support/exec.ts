// The program without a screen: started with pipes, read to its end.

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { codexProgram, type Place } from './program.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ExecOptions {
  readonly args: readonly string[];
  readonly place: Place;
  /** Unsaid, stdin is empty. */
  readonly input?: string | Uint8Array;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export function startCodex({ args, place, input = '', cwd, env }: ExecOptions): ChildProcessWithoutNullStreams {
  const child = spawn(codexProgram, args, { cwd: cwd ?? place.workspace, env: { ...place.env, ...env } });
  child.stdin.on('error', () => {}).end(input);
  return child;
}

export async function endOf(child: ChildProcessWithoutNullStreams): Promise<Ran> {
  const pieces = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  for (const name of ['stdout', 'stderr'] as const) child[name].on('data', (piece) => pieces[name].push(piece));
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    code,
    stdout: Buffer.concat(pieces.stdout).toString(),
    stderr: Buffer.concat(pieces.stderr).toString(),
  };
}

export function runCodex(options: ExecOptions): Promise<Ran> {
  return endOf(startCodex(options));
}

/** Resolves when what was printed so far matches. */
export function printed(stream: NodeJS.ReadableStream, wanted: RegExp): Promise<void> {
  let text = '';
  return new Promise((resolve) => {
    stream.on('data', (piece) => {
      text += String(piece);
      if (wanted.test(text)) resolve();
    });
  });
}
