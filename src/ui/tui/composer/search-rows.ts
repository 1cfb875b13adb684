// Which rows does a search through earlier messages take: the query, and below it what was found?

import { cellWidth, cutToWidth, visible } from '../terminal/width.ts';
import { joined, type Look } from '../view/look.ts';
import { findIn, highlighted, hitCountText } from '../view/pager.ts';
import type { Composer } from './composer.ts';
import { foundIn, type HistorySearch } from './history-search.ts';
import { type ComposerSpace, layoutComposer } from './layout.ts';

export interface SearchRows {
  readonly rows: readonly string[];
  /** Behind the query. */
  readonly cursor: { readonly row: number; readonly col: number };
}

/** Rows at most `cols - 1` wide and `maxRows` many. While nothing is found the draft is shown: it is what comes back. */
export function searchRows(
  { buffer, walk }: Composer,
  search: HistorySearch,
  space: ComposerSpace,
  look: Look,
): SearchRows {
  const room = Math.max(1, space.cols - 1);
  const lead = `search: ${lastCells(visible(search.query), Math.max(1, room - LEAD_COLUMNS))}`;
  const count = search.query === '' ? '' : hitCountText(search.at, search.matches.length);
  const first = cutToWidth(joined(look, [lead, count]), room);
  const cursor = { row: 0, col: Math.min(cellWidth(lead), space.cols - 1) };
  if (space.maxRows < 2) return { rows: [first], cursor };
  const found = foundIn(search);
  const shown =
    found === null ? buffer : { text: walk.entries[found.entry] ?? '', cursor: found.start, folded: new Map() };
  const { rows } = layoutComposer(shown, { ...space, maxRows: space.maxRows - 1, top: 0 });
  const hits = found === null ? [] : findIn(rows, search.query);
  const marked = rows.map((row, index) =>
    highlighted(
      row,
      hits.filter((hit) => hit.row === index),
      look,
    ),
  );
  return { rows: [first, ...marked], cursor };
}

/** `search: ` and a column for the cursor. */
const LEAD_COLUMNS = 9;

/** The end of a text, which is where it grows. */
function lastCells(text: string, cells: number): string {
  let shown = text;
  while (cellWidth(shown) > cells) shown = [...shown].slice(1).join('');
  return shown;
}
