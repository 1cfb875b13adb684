// What is there to read in a view: the transcript, the output of one process, help, details?

import { assertNever } from '../../../problem/index.ts';
import { questionDetails } from '../approvals/card.ts';
import { grantDetails } from '../approvals/permissions-list.ts';
import { atTheEnd, scrollPane, searchPane } from '../panes/pane-scroll.ts';
import { layOut } from '../transcript/layout.ts';
import { showProcess, type TranscriptView, transcriptAtEnd } from '../transcript/transcript-view.ts';
import { factsRows } from '../view/facts-rows.ts';
import { linesOf } from '../view/output-lines.ts';
import { hasColour } from '../view/process-rows.ts';
import type { View } from './app-state.ts';
import { helpRows } from './help-rows.ts';
import type { ScreenApp } from './screen-app.ts';

/** Of one output so much is laid out for reading; more is in its file. */
const READ_BYTES = 4 * 1024 * 1024;

/** Rows of a view that are not its text. */
export const VIEW_CHROME_ROWS = 1;

export function layoutOf(app: ScreenApp, view: TranscriptView) {
  const { cols } = app.options.size();
  const itemView = {
    cols,
    look: app.links.look,
    folds: app.options.settings.folds,
    factory: app.emulator.factory,
    fetched: app.outputs.get,
  };
  return layOut(app.transcript, itemView, view.unfolded, view.isFiltered, app.outputs.keptRows);
}

/** All rows of a view that is text to scroll in. */
export function scrolledViewRows(
  app: ScreenApp,
  view: Extract<View, { kind: 'help' | 'details' | 'grant' | 'facts' }>,
): readonly string[] {
  const { look } = app.options;
  const { cols } = app.options.size();
  switch (view.kind) {
    case 'help':
      return helpRows(app.keyMap, view.filter, cols, look);
    case 'details':
      return questionDetails(view.question, cols, look);
    case 'grant': {
      const grant = app.transcript.grants.find(({ number }) => number === view.grant);
      return grant === undefined ? [] : grantDetails(grant, cols, Date.now(), look);
    }
    case 'facts':
      return factsRows(view.facts, app.transcript, { cols, look, recordPath: app.options.recordPath });
    default:
      return assertNever(view);
  }
}

/** The servers are asked how they are now. */
export function openServers(app: ScreenApp): void {
  app.views.open({ kind: 'facts', facts: { about: 'servers', servers: null }, top: 0 });
  app.options.door.query({ type: 'mcp' }).then(({ servers }) => {
    const { view } = app.state;
    if (view?.kind === 'facts' && view.facts.about === 'servers')
      app.views.set({ ...view, facts: { about: 'servers', servers } });
  }, app.onDefect);
}

/** `process` null: at the end of everything. */
export function openTranscript(app: ScreenApp, process: number | null): void {
  const height = app.options.size().rows - VIEW_CHROME_ROWS;
  const model =
    process === null ? transcriptAtEnd : showProcess(transcriptAtEnd, process, (view) => layoutOf(app, view), height);
  app.views.open({ kind: 'transcript', model, query: null });
  app.outputs.fetch();
}

/** The output of one process, scrolled by what was pressed to get there. */
export function openOutput(app: ScreenApp, process: number, action: string): void {
  const item = app.transcript.processes.get(process);
  const attempt = item?.attempts.at(-1);
  if (item === undefined || attempt === undefined) return app.toasts.show('nothing was printed yet');
  const { bytes } = attempt.excerpt;
  const query = {
    type: 'output',
    process,
    attempt: attempt.number,
    from: Math.max(0, bytes - READ_BYTES),
    to: bytes,
  } as const;
  app.options.door.query(query).then((answer) => {
    const lines = linesOf(answer.bytes, item.stdio, {
      hasColour: hasColour(app.options.look),
      factory: app.emulator.factory,
    });
    const height = app.options.size().rows - VIEW_CHROME_ROWS;
    const scroll = scrollPane(atTheEnd, motionOf(action), lines.length, height);
    const isSearch = action === 'search';
    app.views.open({
      kind: 'output',
      process,
      lines,
      scroll: isSearch ? searchPane(atTheEnd, '', lines, height) : scroll,
      query: isSearch ? '' : null,
    });
  }, app.onDefect);
}

export function motionOf(action: string): 'up' | 'down' | 'page_up' | 'page_down' | 'home' | 'end' {
  switch (action) {
    case 'scroll.up':
      return 'up';
    case 'scroll.down':
      return 'down';
    case 'scroll.page.up':
      return 'page_up';
    case 'scroll.page.down':
      return 'page_down';
    case 'scroll.home':
      return 'home';
    default:
      return 'end';
  }
}
