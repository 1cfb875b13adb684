// How wide are the columns of a table, and what are its rows?

import { cellWidth, cutEnd } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import type { Table } from './blocks.ts';
import { parseInline } from './inline.ts';
import type { Alignment } from './line.ts';
import { rowsOfSpans, type Span, spansFor, widthOfSpans } from './spans.ts';

/** Between two columns. */
const GAP = 2;
/** A column that is narrower than its longest word is no use, unless that word is longer than this. */
const WIDEST_WORD = 16;
/** A name in front of a value. */
const WIDEST_NAME = 32;
const INSET = '  ';

export interface TablePart {
  readonly table: Table;
  /** The rows whose widths count. */
  readonly widthRows: readonly (readonly string[])[];
  readonly rows: readonly (readonly string[])[];
  /** The names come first. */
  readonly isFirst: boolean;
}

/** Rows of a table in `cells` columns; where that is too little, a block of `name: value` for each of its rows. */
export function tableRows({ table, widthRows, rows, isFirst }: TablePart, cells: number, look: Look): string[] {
  const names = table.names.map((name) => spansOfCell(name, look).map(bold));
  const measured = [names, ...widthRows.map((row) => spansOfRow(row, names.length, look))];
  const widths = columnWidths(measured, cells);
  const body = widthRows === rows ? measured.slice(1) : rows.map((row) => spansOfRow(row, names.length, look));
  if (widths === null) return valueBlocks(names, body, isFirst, cells, look);
  const lines = body.flatMap((row) => lineRows(row, widths, table.alignments, look));
  if (!isFirst) return lines;
  const rule = widths.map((width) => look.glyphs.rule.repeat(width)).join(' '.repeat(GAP));
  return [...lineRows(names, widths, table.alignments, look), paint(look, 'dim', rule), ...lines];
}

function spansOfCell(text: string, look: Look): Span[] {
  return spansFor(parseInline(text.replace(/<br ?\/?>/gi, '\n')), look);
}

/** As many cells as there are names; what is too much belongs to the last one. */
function spansOfRow(row: readonly string[], columns: number, look: Look): Span[][] {
  return Array.from({ length: columns }, (_, column) => {
    const isLast = column === columns - 1;
    return spansOfCell((isLast ? row.slice(column).join(' | ') : row[column]) ?? '', look);
  });
}

function bold(span: Span): Span {
  return span.roles.includes('bold') ? span : { ...span, roles: [...span.roles, 'bold'] };
}

/** Null when the columns cannot stand side by side. */
export function columnWidths(rows: readonly (readonly Span[])[][], cells: number): number[] | null {
  const columns = rows[0]?.length ?? 0;
  const natural = Array.from({ length: columns }, (_, column) => widest(rows, column, widthOfSpans));
  const room = cells - GAP * (columns - 1);
  if (sum(natural) <= room) return natural;
  const least = natural.map((width, column) => Math.min(width, WIDEST_WORD, widest(rows, column, widestWord)));
  if (sum(least) > room) return null;
  return shared(natural, least, room);
}

function widest(
  rows: readonly (readonly Span[])[][],
  column: number,
  widthOf: (spans: readonly Span[]) => number,
): number {
  return rows.reduce((width, row) => Math.max(width, widthOf(row[column] ?? [])), 1);
}

function widestWord(spans: readonly Span[]): number {
  const words = spans
    .map(({ text }) => text)
    .join('')
    .split(/\s+/);
  return words.reduce((width, word) => Math.max(width, cellWidth(word)), 1);
}

/** Each column gets what it wants up to one level for all, the highest that fits; none gets less than its least. */
function shared(natural: readonly number[], least: readonly number[], room: number): number[] {
  const at = (level: number) => natural.map((width, column) => Math.min(width, Math.max(least[column]!, level)));
  let level = 1;
  while (sum(at(level + 1)) <= room) level += 1;
  const widths = at(level);
  // What is left over goes to the first ones that want more.
  let left = room - sum(widths);
  return widths.map((width, column) => {
    if (left === 0 || width >= natural[column]!) return width;
    left -= 1;
    return width + 1;
  });
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

function lineRows(
  cells: readonly (readonly Span[])[],
  widths: readonly number[],
  alignments: readonly Alignment[],
  look: Look,
): string[] {
  const columns = cells.map((cell, column) => rowsOfSpans(cell, widths[column]!, look));
  const height = Math.max(...columns.map(({ length }) => length));
  return Array.from({ length: height }, (_, index) => {
    let row = '';
    let owed = 0;
    columns.forEach((rows, column) => {
      const text = rows[index] ?? '';
      const width = widths[column]!;
      const free = Math.max(0, width - cellWidth(text));
      const alignment = alignments[column] ?? 'left';
      const before = alignment === 'right' ? free : alignment === 'centre' ? Math.floor(free / 2) : 0;
      // Blanks are written when something follows them, so that no row ends in some.
      if (text !== '') {
        row += ' '.repeat(owed + before) + text;
        owed = free - before + GAP;
      } else owed += width + GAP;
    });
    return row;
  });
}

/** In front of each value a long name would be most of what is written. */
function shortened(name: readonly Span[]): readonly Span[] {
  if (widthOfSpans(name) <= WIDEST_NAME) return name;
  let left = WIDEST_NAME - 1;
  const kept = name.flatMap((span) => {
    const text = cutEnd(span.text, left, '');
    left = Math.max(0, left - cellWidth(text));
    return text === '' ? [] : [{ ...span, text }];
  });
  return [...kept, { text: '…', roles: ['bold'], target: null }];
}

/** What does not fit into the first row of a value is set in. A cell that holds nothing is left out. */
function valueBlocks(
  names: readonly (readonly Span[])[],
  body: readonly (readonly Span[])[][],
  isFirst: boolean,
  cells: number,
  look: Look,
): string[] {
  const width = Math.max(8, cells - INSET.length);
  const colon: Span = { text: ': ', roles: ['bold'], target: null };
  const short = names.map(shortened);
  const blocks = body.map((row) =>
    row.flatMap((value, column) =>
      widthOfSpans(value) === 0
        ? []
        : rowsOfSpans([...short[column]!, colon, ...value], width, look).map((text, at) =>
            at === 0 ? text : INSET + text,
          ),
    ),
  );
  const rows = blocks.flatMap((block, index) => (index === 0 && isFirst ? block : ['', ...block]));
  return rows.length > 0 || !isFirst ? rows : names.flatMap((name) => rowsOfSpans(name, width, look));
}
