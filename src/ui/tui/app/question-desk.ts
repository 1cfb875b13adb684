// What do keys, time and the terminal's answers do to the open question? The guard decides, this carries it out.

import {
  type Guard,
  type GuardEffect,
  type GuardEvent,
  type GuardKey,
  guardStep,
  guardWakesAt,
  noQuestion,
  type Surroundings,
} from '../approvals/guard.ts';
import { isAtRest } from '../composer/composer.ts';
import type { Key } from '../input/key.ts';
import type { ScreenApp } from './screen-app.ts';

/** After this long a card that the terminal did not confirm counts as painted: some terminals never answer. */
const UNCONFIRMED_MS = 350;

export interface QuestionDesk {
  readonly guard: Guard;
  tell(event: GuardEvent): void;
  /** `key` is what was pressed, for the case that it is not the guard's; null when it was no key. */
  key(press: GuardKey, key: Key | null): void;
  /** The person goes to the oldest question. */
  focus(): void;
  /** The terminal has what was painted last. */
  confirmPainted(): void;
  close(): void;
}

export function openQuestionDesk(app: ScreenApp): QuestionDesk {
  const { clock, settings } = app.options;
  let guard: Guard = noQuestion;
  let pressed: Key | null = null;
  let cancelWake: (() => void) | null = null;
  let cancelConfirm: (() => void) | null = null;

  function surroundings(): Surroundings {
    const { view, panel, focus } = app.state;
    return {
      composerIsEmpty: isAtRest(app.composer),
      isElsewhere: view !== null || panel !== null || focus.kind !== 'composer',
    };
  }

  function tell(event: GuardEvent): void {
    const before = guard;
    const step = guardStep(guard, event, surroundings(), clock.now(), settings.guard);
    guard = step.guard;
    for (const effect of step.effects) carryOut(effect);
    scheduleWake();
    if (
      before.phase !== guard.phase ||
      before.question !== guard.question ||
      before.reason !== guard.reason ||
      before.highlighted !== guard.highlighted
    ) {
      app.painter.changed('echo');
      awaitConfirmation();
    }
  }

  function carryOut(effect: GuardEffect): void {
    switch (effect.do) {
      case 'to_composer':
        return app.typing.press(effect.press, pressed);
      case 'decide': {
        const { question, decision, reason, shown } = effect;
        return app.send({ type: 'decide', question, decision, reason, shown });
      }
      case 'details':
        return app.views.open({ kind: 'details', question: effect.question, top: 0 });
      case 'next_question':
        return app.toasts.show('questions are answered in order; this one is the oldest');
    }
  }

  function scheduleWake(): void {
    cancelWake?.();
    cancelWake = null;
    const at = guardWakesAt(guard, surroundings(), settings.guard);
    if (at === null) return;
    cancelWake = clock.after(Math.max(0, at - clock.now()), () => {
      cancelWake = null;
      tell({ type: 'time' });
    });
  }

  function awaitConfirmation(): void {
    cancelConfirm?.();
    cancelConfirm = guard.question === null ? null : clock.after(UNCONFIRMED_MS, confirmPainted);
  }

  function confirmPainted(): void {
    if (cancelConfirm === null || app.painter.isBehind) return;
    cancelConfirm();
    cancelConfirm = null;
    tell({ type: 'painted' });
  }

  return {
    get guard() {
      return guard;
    },
    tell,
    key(press, key) {
      pressed = key;
      tell({ type: 'key', press });
      pressed = null;
    },
    focus() {
      if (guard.question === null) return app.toasts.show('no open question');
      if (app.state.focus.kind !== 'composer') app.focus.toComposer();
      tell({ type: 'focus' });
    },
    confirmPainted,
    close() {
      cancelWake?.();
      cancelConfirm?.();
    },
  };
}
