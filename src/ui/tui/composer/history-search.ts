// Which earlier messages hold what is searched for, and which of them is shown? Pure.

import { MOST_HITS } from '../view/pager.ts';
import { type HistoryMatch, searchHistory } from './history.ts';

export interface HistorySearch {
  readonly query: string;
  /** Newest first. */
  readonly matches: readonly HistoryMatch[];
  /** Index of the shown one in `matches`. */
  readonly at: number;
}

export const emptySearch: HistorySearch = { query: '', matches: [], at: 0 };

/** Another query starts again at the newest message. `entries`: newest first. */
export function withQuery(entries: readonly string[], query: string): HistorySearch {
  return { query, matches: searchHistory(entries, query, MOST_HITS), at: 0 };
}

/** One message older (`1`) or newer (`-1`); stops at both ends. */
export function stepped(search: HistorySearch, step: 1 | -1): HistorySearch {
  return { ...search, at: Math.max(0, Math.min(search.matches.length - 1, search.at + step)) };
}

/** The shown match; null when nothing was found. */
export function foundIn({ matches, at }: HistorySearch): HistoryMatch | null {
  return matches[at] ?? null;
}
