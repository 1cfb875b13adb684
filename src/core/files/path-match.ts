// Which of the known paths answer best? In slices, so that nothing else waits for it.

import { FOLDED, maskOf, type PathIndex } from './path-index.ts';
import { bestAlignment, quickScore } from './path-score.ts';

/** Longest query that is looked for; nobody types more. */
const LONGEST_QUERY = 128;
/** How many of the first impressions are looked at closely. */
const LOOKED_AT_CLOSELY = 128;
/** What a path is worth more that was changed or named lately. */
const FAVOURED = 30;
/** Score of a path with no folder in front of it, when nothing was typed. */
const LEAST_DEEP = 1000;

/** Time before others have their turn (ms), and after how many paths the clock is looked at. */
const SLICE_MS = 4;
const PATHS_PER_LOOK = 1024;

export interface FoundPath {
  readonly path: string;
  readonly isFolder: boolean;
  /** Parts that were found, as UTF-16 places `[from, to)`, in order. */
  readonly marks: [number, number][];
}

export interface MatchOptions {
  readonly limit: number;
  /** Paths that come first among what is as good, the most interesting one first. */
  readonly favoured: readonly string[];
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
  readonly isOutdated: () => boolean;
}

/** Best first. An empty query finds what is favoured, then what is least deep. Null: outdated on the way. */
export async function matchPaths(
  index: PathIndex,
  query: string,
  options: MatchOptions,
): Promise<readonly FoundPath[] | null> {
  const wanted = Buffer.from(query)
    .subarray(0, LONGEST_QUERY)
    .map((byte) => FOLDED[byte]!);
  const impressions = await firstImpressions(index, wanted, options);
  if (impressions === null) return null;
  const found = new Map<string, Candidate>();
  for (const [place, path] of options.favoured.entries()) addCandidate(found, path, wanted, FAVOURED - place / 100);
  for (const { entry, score } of impressions)
    addCandidate(found, index.text(entry), wanted, wanted.length === 0 ? score - LEAST_DEEP : 0);
  return [...found]
    .sort(([path, one], [another, other]) => other.score - one.score || (path < another ? -1 : 1))
    .slice(0, options.limit)
    .map(([path, { places }]) => ({ path, isFolder: path.endsWith('/'), marks: marksOf(path, places) }));
}

interface Candidate {
  readonly score: number;
  readonly places: readonly number[];
}

function addCandidate(found: Map<string, Candidate>, path: string, wanted: Uint8Array, bonus: number): void {
  if (found.has(path)) return;
  const best = wanted.length === 0 ? { score: 0, places: [] } : bestAlignment(Buffer.from(path), wanted);
  if (best !== null) found.set(path, { score: best.score + bonus, places: best.places });
}

interface Impression {
  readonly entry: number;
  readonly score: number;
}

async function firstImpressions(
  index: PathIndex,
  wanted: Uint8Array,
  { pause, isOutdated }: MatchOptions,
): Promise<readonly Impression[] | null> {
  const best = createBest(LOOKED_AT_CLOSELY);
  const mask = maskOf(wanted);
  let since = performance.now();
  // More may be added while others have their turn: they are seen as well.
  for (let entry = 0; entry < index.count; ) {
    const end = Math.min(index.count, entry + PATHS_PER_LOOK);
    const { bytes, starts, ends, names, masks } = index;
    for (; entry < end; entry += 1) {
      if ((masks[entry]! & mask) !== mask) continue;
      const from = starts[entry]!;
      const to = ends[entry]!;
      const score =
        wanted.length === 0 ? shallowFirst(bytes, from, to) : quickScore(bytes, from, names[entry]!, to, wanted);
      if (score > 0) best.offer(entry, score);
    }
    if (performance.now() - since < SLICE_MS) continue;
    await pause();
    if (isOutdated()) return null;
    since = performance.now();
  }
  return best.all();
}

function shallowFirst(bytes: Uint8Array, from: number, to: number): number {
  let depth = 0;
  for (let at = from; at < to - 1; at += 1) if (bytes[at] === 0x2f) depth += 2;
  // Hidden ones after their neighbours.
  return Math.max(1, LEAST_DEEP - depth - (bytes[from] === 0x2e ? 1 : 0));
}

/** Keeps the best `most` of what is offered. */
function createBest(most: number) {
  let kept: Impression[] = [];
  let least = 0;

  const prune = (): void => {
    kept = kept.sort((one, other) => other.score - one.score || one.entry - other.entry).slice(0, most);
    if (kept.length === most) least = kept.at(-1)?.score ?? 0;
  };

  return {
    offer(entry: number, score: number): void {
      if (score <= least) return;
      kept.push({ entry, score });
      if (kept.length >= 8 * most) prune();
    },
    all(): readonly Impression[] {
      prune();
      return kept;
    },
  };
}

/** Neighbouring places become one mark. `places` are bytes of the path. */
function marksOf(path: string, places: readonly number[]): [number, number][] {
  const unit = unitsOf(path);
  const marks: [number, number][] = [];
  for (const place of places) {
    const from = unit(place);
    const to = unit(place + 1);
    const last = marks.at(-1);
    if (last !== undefined && last[1] >= from) last[1] = Math.max(last[1], to);
    else marks.push([from, to]);
  }
  return marks;
}

/** From bytes to UTF-16 places; in the middle of a character, its end. */
function unitsOf(path: string): (place: number) => number {
  const bytes = Buffer.from(path);
  if (bytes.length === path.length) return (place) => place;
  const units: number[] = [];
  let unit = 0;
  for (const character of path) {
    const length = Buffer.byteLength(character);
    units.push(unit);
    unit += character.length;
    for (let more = 1; more < length; more += 1) units.push(unit);
  }
  return (place) => units[place] ?? unit;
}
