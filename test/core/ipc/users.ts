// Programs of other users: real uids, with the program under test as a file that they can read.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Scope } from './session.ts';

export const isRoot = process.geteuid?.() === 0;

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** Bundles a program of `programs/` and gives its path. */
export async function bundle(scope: Scope, name: string): Promise<string> {
  const folder = mkdtempSync('/tmp/ipc-program-');
  scope.add(() => rmSync(folder, { recursive: true, force: true }));
  chmodSync(folder, 0o755);
  const outfile = `${folder}/${name}.cjs`;
  await build({
    entryPoints: [`${root}test/core/ipc/programs/${name}.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
  });
  return outfile;
}

export interface Running {
  readonly child: ChildProcess;
  /** The next line it prints; '' when it ended. */
  line(): Promise<string>;
  say(text: string): void;
  ended(): Promise<number | null>;
}

/** Starts a program; `uid` null: as ourselves. */
export function run(
  scope: Scope,
  program: string,
  args: readonly string[],
  uid: number | null,
  env: Readonly<Record<string, string>> = {},
): Running {
  const become = uid === null ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
  const [file = '', ...rest] = [...become, process.execPath, '--expose-gc', program, ...args];
  const child = spawn(file, rest, {
    cwd: '/',
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  scope.add(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ending = new Promise<number | null>((resolve) => child.on('close', (code) => resolve(code)));
  return {
    child,
    line: async () => {
      const next = await lines.next();
      return next.done === true ? '' : next.value;
    },
    say: (text) => void child.stdin.write(`${text}\n`),
    ended: () => ending,
  };
}
