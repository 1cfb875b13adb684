// Which sessions are there? Everything is found and sorted before the first line is read, so that rows never jump.

import { type Dirent, readdirSync, type Stats, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail, ok, type Result } from '../../problem/index.ts';
import type { SessionSummary } from '../bus/queries.ts';
import { belongsTo } from './folder.ts';
import { lockedFiles, lockFile, lockFilesInUse } from './lock.ts';
import { readNames } from './names.ts';
import { archiveFolder, isCompressed, sessionOfPath, sessionsFolder } from './place.ts';
import { type FoundFile, readHead, summaryOf } from './summary.ts';

/** Work between two turns of the event loop; keys typed meanwhile wait no longer. */
const SLICE_MS = 8;

/** `sessions/YYYY/MM/DD`. */
const DATE_LEVELS = 3;

const SESSION_FILE = /^rollout-.*\.jsonl(\.zst)?$/;

export interface SessionList {
  readonly sessions: readonly SessionSummary[];
  /** Of the folder, beyond `limit` too; while a folder's list grows, only those seen so far. */
  readonly total: number;
}

export interface ListOptions {
  readonly codexHome: string;
  /** Null: every folder. */
  readonly folder: string | null;
  readonly limit: number;
}

/** Files read before the first page is given, and before each further one. */
const FIRST_PAGE_FILES = 50;
const PAGE_FILES = 400;

/** Open ones first, then the newest change. Files that cannot be understood are in every list, once. */
export async function listSessions(options: ListOptions): Promise<SessionList> {
  let list: SessionList = { sessions: [], total: 0 };
  for await (const page of growingList(options)) list = page;
  return list;
}

/**
 * The same while it grows: the first rows come as soon as they are read, and no row changes its place afterwards. The
 * last list given is the whole one.
 */
export async function* growingList({ codexHome, folder, limit }: ListOptions): AsyncGenerator<SessionList> {
  const found = await findFiles(sessionsFolder(codexHome));
  const names = readNames(codexHome);
  const isOpen = openSessions(codexHome);
  const open = new Set(await filterSliced(found, ({ path }) => isOpen(sessionOfPath(path)?.session ?? '')));
  const files = [...open, ...found.filter((file) => !open.has(file))];
  const isHere = folder === null ? null : belongsTo(folder);
  const sessions: SessionSummary[] = [];
  let total = isHere === null ? files.length : 0;
  for (let at = 0; at < files.length && (isHere !== null || sessions.length < limit); ) {
    const size = at === 0 ? FIRST_PAGE_FILES : PAGE_FILES;
    const heads = await mapSliced(files.slice(at, at + size), readHead);
    at += size;
    const here =
      isHere === null ? heads : await filterSliced(heads, (head) => head.decoded === null || head.folders.some(isHere));
    if (isHere !== null) total += here.length;
    const wanted = here.slice(0, limit - sessions.length);
    sessions.push(...(await mapSliced(wanted, (head) => summaryOf(head, names, isOpen))));
    yield { sessions: [...sessions], total };
  }
  if (files.length === 0) yield { sessions, total };
}

/** The session that changed last, for `--last`; null when the folder has none that can be read. */
export async function latestSession(codexHome: string, folder: string | null): Promise<SessionSummary | null> {
  const isHere = folder === null ? () => true : belongsTo(folder);
  for (const file of await findFiles(sessionsFolder(codexHome))) {
    const head = readHead(file);
    if (head.decoded !== null && head.folders.some(isHere))
      return summaryOf(head, readNames(codexHome), openSessions(codexHome));
  }
  return null;
}

/** By the whole id, the end of one (at least 4 characters), or a given name. `where`: in the list, or out of it. */
export async function findSession(
  codexHome: string,
  query: string,
  where: 'listed' | 'archived' = 'listed',
): Promise<Result<SessionSummary>> {
  const names = readNames(codexHome);
  const wanted = query.trim().toLowerCase();
  const files = await findFiles(where === 'listed' ? sessionsFolder(codexHome) : archiveFolder(codexHome));
  const idOf = (file: FoundFile): string => sessionOfPath(file.path)?.session ?? '';
  const byId = wanted.length < 4 ? [] : files.filter((file) => idOf(file).endsWith(wanted));
  const byName = files.filter((file) => names.get(idOf(file))?.toLowerCase() === wanted);
  const found = byId.length > 0 ? byId : byName;
  const [only] = found;
  if (only === undefined) {
    const which = where === 'listed' ? 'session' : 'archived session';
    return fail({ what: `There is no ${which} "${query}".`, why: '', next: 'codex resume lists those there are.' });
  }
  if (new Set(found.map(idOf)).size > 1) {
    const ids = found.slice(0, 5).map((file) => idOf(file).slice(-12));
    return fail({
      what: `"${query}" can mean ${found.length} sessions.`,
      why: ids.join(', '),
      next: 'Give more of the id.',
    });
  }
  return ok(summaryOf(readHead(only), names, openSessions(codexHome)));
}

/** Every session file below the folder, newest change first; flat ones of early versions too. */
async function findFiles(folder: string): Promise<FoundFile[]> {
  const paths = pathsBelow(folder, DATE_LEVELS);
  // While codex-cli changes a file's form there are two: the plain one counts.
  const known = new Set(paths);
  const plainest = paths.filter((path) => !isCompressed(path) || !known.has(path.slice(0, -'.zst'.length)));
  const found = await mapSliced(plainest, (path): FoundFile | null => {
    const stat = statOf(path);
    return stat === null ? null : { path, size: stat.size, mtimeMs: stat.mtimeMs };
  });
  return found
    .filter((file) => file !== null)
    .sort((a, b) => b.mtimeMs - a.mtimeMs || (basename(a.path) < basename(b.path) ? 1 : -1));
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    // Archived or removed since the folder was read, or not ours to look at.
    return null;
  }
}

function pathsBelow(folder: string, levels: number): string[] {
  const entries = entriesOf(folder);
  const files = entries.filter((entry) => !entry.isDirectory() && SESSION_FILE.test(entry.name));
  const folders = levels === 0 ? [] : entries.filter((entry) => entry.isDirectory() && /^\d+$/.test(entry.name));
  const below = folders.flatMap((entry) => pathsBelow(join(folder, entry.name), levels - 1));
  return [...files.map((entry) => join(folder, entry.name)), ...below];
}

function entriesOf(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // No session has been recorded, or this part of the tree is not ours to read.
    return [];
  }
}

/** Sees a lock only of the same pid namespace: good for showing, no proof of the contrary. */
function openSessions(codexHome: string): (session: string) => boolean {
  const held = lockedFiles();
  // Few sessions have a lock file at all.
  const lockFiles = new Set(entriesOf(dirname(lockFile(codexHome, 'any'))).map(({ name }) => name));
  let inUse: ReadonlySet<string> | null = null;
  return (session) => {
    const path = lockFile(codexHome, session);
    const file = lockFiles.has(basename(path)) ? statOf(path) : null;
    if (file === null) return false;
    if (held.has(String(file.ino))) return true;
    inUse ??= lockFilesInUse();
    return inUse.has(`${file.dev}:${file.ino}`);
  };
}

/** Maps, and gives the event loop a turn at least every 8 ms. Calls that wait for nothing cost a tenth of the others. */
async function mapSliced<T, R>(values: readonly T[], map: (value: T) => R): Promise<R[]> {
  const results: R[] = [];
  let sliceEnd = performance.now() + SLICE_MS;
  for (const value of values) {
    results.push(map(value));
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
  return results;
}

async function filterSliced<T>(values: readonly T[], keep: (value: T) => boolean): Promise<T[]> {
  const kept = await mapSliced(values, keep);
  return values.filter((_, index) => kept[index] === true);
}
