// How does a session become two? The second gets a copy of everything, so that either can be deleted.

import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import type { SessionSummary } from '../bus/queries.ts';
import { makeFolders, realDisk } from './disk.ts';
import { linesForwards, readRange, withFile } from './lines.ts';
import {
  archiveFolder,
  isCompressed,
  isSessionId,
  outputFolder,
  rolloutPath,
  sessionOfPath,
  sessionsFolder,
} from './place.ts';
import { FORMAT_VERSION, isObject, type Json, type JsonObject, parseJson } from './record.ts';
import { uuid7 } from './uuid7.ts';

/** Written at once; a record larger than this is a line of its own. */
const BATCH_UNITS = 256 * 1024;

/** Fields of records that name the session they are in. */
const ID_FIELDS = ['id', 'session_id', 'thread_id'] as const;

/** Copies a record, to where it goes on as a session of its own. Lines nobody can read are left out. */
export function forkSession(
  codexHome: string,
  from: Pick<SessionSummary, 'session' | 'path'>,
  now: number,
): Result<{ readonly session: string; readonly path: string }> {
  if (isCompressed(from.path))
    return fail({
      what: 'This session is compressed.',
      why: from.path,
      next: `Expand it first: zstd -d '${from.path}'`,
    });
  if (!isSessionId(from.session)) return fail({ what: 'This record has no id.', why: from.path, next: '' });
  const session = uuid7(now);
  const path = rolloutPath(codexHome, session, now);
  try {
    makeFolders(dirname(path));
    copyOutput(outputFolder(codexHome, from.session), outputFolder(codexHome, session));
    copyRecord(from, path, session);
    realDisk.syncFolder(dirname(path));
    return ok({ session, path });
  } catch (error) {
    for (const made of [path, outputFolder(codexHome, session)]) fs.rmSync(made, { recursive: true, force: true });
    return fail({ what: 'The session could not be copied.', why: causeOf(error), next: 'It is as it was.' });
  }
}

function copyRecord(from: Pick<SessionSummary, 'session' | 'path'>, path: string, session: string): void {
  const target = fs.openSync(path, 'wx', 0o600);
  try {
    withFile(from.path, (file) => {
      let batch = '';
      for (const line of linesForwards(file)) {
        const copied = line.text === null ? null : renamed(line.text, from.session, session);
        if (copied === null) continue;
        batch += `${copied}\n`;
        if (batch.length < BATCH_UNITS) continue;
        fs.writeFileSync(target, batch);
        batch = '';
      }
      fs.writeFileSync(target, batch);
    });
    fs.fdatasyncSync(target);
  } finally {
    fs.closeSync(target);
  }
}

/** The line as it stands in the copy; null when it is no record. */
function renamed(line: string, from: string, to: string): string | null {
  // Most records do not say whose they are.
  const isOurs = line.includes('"codex_ts.session"');
  if (!line.includes(from) && !isOurs) return isObject(parseJson(line)) ? line : null;
  const record = parseJson(line);
  if (!isObject(record)) return null;
  const { payload } = record;
  if (!isObject(payload)) return line;
  const named = withId(payload, from, to);
  if (record.type === 'session_meta') return JSON.stringify({ ...record, payload: { ...named, forked_from_id: from } });
  if (record.type === 'codex_ts.output_file' && typeof payload.path === 'string')
    return JSON.stringify({ ...record, payload: { ...named, path: payload.path.replace(from, to) } });
  // What this version does not know of a newer one it passes over, in the copy too.
  if (record.type === 'codex_ts.session')
    return JSON.stringify({ ...record, payload: { ...named, format: FORMAT_VERSION } });
  return JSON.stringify({ ...record, payload: named });
}

function withId(payload: JsonObject, from: string, to: string): JsonObject {
  const changed = ID_FIELDS.filter((field) => payload[field] === from).map((field): [string, Json] => [field, to]);
  return { ...payload, ...Object.fromEntries(changed) };
}

/** A second name for each file where the file system can: what is written there is never changed afterwards. */
function copyOutput(from: string, to: string): void {
  if (!fs.existsSync(from)) return;
  makeFolders(to);
  for (const name of fs.readdirSync(from)) {
    try {
      fs.linkSync(join(from, name), join(to, name));
    } catch {
      // Another file system, or one without such names.
      fs.copyFileSync(join(from, name), join(to, name), fs.constants.COPYFILE_FICLONE);
    }
  }
}

const HEAD_BYTES = 64 * 1024;

/** Sessions of codex-cli whose records hold only what came after this one. */
export function findForks(codexHome: string, session: string): readonly string[] {
  const base = `"history_base":{"thread_id":"${session}"`;
  const files = [sessionsFolder(codexHome), archiveFolder(codexHome)].flatMap(recordsBelow);
  return files.flatMap((path) => {
    const named = sessionOfPath(path)?.session;
    return named !== undefined && named !== session && headOf(path).includes(base) ? [named] : [];
  });
}

function recordsBelow(folder: string): string[] {
  try {
    return fs
      .readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => join(folder, name))
      .filter((path) => sessionOfPath(path) !== null && !isCompressed(path));
  } catch {
    return []; // Nothing was archived yet.
  }
}

function headOf(path: string): string {
  try {
    return withFile(path, (file) => readRange(file, 0, Math.min(file.size, HEAD_BYTES)).toString('utf8'));
  } catch {
    return ''; // Gone, or not ours to read.
  }
}
