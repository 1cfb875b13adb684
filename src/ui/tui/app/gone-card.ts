// What is asked when the program that had this session open was killed.

import { wrap } from '../terminal/width.ts';
import type { Look } from '../view/look.ts';

/** Rows of the card: what happened, and the two ways on. */
export function goneCardRows(cols: number, look: Look): string[] {
  const what = 'The program that had this session open is gone, and what ran in it. Everything it printed is recorded.';
  return [
    ...wrap(what, Math.max(1, cols - 4)).map((row) => `  ${row}`),
    `  ${look.glyphs.pointer} r  resume it here (Enter)`,
    '    Esc  leave',
  ];
}
