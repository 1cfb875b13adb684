// What a key does in a view that covers the screen.

import { assertNever } from '../../../problem/index.ts';
import { type Key, nameOfKey } from '../input/key.ts';
import { endSearch, nextHit, scrollPane, searchPane } from '../panes/pane-scroll.ts';
import {
  jumpTo,
  moveTranscript,
  nextFound,
  processInView,
  searchTranscript,
  setFolded,
  toggleFilter,
} from '../transcript/transcript-view.ts';
import type { View } from './app-state.ts';
import { layoutOf, motionOf, scrolledViewRows, VIEW_CHROME_ROWS } from './open-views.ts';
import type { ScreenApp } from './screen-app.ts';

export function onViewKey(app: ScreenApp, view: View, key: Key): void {
  const name = nameOfKey(key);
  if (name === 'ctrl-z') {
    app.options.suspend();
    return;
  }
  switch (view.kind) {
    case 'full':
      // Every byte goes to the program; keys arrive here only once it has ended.
      if (name === 'enter' || name === 'esc' || name === 'q' || name === 'ctrl-c') app.views.close();
      return;
    case 'output':
      return onOutputKey(app, view, key);
    case 'transcript':
      return onTranscriptKey(app, view, key);
    case 'help':
      return onHelpKey(app, view, key);
    case 'details':
    case 'grant':
    case 'facts':
      return onScrolledKey(app, key, view.top, scrolledViewRows(app, view).length, (top) =>
        app.views.set({ ...view, top }),
      );
    default:
      return assertNever(view);
  }
}

function height(app: ScreenApp): number {
  return Math.max(1, app.options.size().rows - VIEW_CHROME_ROWS);
}

function actionOf(app: ScreenApp, key: Key): string {
  const meaning = app.keys.meaning(['transcript'], key, null, 0);
  return meaning.kind === 'action' ? meaning.action : '';
}

// --------------------------------------------------------------------------------------------------------- output

function onOutputKey(app: ScreenApp, view: Extract<View, { kind: 'output' }>, key: Key): void {
  const { lines, scroll, query } = view;
  const rows = height(app);
  if (query !== null) {
    const next = typedQuery(query, key);
    if (next === 'leave') app.views.set({ ...view, query: null, scroll: endSearch(scroll) });
    else if (next === 'stay') app.views.set({ ...view, query: null });
    else app.views.set({ ...view, query: next, scroll: searchPane(scroll, next, lines, rows) });
    return;
  }
  const action = actionOf(app, key);
  if (isClosing(key, action)) return app.views.close();
  if (action === 'search') return app.views.set({ ...view, query: '' });
  if (action === 'search.next' || action === 'search.previous') {
    return app.views.set({ ...view, scroll: nextHit(scroll, action === 'search.next' ? 1 : -1, lines.length, rows) });
  }
  if (action.startsWith('scroll.'))
    app.views.set({ ...view, scroll: scrollPane(scroll, motionOf(action), lines.length, rows) });
}

// ----------------------------------------------------------------------------------------------------- transcript

function onTranscriptKey(app: ScreenApp, view: Extract<View, { kind: 'transcript' }>, key: Key): void {
  const { model, query } = view;
  const rows = height(app);
  const lay = (of: typeof model) => layoutOf(app, of);
  const set = (next: typeof model) => app.views.set({ ...view, model: next, query: null });
  if (query !== null) {
    const next = typedQuery(query, key);
    if (next === 'leave') set(searchTranscript(model, '', lay, rows));
    else if (next === 'stay') set(model);
    else app.views.set({ ...view, query: next, model: searchTranscript(model, next, lay, rows) });
    return;
  }
  const action = actionOf(app, key);
  if (isClosing(key, action)) return app.views.close();
  switch (action) {
    case 'search':
      return app.views.set({ ...view, query: '' });
    case 'search.next':
      return set(nextFound(model, 1, lay, rows));
    case 'search.previous':
      return set(nextFound(model, -1, lay, rows));
    case 'message.next':
      return set(jumpTo(model, 'message', 1, lay(model), rows));
    case 'message.previous':
      return set(jumpTo(model, 'message', -1, lay(model), rows));
    case 'process.next':
      return set(jumpTo(model, 'process', 1, lay(model), rows));
    case 'process.previous':
      return set(jumpTo(model, 'process', -1, lay(model), rows));
    case 'unfold':
    case 'fold': {
      const item = processInView(model, lay(model), rows);
      if (item !== null) set(setFolded(model, item, action === 'fold'));
      return;
    }
    case 'only.trouble':
      return set(toggleFilter(model));
    default:
      if (action.startsWith('scroll.')) set(moveTranscript(model, motionOf(action), lay(model), rows));
  }
}

// ---------------------------------------------------------------------------------------------------- help, details

function onHelpKey(app: ScreenApp, view: Extract<View, { kind: 'help' }>, key: Key): void {
  const name = nameOfKey(key);
  if (key.text !== '' && !key.ctrl && !key.alt && name !== 'enter')
    return app.views.set({ ...view, filter: view.filter + key.text, top: 0 });
  if (name === 'backspace') return app.views.set({ ...view, filter: [...view.filter].slice(0, -1).join(''), top: 0 });
  const { length } = scrolledViewRows(app, view);
  onScrolledKey(app, key, view.top, length, (top) => app.views.set({ ...view, top }));
}

function onScrolledKey(app: ScreenApp, key: Key, top: number, length: number, set: (top: number) => void): void {
  const rows = height(app);
  const lowest = Math.max(0, length - rows);
  const to = (next: number) => set(Math.max(0, Math.min(lowest, next)));
  switch (nameOfKey(key)) {
    case 'up':
      return to(top - 1);
    case 'down':
      return to(top + 1);
    case 'page-up':
      return to(top - rows + 1);
    case 'page-down':
      return to(top + rows - 1);
    case 'home':
      return to(0);
    case 'end':
      return to(lowest);
    case 'esc':
    case 'enter':
    case 'q':
    case 'd':
    case 'ctrl-c':
      return app.views.close();
  }
}

// --------------------------------------------------------------------------------------------------------- search

/** A key while something is searched for: the longer query, or how the search ends. */
function typedQuery(query: string, key: Key): string | 'leave' | 'stay' {
  const name = nameOfKey(key);
  if (name === 'esc' || name === 'ctrl-c') return 'leave';
  if (name === 'enter') return 'stay';
  if (name === 'backspace' || name === 'ctrl-h') return [...query].slice(0, -1).join('');
  return key.text !== '' && !key.ctrl && !key.alt ? query + key.text : query;
}

function isClosing(key: Key, action: string): boolean {
  const name = nameOfKey(key);
  return action === 'view.close' || name === 'esc' || name === 'ctrl-c';
}
