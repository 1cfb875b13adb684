// What is on the clipboard of this machine? Asked from its own programs; the terminal's own paste needs none of them.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { causeOf, errnoOf, type Result } from '../../../problem/index.ts';
import type { PrivatePlace } from '../composer/draft-file.ts';
import { imageAt } from '../composer/image-paste.ts';
import type { FoldedImage } from '../composer/text-buffer.ts';

/** Where systems keep such programs. Never the person's whole PATH: a command may have left one of that name there. */
export const PROGRAMS = '/usr/local/bin:/usr/bin:/bin:/opt/homebrew/bin:/run/current-system/sw/bin';
const LIMIT_MS = 3_000;
const MOST_BYTES = 20 * 1024 * 1024;
/** An image that was pasted so long ago went with its message. */
const KEPT_MS = 24 * 3600_000;
const FOLDER = 'clipboard';

export type Clip =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'image'; readonly image: FoldedImage }
  | { readonly kind: 'nothing'; readonly words: string };

interface Way {
  readonly image: readonly [string, ...string[]];
  readonly text: readonly [string, ...string[]];
}

export async function readClipboard(
  env: Readonly<Record<string, string | undefined>>,
  openPrivate: () => Result<PrivatePlace>,
): Promise<Clip> {
  if ((env.SSH_CONNECTION ?? '') !== '')
    return nothing('The clipboard of your own computer cannot be read over ssh; paste the path instead.');
  const way = wayHere(env);
  if (way === null) return nothing('There is no clipboard here; the terminal can paste text.');
  const image = await output(way.image, env);
  if (image === 'missing') return nothing(`${way.image[0]} is needed to read the clipboard, and was not found.`);
  if (image !== null && image.length > 0) {
    const kept = keep(image, openPrivate);
    if (kept !== null) return kept;
  }
  const text = await output(way.text, env);
  if (text === null || text === 'missing' || text.length === 0) return nothing('The clipboard is empty.');
  return { kind: 'text', text: text.toString().replaceAll('\r\n', '\n') };
}

function wayHere(env: Readonly<Record<string, string | undefined>>): Way | null {
  if (process.platform === 'darwin') return { image: ['pngpaste', '-'], text: ['pbpaste'] };
  if ((env.WAYLAND_DISPLAY ?? '') !== '')
    return { image: ['wl-paste', '--type', 'image/png'], text: ['wl-paste', '--no-newline', '--type', 'text'] };
  if ((env.DISPLAY ?? '') === '') return null;
  const xclip = ['xclip', '-selection', 'clipboard', '-o'] as const;
  return { image: [...xclip, '-t', 'image/png'], text: xclip };
}

function nothing(words: string): Clip {
  return { kind: 'nothing', words };
}

/** What it prints; null when it fails, is too slow, or prints too much. */
function output(
  [program, ...words]: readonly [string, ...string[]],
  env: Readonly<Record<string, string | undefined>>,
): Promise<Buffer | null | 'missing'> {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      env: { ...env, PATH: PROGRAMS },
      cwd: '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const blocks: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (block: Buffer) => {
      bytes += block.length;
      if (bytes > MOST_BYTES) child.kill('SIGKILL');
      else blocks.push(block);
    });
    child.once('error', (error) => resolve(errnoOf(error) === 'ENOENT' ? 'missing' : null));
    child.once('close', (code) => resolve(code === 0 ? Buffer.concat(blocks) : null));
  });
}

/** An image goes with a message by its path, so it needs one. */
function keep(bytes: Buffer, openPrivate: () => Result<PrivatePlace>): Clip | null {
  const folder = openPrivate();
  if (!folder.ok) return nothing(`The image could not be kept. ${folder.problem.why}`);
  const name = `image-${randomBytes(4).toString('hex')}.png`;
  try {
    mkdirSync(folder.value.at(FOLDER), { mode: 0o700, recursive: true });
    removeOld(folder.value.at(FOLDER));
    writeFileSync(folder.value.at(path.join(FOLDER, name)), bytes, { flag: 'wx', mode: 0o600 });
    const image = imageAt(path.join(folder.value.path, FOLDER, name));
    // What a program calls an image and is none is looked at as text.
    return image === null ? null : { kind: 'image', image };
  } catch (error) {
    return nothing(`The image could not be kept: ${causeOf(error)}.`);
  } finally {
    folder.value.close();
  }
}

function removeOld(folder: string): void {
  for (const name of readdirSync(folder)) {
    const file = path.join(folder, name);
    if (Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file, { force: true });
  }
}
