// How an answer's text becomes rows, and how much of a text that still grows is already settled.

import { visible, wrap } from '../terminal/width.ts';

/** Text wider than this is hard to read; below 60 columns every column counts. */
const WIDEST_PROSE = 96;
const NARROW_BELOW = 60;

const INDENT = '  ';

/** Columns of text in a line of prose, its indent of 2 not counted. */
export function proseWidth(cols: number): number {
  return cols < NARROW_BELOW ? Math.max(1, cols - 1 - INDENT.length) : Math.min(cols - 8, WIDEST_PROSE);
}

const CODE_INDENT = '    ';
const FENCE = /^ {0,3}(```+|~~~+)/;

/** Where writing stopped: the fence it is inside of, blank rows owed before the next row, and whether there was any. */
export interface ProseState {
  readonly fence: string;
  readonly owedBlanks: number;
  readonly hasBegun: boolean;
}

export const proseStart: ProseState = { fence: '', owedBlanks: 0, hasBegun: false };

/**
 * Rows of the next piece of a text, whose pieces end at line feeds: paragraphs wrapped and indented by 2, code between
 * fences as logical lines indented by 4. Blank lines come only between rows, in prose never two together. The rows of a
 * text are the same in whatever pieces it is written.
 */
export function writeProse(text: string, from: ProseState, cols: number): { rows: string[]; state: ProseState } {
  const rows: string[] = [];
  let { fence, owedBlanks, hasBegun } = from;
  const add = (row: string) => {
    for (; owedBlanks > 0; owedBlanks--) if (hasBegun) rows.push('');
    rows.push(row);
    hasBegun = true;
  };
  for (const line of linesIn(text)) {
    const next = fenceAfter(line, fence);
    if (next !== fence) fence = next;
    else if (fence !== '') {
      if (line === '') owedBlanks += 1;
      else add(CODE_INDENT + shownLine(line));
    } else if (line.trim() === '') owedBlanks = Math.max(1, owedBlanks);
    else for (const row of proseLine(line, cols)) add(row);
  }
  return { rows, state: { fence, owedBlanks, hasBegun } };
}

/** All rows of a text. */
export function proseRows(text: string, cols: number): string[] {
  return writeProse(text, proseStart, cols).rows;
}

function linesIn(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The fence one is inside of behind this line. */
function fenceAfter(line: string, fence: string): string {
  const mark = FENCE.exec(line)?.[1] ?? '';
  if (fence === '') return mark;
  return mark.startsWith(fence) && line.trim() === mark ? '' : fence;
}

/** A line of prose; what continues a list entry stands under its text. */
function proseLine(line: string, cols: number): string[] {
  const marker = /^\s*(?:[-*+]|\d{1,3}[.)])\s+/.exec(line)?.[0] ?? /^\s*/.exec(line)?.[0] ?? '';
  const hang = INDENT + ' '.repeat(marker.length);
  const width = Math.max(8, proseWidth(cols) - marker.length);
  return wrap(shownLine(line.slice(marker.length)), width).map((row, i) =>
    i === 0 ? INDENT + marker + row : hang + row,
  );
}

function shownLine(line: string): string {
  return visible(line.replaceAll('\t', '    '));
}

/** How far a growing text is settled, and the fence it is inside of at that place. */
export interface Settled {
  /** Code units from the start of the text; always behind a line feed. */
  readonly to: number;
  readonly fence: string;
}

export const nothingSettled: Settled = { to: 0, fence: '' };

/**
 * Goes on from what was settled before: a paragraph is settled by the blank line behind it, a line of code by its line
 * feed. Looks at the open block only.
 */
export function settle(text: string, from: Settled): Settled {
  let settled = from;
  let fence = from.fence;
  for (let at = from.to, end = text.indexOf('\n', at); end >= 0; end = text.indexOf('\n', at)) {
    const line = text.slice(at, end);
    const next = fenceAfter(line, fence);
    at = end + 1;
    if (next !== '' || fence !== '' || line.trim() === '') settled = { to: at, fence: next };
    fence = next;
  }
  return settled;
}
