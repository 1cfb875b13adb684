// What does a person do to a process, from wherever they are?

import { nextPane } from '../panes/pane-order.ts';
import { nextSignal } from './interrupt.ts';
import type { ScreenApp } from './screen-app.ts';

export function goToPane(app: ScreenApp, step: 1 | -1): void {
  const process = nextPane(app.transcript, app.focus.selected, step);
  if (process === null) app.toasts.show('nothing is running');
  else app.focus.select(process);
}

/** Selects it, and brings it back to the front when it is not there. */
export function selectPane(app: ScreenApp, process: number): void {
  const item = app.transcript.processes.get(process);
  if (item === undefined || item.state.kind === 'finished') return app.toasts.show(`process ${process} is not running`);
  if (item.place === 'background') app.send({ type: 'process.foreground', process });
  app.focus.select(process);
}

/** With the selected process, or the newest one in front. */
export function withPane(app: ScreenApp, then: (process: number) => void): void {
  const process = app.focus.selected ?? app.transcript.live.findLast(({ place }) => place === 'front')?.number ?? null;
  if (process === null) app.toasts.show('nothing is running');
  else then(process);
}

/** One step further with each press: interrupt, terminate, kill. */
export function stop(app: ScreenApp, process: number): void {
  const item = app.transcript.processes.get(process);
  if (item === undefined || item.state.kind === 'finished') return app.toasts.show(`process ${process} is not running`);
  app.send({ type: 'process.signal', process, signal: nextSignal(item.lastSignal) });
}
