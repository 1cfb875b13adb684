// What the transcript view puts on the screen.

import { cutEnd, cutToWidth } from '../terminal/width.ts';
import { joined, type Look, paint } from '../view/look.ts';
import { findIn, highlighted, hitCountText } from '../view/pager.ts';
import type { Layout } from './layout.ts';
import { type TranscriptView, visibleRows } from './transcript-view.ts';

export interface TranscriptScreen {
  readonly cols: number;
  readonly rows: number;
  readonly look: Look;
  /** Null unless a query is being typed. */
  readonly typedQuery: string | null;
}

/** Exactly `rows` rows for the alternate screen: the transcript, and one row that says where one is. */
export function transcriptRows(
  view: TranscriptView,
  layout: Layout,
  { cols, rows, look, typedQuery }: TranscriptScreen,
): string[] {
  const height = Math.max(1, rows - 1);
  const query = view.search?.query ?? '';
  const shown = visibleRows(view, layout, height).map(({ text }) =>
    cutToWidth(highlighted(text, findIn([text], query), look), cols - 1),
  );
  while (shown.length < height) shown.push('');
  return [...shown, footer(view, layout, cols, look, typedQuery)];
}

function footer(view: TranscriptView, layout: Layout, cols: number, look: Look, typedQuery: string | null): string {
  const { search } = view;
  const found = search === null ? '' : `/${search.query} ${hitCountText(search.current, search.hits.length)}`;
  if (typedQuery !== null) {
    const cursor = look.glyphs.name === 'ascii' ? '_' : '▏';
    return cutEnd(
      joined(look, [
        `/${typedQuery}${cursor}`,
        search === null ? '' : hitCountText(search.current, search.hits.length),
      ]),
      cols - 1,
      look.glyphs.ellipsis,
    );
  }
  const below = view.top === null ? 0 : Math.max(0, layout.items.length - view.seenItems);
  const facts = [
    'transcript',
    view.isFiltered ? 'failures and questions' : '',
    below === 0 ? '' : `${below} new below`,
    found,
    cols < 60 ? 'q closes' : '/ search, [ ] process, Enter unfolds, q closes',
  ];
  return paint(look, 'dim', cutEnd(joined(look, facts), cols - 1, look.glyphs.ellipsis));
}
