// Which sessions are there? Everything is found and sorted before the first line is read, so that rows never jump.

import { statSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail, ok, type Result } from '../../problem/index.ts';
import type { SessionSummary } from '../bus/contract.ts';
import { belongsTo } from './folder.ts';
import { lockedFiles, lockFile, lockFilesInUse } from './lock.ts';
import { readNames } from './names.ts';
import { isCompressed, sessionOfPath, sessionsFolder } from './place.ts';
import { type FoundFile, readHead, type SessionHead, summaryOf } from './summary.ts';

/** So many files are read at once: more gains nothing, and leaves no thread for anything else. */
const AT_ONCE = 8;

/** Work between two turns of the event loop; keys typed meanwhile wait no longer. */
const SLICE_MS = 8;

/** `sessions/YYYY/MM/DD`. */
const DATE_LEVELS = 3;

const SESSION_FILE = /^rollout-.*\.jsonl(\.zst)?$/;

export interface SessionList {
  readonly sessions: SessionSummary[];
  /** Of the folder, beyond `limit` too. */
  readonly total: number;
}

/** Newest change first. `folder` null: of every folder. Files that cannot be understood are in every list, once. */
export async function listSessions(options: {
  readonly codexHome: string;
  readonly folder: string | null;
  readonly limit: number;
}): Promise<SessionList> {
  const { codexHome, folder, limit } = options;
  const files = await findFiles(codexHome);
  const names = readNames(codexHome);
  const isOpen = openSessions(codexHome);
  const summarise = (head: SessionHead): Promise<SessionSummary> => summaryOf(head, names, isOpen);
  if (folder === null) {
    const heads = await mapSliced(files.slice(0, limit), readHead);
    return { sessions: await mapSliced(heads, summarise), total: files.length };
  }
  const isHere = belongsTo(folder);
  const heads = await mapSliced(files, readHead);
  const here = await filterSliced(heads, (head) => head.decoded === null || head.folders.some(isHere));
  return { sessions: await mapSliced(here.slice(0, limit), summarise), total: here.length };
}

/** The session that changed last, for `--last`; null when the folder has none that can be read. */
export async function latestSession(codexHome: string, folder: string | null): Promise<SessionSummary | null> {
  const isHere = folder === null ? () => true : belongsTo(folder);
  for (const file of await findFiles(codexHome)) {
    const head = await readHead(file);
    if (head.decoded !== null && head.folders.some(isHere))
      return summaryOf(head, readNames(codexHome), openSessions(codexHome));
  }
  return null;
}

/** By the whole id, the end of one (at least 4 characters), or a given name. */
export async function findSession(codexHome: string, query: string): Promise<Result<SessionSummary>> {
  const names = readNames(codexHome);
  const wanted = query.trim().toLowerCase();
  const files = await findFiles(codexHome);
  const idOf = (file: FoundFile): string => sessionOfPath(file.path)?.session ?? '';
  const byId = wanted.length < 4 ? [] : files.filter((file) => idOf(file).endsWith(wanted));
  const byName = files.filter((file) => names.get(idOf(file))?.toLowerCase() === wanted);
  const found = byId.length > 0 ? byId : byName;
  const [only] = found;
  if (only === undefined) {
    return fail({ what: `There is no session "${query}".`, why: '', next: 'codex resume lists those there are.' });
  }
  if (new Set(found.map(idOf)).size > 1) {
    const ids = found.slice(0, 5).map((file) => idOf(file).slice(-12));
    return fail({
      what: `"${query}" can mean ${found.length} sessions.`,
      why: ids.join(', '),
      next: 'Give more of the id.',
    });
  }
  return ok(await summaryOf(await readHead(only), names, openSessions(codexHome)));
}

/** Every session file below `sessions/`, newest change first; flat ones of early versions too. */
async function findFiles(codexHome: string): Promise<FoundFile[]> {
  const paths = await pathsBelow(sessionsFolder(codexHome), DATE_LEVELS);
  // While codex-cli changes a file's form there are two: the plain one counts.
  const known = new Set(paths);
  const plainest = paths.filter((path) => !isCompressed(path) || !known.has(path.slice(0, -'.zst'.length)));
  const found = await mapSliced(plainest, async (path): Promise<FoundFile | null> => {
    try {
      const { size, mtimeMs } = await stat(path);
      return { path, size, mtimeMs };
    } catch {
      // Archived or removed since the folder was read.
      return null;
    }
  });
  return found
    .filter((file) => file !== null)
    .sort((a, b) => b.mtimeMs - a.mtimeMs || (basename(a.path) < basename(b.path) ? 1 : -1));
}

async function pathsBelow(folder: string, levels: number): Promise<string[]> {
  const entries = await entriesOf(folder);
  const files = entries.filter((entry) => !entry.isDirectory() && SESSION_FILE.test(entry.name));
  const folders = levels === 0 ? [] : entries.filter((entry) => entry.isDirectory() && /^\d+$/.test(entry.name));
  const below = await mapSliced(folders, (entry) => pathsBelow(join(folder, entry.name), levels - 1));
  return [...files.map((entry) => join(folder, entry.name)), ...below.flat()];
}

async function entriesOf(folder: string): Promise<{ name: string; isDirectory(): boolean }[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch {
    // No session has been recorded, or this part of the tree is not ours to read.
    return [];
  }
}

/** Sees a lock only of the same pid namespace: good for showing, no proof of the contrary. */
function openSessions(codexHome: string): (session: string) => boolean {
  const held = lockedFiles();
  let inUse: ReadonlySet<string> | null = null;
  return (session) => {
    const path = lockFile(codexHome, session);
    const file = statSync(path, { throwIfNoEntry: false });
    if (file === undefined) return false;
    if (held.has(String(file.ino))) return true;
    inUse ??= lockFilesInUse();
    return inUse.has(`${file.dev}:${file.ino}`);
  };
}

/** Maps with 8 at once and gives the event loop a turn at least every 8 ms. Order is kept. */
async function mapSliced<T, R>(values: readonly T[], map: (value: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let sliceEnd = performance.now() + SLICE_MS;
  const work = async (): Promise<void> => {
    while (next < values.length) {
      const index = next;
      next += 1;
      results[index] = await map(values[index]!);
      if (performance.now() < sliceEnd) continue;
      await nextTurn();
      sliceEnd = performance.now() + SLICE_MS;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}

async function filterSliced<T>(values: readonly T[], keep: (value: T) => boolean): Promise<T[]> {
  const kept = await mapSliced(values, async (value) => keep(value));
  return values.filter((_, index) => kept[index] === true);
}
