// Where do keys go: into the message, to a selected pane, or into a program?

import { cardHasFocus } from '../approvals/guard.ts';
import { isAtRest } from '../composer/composer.ts';
import type { ScreenApp } from './screen-app.ts';

/** A pane takes the keyboard by itself only when no key came for this long, or none since the Enter that started it. */
const KEYBOARD_QUIET_MS = 1000;

export interface PaneFocus {
  /** The process that hears every byte; null when keys are ours. */
  readonly typingInto: number | null;
  readonly selected: number | null;
  toComposer(): void;
  select(process: number): void;
  typeInto(process: number): void;
  /** The person took the keyboard back from the program. */
  leaveTyping(): void;
  /** To the program that was typed into last: Ctrl-] twice goes back to it and types the key. */
  backToTyping(): void;
  /**
   * Whether a program may have the keyboard without being asked: only the person's own command, the only one in
   * front, with nothing typed and no key since it was started.
   */
  mayTakeKeyboard(process: number): boolean;
  /** A pane that is gone takes nothing with it: the keyboard is back with the composer. */
  leavePane(process: number): void;
}

export function openPaneFocus(app: ScreenApp): PaneFocus {
  let lastTyped: { readonly process: number; readonly wasFull: boolean } | null = null;
  /** Whom the person took the keyboard from: they do not get it back by themselves. */
  const left = new Set<number>();

  function typingInto(): number | null {
    return app.state.focus.kind === 'typing' ? app.state.focus.process : null;
  }

  function toComposer(): void {
    if (typingInto() !== null) app.options.parser.takeKeys();
    app.state.focus = { kind: 'composer' };
    app.painter.changed('echo');
  }

  function typeInto(process: number): void {
    const item = app.transcript.processes.get(process);
    if (item === undefined || item.state.kind === 'finished') return;
    if (item.stdio.kind === 'pipe') return app.toasts.show(`${process} has no terminal: nothing can be typed into it`);
    app.state.focus = { kind: 'typing', process };
    // Of several screens the one that is typed on decides how large the program's window is.
    if (app.views.full !== process) app.sizes.sendPane(process);
    app.options.parser.takeRaw(
      app.bodies.get(process)?.wishes ?? { bracketedPaste: false, applicationCursorKeys: false },
    );
    app.painter.changed('echo');
  }

  return {
    get typingInto() {
      return typingInto();
    },
    get selected() {
      return app.state.focus.kind === 'pane' ? app.state.focus.process : null;
    },
    toComposer,
    select(process) {
      if (typingInto() !== null) app.options.parser.takeKeys();
      app.state.focus = { kind: 'pane', process };
      app.painter.changed('echo');
    },
    typeInto,
    leaveTyping() {
      const process = typingInto();
      if (process === null) return;
      left.add(process);
      lastTyped = { process, wasFull: app.views.full === process };
      app.state.focus = { kind: 'composer' };
      if (app.views.full === process) app.views.close();
      app.painter.changed('echo');
    },
    backToTyping() {
      if (lastTyped === null) return;
      if (lastTyped.wasFull) app.views.openFull(lastTyped.process);
      else typeInto(lastTyped.process);
    },
    mayTakeKeyboard(process) {
      if (left.has(process)) return false;
      const item = app.transcript.processes.get(process);
      if (item === undefined || item.origin !== 'person' || item.place !== 'front' || item.stdio.kind !== 'pty')
        return false;
      const isAlone = app.transcript.live.every(
        ({ number, place, origin }) => number === process || place !== 'front' || origin !== 'person',
      );
      const { state } = app;
      const isQuiet = state.keysSinceSubmit === 0 || app.options.clock.now() - state.lastKeyAt >= KEYBOARD_QUIET_MS;
      return (
        isAlone &&
        isQuiet &&
        isAtRest(app.composer) &&
        state.focus.kind === 'composer' &&
        state.view === null &&
        state.panel === null &&
        !cardHasFocus(app.desk.guard)
      );
    },
    leavePane(process) {
      const { focus } = app.state;
      if (app.views.full === process) {
        if (typingInto() === process) app.options.parser.takeKeys();
        app.state.focus = { kind: 'composer' };
        // Its last screen belongs to the program; what it leaves behind is printed as its item.
        app.views.close();
        return;
      }
      if (focus.kind === 'composer' || focus.process !== process) return;
      const isFinished = app.transcript.processes.get(process)?.state.kind === 'finished';
      if (focus.kind === 'typing' || isFinished) toComposer();
    },
  };
}
