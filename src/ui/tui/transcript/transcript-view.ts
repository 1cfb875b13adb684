// Where a reader of the transcript is, what is unfolded, and what they search for: the model behind Ctrl-T.

import type { Item } from '../../../core/bus/index.ts';
import { findIn, type Hit, MOST_HITS, type Motion, rowsOfMotion } from '../view/pager.ts';
import type { Layout } from './layout.ts';

/** A row by its item, so that new items and folds elsewhere do not move what is being read. */
interface RowPlace {
  readonly item: number;
  readonly row: number;
}

interface FoundPlace extends Hit {
  readonly item: number;
}

export interface TranscriptView {
  /** First visible row; null follows the end. */
  readonly top: RowPlace | null;
  readonly unfolded: ReadonlySet<Item>;
  /** Only failures and questions. */
  readonly isFiltered: boolean;
  /** How many items there were when the reader left the end, to count what is new. */
  readonly seenItems: number;
  readonly search: TranscriptSearch | null;
}

interface TranscriptSearch {
  readonly query: string;
  readonly hits: readonly FoundPlace[];
  readonly current: number;
  /** Where the reader was, for when they give up. */
  readonly origin: RowPlace | null;
}

export const transcriptAtEnd: TranscriptView = {
  top: null,
  unfolded: new Set(),
  isFiltered: false,
  seenItems: 0,
  search: null,
};

/** The rows from `place` on, with the item each belongs to. */
export function visibleRows(
  view: TranscriptView,
  layout: Layout,
  height: number,
): { item: number; row: number; text: string }[] {
  const rows: { item: number; row: number; text: string }[] = [];
  const from = topPlace(view, layout, height);
  for (let item = from.item, row = from.row; item < layout.items.length && rows.length < height; item++, row = 0) {
    const own = layout.rowsOf(item);
    for (; row < own.length && rows.length < height; row++) rows.push({ item, row, text: own[row] ?? '' });
  }
  return rows;
}

/** The first visible row. Lays out only what is between it and the end of the window. */
function topPlace(view: TranscriptView, layout: Layout, height: number): RowPlace {
  const lowest = moved({ item: layout.items.length, row: 0 }, -height, layout);
  return view.top === null || isBefore(lowest, view.top) ? lowest : view.top;
}

export function moveTranscript(view: TranscriptView, motion: Motion, layout: Layout, height: number): TranscriptView {
  const rows = rowsOfMotion(motion, height);
  if (rows === Number.POSITIVE_INFINITY) return { ...view, top: null };
  if (rows === Number.NEGATIVE_INFINITY) return leaveEnd(view, { item: 0, row: 0 }, layout, height);
  return leaveEnd(view, moved(topPlace(view, layout, height), rows, layout), layout, height);
}

/** To the next (`1`) or previous item of a kind; its title becomes the first row. */
export function jumpTo(
  view: TranscriptView,
  kind: 'message' | 'process',
  step: 1 | -1,
  layout: Layout,
  height: number,
): TranscriptView {
  const from = topPlace(view, layout, height);
  // Standing on the title row counts as being at the item.
  const start = step === 1 ? from.item + 1 : from.row > titleRowOf(from.item) ? from.item : from.item - 1;
  for (let item = start; item >= 0 && item < layout.items.length; item += step) {
    if (layout.items[item]?.kind === kind) return leaveEnd(view, { item, row: titleRowOf(item) }, layout, height);
  }
  return view;
}

/** The process a reader means: the first one that is visible. */
export function processInView(view: TranscriptView, layout: Layout, height: number): Item | null {
  const row = visibleRows(view, layout, height).find(({ item }) => layout.items[item]?.kind === 'process');
  return row === undefined ? null : (layout.items[row.item] ?? null);
}

export function setFolded(view: TranscriptView, item: Item, isFolded: boolean): TranscriptView {
  const unfolded = new Set(view.unfolded);
  if (isFolded) unfolded.delete(item);
  else unfolded.add(item);
  return { ...view, unfolded };
}

/** Shows only what went wrong or was asked about, or everything again; starts at the end. */
export function toggleFilter(view: TranscriptView): TranscriptView {
  return { ...view, isFiltered: !view.isFiltered, top: null, search: null };
}

/** Opens the view at a process, unfolded, at the end of its output. */
export function showProcess(
  view: TranscriptView,
  process: number,
  layoutOf: (view: TranscriptView) => Layout,
  height: number,
): TranscriptView {
  const before = layoutOf(view);
  const item = before.items.find((candidate) => candidate.kind === 'process' && candidate.number === process);
  if (item === undefined) return view;
  const opened = setFolded(view, item, false);
  const layout = layoutOf(opened);
  const index = layout.items.indexOf(item);
  return leaveEnd(opened, moved({ item: index + 1, row: 0 }, -height, layout), layout, height);
}

// ------------------------------------------------------------------------------------------------------- search

/**
 * Finds a query everywhere, folded text too, and goes to the first place at or below the top row, else the first of
 * all. `layoutOf` lays the view out with other folds.
 */
export function searchTranscript(
  view: TranscriptView,
  query: string,
  layoutOf: (view: TranscriptView) => Layout,
  height: number,
): TranscriptView {
  const folded = layoutOf(view);
  const origin = view.search?.origin ?? view.top;
  if (query === '') return { ...view, top: origin, search: null };
  const wide = layoutOf({ ...view, unfolded: new Set(folded.items) });
  const hits: FoundPlace[] = [];
  for (let item = 0; item < wide.items.length && hits.length < MOST_HITS; item++) {
    for (const hit of findIn(wide.rowsOf(item), query)) hits.push({ ...hit, item });
  }
  const from = topPlace({ ...view, top: origin }, folded, height).item;
  const first = hits.findIndex(({ item }) => item >= from);
  return goToHit({ ...view, search: { query, hits, current: Math.max(0, first), origin } }, layoutOf, height);
}

export function nextFound(
  view: TranscriptView,
  step: 1 | -1,
  layoutOf: (view: TranscriptView) => Layout,
  height: number,
): TranscriptView {
  const { search } = view;
  if (search === null || search.hits.length === 0) return view;
  const current = (search.current + step + search.hits.length) % search.hits.length;
  return goToHit({ ...view, search: { ...search, current } }, layoutOf, height);
}

/** `isKept` false takes the reader back to where the search began. */
export function endSearch(view: TranscriptView, isKept: boolean): TranscriptView {
  if (view.search === null) return view;
  return { ...view, top: isKept ? view.top : view.search.origin, search: null };
}

/** Unfolds the item of the current place and brings its row into the upper half of the window. */
function goToHit(view: TranscriptView, layoutOf: (view: TranscriptView) => Layout, height: number): TranscriptView {
  const hit = view.search?.hits[view.search.current];
  if (hit === undefined) return view;
  const item = layoutOf(view).items[hit.item];
  const opened = item === undefined ? view : setFolded(view, item, false);
  const layout = layoutOf(opened);
  return leaveEnd(opened, moved({ item: hit.item, row: hit.row }, -Math.floor(height / 3), layout), layout, height);
}

// -------------------------------------------------------------------------------------------------------- places

/** A place so many rows further; stops at both ends. Behind the last row it is `{ item: length, row: 0 }`. */
function moved(from: RowPlace, rows: number, layout: Layout): RowPlace {
  let { item, row } = from;
  let left = rows;
  while (left < 0) {
    if (row + left >= 0) return { item, row: row + left };
    left += row;
    if (item === 0) return { item: 0, row: 0 };
    item -= 1;
    row = layout.rowsOf(item).length;
  }
  while (left > 0 && item < layout.items.length) {
    const rest = layout.rowsOf(item).length - row;
    if (left < rest) return { item, row: row + left };
    left -= rest;
    item += 1;
    row = 0;
  }
  return { item, row };
}

function leaveEnd(view: TranscriptView, top: RowPlace, layout: Layout, height: number): TranscriptView {
  const lowest = moved({ item: layout.items.length, row: 0 }, -height, layout);
  if (!isBefore(top, lowest)) return { ...view, top: null };
  return { ...view, top, seenItems: view.top === null ? layout.items.length : view.seenItems };
}

function isBefore(one: RowPlace, other: RowPlace): boolean {
  return one.item < other.item || (one.item === other.item && one.row < other.row);
}

/** All items but the first begin with the blank row that sets them off. */
function titleRowOf(item: number): number {
  return item === 0 ? 0 : 1;
}
