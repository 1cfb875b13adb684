// How wide is a text on the terminal, and what of it fits?

import { eachCell } from './cells.ts';
import { afterSgr, isSgr, plainSgr, SGR_RESET, sgrOf } from './sgr.ts';

const LINK_CLOSED = '\x1b]8;;\x1b\\';

/** Terminal cells of a text. Escape sequences and control characters take none; tabs must be expanded before. */
export function cellWidth(text: string): number {
  if (isPrintableAscii(text)) return text.length;
  let width = 0;
  eachCell(text, 0, (_start, _end, cells) => {
    width += cells;
    return undefined;
  });
  return width;
}

/** True when the text is wider than `cells`; looks no further than it must. */
export function isWiderThan(text: string, cells: number): boolean {
  if (text.length <= cells && isPrintableAscii(text)) return false;
  let width = 0;
  eachCell(text, 0, (_start, _end, cell) => {
    width += cell;
    return width <= cells;
  });
  return width > cells;
}

function isPrintableAscii(text: string): boolean {
  return !/[^\x20-\x7e]/.test(text);
}

/**
 * The beginning of the text that takes at most `cells`. No cluster is split; colours and links that are open at the
 * cut are closed. A text that fits comes back unchanged.
 */
export function cutToWidth(text: string, cells: number): string {
  if (text.length <= cells && isPrintableAscii(text)) return text;
  let width = 0;
  let cut = -1;
  let state = plainSgr;
  let isLinked = false;
  eachCell(text, 0, (start, end, cell, kind) => {
    if (width + cell > cells) {
      cut = start;
      return false;
    }
    width += cell;
    if (kind === 'escape') {
      const sequence = text.slice(start, end);
      if (isSgr(sequence)) state = afterSgr(state, sequence);
      else if (sequence.startsWith('\x1b]8;')) isLinked = !/^\x1b\]8;[^;]*;(?:\x07|\x1b\\)$/.test(sequence);
    }
    return undefined;
  });
  if (cut < 0) return text;
  return text.slice(0, cut) + (isLinked ? LINK_CLOSED : '') + (sgrOf(state) === '' ? '' : SGR_RESET);
}

/** The end of a plain text that takes at most `cells`. */
function endWithin(text: string, cells: number): string {
  // Clusters longer than this on average do not occur in titles; a wrong guess only shows less.
  const from = Math.max(0, text.length - cells * 8 - 64);
  const starts: number[] = [];
  const widths: number[] = [];
  eachCell(text, from > 0 && (text.charCodeAt(from) & 0xfc00) === 0xdc00 ? from + 1 : from, (start, _end, cell) => {
    starts.push(start);
    widths.push(cell);
    return undefined;
  });
  let width = 0;
  let cut = text.length;
  for (let index = starts.length - 1; index >= 0; index -= 1) {
    width += widths[index]!;
    if (width > cells) break;
    cut = starts[index]!;
  }
  return text.slice(cut);
}

/** A plain text (no escape sequences) shortened in its middle to at most `cells`, so that both ends stay readable. */
export function cutMiddle(text: string, cells: number, ellipsis = '…'): string {
  if (!isWiderThan(text, cells)) return text;
  const room = cells - cellWidth(ellipsis);
  if (room < 2) return cutToWidth(text, cells);
  const tail = endWithin(text, Math.floor(room / 2));
  return cutToWidth(text, room - cellWidth(tail)) + ellipsis + tail;
}

/** A text shortened at its end to at most `cells`, with an ellipsis when something is missing. */
export function cutEnd(text: string, cells: number, ellipsis = '…'): string {
  if (!isWiderThan(text, cells)) return text;
  const room = cells - cellWidth(ellipsis);
  return room < 1 ? cutToWidth(text, cells) : cutToWidth(text, room) + ellipsis;
}
