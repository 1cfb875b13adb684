// Which files does a person mean by what they typed? Answers at once with what is known, and says when there is more.

import { promises } from 'node:fs';
import path from 'node:path';
import { walkFolder } from './folder-walk.ts';
import { listByGit } from './git-listing.ts';
import type { ListingOptions } from './listing.ts';
import { findInFolder, namesFolder } from './one-folder.ts';
import { createPathIndex, type PathIndex } from './path-index.ts';
import { type FoundPath, matchPaths } from './path-match.ts';

/** The first answer waits so long for the list to be complete, which most are by then, or for enough to choose from. */
const FIRST_ANSWER_MS = 30;
const ENOUGH_PATHS = 1_000;
/** What was listed is used so long without looking again: while somebody types, after a while, and when nothing was found. */
const FRESH_MS = { typing: 3_000, begun: 1_000, notFound: 300 };
/** Nobody asked for so long: the list makes room. Longer than a minute, so that an idle program is idle. */
const FORGOTTEN_MS = 300_000;
/** Whether what was found is still there is asked for this long; then it is believed. */
const STILL_THERE_MS = 20;
/** Found beyond the limit, to take the place of what is gone. */
const SPARE = 8;
const MOST_WANTED = 100;

export interface FilesAnswer {
  readonly files: readonly FoundPath[];
  /** The folder is still being listed: asking again finds more. */
  readonly isPartial: boolean;
  /** Paths that are known so far. */
  readonly known: number;
}

export interface FileSearchOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}

export interface FileRequest {
  /** Absolute: what is below it is searched. */
  readonly cwd: string;
  readonly query: string;
  readonly limit: number;
  /** Absolute: among what is as good these come first, the first one before all. */
  readonly favoured: readonly string[];
  /** A PATH whose programs may be run for this. */
  readonly programs: string;
}

export interface FileSearch {
  /** A newer search outdates this one, which then finds nothing. */
  find(request: FileRequest): Promise<FilesAnswer>;
  close(): void;
}

interface Listing {
  readonly folder: string;
  readonly index: PathIndex;
  readonly stop: AbortController;
  state: 'running' | 'complete';
  readonly startedAt: number;
  /** Resolves when there is enough to choose from, or no more will come. */
  readonly enough: Promise<void>;
}

/** Of a search that a newer one has outdated: whoever still waits for it asks again. */
export const outdated: FilesAnswer = { files: [], isPartial: true, known: 0 };
const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function openFileSearch({ env, home }: FileSearchOptions): FileSearch {
  let used: Listing | null = null;
  /** The one that takes its place when it is complete. */
  let next: Listing | null = null;
  let newest = 0;
  let searchedAt = Number.NEGATIVE_INFINITY;
  /** The question that is asked, again and again while there is more to be found, and when it was asked first. */
  let asked = { query: '', at: Number.NEGATIVE_INFINITY };
  let forget: NodeJS.Timeout | null = null;

  function close(): void {
    if (forget !== null) clearTimeout(forget);
    for (const listing of [used, next]) listing?.stop.abort();
    used = null;
    next = null;
  }

  /** The list to search in, listed anew when it is older than `freshMs`. */
  function listingOf({ cwd: folder, programs }: FileRequest, freshMs: number): Listing {
    if (used !== null && used.folder !== folder) close();
    if (next?.state === 'complete') {
      used = next;
      next = null;
    }
    used ??= beginListing(folder, programs);
    const isOld = used.state === 'complete' && performance.now() - used.startedAt > freshMs;
    if (isOld && next === null) next = beginListing(folder, programs);
    return used;
  }

  function beginListing(folder: string, programs: string): Listing {
    const index = createPathIndex();
    const stop = new AbortController();
    let isEnough: () => void = () => {};
    const enough = new Promise<void>((resolve) => {
      isEnough = resolve;
    });
    const take = (paths: Uint8Array): void => {
      index.add(paths);
      if (index.isFull) stop.abort();
      if (index.count >= ENOUGH_PATHS) isEnough();
    };
    const done = list({ folder, take, signal: stop.signal, pause }, { ...env, PATH: programs });
    const listing: Listing = { folder, index, stop, state: 'running', startedAt: performance.now(), enough };
    void done.then(() => {
      listing.state = 'complete';
      isEnough();
    });
    return listing;
  }

  return {
    async find(request) {
      const { cwd, query, limit, favoured } = request;
      newest += 1;
      const own = newest;
      const isOutdated = (): boolean => own !== newest;
      const wanted = Math.min(limit, MOST_WANTED);
      if (namesFolder(query)) {
        const found = await findInFolder(query, { cwd, home }, { limit: wanted, pause, isOutdated });
        return found === null ? outdated : { ...found, isPartial: false };
      }
      if (forget !== null) clearTimeout(forget);
      forget = setTimeout(close, FORGOTTEN_MS).unref();
      const isBegun = performance.now() - searchedAt > FRESH_MS.begun;
      searchedAt = performance.now();
      if (asked.query !== query || isBegun) asked = { query, at: searchedAt };
      const listing = listingOf(request, isBegun ? FRESH_MS.begun : FRESH_MS.typing);
      if (listing.state === 'running') await within(listing.enough, FIRST_ANSWER_MS);
      // Whoever asks again at once leaves the list time to grow.
      await pause();
      // What comes while it is searched may be missing in the answer.
      const isPartial = listing.state === 'running' || next !== null;
      const found = await matchPaths(listing.index, query, {
        limit: wanted + SPARE,
        favoured: favoured.flatMap((file) => belowFolder(cwd, file)),
        pause,
        isOutdated,
      });
      if (found === null) return outdated;
      // Perhaps it was made a moment ago: it is not there only when a list says so that was begun after the question.
      const isTooOld = found.length === 0 && listing.startedAt < asked.at;
      if (isTooOld) listingOf(request, FRESH_MS.notFound);
      const there = await within(stillThere(cwd, found), STILL_THERE_MS);
      return {
        files: (there ?? found).slice(0, wanted),
        isPartial: isPartial || isTooOld,
        known: listing.index.count,
      };
    },
    close,
  };
}

async function list(options: ListingOptions, env: FileSearchOptions['env']): Promise<void> {
  if ((await listByGit({ ...options, env })) === 'elsewhere') await walkFolder(options);
}

function belowFolder(cwd: string, file: string): string[] {
  const relative = path.relative(cwd, file);
  return relative === '' || relative.startsWith('..') || path.isAbsolute(relative) ? [] : [relative];
}

/** What was removed since it was listed is left out, and a submodule is a folder. */
async function stillThere(cwd: string, found: readonly FoundPath[]): Promise<readonly FoundPath[]> {
  const checked = await Promise.all(
    found.map(async (file) => {
      try {
        const isFolder = (await promises.lstat(path.join(cwd, file.path))).isDirectory();
        if (isFolder === file.isFolder) return [file];
        return isFolder ? [{ ...file, path: `${file.path}/`, isFolder }] : [];
      } catch {
        // Removed since.
        return [];
      }
    }),
  );
  return checked.flat();
}

/** Null when it takes longer. */
async function within<T>(promised: Promise<T>, ms: number): Promise<T | null> {
  let limit: NodeJS.Timeout | null = null;
  const late = new Promise<null>((resolve) => {
    limit = setTimeout(resolve, ms, null);
  });
  const first = await Promise.race([promised, late]);
  if (limit !== null) clearTimeout(limit);
  return first;
}
