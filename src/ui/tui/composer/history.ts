// Which earlier text comes next when a person walks back, and what does a search find? Pure.

/** A walk through earlier texts, newest first; the draft it began with is kept. */
export interface HistoryWalk {
  /** Adjacent equal ones appear once. */
  readonly entries: readonly string[];
  /** Where the walk is; -1 is the draft. */
  readonly at: number;
  readonly draft: string;
}

/** Texts newest first. Blank ones and those that begin with a blank were never kept. */
export function startWalk(texts: readonly string[]): HistoryWalk {
  const entries = texts.filter((text, index) => text !== texts[index - 1]);
  return { entries, at: -1, draft: '' };
}

export interface WalkStep {
  readonly walk: HistoryWalk;
  /** What the composer shows now. */
  readonly text: string;
}

/** One entry back in time. `current` is what the composer shows; null when there is nothing older. */
export function older(walk: HistoryWalk, current: string): WalkStep | null {
  const draft = walk.at < 0 ? current : walk.draft;
  let at = walk.at + 1;
  // The newest entry is often the very draft: showing it again would look like a key that did nothing.
  if (walk.at < 0 && walk.entries[at] === draft) at += 1;
  const text = walk.entries[at];
  return text === undefined ? null : { walk: { ...walk, at, draft }, text };
}

/** One entry forward; the draft comes back at the end. Null when the draft is already shown. */
export function newer(walk: HistoryWalk): WalkStep | null {
  if (walk.at < 0) return null;
  const at = walk.at - 1;
  if (at < 0 || (at === 0 && walk.entries[0] === walk.draft)) return { walk: { ...walk, at: -1 }, text: walk.draft };
  return { walk: { ...walk, at }, text: walk.entries[at] ?? walk.draft };
}

/** Back to the draft from anywhere. */
export function backToDraft(walk: HistoryWalk): WalkStep {
  return { walk: { ...walk, at: -1 }, text: walk.at < 0 ? '' : walk.draft };
}

export interface HistoryMatch {
  /** Index in `entries`. */
  readonly entry: number;
  /** Code unit positions of the match. */
  readonly start: number;
  readonly end: number;
}

/**
 * Entries that hold `query` as it stands, newest first, each text once, at most `limit`. Smart case: an upper case
 * letter in the query makes case count.
 */
export function searchHistory(entries: readonly string[], query: string, limit: number): readonly HistoryMatch[] {
  if (query === '') return [];
  const countsCase = query !== query.toLowerCase();
  const wanted = countsCase ? query : query.toLowerCase();
  const seen = new Set<string>();
  const matches: HistoryMatch[] = [];
  for (let entry = 0; entry < entries.length && matches.length < limit; entry += 1) {
    const text = entries[entry]!;
    if (seen.has(text)) continue;
    const start = (countsCase ? text : text.toLowerCase()).indexOf(wanted);
    if (start < 0) continue;
    seen.add(text);
    matches.push({ entry, start, end: start + query.length });
  }
  return matches;
}
