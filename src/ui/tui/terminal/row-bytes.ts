// Which bytes turn one painted row into another, and what may stand in a row at all?

import { cellWidth, cutToWidth } from './cell-width.ts';
import { eachCell } from './cells.ts';
import { afterSgr, isSgr, plainSgr, SGR_RESET, type SgrState, sgrOf } from './sgr.ts';
import { visible } from './visible.ts';

const ERASE_REST = '\x1b[K';
const LINK_CLOSED = '\x1b]8;;\x1b\\';
const openLink = /^\x1b\]8;[^;\x00-\x1f\x7f]*;(?:https?|mailto|file):[^\x00-\x1f\x7f-\x9f]*(?:\x07|\x1b\\)$/i;
const closedLink = /^\x1b\]8;[^;]*;(?:\x07|\x1b\\)$/;

/** What is in force at a place in a row. */
interface Pen {
  readonly sgr: SgrState;
  /** The sequence that opened the link, or empty. */
  readonly link: string;
}

const restingPen: Pen = { sgr: plainSgr, link: '' };

function afterEscape(pen: Pen, sequence: string): Pen {
  if (isSgr(sequence)) return { ...pen, sgr: afterSgr(pen.sgr, sequence) };
  return { ...pen, link: closedLink.test(sequence) ? '' : sequence };
}

function isPrintableAscii(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}

/**
 * A line in which nothing but text, SGR and links to web, mail and file addresses is left: other sequences are
 * dropped, other control characters written out. Colours and links still open are closed at the end.
 */
export function cleanLine(line: string): string {
  if (isPrintableAscii(line)) return line;
  let pen = restingPen;
  let cleaned = '';
  let copied = 0;
  eachCell(line, 0, (start, end, width, kind) => {
    if (kind === 'escape') {
      const sequence = line.slice(start, end);
      if (isSgr(sequence) || openLink.test(sequence) || closedLink.test(sequence)) {
        pen = afterEscape(pen, sequence);
        return undefined;
      }
      cleaned += line.slice(copied, start) + (sequence === '\x1b' ? visible(sequence) : '');
      copied = end;
    } else if (width === 0 || isAlone(line, start, end)) {
      const shown = visible(line.slice(start, end));
      if (shown !== line.slice(start, end)) {
        cleaned += line.slice(copied, start) + shown;
        copied = end;
      }
    }
    return undefined;
  });
  const whole = copied === 0 ? line : cleaned + line.slice(copied);
  return whole + (pen.link === '' ? '' : LINK_CLOSED) + (sgrOf(pen.sgr) === '' ? '' : SGR_RESET);
}

/** A lone surrogate has a width but is no character: terminals would show whatever its encoding becomes. */
function isAlone(text: string, start: number, end: number): boolean {
  return end === start + 1 && (text.charCodeAt(start) & 0xf800) === 0xd800;
}

/** A row that fits: clean, and at most `cells` wide. */
export function fitRow(row: string, cells: number): string {
  return cutToWidth(cleanLine(row), cells);
}

/**
 * The text as it is sent when its first cell stands in column `column` (from 0): after every cell whose width
 * terminals disagree about, the column of the next one is said.
 */
export function encodeRow(text: string, column: number): string {
  if (isPrintableAscii(text)) return text;
  let encoded = '';
  let copied = 0;
  let at = column;
  eachCell(text, 0, (_start, end, width, kind) => {
    at += width;
    if (kind === 'unsure') {
      encoded += `${text.slice(copied, end)}\x1b[${at + 1}G`;
      copied = end;
    }
    return undefined;
  });
  return encoded + text.slice(copied);
}

/** What has to be written, from which column on, and how wide the row is then. */
export interface RowChange {
  readonly column: number;
  readonly bytes: string;
  readonly width: number;
}

/**
 * The smallest rewrite of a row from its first changed cell to its end. Both rows must be fitted; what is written
 * ends with SGR 0 when any attribute was set, and erases the rest only when the row became narrower.
 */
export function rowChange(before: string, after: string): RowChange {
  const same = commonLength(before, after);
  const from = Math.min(lastBoundary(before, same), lastBoundary(after, same));
  const kept = after.slice(0, from);
  const pen = kept.includes('\x1b') ? penAfter(kept) : restingPen;
  const rest = after.slice(from);
  const column = cellWidth(kept);
  const width = column + cellWidth(rest);
  const start = pen.link + sgrOf(pen.sgr);
  const needsReset = start !== '' && !rest.endsWith(SGR_RESET);
  const encoded = encodeRow(rest, column);
  // Where the terminal takes a cell to be narrower than we do, what stood there before would show through.
  const erasesFirst = encoded !== rest;
  const erasesRest = !erasesFirst && cellWidth(before) > width;
  const bytes =
    (erasesFirst ? ERASE_REST : '') + start + encoded + (needsReset ? SGR_RESET : '') + (erasesRest ? ERASE_REST : '');
  return { column, bytes, width };
}

function commonLength(one: string, other: string): number {
  const limit = Math.min(one.length, other.length);
  let at = 0;
  while (at < limit && one.charCodeAt(at) === other.charCodeAt(at)) at += 1;
  return at;
}

/** The last position up to `limit` at which a cell ends. */
function lastBoundary(text: string, limit: number): number {
  let boundary = 0;
  eachCell(text, 0, (_start, end) => {
    if (end > limit) return false;
    boundary = end;
    return undefined;
  });
  return boundary;
}

function penAfter(text: string): Pen {
  let pen = restingPen;
  eachCell(text, 0, (start, end, _width, kind) => {
    if (kind === 'escape') pen = afterEscape(pen, text.slice(start, end));
    return undefined;
  });
  return pen;
}
