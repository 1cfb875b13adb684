// May a typed character simply be written where the cursor stands, and what is painted then?

import { cellWidth } from './cell-width.ts';
import type { Painted } from './frame-bytes.ts';

/**
 * The region after one printable ASCII character was written at the cursor; null when more than that would change:
 * a hidden cursor, text behind it, the end of the row, or a character that joins the one before. Fitted rows end with
 * no attribute in force, so the character is plain.
 * `columns` is the window's width.
 */
export function directEcho(painted: Painted, character: string, columns: number): Painted | null {
  if (!painted.isCursorShown || !/^[\x20-\x7e]$/.test(character)) return null;
  const { row, col } = painted.at;
  const before = painted.rows[row];
  // The last column stays free, and the one before it for the cursor.
  if (before === undefined || col >= columns - 2) return null;
  const width = cellWidth(before);
  if (width > col) return null;
  // Trailing blanks are often cut from rows: the cursor may stand behind them.
  const after = before + ' '.repeat(col - width) + character;
  if (cellWidth(after) !== col + 1) return null;
  return {
    rows: painted.rows.map((text, index) => (index === row ? after : text)),
    at: { row, col: col + 1 },
    isCursorShown: true,
  };
}
