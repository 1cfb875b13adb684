// How does a new text take the place of a configuration file, whole or not at all, and never over somebody else's change?

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { makeFolders, realDisk } from '../rollout/index.ts';

/** As many links in a row as Linux follows, path_resolution(7). */
const LINKS_AT_MOST = 40;

const NEW_FILE_MODE = 0o600;

/**
 * Replaces the text of `file`, which is `expectedText` now; a file that is not there has the text `''`. A link stays
 * one, and where it leads is written. Mode and owner are kept. Fails, with the file as it was, when the file holds
 * something else by now, may not be written, or the disk says no.
 */
export function writeConfig(file: string, expectedText: string, newText: string): Result<void> {
  try {
    const target = targetOf(file);
    const stat = fs.statSync(target, { throwIfNoEntry: false }) ?? null;
    if (stat === null) makeFolders(path.dirname(target));
    // A rename needs no right to the file itself; whoever took that away meant it.
    else fs.accessSync(target, fs.constants.W_OK);
    if (!holds(target, expectedText)) return fail(changed(file));
    if (newText === expectedText) return ok(undefined);
    const temporary = path.join(
      path.dirname(target),
      `.${path.basename(target)}.${randomBytes(6).toString('hex')}.tmp`,
    );
    try {
      writeWhole(temporary, newText, stat);
      // Again: an editor may have saved in between. What is left of that moment is the rename alone.
      if (!holds(target, expectedText)) return fail(changed(file));
      fs.renameSync(temporary, target);
    } finally {
      fs.rmSync(temporary, { force: true });
    }
    realDisk.syncFolder(path.dirname(target));
    return ok(undefined);
  } catch (error) {
    return fail(notWritten(file, causeOf(error)));
  }
}

/** Where the file is, behind its links; the last one may lead to a file that is not there yet. */
function targetOf(file: string): string {
  let target = path.resolve(file);
  for (let links = 0; links < LINKS_AT_MOST; links += 1) {
    const stat = fs.lstatSync(target, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() !== true) return target;
    target = path.resolve(fs.realpathSync(path.dirname(target)), fs.readlinkSync(target));
  }
  throw new Error('its links lead in a circle');
}

/** Compared as bytes: what is no UTF-8 would not come back from a text. */
function holds(target: string, text: string): boolean {
  try {
    return fs.readFileSync(target).equals(Buffer.from(text));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return text === '';
    throw error;
  }
}

function writeWhole(file: string, text: string, like: fs.Stats | null): void {
  const descriptor = fs.openSync(file, 'wx', NEW_FILE_MODE);
  try {
    fs.writeFileSync(descriptor, text);
    if (like !== null) {
      keepOwner(descriptor, like);
      fs.fchmodSync(descriptor, like.mode & 0o777);
    }
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function keepOwner(descriptor: number, like: fs.Stats): void {
  const own = fs.fstatSync(descriptor);
  if (own.uid === like.uid && own.gid === like.gid) return;
  fs.fchownSync(descriptor, like.uid, like.gid);
}

function changed(file: string): Problem {
  return {
    what: `${file} was not written: it changed in the meantime.`,
    why: 'Somebody else saved it, or it holds bytes that are no UTF-8.',
    next: 'Look at the file, and answer again.',
  };
}

function notWritten(file: string, why: string): Problem {
  return { what: `${file} was not written.`, why, next: 'See who may write it, or answer for this session only.' };
}
