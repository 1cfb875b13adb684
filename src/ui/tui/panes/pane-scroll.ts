// Where somebody is in the output of a selected pane, and what they search for in it.

import { cutToWidth } from '../terminal/width.ts';
import { joined, type Look } from '../view/look.ts';
import { countText } from '../view/numbers.ts';
import { clampTop, findIn, type Hit, highlighted, hitCountText, type Motion, rowsOfMotion } from '../view/pager.ts';

/** `fromEnd`: rows below the window; 0 follows new output. */
export interface PaneScroll {
  readonly fromEnd: number;
  readonly query: string;
  /** Found places in the lines of the last search. */
  readonly hits: readonly Hit[];
  readonly current: number;
}

export const atTheEnd: PaneScroll = { fromEnd: 0, query: '', hits: [], current: 0 };

export function scrollPane(scroll: PaneScroll, motion: Motion, length: number, height: number): PaneScroll {
  const top = clampTop(topOf(scroll, length, height) + rowsOfMotion(motion, height), length, height);
  return { ...scroll, fromEnd: Math.max(0, length - height - top) };
}

/** Finds the query from the shown rows upwards: what somebody looks for was usually printed lately. */
export function searchPane(scroll: PaneScroll, query: string, lines: readonly string[], height: number): PaneScroll {
  const hits = findIn(lines, query);
  const bottom = topOf(scroll, lines.length, height) + height;
  const above = hits.findLastIndex(({ row }) => row < bottom);
  return shownHit({ ...scroll, query, hits, current: Math.max(0, above) }, lines.length, height);
}

export function nextHit(scroll: PaneScroll, step: 1 | -1, length: number, height: number): PaneScroll {
  if (scroll.hits.length === 0) return scroll;
  const current = (scroll.current + step + scroll.hits.length) % scroll.hits.length;
  return shownHit({ ...scroll, current }, length, height);
}

export function endSearch(scroll: PaneScroll): PaneScroll {
  return { ...scroll, query: '', hits: [], current: 0 };
}

/** The visible rows with found places marked. */
export function scrolledRows(
  scroll: PaneScroll,
  lines: readonly string[],
  height: number,
  cols: number,
  look: Look,
): string[] {
  const top = topOf(scroll, lines.length, height);
  return lines.slice(top, top + height).map((line, index) => {
    const hits = scroll.hits.filter(({ row }) => row === top + index);
    return cutToWidth(highlighted(line, hits, look), cols);
  });
}

/** What is said of the place: `120 lines below · 3 of 41`. */
export function scrollFacts(scroll: PaneScroll, look: Look): string {
  const below =
    scroll.fromEnd === 0 ? '' : `${countText(scroll.fromEnd)} ${scroll.fromEnd === 1 ? 'line' : 'lines'} below`;
  const found = scroll.query === '' ? '' : `/${scroll.query} ${hitCountText(scroll.current, scroll.hits.length)}`;
  return joined(look, [below, found]);
}

function topOf(scroll: PaneScroll, length: number, height: number): number {
  return clampTop(length - height - scroll.fromEnd, length, height);
}

/** Moves the window only when the place is outside of it. */
function shownHit(scroll: PaneScroll, length: number, height: number): PaneScroll {
  const hit = scroll.hits[scroll.current];
  if (hit === undefined) return scroll;
  const top = topOf(scroll, length, height);
  if (hit.row >= top && hit.row < top + height) return scroll;
  const next = clampTop(hit.row - Math.floor(height / 2), length, height);
  return { ...scroll, fromEnd: Math.max(0, length - height - next) };
}
