// The frame of a view: its rows, and one row that says what it is and which keys it takes.

import { assertNever } from '../../../problem/index.ts';
import { fullScreenRows } from '../panes/full-screen.ts';
import { scrolledRows, scrollFacts } from '../panes/pane-scroll.ts';
import type { Frame } from '../terminal/frame-bytes.ts';
import { cutToWidth } from '../terminal/width.ts';
import { transcriptRows } from '../transcript/transcript-rows.ts';
import { joined } from '../view/look.ts';
import { placedCommand, titleOf } from '../view/title.ts';
import type { View } from './app-state.ts';
import { layoutOf, scrolledViewRows, VIEW_CHROME_ROWS } from './open-views.ts';
import type { ScreenApp } from './screen-app.ts';

export function viewFrame(app: ScreenApp, view: View, size: { readonly cols: number; readonly rows: number }): Frame {
  const { look } = app.options;
  const { cols, rows } = size;
  const height = Math.max(1, rows - VIEW_CHROME_ROWS);
  const withBar = (body: readonly string[], bar: readonly string[], query: string | null): Frame => {
    const shown = [...body.slice(0, height)];
    while (shown.length < height) shown.push('');
    const last = cutToWidth(query === null ? joined(look, bar) : `/${query}`, cols - 1);
    return {
      rows: app.layOut('view', [...shown, last], cols),
      cursor: query === null ? null : { row: height, col: Math.min(cols - 1, query.length + 1) },
    };
  };

  switch (view.kind) {
    case 'full': {
      const item = app.transcript.processes.get(view.process);
      if (item === undefined) return { rows: [], cursor: null };
      const body = app.bodies.get(view.process);
      const drawn = fullScreenRows(item, body, { cols, rows, now: Date.now(), look, sizedFor: null });
      const cursor = body?.cursor(height, cols) ?? null;
      return { rows: drawn, cursor };
    }
    case 'output': {
      const item = app.transcript.processes.get(view.process);
      const title = item === undefined ? '' : `${item.number} ${titleOf(placedCommand(item), look)}`;
      const bar = [title, scrollFacts(view.scroll, look), 'arrows scroll', '/ search', 'q closes'];
      return withBar(scrolledRows(view.scroll, view.lines, height, cols - 1, look), bar, view.query);
    }
    case 'transcript': {
      const drawn = transcriptRows(view.model, layoutOf(app, view.model), { cols, rows, look, typedQuery: view.query });
      return { rows: app.layOut('view', drawn, cols), cursor: null };
    }
    case 'help': {
      const bar = [view.filter === '' ? 'type to filter' : `filter: ${view.filter}`, 'arrows scroll', 'Esc closes'];
      return withBar(scrolledViewRows(app, view).slice(view.top), bar, null);
    }
    case 'details':
      return withBar(scrolledViewRows(app, view).slice(view.top), ['Esc back to the question'], null);
    case 'grant':
      return withBar(scrolledViewRows(app, view).slice(view.top), ['Esc back to the list'], null);
    case 'facts':
      return withBar(scrolledViewRows(app, view).slice(view.top), ['arrows scroll', 'Esc closes'], null);
    default:
      return assertNever(view);
  }
}
