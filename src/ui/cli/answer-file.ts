// How does an answer come into a file, whole or not at all?

import { randomBytes } from 'node:crypto';
import { accessSync, constants, lstatSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';

export interface AnswerFile {
  write(answer: string): Result<void>;
}

/** Looks before any work is done whether there can be such a file. A pipe or a device is written as it is. */
export function openAnswerFile(file: string): Result<AnswerFile> {
  const refuse = (why: string) =>
    fail({ what: `${file} cannot be written.`, why, next: 'Name another file with --output-last-message.' });
  try {
    // Behind a link is what is meant: the link stays.
    const target = isThere(file) ? realpathSync(file) : file;
    const before = statSync(target, { throwIfNoEntry: false });
    if (before?.isDirectory() === true) return refuse('It is a folder.');
    const isFile = before === undefined || before.isFile();
    accessSync(isFile ? path.dirname(target) : target, constants.W_OK);
    const mode = before === undefined ? 0o666 & ~process.umask() : before.mode & 0o777;
    return ok({ write: (answer) => write(answer, target, isFile ? mode : null) });
  } catch (error) {
    return refuse(causeOf(error));
  }
}

function isThere(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false }) !== undefined;
}

/** `mode` null: what is there is no file that could be replaced. */
function write(answer: string, target: string, mode: number | null): Result<void> {
  const beside = path.join(path.dirname(target), `.${path.basename(target)}.${randomBytes(6).toString('hex')}`);
  try {
    if (mode === null) {
      writeFileSync(target, answer);
    } else {
      writeFileSync(beside, answer, { flag: 'wx', mode });
      renameSync(beside, target);
    }
    return ok(undefined);
  } catch (error) {
    rmSync(beside, { force: true });
    return fail({ what: `The answer was not written to ${target}.`, why: causeOf(error), next: '' });
  }
}
