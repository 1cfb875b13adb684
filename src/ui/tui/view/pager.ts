// How rows are searched and found places are shown: the same in every view that scrolls.

import { escapeEnd } from '../terminal/cells.ts';
import { withoutEscapes } from '../terminal/width.ts';
import { type Look, paint } from './look.ts';

/** A found place: code units in the row's text without its colours. */
export interface Hit {
  readonly row: number;
  readonly from: number;
  readonly to: number;
}

/** More places than this nobody steps through; the count then says `1,000+`. */
export const MOST_HITS = 1_000;

/**
 * Places of a text in rows, in order. Plain text; upper case in the query makes it exact. An empty query finds nothing.
 */
export function findIn(rows: readonly string[], query: string): Hit[] {
  if (query === '') return [];
  const isExact = query !== query.toLowerCase();
  const hits: Hit[] = [];
  for (let row = 0; row < rows.length && hits.length < MOST_HITS; row++) {
    const text = withoutEscapes(rows[row] ?? '');
    const searched = isExact ? text : text.toLowerCase();
    const wanted = isExact ? query : query.toLowerCase();
    for (
      let at = searched.indexOf(wanted);
      at >= 0 && hits.length < MOST_HITS;
      at = searched.indexOf(wanted, at + wanted.length)
    ) {
      hits.push({ row, from: at, to: at + wanted.length });
    }
  }
  return hits;
}

/** `3 of 41`, or `nothing found`. */
export function hitCountText(current: number, hits: number): string {
  if (hits === 0) return 'nothing found';
  return `${current + 1} of ${hits >= MOST_HITS ? '1,000+' : hits}`;
}

/** The row with these places inverse. `hits` are of this row, in order. */
export function highlighted(row: string, hits: readonly Hit[], look: Look): string {
  if (hits.length === 0) return row;
  let out = '';
  let plain = 0;
  let next = 0;
  let open = '';
  let held = '';
  // Colours and links that change inside a found place do so behind it, so that the place is seen as one.
  for (let at = 0; at < row.length; ) {
    if (row[at] === '\x1b') {
      const end = escapeEnd(row, at);
      if (open === '') out += row.slice(at, end);
      else held += row.slice(at, end);
      at = end;
      continue;
    }
    const hit = hits[next];
    if (hit !== undefined && plain >= hit.from && plain < hit.to) {
      open += row[at];
      if (plain + 1 === hit.to) {
        out += paint(look, 'inverse', open) + held;
        open = held = '';
        next += 1;
      }
    } else out += row[at];
    plain += 1;
    at += 1;
  }
  return out + open + held;
}

/** A window of `height` rows over `length`: its first row, kept inside. */
export function clampTop(top: number, length: number, height: number): number {
  return Math.max(0, Math.min(top, length - height));
}

export type Motion = 'up' | 'down' | 'page_up' | 'page_down' | 'home' | 'end';

/** How far a motion goes, in rows; pages leave one row of context. */
export function rowsOfMotion(motion: Motion, height: number): number {
  switch (motion) {
    case 'up':
      return -1;
    case 'down':
      return 1;
    case 'page_up':
      return -Math.max(1, height - 1);
    case 'page_down':
      return Math.max(1, height - 1);
    case 'home':
      return Number.NEGATIVE_INFINITY;
    default:
      return Number.POSITIVE_INFINITY;
  }
}
