// What a key does on the main screen: in the composer, on a selected pane, in a list, before an open card.

import { cardHasFocus, type GuardKey } from '../approvals/guard.ts';
import { backFromHistory, cleared, edited, isRecalled } from '../composer/composer.ts';
import { textCells } from '../composer/layout.ts';
import { fullText } from '../composer/paste.ts';
import { type Key, nameOfKey } from '../input/key.ts';
import { keyTableOf } from '../input/key-table.ts';
import { defaultKeyMap, LEADER, LEADER_MS } from '../input/keymap.ts';
import { listed } from '../panes/background-list.ts';
import { nextPane } from '../panes/pane-order.ts';
import { type LadderFacts, nextSignal, onCtrlC, onEscape, type Step } from './interrupt.ts';
import { openOutput, openTranscript } from './open-views.ts';
import { runSlash } from './run-slash.ts';
import type { ScreenApp } from './screen-app.ts';
import { readSlash } from './slash.ts';

export const keys = keyTableOf(defaultKeyMap);

export function onMainKey(app: ScreenApp, key: Key): void {
  const { panel } = app.state;
  if (panel?.kind === 'leave') return onLeaveKey(app, key);
  if (panel?.kind === 'background') return onListKey(app, key, panel.selected);
  const isChord = app.state.leaderSince !== null || nameOfKey(key) === LEADER;
  if (app.state.focus.kind === 'pane' || isChord) return onOwnKey(app, key);
  // The guard hears every key first: it knows whether the key is an answer or just typing.
  app.guardKey(pressOf(key), key);
}

/** A key that is not the guard's: the composer's, a selected pane's, or anywhere's. */
export function onOwnKey(app: ScreenApp, key: Key): void {
  const now = app.options.clock.now();
  const contexts = app.state.focus.kind === 'pane' ? (['pane', 'global'] as const) : (['composer', 'global'] as const);
  const meaning = keys.meaning(contexts, key, app.state.leaderSince, now);
  const hadLeader = app.state.leaderSince !== null;
  app.state.leaderSince = null;
  switch (meaning.kind) {
    case 'leader':
      app.state.leaderSince = now;
      app.options.clock.after(LEADER_MS, () => {
        if (app.state.leaderSince === now) app.state.leaderSince = null;
        app.painter.changed();
      });
      break;
    case 'unknown chord':
      app.toasts.show(`nothing is on ${meaning.chord}`);
      break;
    case 'action':
      act(app, meaning.action, key);
      break;
    case 'text':
      // A letter that is no command of a selected pane was meant for the message.
      if (app.state.focus.kind === 'pane') app.focusComposer();
      app.type(meaning.text);
      break;
    case 'none':
      if (!hadLeader) return;
  }
  app.painter.changed('echo');
}

function pressOf(key: Key): GuardKey {
  const name = nameOfKey(key);
  switch (name) {
    case 'enter':
    case 'tab':
    case 'up':
    case 'down':
    case 'backspace':
      return { key: name };
    case 'esc':
      return { key: 'escape' };
    case 'ctrl-c':
      return { key: 'interrupt' };
    default:
      return key.text !== '' && !key.ctrl && !key.alt ? { key: 'text', text: key.text } : { key: 'other' };
  }
}

function act(app: ScreenApp, action: string, key: Key): void {
  const pane = /^pane\.select\.(\d)$/.exec(action);
  if (pane !== null) return selectPane(app, Number(pane[1]));
  switch (action) {
    case 'interrupt':
      return take(app, onCtrlC(factsOf(app), app.state.lastPress, app.options.clock.now()));
    case 'back':
      return take(app, onEscape(factsOf(app), app.state.lastPress, app.options.clock.now()));
    case 'eof':
      return endOfInput(app);
    case 'suspend':
      if (!app.options.suspend()) app.toasts.show('there is no shell to return to');
      return;
    case 'redraw':
      return app.options.writer.redraw();
    case 'transcript':
      return openTranscript(app, null);
    case 'output.last':
      return openTranscript(app, [...app.transcript.processes.keys()].at(-1) ?? null);
    case 'help':
      return app.openHelp();
    case 'question.focus':
      return app.focusQuestion();
    case 'pane.next':
      return goToPane(app, 1);
    case 'pane.previous':
      return goToPane(app, -1);
    case 'pane.leave':
      return app.focusComposer();
    case 'pane.type':
      if (app.selected !== null) app.typeInto(app.selected);
      return;
    case 'pane.full':
      return withPane(app, (process) => app.openFull(process));
    case 'pane.background':
      return withPane(app, (process) => {
        app.send({ type: 'process.background', process });
        app.focusComposer();
      });
    case 'process.stop':
      return withPane(app, (process) => stop(app, process));
    case 'process.continue':
      return withPane(app, (process) => app.send({ type: 'process.signal', process, signal: 'continue' }));
    case 'scroll.up':
    case 'scroll.page.up':
    case 'scroll.home':
    case 'search':
      return withPane(app, (process) => openOutput(app, process, action));
    case 'background.list':
      app.state.panel = { kind: 'background', selected: listed(app.transcript)[0]?.number ?? null };
      return;
    case 'submit':
      return submit(app);
    case 'complete':
      return onTab(app);
    case 'delete.forward':
      if (app.composer.buffer.text === '' && nameOfKey(key) === 'ctrl-d') return endOfInput(app);
      break;
    case 'move.up':
      if (app.composer.buffer.text === '' && takeBackQueued(app)) return;
      break;
  }
  const next = edited(app.composer, action, textCells(app.options.size().cols));
  if (next !== null) app.composer = next;
}

// ------------------------------------------------------------------------------------------------------- composer

function submit(app: ScreenApp): void {
  const text = fullText(app.composer.buffer);
  if (text.endsWith('\\') && app.composer.buffer.cursor === app.composer.buffer.text.length) return continueLine(app);
  if (text === '?') return app.openHelp();
  const slash = readSlash(text);
  switch (slash.kind) {
    case 'text':
      return app.submit();
    case 'unknown': {
      const near = slash.near.map((name) => `/${name}`).join(', ');
      app.toasts.show(
        `No command /${slash.name}.${near === '' ? '' : ` Near: ${near}.`} To send it as text: type a space first.`,
      );
      return;
    }
    case 'command':
      app.composer = cleared(app.composer);
      return runSlash(app, slash.command);
  }
}

/** A backslash at the end of the line is how terminals without Shift-Enter get a new line. */
function continueLine(app: ScreenApp): void {
  const cells = textCells(app.options.size().cols);
  for (const action of ['delete.back', 'newline']) app.composer = edited(app.composer, action, cells) ?? app.composer;
}

function onTab(app: ScreenApp): void {
  if (app.composer.buffer.text !== '') return app.type('  ');
  if (app.guard.question !== null) return app.focusQuestion();
  goToPane(app, 1);
}

function takeBackQueued(app: ScreenApp): boolean {
  const newest = app.transcript.queued.at(-1);
  if (newest === undefined) return false;
  app.send({ type: 'unqueue', message: newest.message });
  return true;
}

// ---------------------------------------------------------------------------------------------------------- panes

function goToPane(app: ScreenApp, step: 1 | -1): void {
  const process = nextPane(app.transcript, app.selected, step);
  if (process === null) app.toasts.show('nothing is running');
  else app.select(process);
}

function selectPane(app: ScreenApp, process: number): void {
  const item = app.transcript.processes.get(process);
  if (item === undefined || item.state.kind === 'finished') return app.toasts.show(`process ${process} is not running`);
  if (item.place === 'background') app.send({ type: 'process.foreground', process });
  app.select(process);
}

function withPane(app: ScreenApp, then: (process: number) => void): void {
  const process = app.selected ?? app.transcript.live.findLast(({ place }) => place === 'front')?.number ?? null;
  if (process === null) app.toasts.show('nothing is running');
  else then(process);
}

/** One step further with each press: interrupt, terminate, kill. */
export function stop(app: ScreenApp, process: number): void {
  const item = app.transcript.processes.get(process);
  if (item === undefined || item.state.kind === 'finished') return app.toasts.show(`process ${process} is not running`);
  app.send({ type: 'process.signal', process, signal: nextSignal(item.lastSignal) });
}

// ------------------------------------------------------------------------------------------------- lists and cards

function onListKey(app: ScreenApp, key: Key, selected: number | null): void {
  const items = listed(app.transcript);
  const at = items.findIndex(({ number }) => number === selected);
  const move = (step: number) => {
    const next = items[Math.max(0, Math.min(items.length - 1, at + step))];
    app.state.panel = { kind: 'background', selected: next?.number ?? null };
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
      leaveWith((process) => app.openFull(process));
      break;
    case 'i':
      leaveWith((process) => {
        app.send({ type: 'process.foreground', process });
        app.typeInto(process);
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
    case 'esc':
    case 'ctrl-c':
    case 'q':
      app.state.panel = null;
      app.painter.changed('echo');
  }
}

function endOfInput(app: ScreenApp): void {
  if (app.transcript.turn !== null) return app.toasts.show('something is running: Ctrl-C stops it');
  leave(app);
}

/** Leaves, or asks first when something would be stopped by it. */
export function leave(app: ScreenApp): void {
  if (app.transcript.live.length === 0) return app.options.leave();
  app.state.panel = { kind: 'leave' };
  app.painter.changed('echo');
}

// -------------------------------------------------------------------------------------------------------- ladders

function factsOf(app: ScreenApp): LadderFacts {
  const own = app.ownCommand();
  return {
    isViewOpen: app.state.view !== null,
    isPopupOpen: app.state.panel !== null || app.state.leaderSince !== null,
    hasDraft: app.composer.buffer.text !== '',
    isRecalled: isRecalled(app.composer),
    cardHasFocus: cardHasFocus(app.guard),
    paneIsSelected: app.state.focus.kind === 'pane',
    ownCommand: own === null ? null : { process: own.number, asked: own.lastSignal },
    isTurnRunning: app.transcript.turn !== null,
    inBackground: app.transcript.live.filter(({ place }) => place === 'background').length,
  };
}

function take(app: ScreenApp, step: Step): void {
  app.state.lastPress = { step: step.kind, at: app.options.clock.now() };
  switch (step.kind) {
    case 'close_view':
      return app.closeView();
    case 'close_popup':
      app.state.panel = null;
      return;
    case 'clear_draft':
      app.composer = cleared(app.composer);
      return app.toasts.show('draft kept: Ctrl-Y');
    case 'back_to_draft':
      app.composer = backFromHistory(app.composer);
      return;
    case 'unfocus_card':
      return app.guardKey({ key: 'escape' }, null);
    case 'unselect_pane':
      return app.focusComposer();
    case 'signal':
      return app.send({ type: 'process.signal', process: step.process, signal: step.signal });
    case 'stop_turn':
      return app.send({ type: 'interrupt' });
    case 'leave':
      return app.options.leave();
    case 'leave_card':
      return leave(app);
    case 'announce_leave':
    case 'announce_clear':
    case 'announce_stop':
      return app.toasts.show(step.text);
    case 'nothing':
      return;
  }
}
