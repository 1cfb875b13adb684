// What of a frame fits into the window?

import { cutToWidth } from './cell-width.ts';
import type { Frame, Painted } from './frame-bytes.ts';
import { fitRow } from './row-bytes.ts';

export interface WindowSize {
  readonly cols: number;
  readonly rows: number;
}

/** Columns of a row while the window keeps changing: shorter than any window worth painting into. */
const COLLAPSED_COLUMNS = 24;

/**
 * At most one row less than the window has, from the end (the composer and the status line are there), each at most
 * one column narrower than the window, so that neither scrolling nor wrapping can happen.
 */
export function fitFrame(frame: Frame, { cols, rows }: WindowSize): Frame {
  const room = Math.max(1, rows - 1);
  const dropped = Math.max(0, frame.rows.length - room);
  const fitted = frame.rows.slice(dropped).map((row) => fitRow(row, Math.max(1, cols - 1)));
  if (frame.cursor === null) return { rows: fitted, cursor: null };
  const last = Math.max(0, fitted.length - 1);
  const row = Math.min(last, Math.max(0, frame.cursor.row - dropped));
  return { rows: fitted, cursor: { row, col: Math.max(0, Math.min(frame.cursor.col, cols - 1)) } };
}

/** The short form of a region nobody gave one for: the row with the cursor and the last one. */
export function plainCollapse(painted: Painted): Frame {
  const kept = [...new Set([painted.at.row, painted.rows.length - 1])].filter((row) => row >= 0).sort((a, b) => a - b);
  const rows = kept.map((row) => cutToWidth(painted.rows[row] ?? '', COLLAPSED_COLUMNS));
  if (!painted.isCursorShown) return { rows, cursor: null };
  return {
    rows,
    cursor: { row: kept.indexOf(painted.at.row), col: Math.min(painted.at.col, COLLAPSED_COLUMNS) },
  };
}
