// A message as a file that an editor can work on: nobody else reads it, and nothing of it stays.

import { randomBytes } from 'node:crypto';
import { closeSync, constants, fstatSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { causeOf, fail, ok, type Result } from '../../../problem/index.ts';

/** As for a paste. */
const MOST_BYTES = 16 * 1024 * 1024;

/** A folder that is this user's alone. `at` leads to an entry of it, whatever its name stands for by now. */
export interface PrivatePlace {
  readonly path: string;
  at(name: string): string;
  close(): void;
}

export interface DraftFile {
  /** Absolute. */
  readonly path: string;
  /** What an editor left in it. The problem is a sentence. */
  read(): Result<string, string>;
  /** With everything that an editor put beside it. */
  remove(): void;
}

export function writeDraft(folder: PrivatePlace, text: string): Result<DraftFile, string> {
  const own = `edit-${randomBytes(6).toString('hex')}`;
  const name = `codex-message-${own.slice(5)}.md`;
  try {
    mkdirSync(folder.at(own), { mode: 0o700 });
    writeFileSync(folder.at(path.join(own, name)), text, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    return fail(`The message could not be written for the editor: ${causeOf(error)}.`);
  }
  return ok({
    path: path.join(folder.path, own, name),
    read: () => readBack(folder.at(path.join(own, name))),
    remove() {
      try {
        rmSync(folder.at(own), { recursive: true, force: true });
      } catch {
        // The folder for sockets was removed with everything in it.
      }
      folder.close();
    },
  });
}

/** Editors write a new file in the place of the old one: what is read is looked at first. */
function readBack(file: string): Result<string, string> {
  let descriptor: number | null = null;
  try {
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    const { size } = fstatSync(descriptor);
    if (!fstatSync(descriptor).isFile()) return fail('The editor left no file; the message is as before.');
    if (size > MOST_BYTES) return fail('The edited text is larger than 16 MB; the message is as before.');
    return ok(asMessage(readFileSync(descriptor, 'utf8')));
  } catch (error) {
    return fail(`What the editor wrote could not be read: ${causeOf(error)}. The message is as before.`);
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Editors end the last line, which no message does. */
function asMessage(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(/\n$/, '');
}
