// Rows laid out by Ink, and not again while they are the same: a flood repaints its pane, not the composer.

import { createElement } from 'react';
import { Rows } from './rows.tsx';
import type { Surface } from './surface.ts';

/** The parts of the screen that Ink lays out; each keeps its last result. */
export type Part = 'composer' | 'card' | 'view';

export type RowLayout = (part: Part, rows: readonly string[], cols: number) => readonly string[];

export function openRowLayout(surface: Surface): RowLayout {
  const known = new Map<Part, { readonly key: string; readonly rows: readonly string[] }>();
  return (part, rows, cols) => {
    const key = `${cols}\n${rows.join('\n')}`;
    const last = known.get(part);
    if (last?.key === key) return last.rows;
    const drawn = surface.layOut(createElement(Rows, { rows }), cols);
    known.set(part, { key, rows: drawn });
    return drawn;
  };
}
