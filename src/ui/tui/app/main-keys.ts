// What a key does on the main screen: in the composer, on a selected pane, in a list, before an open card.

import type { ProcessItem } from '../../../core/bus/index.ts';
import { cardHasFocus, type GuardKey } from '../approvals/guard.ts';
import {
  backFromHistory,
  cleared,
  edited,
  isRecalled,
  searchBegun,
  searched,
  searchLeft,
  typed,
} from '../composer/composer.ts';
import { textCells } from '../composer/layout.ts';
import { fullText } from '../composer/paste.ts';
import { type Key, nameOfKey } from '../input/key.ts';
import { LEADER, LEADER_MS } from '../input/keymap.ts';
import { pasteFromClipboard } from './composer-typing.ts';
import { editMessage } from './edit-message.ts';
import { type LadderFacts, onCtrlC, onEscape, type Step } from './interrupt.ts';
import { openOutput, openTranscript } from './open-views.ts';
import { detach, leave, onPanelKey, openBackgroundList, openPermissions } from './panel-keys.ts';
import { goToPane, selectPane, stop, withPane } from './process-actions.ts';
import { runSlash } from './run-slash.ts';
import { runPrompt } from './saved-prompts.ts';
import type { ScreenApp } from './screen-app.ts';
import { readSlash } from './slash.ts';
import { copyAnswer, copyOutput, saveOutput } from './take-output.ts';

export function onMainKey(app: ScreenApp, key: Key): void {
  if (app.state.panel !== null) return onPanelKey(app, app.state.panel, key);
  const isChord = app.state.leaderSince !== null || nameOfKey(key) === LEADER;
  if (app.state.focus.kind === 'pane' || isChord) return onOwnKey(app, key);
  // The guard hears every key first: it knows whether the key is an answer or just typing.
  app.desk.key(pressOf(key), key);
}

/** A key that is not the guard's: the composer's, a selected pane's, or anywhere's. */
export function onOwnKey(app: ScreenApp, key: Key): void {
  if (app.composer.search !== null) return onSearchKey(app, key);
  if (app.state.leaderSince === null && onCompletionKey(app, key)) return app.painter.changed('echo');
  const now = app.options.clock.now();
  const contexts = app.state.focus.kind === 'pane' ? (['pane', 'global'] as const) : (['composer', 'global'] as const);
  const meaning = app.keys.meaning(contexts, key, app.state.leaderSince, now);
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
      if (app.state.focus.kind === 'pane') app.focus.toComposer();
      app.typing.type(meaning.text);
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
    case 'detach':
      return detach(app);
    case 'redraw':
      return app.options.writer.redraw();
    case 'transcript':
      return openTranscript(app, null);
    case 'output.last':
      return openTranscript(app, [...app.transcript.processes.keys()].at(-1) ?? null);
    case 'help':
      return app.views.openHelp();
    case 'question.focus':
      return app.desk.focus();
    case 'pane.next':
      return goToPane(app, 1);
    case 'pane.previous':
      return goToPane(app, -1);
    case 'pane.leave':
      return app.focus.toComposer();
    case 'pane.type':
      if (app.focus.selected !== null) app.focus.typeInto(app.focus.selected);
      return;
    case 'pane.full':
      return withPane(app, (process) => app.views.openFull(process));
    case 'pane.background':
      return withPane(app, (process) => {
        app.send({ type: 'process.background', process });
        app.focus.toComposer();
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
    case 'answer.copy':
      return copyAnswer(app);
    case 'output.copy':
      return withPane(app, (process) => copyOutput(app, process));
    case 'output.save':
      return withPane(app, (process) => saveOutput(app, process, null));
    case 'background.list':
      return openBackgroundList(app);
    case 'permissions':
      return openPermissions(app);
    case 'clipboard.paste':
      return pasteFromClipboard(app);
    case 'editor':
      return editMessage(app);
    case 'history.search':
      return beginSearch(app);
    case 'submit':
      return submit(app);
    case 'submit.steer':
      return submit(app, 'steers');
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

/** From wherever the keys go: what is typed next is the query, and no answer to a question. */
function beginSearch(app: ScreenApp): void {
  if (cardHasFocus(app.desk.guard)) app.desk.key({ key: 'escape' }, null);
  if (app.state.focus.kind !== 'composer') app.focus.toComposer();
  app.composer = searchBegun(app.composer);
}

/** While earlier messages are searched, letters make the query longer; every other key steps through it or ends it. */
function onSearchKey(app: ScreenApp, key: Key): void {
  const name = nameOfKey(key);
  const meaning = app.keys.meaning(['search'], key, null, 0);
  if (name === 'esc' || name === 'ctrl-c') app.composer = searchLeft(app.composer);
  else if (meaning.kind === 'text') app.composer = typed(app.composer, meaning.text);
  else if (meaning.kind === 'action') app.composer = searched(app.composer, meaning.action);
  app.painter.changed('echo');
}

function onCompletionKey(app: ScreenApp, key: Key): boolean {
  const done = app.completions.key(key);
  if (done === 'send') submit(app);
  return done !== null;
}

function submit(app: ScreenApp, how: 'queues' | 'steers' = 'queues'): void {
  const text = fullText(app.composer.buffer);
  if (text.endsWith('\\') && app.composer.buffer.cursor === app.composer.buffer.text.length) return continueLine(app);
  if (text === '?') return app.views.openHelp();
  const slash = readSlash(text);
  switch (slash.kind) {
    case 'text':
      return runPrompt(app, text, how) ? undefined : app.submit(how);
    case 'unknown': {
      if (runPrompt(app, text, how)) return;
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
  if (app.composer.buffer.text !== '') {
    if (!app.completions.begin()) app.typing.type('  ');
    return;
  }
  if (app.desk.guard.question !== null) return app.desk.focus();
  goToPane(app, 1);
}

function takeBackQueued(app: ScreenApp): boolean {
  const newest = app.transcript.queued.at(-1);
  if (newest === undefined) return false;
  app.send({ type: 'unqueue', message: newest.message });
  return true;
}

// -------------------------------------------------------------------------------------------------------- ladders

function endOfInput(app: ScreenApp): void {
  if (app.transcript.turn !== null && !app.options.isAttached)
    return app.toasts.show('something is running: Ctrl-C stops it');
  leave(app);
}

function factsOf(app: ScreenApp): LadderFacts {
  const own = ownCommand(app);
  return {
    isViewOpen: app.state.view !== null,
    isPopupOpen: app.state.panel !== null || app.state.leaderSince !== null,
    hasDraft: app.composer.buffer.text !== '',
    isRecalled: isRecalled(app.composer),
    cardHasFocus: cardHasFocus(app.desk.guard),
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
      return app.views.close();
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
      return app.desk.key({ key: 'escape' }, null);
    case 'unselect_pane':
      return app.focus.toComposer();
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

/** The person's own command in front of them, newest first. */
function ownCommand(app: ScreenApp): ProcessItem | null {
  return (
    app.transcript.live.findLast(
      ({ origin, place, state }) => origin === 'person' && place === 'front' && state.kind !== 'asking',
    ) ?? null
  );
}
