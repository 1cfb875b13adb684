// How wide are lines that are there to be read?

/** Text wider than this is hard to read; below 60 columns every column counts. */
const WIDEST_PROSE = 96;
const NARROW_BELOW = 60;

const INDENT = '  ';

/** Columns of text in a line of prose, its indent of 2 not counted. */
export function proseWidth(cols: number): number {
  return cols < NARROW_BELOW ? Math.max(1, cols - 1 - INDENT.length) : Math.min(cols - 8, WIDEST_PROSE);
}
