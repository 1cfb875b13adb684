// Puts a text on the clipboard: by the multiplexer or the system where one of them is asked, else by the terminal.

import { spawn } from 'node:child_process';
import { copyingBytes, MOST_COPIED_BYTES } from '../terminal/osc52.ts';
import { PROGRAMS } from './clipboard.ts';

const LIMIT_MS = 3_000;

/** What became of it, in a few words. `send`: to the terminal. */
export async function writeClipboard(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  send: (bytes: string) => void,
): Promise<string> {
  const program = programHere(env);
  if (program !== null && (await takes(program, text, env))) return 'copied';
  const bytes = Buffer.byteLength(text);
  if (bytes > MOST_COPIED_BYTES)
    return `too long to be copied (${Math.ceil(bytes / 1024)} KiB, at most ${MOST_COPIED_BYTES / 1024}): /save N writes an output to a file`;
  send(copyingBytes(text, env));
  return 'copied, where your terminal allows it';
}

function programHere(env: Readonly<Record<string, string | undefined>>): readonly [string, ...string[]] | null {
  // With -w it hands it on to the terminal it is in.
  if ((env.TMUX ?? '') !== '') return ['tmux', 'load-buffer', '-w', '-'];
  if ((env.SSH_CONNECTION ?? '') !== '') return null;
  return process.platform === 'darwin' ? ['pbcopy'] : null;
}

function takes(
  [program, ...words]: readonly [string, ...string[]],
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      env: { ...env, PATH: PROGRAMS },
      cwd: '/',
      stdio: ['pipe', 'ignore', 'ignore'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
    child.stdin.on('error', () => {
      // Its end tells.
    });
    child.stdin.end(text);
  });
}
