// Where does a text break when it is laid out in rows of a given width?

import { eachCell } from './cells.ts';
import { codePointWidth } from './code-point-width.ts';
import { afterSgr, isSgr, plainSgr, SGR_RESET, sgrOf } from './sgr.ts';

/**
 * One row as code unit positions. `end` leaves out the blanks at which the row was broken; `next` is where the
 * following row begins.
 */
export interface RowSpan {
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

/**
 * Rows of one logical line (no line feeds) at `cells` per row: broken at blanks, between East Asian characters,
 * and inside a word only when the word is longer than a row. At least one row, even for an empty line.
 * Linear in the length of the text.
 */
export function wrapSpans(text: string, cells: number): RowSpan[] {
  const limit = Math.max(1, cells);
  if (text.length <= limit && !/[^\x20-\x7e]/.test(text)) return [{ start: 0, end: text.length, next: text.length }];
  const rows: RowSpan[] = [];
  let rowStart = 0;
  let width = 0;
  // The newest place where the row may be broken: what comes before it stays, what follows moves down.
  let breakEnd = -1;
  let breakNext = -1;
  let widthAtBreak = 0;
  let wordEnd = 0;
  // End of what fits into the row: only blanks can stand behind it.
  let fitEnd = 0;
  let previousIsWide = false;

  const close = (end: number, next: number): void => {
    rows.push({ start: rowStart, end, next });
    rowStart = next;
    breakNext = -1;
  };

  eachCell(text, 0, (start, end, cell, kind) => {
    if (kind === 'escape') {
      if (width <= limit) fitEnd = end;
      return undefined;
    }
    if (text.charCodeAt(start) === 0x20 && end === start + 1) {
      // Blanks never begin a row: those that do not fit hang over the end of the row before.
      width += 1;
      if (width <= limit) fitEnd = end;
      breakEnd = wordEnd > rowStart ? wordEnd : fitEnd;
      breakNext = end;
      widthAtBreak = width;
      previousIsWide = false;
      return undefined;
    }
    const isWide = cell === 2 && codePointWidth(text.codePointAt(start)!) === 2;
    if ((isWide || previousIsWide) && start > rowStart && wordEnd === start) {
      breakEnd = breakNext = start;
      widthAtBreak = width;
    }
    if (width + cell > limit && start > rowStart) {
      if (breakNext > rowStart) {
        close(breakEnd, breakNext);
        width -= widthAtBreak;
      }
      if (width + cell > limit && start > rowStart) {
        close(start, start);
        width = 0;
      }
    }
    width += cell;
    wordEnd = fitEnd = end;
    previousIsWide = isWide;
    return undefined;
  });
  rows.push({ start: rowStart, end: fitEnd, next: text.length });
  return rows;
}

/**
 * Rows of a text that may hold line feeds and SGR. Colours in force at a break are closed there and opened again in
 * the next row, so that each row stands alone.
 */
export function wrap(text: string, cells: number): string[] {
  const rows: string[] = [];
  let state = plainSgr;
  for (const line of text.split('\n')) {
    for (const span of wrapSpans(line, cells)) {
      const before = sgrOf(state);
      const whole = line.slice(span.start, span.next);
      const row = line.slice(span.start, span.end);
      if (before === '' && !whole.includes('\x1b')) {
        rows.push(row);
        continue;
      }
      const shown = before + row;
      state = stateAfter(state, row);
      rows.push(sgrOf(state) === '' || row === '' ? (row === '' ? '' : shown) : shown + SGR_RESET);
      state = stateAfter(state, whole.slice(row.length));
    }
  }
  return rows;
}

function stateAfter(state: typeof plainSgr, row: string): typeof plainSgr {
  let after = state;
  for (let at = row.indexOf('\x1b'); at >= 0; at = row.indexOf('\x1b', at + 1)) {
    const match = /^\x1b\[[0-9;:]*m/.exec(row.slice(at, at + 64));
    if (match !== null && isSgr(match[0])) after = afterSgr(after, match[0]);
  }
  return after;
}
