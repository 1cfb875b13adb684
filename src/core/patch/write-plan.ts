// How do planned changes get onto the disk: all of them, or none?

import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fsyncSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { errnoOf, fail, ok, type Result } from '../../problem/index.ts';
import type { FileEffect } from './match-patch.ts';

/** What stopped it, and what could not be put back. `errno` is the system's name, `''` where it was not the system. */
export interface WriteFailure {
  readonly deed: 'write' | 'create' | 'delete' | 'read';
  readonly path: string;
  readonly errno: string;
  /** Files that are not as they were. */
  readonly notUndone: readonly string[];
}

type Undo = { readonly path: string; readonly run: () => void };

/** Larger files are no text that a model changes. */
export const MOST_FILE_BYTES = 32 * 1024 * 1024;

/** What is there; null: nothing. Throws what the system says. */
export function readIfThere(file: string): Uint8Array | null {
  try {
    const { size } = lstatSync(file);
    if (size > MOST_FILE_BYTES) throw Object.assign(new Error('too large'), { code: 'EFBIG' });
    // Without waiting for whoever would write into a pipe of this name.
    const descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return readFileSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw error;
  }
}

/** Writes one after the other; after a failure what was written is put back as it was. */
export function writePlan(effects: readonly FileEffect[]): Result<void, WriteFailure> {
  const undos: Undo[] = [];
  for (const effect of effects) {
    const failed = written(effect, undos);
    if (failed === null) continue;
    return fail({ ...failed, notUndone: undone(undos) });
  }
  return ok(undefined);
}

/** The ones that could not be undone. */
function undone(undos: readonly Undo[]): string[] {
  return [...undos].reverse().flatMap(({ path: file, run }) => {
    try {
      run();
      return [];
    } catch {
      // Said to the person: there is nothing else to be done about it.
      return [file];
    }
  });
}

function written({ path: file, before, after }: FileEffect, undos: Undo[]): Omit<WriteFailure, 'notUndone'> | null {
  const deed = after === null ? 'delete' : before === null ? 'create' : 'write';
  try {
    if (!isAsRead(file, before)) return { deed, path: file, errno: 'ESTALE' };
    if (after === null) remove(file, before ?? new Uint8Array(0), undos);
    else if (before === null) create(file, after, undos);
    else replace(file, before, after, undos);
    return null;
  } catch (error) {
    return { deed, path: file, errno: errnoOf(error) };
  }
}

/** Somebody else may have changed it since it was read. */
function isAsRead(file: string, before: Uint8Array | null): boolean {
  const now = readIfThere(file);
  return now === null || before === null ? now === before : Buffer.compare(now, before) === 0;
}

function create(file: string, bytes: Uint8Array, undos: Undo[]): void {
  makeFolders(path.dirname(file), undos);
  const descriptor = openSync(file, 'wx', 0o666);
  undos.push({ path: file, run: () => unlinkSync(file) });
  try {
    writeFileSync(descriptor, bytes);
  } finally {
    closeSync(descriptor);
  }
}

function makeFolders(folder: string, undos: Undo[]): void {
  if (lstatSync(folder, { throwIfNoEntry: false }) !== undefined) return;
  makeFolders(path.dirname(folder), undos);
  mkdirSync(folder);
  undos.push({ path: folder, run: () => rmdirSync(folder) });
}

function remove(file: string, bytes: Uint8Array, undos: Undo[]): void {
  const stats = lstatSync(file);
  unlinkSync(file);
  undos.push({
    path: file,
    run() {
      writeFileSync(file, bytes, { flag: 'wx', mode: stats.mode & 0o7777 });
    },
  });
}

function replace(file: string, before: Uint8Array, after: Uint8Array, undos: Undo[]): void {
  put(file, after);
  undos.push({ path: file, run: () => put(file, before) });
}

/** In one step where nothing else hangs on the file; where a link, a mount or its owner does, in place. */
function put(file: string, bytes: Uint8Array): void {
  const stats = lstatSync(file);
  if (!stats.isFile() || stats.nlink > 1 || !putByRename(file, bytes, stats)) putInPlace(file, bytes);
}

function putByRename(file: string, bytes: Uint8Array, stats: Stats): boolean {
  const beside = path.join(path.dirname(file), `.${path.basename(file)}.${randomBytes(4).toString('hex')}`);
  try {
    const descriptor = openSync(beside, 'wx', stats.mode & 0o777);
    try {
      writeFileSync(descriptor, bytes);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    if (stats.uid !== process.geteuid?.() || stats.gid !== process.getegid?.()) chownSync(beside, stats.uid, stats.gid);
    chmodSync(beside, stats.mode & 0o7777);
    renameSync(beside, file);
    return true;
  } catch (error) {
    rmSync(beside, { force: true });
    // A full disk is no better in place, where the file would be lost.
    if (['ENOSPC', 'EDQUOT', 'EFBIG'].includes(errnoOf(error))) throw error;
    return false;
  }
}

/** The file is opened as it is and written over, so that its mode, its owner and its other names stay. */
function putInPlace(file: string, bytes: Uint8Array): void {
  const descriptor = openSync(file, 'r+');
  try {
    writeFileSync(descriptor, bytes);
    ftruncateSync(descriptor, bytes.length);
  } finally {
    closeSync(descriptor);
  }
}
