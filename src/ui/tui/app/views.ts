// Which view covers the screen, and what do the terminal and the programs have to know when it comes and goes?

import { cardHasFocus } from '../approvals/guard.ts';
import { cleared } from '../composer/composer.ts';
import { viewOff, viewOn } from '../terminal/modes.ts';
import type { View } from './app-state.ts';
import type { ScreenApp } from './screen-app.ts';

export interface Views {
  /** The process that has the whole screen; null when none has. */
  readonly full: number | null;
  open(view: View): void;
  /** Another state of the view that is open. */
  set(view: View): void;
  close(): void;
  openFull(process: number): void;
  /** For a program that wants the whole screen, when the person is with it. */
  openFullIfWanted(process: number): void;
  openHelp(): void;
}

export function openViews(app: ScreenApp): Views {
  const { hold, writer } = app.options;

  function full(): number | null {
    return app.state.view?.kind === 'full' ? app.state.view.process : null;
  }

  function open(view: View): void {
    const isOpen = app.state.view !== null;
    app.state.view = view;
    if (!isOpen) {
      const step = viewOn(hold.modes);
      writer.enterView(step.bytes);
      hold.apply({ modes: step.modes, bytes: '' });
    }
    app.painter.changed('echo');
  }

  function openFull(process: number): void {
    const item = app.transcript.processes.get(process);
    if (item === undefined || item.state.kind === 'finished') return;
    app.emulator.want();
    open({ kind: 'full', process });
    if (item.stdio.kind !== 'pty') return;
    app.sizes.sendFull(process);
    app.focus.typeInto(process);
  }

  /** The program is in a pane again, or gone. */
  function leaveFull(process: number): void {
    if (app.focus.typingInto === process) app.options.parser.takeKeys();
    app.state.focus = { kind: 'composer' };
    if (app.transcript.processes.get(process)?.state.kind !== 'finished') app.sizes.sendPane(process);
  }

  return {
    get full() {
      return full();
    },
    open,
    set(view) {
      if (app.state.view === null) return;
      app.state.view = view;
      app.painter.changed('echo');
    },
    close() {
      const { view } = app.state;
      if (view === null) return;
      app.state.view = null;
      if (view.kind === 'full') leaveFull(view.process);
      const step = viewOff(hold.modes);
      writer.leaveView(step.bytes);
      hold.apply({ modes: step.modes, bytes: '' });
      app.painter.changed('echo');
      // The Enter that closed the details may be held down: the card is armed anew before it takes one.
      if (view.kind === 'details' && cardHasFocus(app.desk.guard)) app.desk.tell({ type: 'focus' });
    },
    openFull,
    openFullIfWanted(process) {
      if (app.bodies.get(process)?.wantsWholeScreen !== true || app.state.view !== null) return;
      if (app.focus.typingInto === process || app.focus.mayTakeKeyboard(process)) openFull(process);
    },
    openHelp() {
      app.hints.helpWasOpened();
      if (app.composer.buffer.text === '?') app.composer = cleared(app.composer);
      open({ kind: 'help', top: 0, filter: '' });
    },
  };
}
