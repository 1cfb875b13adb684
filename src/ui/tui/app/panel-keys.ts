// Which list or card stands above the composer, and what does a key do in it?

import { assertNever } from '../../../problem/index.ts';
import { markedAtFirst, onPermissions } from '../approvals/permissions-list.ts';
import { type Key, nameOfKey } from '../input/key.ts';
import { listed } from '../panes/background-list.ts';
import type { Panel } from './app-state.ts';
import { openOutput } from './open-views.ts';
import { selectPane, stop } from './process-actions.ts';
import type { ScreenApp } from './screen-app.ts';

export function openBackgroundList(app: ScreenApp): void {
  app.state.panel = { kind: 'background', selected: listed(app.transcript)[0]?.number ?? null };
}

/** The machine of commands that name none. */
export function currentEnvironment(app: ScreenApp): string {
  return app.transcript.environment?.name ?? 'local';
}

export function openEnvironments(app: ScreenApp): void {
  app.state.panel = { kind: 'environments', environments: null, selected: null };
  void app.options.door.query({ type: 'environments' }).then(({ environments }) => {
    if (app.state.panel?.kind !== 'environments') return;
    app.state.panel = { kind: 'environments', environments, selected: currentEnvironment(app) };
    app.painter.changed('echo');
  });
}

export function pickEnvironment(app: ScreenApp, environment: string): void {
  app.toasts.keep(`${environment}: connecting`);
  app.send({ type: 'environment.pick', environment });
}

export function openPermissions(app: ScreenApp): void {
  app.state.panel = { kind: 'permissions', selected: markedAtFirst(app.transcript) };
}

/** Leaves, or asks first when something would be stopped by it. */
export function leave(app: ScreenApp): void {
  if (app.transcript.live.length === 0 || app.options.isAttached) return app.options.leave();
  app.state.panel = { kind: 'leave' };
  app.painter.changed('echo');
}

/** Leaves, and the session goes on; says why where it cannot. */
export function detach(app: ScreenApp): void {
  const why = app.options.detach();
  if (why === null) return;
  app.state.panel = null;
  app.toasts.show(why);
}

export function onPanelKey(app: ScreenApp, panel: Panel, key: Key): void {
  switch (panel.kind) {
    case 'leave':
      return onLeaveKey(app, key);
    case 'gone':
      return onGoneKey(app, key);
    case 'background':
      return onListKey(app, key, panel.selected);
    case 'permissions':
      return onPermissionsKey(app, key, panel.selected);
    case 'environments':
      return onEnvironmentsKey(app, panel, key);
    default:
      return assertNever(panel);
  }
}

function onPermissionsKey(app: ScreenApp, key: Key, selected: number | null): void {
  const meaning = app.keys.meaning(['permissions'], key, null, 0);
  const step = onPermissions(app.transcript, selected, meaning.kind === 'action' ? meaning.action : '');
  switch (step.kind) {
    case 'select':
      app.state.panel = { kind: 'permissions', selected: step.grant };
      break;
    case 'send':
      app.send(step.command);
      break;
    case 'say':
      app.toasts.show(step.text);
      break;
    case 'details':
      return app.views.open({ kind: 'grant', grant: step.grant, top: 0 });
    case 'close':
      app.state.panel = null;
      break;
    case 'nothing':
      return;
    default:
      return assertNever(step);
  }
  app.painter.changed('echo');
}

/** What a step in a list leads to: it ends at its ends. */
function beside<T>(list: readonly T[], at: number, step: number): T | null {
  return list[Math.max(0, Math.min(list.length - 1, at + step))] ?? null;
}

function onEnvironmentsKey(app: ScreenApp, panel: Extract<Panel, { kind: 'environments' }>, key: Key): void {
  const names = (panel.environments ?? []).map(({ name }) => name);
  const move = (step: number): void => {
    app.state.panel = { ...panel, selected: beside(names, names.indexOf(panel.selected ?? ''), step) };
  };
  switch (nameOfKey(key)) {
    case 'up':
      move(-1);
      break;
    case 'down':
      move(1);
      break;
    case 'enter':
      app.state.panel = null;
      if (panel.selected !== null) pickEnvironment(app, panel.selected);
      break;
    case 'esc':
    case 'q':
    case 'ctrl-c':
      app.state.panel = null;
      break;
  }
  app.painter.changed('echo');
}

function onListKey(app: ScreenApp, key: Key, selected: number | null): void {
  const items = listed(app.transcript);
  const at = items.findIndex(({ number }) => number === selected);
  const move = (step: number) => {
    app.state.panel = { kind: 'background', selected: beside(items, at, step)?.number ?? null };
  };
  const leaveWith = (then: (process: number) => void) => {
    app.state.panel = null;
    if (selected !== null) then(selected);
  };
  switch (nameOfKey(key)) {
    case 'up':
      move(-1);
      break;
    case 'down':
      move(1);
      break;
    case 'enter':
      leaveWith((process) => selectPane(app, process));
      break;
    case 'f':
      leaveWith((process) => app.views.openFull(process));
      break;
    case 'i':
      leaveWith((process) => {
        app.send({ type: 'process.foreground', process });
        app.focus.typeInto(process);
      });
      break;
    case 'o':
      leaveWith((process) => openOutput(app, process, 'scroll.end'));
      break;
    case 'k':
      if (selected !== null) stop(app, selected);
      break;
    case 'esc':
    case 'q':
    case 'ctrl-c':
      app.state.panel = null;
      break;
  }
  app.painter.changed('echo');
}

function onLeaveKey(app: ScreenApp, key: Key): void {
  switch (nameOfKey(key)) {
    case 's':
    case 'enter':
      return app.options.leave();
    case 'd':
      return detach(app);
    case 'esc':
    case 'ctrl-c':
    case 'q':
      app.state.panel = null;
      app.painter.changed('echo');
  }
}

function onGoneKey(app: ScreenApp, key: Key): void {
  switch (nameOfKey(key)) {
    case 'r':
    case 'enter':
      return app.options.resumeHere();
    case 'esc':
    case 'q':
    case 'ctrl-c':
    case 'ctrl-d':
      return app.options.leave();
  }
}
