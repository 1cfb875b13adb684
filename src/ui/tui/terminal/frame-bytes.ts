// Which bytes turn what stands on the terminal into the next frame? Pure: nothing here writes.
//
// On the main screen only relative movement is used, because nobody knows on which row of the window the live region
// begins. That works as long as the region is lower than the window and no row reaches the last column, so that the
// terminal never wraps or scrolls by itself.

import { cellWidth } from './cell-width.ts';
import { cleanLine, encodeRow, rowChange } from './row-bytes.ts';

/** A cell of the region, both from 0. */
export interface Cursor {
  readonly row: number;
  readonly col: number;
}

/** Rows to show, and where the terminal's cursor stands; null hides it. */
export interface Frame {
  readonly rows: readonly string[];
  readonly cursor: Cursor | null;
}

/** What the terminal shows of us. */
export interface Painted {
  readonly rows: readonly string[];
  /** Where the terminal's own cursor is, shown or not, counted from the region's first row. */
  readonly at: Cursor;
  readonly isCursorShown: boolean;
}

export interface Paint {
  readonly bytes: string;
  readonly painted: Painted;
}

export const nothingPainted: Painted = { rows: [], at: { row: 0, col: 0 }, isCursorShown: true };

export const CURSOR_SHOWN = '\x1b[?25h';
const CURSOR_HIDDEN = '\x1b[?25l';
const UPDATE_BEGINS = '\x1b[?2026h';
const UPDATE_ENDS = '\x1b[?2026l';
const ERASE_BELOW = '\x1b[J';

function move(from: Cursor, to: Cursor): string {
  let bytes = '';
  if (to.row < from.row) bytes += `\x1b[${from.row - to.row}A`;
  else if (to.row > from.row) bytes += `\x1b[${to.row - from.row}B`;
  if (to.col !== from.col) bytes += to.col === 0 ? '\r' : `\x1b[${to.col + 1}G`;
  return bytes;
}

/** Body of an update: rows and erasing, without the cursor's final place. Frame rows must be fitted. */
function paintRows(painted: Painted, rows: readonly string[]): { bytes: string; at: Cursor } {
  const before = painted.rows;
  let bytes = '';
  let at = painted.at;
  for (let row = 0; row < rows.length; row += 1) {
    const after = rows[row]!;
    if (row < before.length && before[row] === after) continue;
    if (row > 0 && row >= before.length) {
      // A row that is not there yet: only a line feed makes the window scroll when this is its last row.
      bytes += `${move(at, { row: row - 1, col: 0 })}\r\n`;
      at = { row, col: 0 };
    }
    const change = rowChange(before[row] ?? '', after);
    bytes += move(at, { row, col: change.column }) + change.bytes;
    at = { row, col: change.width };
  }
  if (rows.length < before.length) {
    const last = rows.length - 1;
    const end = last < 0 ? { row: 0, col: 0 } : { row: last, col: cellWidth(rows[last]!) };
    bytes += move(at, end) + ERASE_BELOW;
    at = end;
  }
  return { bytes, at };
}

/**
 * Finished lines above the region, then the region. With lines, the region is erased, the lines are printed where it
 * stood, and it is painted again below: the only way that keeps the history whole in every terminal tried.
 * `columns` is the window's width; frame rows must be fitted to one less.
 */
export function paintFrame(painted: Painted, lines: readonly string[], frame: Frame, columns: number): Paint {
  if (lines.length > 0) return replaceFrame(painted, painted.at.row, lines, frame, columns);
  const body = paintRows(painted, frame.rows);
  return finish(painted, body.bytes, body.at, frame);
}

/** As `paintFrame`, but painting all anew, from a cursor that stands `above` rows below the region's first row. */
export function replaceFrame(
  painted: Painted,
  above: number,
  lines: readonly string[],
  frame: Frame,
  columns: number,
): Paint {
  let bytes = eraseRegion(above);
  for (const line of lines) bytes += `${encodeLine(line, columns)}\r\n`;
  const body = paintRows(nothingPainted, frame.rows);
  return finish(painted, bytes + body.bytes, body.at, frame);
}

/** Puts the cursor where the frame wants it and wraps the update; no bytes when nothing differs. */
function finish(painted: Painted, body: string, at: Cursor, frame: Frame): Paint {
  const place = frame.cursor ?? at;
  const placing = move(at, place);
  const isCursorShown = frame.cursor !== null;
  const after: Painted = { rows: frame.rows, at: place, isCursorShown };
  if (body === '') {
    const switching = isCursorShown === painted.isCursorShown ? '' : isCursorShown ? CURSOR_SHOWN : CURSOR_HIDDEN;
    return { bytes: placing + switching, painted: after };
  }
  const hiding = painted.isCursorShown ? CURSOR_HIDDEN : '';
  const bytes = UPDATE_BEGINS + hiding + body + placing + (isCursorShown ? CURSOR_SHOWN : '') + UPDATE_ENDS;
  return { bytes, painted: after };
}

/** A finished line; it may be wider than the window, the terminal wraps it then and can wrap it anew later. */
function encodeLine(line: string, columns: number): string {
  const cleaned = cleanLine(line);
  return cellWidth(cleaned) < columns ? encodeRow(cleaned, 0) : cleaned;
}

/**
 * What a terminal does with rows that are wider than the new window: it may re-wrap all of them, all but the one
 * with the cursor (xterm.js), or cut them.
 */
export type Reflow = 'all' | 'all but the cursor row' | 'none';

/** The behaviour by the terminal's own name (answer to XTVERSION, empty when it gave none) and TERM. */
export function reflowOf(name: string, term: string): Reflow {
  if (/^xterm\.js/i.test(name)) return 'all but the cursor row';
  if (/^XTerm\b/.test(name) || /^(?:linux|vt\d.*)$/.test(term)) return 'none';
  // Counting a row too much would erase a finished one, a row too few leaves one of ours: unknown means too few.
  return name === '' ? 'all but the cursor row' : 'all';
}

/** How many rows the cursor stands below the region's first row, after the window became `columns` wide. */
export function rowsAboveCursor(painted: Painted, columns: number, reflow: Reflow): number {
  if (reflow === 'none') return painted.at.row;
  let above = 0;
  for (const row of painted.rows.slice(0, painted.at.row)) above += Math.max(1, Math.ceil(cellWidth(row) / columns));
  return reflow === 'all' ? above + Math.floor(painted.at.col / columns) : above;
}

/** Erases the region from a cursor that stands `above` rows below its first row, and leaves the cursor there. */
export function eraseRegion(above: number): string {
  return `${above > 0 ? `\x1b[${above}A` : ''}\r${ERASE_BELOW}`;
}

/** Rows of the alternate screen, which begins at its own first row; `painted` null paints all of it. */
export function paintView(painted: Painted | null, frame: Frame): Paint {
  if (painted !== null && painted.rows.length === frame.rows.length) return paintFrame(painted, [], frame, 0);
  // Another number of rows is another layout: erased from the top, which on this screen is known.
  const body = paintRows(nothingPainted, frame.rows);
  return finish(painted ?? nothingPainted, `\x1b[H${ERASE_BELOW}${body.bytes}`, body.at, frame);
}
