// In which mode is a terminal's line discipline? Node cannot ask, so a short `stty` does.

import { spawn } from 'node:child_process';

/** The two that tell a password prompt and a full-screen program apart from a line being typed. */
export interface TerminalModes {
  readonly echo: boolean;
  readonly canonical: boolean;
}

/** `stty` answers in a few milliseconds; one that hangs is worth nothing. */
const STTY_TIMEOUT_MS = 1000;

/** Asks for the modes of the terminal at `path`; null when nobody answers. `stty` is an absolute path. */
export function askTerminalModes(stty: string, path: string): Promise<TerminalModes | null> {
  return new Promise((resolve) => {
    const fileFlag = process.platform === 'darwin' ? '-f' : '-F';
    const child = spawn(stty, [fileFlag, path, '-a'], {
      cwd: '/',
      env: { LC_ALL: 'C' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: STTY_TIMEOUT_MS,
    });
    let text = '';
    child.stdout.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
    });
    child.once('error', () => resolve(null)); // It vanished; then only read calls count.
    child.once('close', () => resolve(parseTerminalModes(text)));
  });
}

/** Reads what `stty -a` prints: a mode that is off has a minus in front. */
export function parseTerminalModes(text: string): TerminalModes | null {
  const words = new Set(text.split(/[\s;]+/));
  const isKnown = (mode: string): boolean => words.has(mode) || words.has(`-${mode}`);
  return isKnown('echo') && isKnown('icanon') ? { echo: words.has('echo'), canonical: words.has('icanon') } : null;
}
