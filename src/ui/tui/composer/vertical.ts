// Where does the cursor go when it moves up or down by rows as they are seen?

import { eachCell } from '../terminal/cells.ts';
import { cursorRow, type TextRow, textRows } from './layout.ts';
import type { TextBuffer } from './text-buffer.ts';

/**
 * Moves by one row at `cells` of text per row, aiming at the column the first of several such moves began in.
 * Null at the first or last row: there the history is meant.
 */
export function moveVertically(buffer: TextBuffer, direction: 'up' | 'down', cells: number): TextBuffer | null {
  const rows = textRows(buffer, cells);
  const at = cursorRow(rows, buffer.cursor);
  const target = rows[direction === 'up' ? at - 1 : at + 1];
  if (target === undefined) return null;
  const column = buffer.last.kind === 'vertical' ? buffer.last.column : rows[at]!.columnOf(buffer.cursor);
  return { ...buffer, cursor: positionAt(buffer.text, target, column), last: { kind: 'vertical', column } };
}

/** The position in a row whose column comes nearest to `column` without passing it. */
function positionAt(text: string, row: TextRow, column: number): number {
  let position = row.start;
  // Behind the last character of a wrapped row the cursor would stand in the next one.
  const line = text.slice(row.start, row.next);
  eachCell(line, 0, (start, end) => {
    const isLast = end === line.length && row.isWrapped;
    if (isLast || row.columnOf(row.start + end) > column) {
      position = row.start + start;
      return false;
    }
    position = row.start + end;
    return undefined;
  });
  return position;
}
