// Who attacks what? The built program, as an ordinary user, with a home that no profile opens and a folder to work in.

import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { codexProgram } from '../support/program.ts';

/** `nobody`, or whoever runs the tests when that is an ordinary user. */
export const uid = process.getuid?.() === 0 ? 65534 : (process.getuid?.() ?? 0);

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Attacked extends Disposable {
  readonly root: string;
  readonly home: string;
  readonly codexHome: string;
  readonly workspace: string;
  /** A folder that belongs to the same user. */
  folder(place: string): string;
  file(place: string, text: string): string;
  /** `codex sandbox ARGS`, and all it printed. */
  sandbox(args: readonly string[], more?: { env?: Record<string, string>; cwd?: string }): Promise<Ran>;
}

/** `where`: the folder to make it in; `/var/tmp`, which no profile opens, unless said. */
export function openAttacked(where = '/var/tmp'): Attacked {
  const root = mkdtempSync(path.join(realpathSync(where), 'codex-attack-'));
  chmodSync(root, 0o755);
  const folder = (place: string): string => {
    const made = path.resolve(root, place);
    mkdirSync(made, { recursive: true, mode: 0o755 });
    chownSync(made, uid, uid);
    return made;
  };
  chownSync(root, uid, uid);
  const home = folder('home');
  const codexHome = folder('home/.codex');
  const workspace = folder('workspace');
  return {
    root,
    home,
    codexHome,
    workspace,
    folder,
    file(place, text) {
      const made = path.resolve(root, place);
      writeFileSync(made, text);
      chownSync(made, uid, uid);
      return made;
    },
    sandbox(args, { env = {}, cwd = workspace } = {}) {
      const own = { PATH: '/usr/bin:/bin', HOME: home, LC_ALL: 'C.UTF-8', ...env };
      const become =
        process.getuid?.() === uid ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
      const [file = '', ...rest] = [...become, process.execPath, codexProgram, 'sandbox', ...args];
      const child = spawn(file, rest, { cwd, env: own, stdio: ['ignore', 'pipe', 'pipe'] });
      let stdout = '';
      let stderr = '';
      child.stdout.on('data', (bytes: Buffer) => {
        stdout += bytes.toString();
      });
      child.stderr.on('data', (bytes: Buffer) => {
        stderr += bytes.toString();
      });
      return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

/** Waits until a child has printed `text`. */
export function printed(stream: NodeJS.ReadableStream, text: string): Promise<void> {
  let all = '';
  return new Promise((resolve, reject) => {
    stream.on('data', (bytes: Buffer) => {
      all += bytes.toString();
      if (all.includes(text)) resolve();
    });
    stream.once('end', () => reject(new Error(`ended after: ${all}`)));
  });
}
