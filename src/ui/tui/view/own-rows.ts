// Rows of ours that may be too long for the window: broken at words, what follows set in.

import { cellWidth, wrap } from '../terminal/width.ts';

/** Each row at most `cols - 1` wide; rows that fit stay as they are. */
export function ownRows(rows: readonly string[], cols: number): string[] {
  return rows.flatMap((row) => (cellWidth(row) < cols ? [row] : brokenRow(row, cols)));
}

function brokenRow(row: string, cols: number): string[] {
  const indent = row.length - row.trimStart().length;
  const inset = Math.min(indent + 2, Math.max(0, cols - 12));
  return wrap(row.slice(indent), Math.max(1, cols - 1 - inset)).map(
    (part, index) => ' '.repeat(index === 0 ? Math.min(indent, inset) : inset) + part,
  );
}
