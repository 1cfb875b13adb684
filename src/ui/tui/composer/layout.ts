// Which rows does the composer have on the screen, and where in them is the cursor? Pure, and free of imports that
// cost: the very first frame, the direct echo and every later frame come from this function.

import { cellWidth, cutToWidth } from '../terminal/cell-width.ts';
import { wrapSpans } from '../terminal/wrap.ts';
import { labelsOf } from './paste.ts';
import type { Folded } from './text-buffer.ts';

/** What of the buffer is looked at. */
export interface ComposerText {
  readonly text: string;
  readonly cursor: number;
  readonly folded: ReadonlyMap<string, Folded>;
}

export interface ComposerSpace {
  /** Columns of the window. One is left free at the right. */
  readonly cols: number;
  /** Rows the composer may take, marks included; see `composerHeight`. */
  readonly maxRows: number;
  /** Two cells in front of the first row, such as `❯ `, coloured or not. */
  readonly prompt: string;
  readonly up: string;
  readonly down: string;
  /** Shown behind the prompt while nothing is typed. */
  readonly hint?: string;
  /** First shown row of the layout before: scrolling keeps its place while the cursor allows it. */
  readonly top?: number;
}

export interface ComposerLayout {
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly col: number };
  /** To be handed to the next layout. */
  readonly top: number;
}

/** Rows the composer may grow to in a window of `rows`. */
export function composerHeight(rows: number): number {
  return Math.max(1, Math.min(12, Math.floor(rows / 3)));
}

/** Cells of text in a row: prompt or indent in front, one column free behind. */
export function textCells(cols: number): number {
  return Math.max(4, cols - 1 - PROMPT_CELLS);
}

const PROMPT_CELLS = 2;
const INDENT = '  ';

/** A row of the wrapped text: positions in the buffer's text, and what is shown. */
export interface TextRow {
  readonly start: number;
  /** Where the next row begins, or the end of the text; a cursor there belongs to the next row. */
  readonly next: number;
  readonly shown: string;
  /** True when the next row belongs to the same logical line. */
  readonly isWrapped: boolean;
  /** Shown width in front of a position of this row, at most `cells`. */
  columnOf(position: number): number;
}

/** All rows of the text at `cells` per row. */
export function textRows({ text, folded }: ComposerText, cells: number): TextRow[] {
  const rows: TextRow[] = [];
  const labels = folded.size === 0 ? null : labelsOf(text, folded);
  let lineStart = 0;
  for (;;) {
    const feed = text.indexOf('\n', lineStart);
    const lineEnd = feed < 0 ? text.length : feed;
    addLine(rows, text.slice(lineStart, lineEnd), lineStart, cells, labels);
    if (feed < 0) return rows;
    lineStart = feed + 1;
  }
}

function addLine(
  rows: TextRow[],
  line: string,
  offset: number,
  cells: number,
  labels: ReadonlyMap<string, string> | null,
): void {
  const picture = pictureOf(line, labels);
  const spans = wrapSpans(picture.shown, cells);
  spans.forEach((span, index) => {
    rows.push({
      start: offset + picture.sourceOf(span.start),
      next: offset + picture.sourceOf(span.next),
      shown: picture.shown.slice(span.start, span.end),
      isWrapped: index < spans.length - 1,
      columnOf: (position) =>
        Math.min(cells, cellWidth(picture.shown.slice(span.start, picture.shownAt(position - offset)))),
    });
  });
}

/** A line as it is shown, with the places of source and picture matched to each other. */
interface Picture {
  readonly shown: string;
  shownAt(source: number): number;
  sourceOf(shown: number): number;
}

// Characters that would act, and the planes folded pastes are taken from.
const special = /[\x00-\x1f\x7f-\x9f]|[\u{f0000}-\u{fffff}]/gu;
const TAB_CELLS = 4;

function pictureOf(line: string, labels: ReadonlyMap<string, string> | null): Picture {
  const identity = (position: number): number => position;
  if (!/[\x00-\x1f\x7f-\x9f]/.test(line) && labels === null)
    return { shown: line, shownAt: identity, sourceOf: identity };
  // Beginnings of the pieces, in the source and in the picture.
  const sources: number[] = [];
  const pictures: number[] = [];
  let shown = '';
  let copied = 0;
  for (const match of line.matchAll(special)) {
    const picture = shownFor(match[0], labels);
    if (picture === match[0]) continue;
    shown += line.slice(copied, match.index);
    sources.push(match.index, match.index + match[0].length);
    pictures.push(shown.length, shown.length + picture.length);
    shown += picture;
    copied = match.index + match[0].length;
  }
  shown += line.slice(copied);
  return { shown, shownAt: mapping(sources, pictures), sourceOf: mapping(pictures, sources) };
}

/** Translates positions: between two marks they run alike, and inside a replaced piece they count as its beginning. */
function mapping(from: readonly number[], to: readonly number[]): (position: number) => number {
  return (position) => {
    let index = from.length - 1;
    while (index >= 0 && from[index]! > position) index -= 1;
    if (index < 0) return position;
    return index % 2 === 0 ? to[index]! : to[index]! + position - from[index]!;
  };
}

function shownFor(character: string, labels: ReadonlyMap<string, string> | null): string {
  const label = labels?.get(character);
  if (label !== undefined) return label;
  if (character === '\t') return ' '.repeat(TAB_CELLS);
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f) return '\u2421';
  return code < 0xa0 ? '\ufffd' : character;
}

/** The index of the row the cursor is in. */
export function cursorRow(rows: readonly TextRow[], cursor: number): number {
  for (let index = rows.length - 1; index > 0; index -= 1) if (rows[index]!.start <= cursor) return index;
  return 0;
}

/** Lays the composer out. The cursor is always in a shown row. */
export function layoutComposer(composer: ComposerText, space: ComposerSpace): ComposerLayout {
  const cells = textCells(space.cols);
  const rows = textRows(composer, cells);
  const at = cursorRow(rows, composer.cursor);
  const { top, above, below } = scrolled(rows.length, at, Math.max(1, space.maxRows), space.top ?? 0);
  const shown: string[] = [];
  if (above > 0) shown.push(cutToWidth(`${INDENT}${space.up} ${above} more`, space.cols - 1));
  for (let index = top; index < rows.length - below.count; index += 1)
    shown.push((index === 0 ? space.prompt : INDENT) + rows[index]!.shown);
  if (below.isMarked) shown.push(cutToWidth(`${INDENT}${space.down} ${below.count} more`, space.cols - 1));
  if (composer.text === '' && space.hint !== undefined)
    shown[0] = cutToWidth(space.prompt + space.hint, space.cols - 1);
  return {
    rows: shown,
    cursor: { row: at - top + (above > 0 ? 1 : 0), col: PROMPT_CELLS + rows[at]!.columnOf(composer.cursor) },
    top,
  };
}

interface Scrolled {
  readonly top: number;
  /** Hidden rows above that a mark tells of; 0 for no mark. */
  readonly above: number;
  readonly below: { readonly count: number; readonly isMarked: boolean };
}

/** Chooses the first shown row: the one before when the cursor stays in view, else the nearest that shows it. */
function scrolled(total: number, at: number, maxRows: number, wanted: number): Scrolled {
  if (total <= maxRows) return { top: 0, above: 0, below: { count: 0, isMarked: false } };
  // Marks take rows of their own; with fewer than three rows there is no room for them.
  const isMarked = maxRows >= 3;
  const bodyFrom = (top: number): number => {
    const room = maxRows - (isMarked && top > 0 ? 1 : 0);
    return top + room >= total ? room : room - (isMarked ? 1 : 0);
  };
  let top = Math.max(0, Math.min(wanted, at, total - maxRows + (isMarked ? 1 : 0)));
  // A mark for a single row would take the place of that row.
  if (isMarked && top === 1 && at < bodyFrom(0)) top = 0;
  while (at >= top + bodyFrom(top)) top += 1;
  const below = Math.max(0, total - top - bodyFrom(top));
  return { top, above: isMarked ? top : 0, below: { count: below, isMarked: isMarked && below > 0 } };
}
