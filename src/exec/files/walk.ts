// Which files and folders are below a folder? Breadth first, names in the order of their bytes, and never without end.

import { lstat, stat } from 'node:fs/promises';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errnoOf, fail, ok } from '../../problem/index.ts';
import { fileFailure, invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import { childUri, type PathUri } from '../protocol/path-uri.ts';
import type { Covers } from './covers.ts';
import type { WorkParams, WorkResult, WorkResults } from './file-calls.ts';
import { entryOf } from './folder.ts';
import { listForWalk, type WalkListing } from './walk-listing.ts';

type Walk = WorkResults['fs/walk'];
type WalkOptions = WorkParams<'fs/walk'>['options'];

/** The most that a caller may ask for. */
const MOST = { maxDepth: 64, maxDirectories: 10_000, maxEntries: 50_000 } as const;

/** What an answer may hold: the length of each path, and something for what is around it. */
const ANSWER_BYTES = 4 * 1024 * 1024;
const AROUND_PATH_BYTES = 64;

/** Folders that are read ahead while one is looked through; the system has four threads for it. */
const READ_AHEAD = 8;

/** Entries between two pauses, so that others are answered meanwhile. */
const WITHOUT_PAUSE = 1000;

interface WalkedFolder {
  readonly place: Buffer;
  readonly uri: PathUri;
  readonly depth: number;
}

/**
 * Folders that cannot be read are told beside the entries. Links are left out, or, where links to folders are
 * followed, entered once for each real folder and spelled as they were reached.
 */
export async function walk(
  place: Buffer,
  { path, options }: WorkParams<'fs/walk'>,
  covers: Covers,
): WorkResult<'fs/walk'> {
  const refused = refusalOf(options);
  if (refused !== null) return fail(refused);
  const target = await stat(place);
  const isEntered = target.isDirectory() && (options.followDirectorySymlinks || (await lstat(place)).isDirectory());
  if (!isEntered) return ok({ entries: [], errors: [], truncated: false });
  return ok(await walkFrom({ place, uri: path, depth: 0 }, options, covers));
}

async function walkFrom(root: WalkedFolder, options: WalkOptions, covers: Covers): Promise<Walk> {
  const found = openFound(options);
  const entered = new Set<string>();
  let directories = 0;
  let waiting: WalkedFolder[] = [root];
  while (waiting.length > 0) {
    const next = waiting.slice(0, READ_AHEAD);
    waiting = waiting.slice(READ_AHEAD);
    const listings = await Promise.all(next.map(({ place }) => listForWalk(place, options, covers)));
    for (const [index, folder] of next.entries()) {
      const listing = listings[index];
      if (listing === undefined || (listing.identity !== null && entered.has(listing.identity))) continue;
      if (directories === options.maxDirectories) return found.walk(true);
      directories++;
      if (listing.identity !== null) entered.add(listing.identity);
      const below = await found.addFolder(folder, listing);
      if (below === null) return found.walk(true);
      waiting.push(...below);
    }
  }
  return found.walk(false);
}

interface Found {
  /** The folders to go on with; null when nothing more may be added. */
  addFolder(folder: WalkedFolder, listing: WalkListing): Promise<readonly WalkedFolder[] | null>;
  walk(truncated: boolean): Walk;
}

function openFound({ maxDepth, maxEntries, pruneHiddenDirectories }: WalkOptions): Found {
  const entries: { path: PathUri; kind: 'file' | 'directory' }[] = [];
  const errors: { path: PathUri; message: string }[] = [];
  /** Names that were looked at, also those that are not told: links and pipes cost as much. */
  let looked = 0;
  let bytes = 0;
  const fits = (uri: PathUri): boolean => {
    bytes += uri.length + AROUND_PATH_BYTES;
    return bytes <= ANSWER_BYTES;
  };
  return {
    async addFolder({ place, uri, depth }, { names, error }) {
      const below: WalkedFolder[] = [];
      for (const { name, kind } of names) {
        if (looked === maxEntries) return null;
        looked++;
        if (looked % WITHOUT_PAUSE === 0) await nextTurn();
        if (kind === 'left out') continue;
        const child = childUri(uri, name);
        if (!fits(child)) return null;
        entries.push({ path: child, kind });
        const isPruned = pruneHiddenDirectories === true && name[0] === DOT;
        if (kind === 'directory' && depth < maxDepth && !isPruned)
          below.push({ place: entryOf(place, name), uri: child, depth: depth + 1 });
      }
      if (error === null) return below;
      if (errnoOf(error) === '') throw error;
      if (!fits(uri)) return null;
      errors.push({ path: uri, message: fileFailure(error).message });
      return below;
    },
    walk: (truncated) => ({ entries, errors, truncated }),
  };
}

const DOT = 46;

function refusalOf(options: WalkOptions): RpcFailure | null {
  const { maxDepth, maxDirectories, maxEntries } = options;
  if (maxDirectories === 0 || maxEntries === 0)
    return invalidRequest('filesystem walk limits must be greater than zero');
  const isWithin = maxDepth <= MOST.maxDepth && maxDirectories <= MOST.maxDirectories && maxEntries <= MOST.maxEntries;
  if (isWithin) return null;
  const most = `depth=${MOST.maxDepth}, directories=${MOST.maxDirectories}, entries=${MOST.maxEntries}`;
  return invalidRequest(`filesystem walk limits exceed maximums: ${most}`);
}
