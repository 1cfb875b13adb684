// Where does one cell of a text end and the next begin?
// A cell here is a grapheme cluster or an escape sequence (which takes no room). Ordinary text is read from
// tables; only stretches with joining characters ask Intl.Segmenter, which on Node 20 takes time in the square
// of what it is given, and therefore never sees more than a window.

import { codePointWidth, isAgreedUpon, isSpacingMark, mayJoinBackward, mayJoinForward } from './code-point-width.ts';

/** Code units handed to the segmenter at once; a longer cluster (stacked accents without end) is cut here. */
const SEGMENTER_WINDOW = 256;

/**
 * `plain`: every terminal agrees on its width. `unsure`: they do not. `escape`: a control sequence, width 0.
 */
export type CellKind = 'plain' | 'unsure' | 'escape';

/** Called with code unit positions and the width in terminal cells; `false` ends the walk. */
export type CellVisitor = (start: number, end: number, width: number, kind: CellKind) => boolean | undefined;

// The one segmenter of the program: making one costs 7 ms, so it is made when the first joined character comes.
let segmenter: Intl.Segmenter | undefined;

function segmentsOf(window: string): Iterable<{ readonly segment: string }> {
  segmenter ??= new Intl.Segmenter('und', { granularity: 'grapheme' });
  return segmenter.segment(window);
}

/** End of the escape sequence that begins at `at` (which holds ESC): CSI, OSC, DCS and the two-byte ones. */
export function escapeEnd(text: string, at: number): number {
  const introducer = text.charCodeAt(at + 1);
  if (introducer === 0x5b) {
    let end = at + 2;
    while (end < text.length) {
      const code = text.charCodeAt(end);
      if (code < 0x20 || code > 0x7e) return end;
      end += 1;
      if (code >= 0x40) return end;
    }
    return end;
  }
  if (introducer === 0x5d || introducer === 0x50 || introducer === 0x5f || introducer === 0x5e || introducer === 0x58) {
    for (let end = at + 2; end < text.length; end += 1) {
      const code = text.charCodeAt(end);
      if (code === 0x07) return end + 1;
      if (code === 0x1b) return text.charCodeAt(end + 1) === 0x5c ? end + 2 : end;
    }
    return text.length;
  }
  return introducer >= 0x20 && introducer <= 0x7e ? at + 2 : at + 1;
}

/** Cells of a cluster of several code points: its parts together, two at most; emoji presentation makes it two. */
function joinedWidth(cluster: string): number {
  let width = 0;
  let first = true;
  for (const character of cluster) {
    const codePoint = character.codePointAt(0)!;
    if (codePoint === 0xfe0f && width > 0) width = 2;
    else if (first || !isSpacingMark(codePoint)) width += codePointWidth(codePoint);
    first = false;
  }
  return Math.min(2, width);
}

/**
 * Visits the cells of `text` from `from` (which must be the beginning of a cell) to its end, in order.
 * Linear in the length of the text.
 */
export function eachCell(text: string, from: number, visit: CellVisitor): void {
  const length = text.length;
  let at = from;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (code < 0x300) {
      if (code === 0x1b) {
        const end = escapeEnd(text, at);
        if (visit(at, end, 0, 'escape') === false) return;
        at = end;
        continue;
      }
      if (at + 1 >= length || text.charCodeAt(at + 1) < 0x300) {
        if (visit(at, at + 1, codePointWidth(code), 'plain') === false) return;
        at += 1;
        continue;
      }
    }
    const codePoint = text.codePointAt(at)!;
    const end = at + (codePoint > 0xffff ? 2 : 1);
    if (!startsJoined(text, codePoint, end)) {
      const kind = isAgreedUpon(codePoint) ? 'plain' : 'unsure';
      if (visit(at, end, codePointWidth(codePoint), kind) === false) return;
      at = end;
      continue;
    }
    const next = walkJoined(text, at, visit);
    if (next === null) return;
    at = next;
  }
}

function startsJoined(text: string, codePoint: number, next: number): boolean {
  if (next >= text.length) return false;
  return mayJoinForward(codePoint) || mayJoinBackward(text.codePointAt(next)!);
}

/** Walks joined clusters from `at` while they follow each other; returns where it stopped, null when told to end. */
function walkJoined(text: string, at: number, visit: CellVisitor): number | null {
  let windowEnd = Math.min(text.length, at + SEGMENTER_WINDOW);
  if (windowEnd < text.length && isHighSurrogate(text.charCodeAt(windowEnd - 1))) windowEnd -= 1;
  let start = at;
  for (const { segment } of segmentsOf(text.slice(at, windowEnd))) {
    const end = start + segment.length;
    // The last cluster of a window may go on behind it: it begins the next window, unless it fills this one.
    if (end === windowEnd && windowEnd < text.length && start > at) return start;
    if (visit(start, end, joinedWidth(segment), 'unsure') === false) return null;
    start = end;
    if (start >= text.length) return start;
    const codePoint = text.codePointAt(start)!;
    if (codePoint === 0x1b || !startsJoined(text, codePoint, start + (codePoint > 0xffff ? 2 : 1))) return start;
  }
  return start;
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** End of the cluster that begins at `at`. */
export function clusterEnd(text: string, at: number): number {
  let found = text.length;
  eachCell(text, at, (_start, end) => {
    found = end;
    return false;
  });
  return found;
}

/** Beginning of the cluster that ends at `at`, or that `at` lies in. 0 at the beginning of the text. */
export function clusterStart(text: string, at: number): number {
  if (at <= 0) return 0;
  if (text.charCodeAt(at - 1) < 0x300 && text.charCodeAt(at - 1) !== 0x1b) {
    // What is below U+0300 joins nothing before it, except after the rare prepended signs.
    if (at < 2 || text.charCodeAt(at - 2) < 0x300) return at - 1;
  }
  let from = Math.max(0, at - SEGMENTER_WINDOW);
  while (from > 0 && text.charCodeAt(from) >= 0x300) from -= 1;
  let found = from;
  eachCell(text, from, (start, end) => {
    found = start;
    return end < at;
  });
  return found;
}
