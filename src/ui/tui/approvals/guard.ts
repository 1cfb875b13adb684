// When a key answers a question, and when it is just typing: so that nobody approves by accident.

import type { QuestionValue } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import { choicesOf, defaultChoice } from './choices.ts';
import { onKey, only, take, toComposer, unfocused } from './guard-keys.ts';
import {
  defaultGuardSettings,
  EXPLICIT_ARM_MS,
  type Guard,
  type GuardEvent,
  type GuardSettings,
  type GuardStep,
  type Phase,
  type Surroundings,
} from './guard-state.ts';

export * from './guard-state.ts';

/** One event. `now` is any clock in ms, the same for all calls. */
export function guardStep(
  guard: Guard,
  event: GuardEvent,
  around: Surroundings,
  now: number,
  settings = defaultGuardSettings,
): GuardStep {
  switch (event.type) {
    case 'question':
      return only(withAutoFocus(withQuestion(guard, event.question, settings), around, now, settings));
    case 'time':
      return onTime(guard, around, now, settings);
    case 'painted':
      return onTime(painted(guard, now), around, now, settings);
    case 'window':
      return onWindow(guard, event.isInFront);
    case 'focus':
      if (guard.question === null) return only(guard);
      return only({
        ...guard,
        phase: { kind: 'arming', how: 'explicit', forMs: EXPLICIT_ARM_MS, until: null },
        isPainted: false,
      });
    case 'key':
      return onKey(guard, event.press, now, settings);
    default:
      return assertNever(event);
  }
}

/** When the guard wants a `time` event, in the clock of its calls, past times at once; null when it wants none. */
export function guardWakesAt(guard: Guard, around: Surroundings, settings = defaultGuardSettings): number | null {
  const { phase } = guard;
  switch (phase.kind) {
    case 'waiting':
      return canTakeFocus(guard, around, settings) ? Math.max(0, guard.lastKeyAt + settings.quietMs) : null;
    case 'arming':
    case 'settling':
      return phase.until;
    case 'none':
    case 'live':
    case 'confirm':
    case 'reason':
      return null;
    default:
      return assertNever(phase);
  }
}

/** The card has the focus: the composer is not where keys go. */
export function cardHasFocus(guard: Guard): boolean {
  return guard.phase.kind !== 'none' && guard.phase.kind !== 'waiting';
}

// ---------------------------------------------------------------------------------------- question, time, window

function withQuestion(guard: Guard, question: QuestionValue | null, settings: GuardSettings): Guard {
  if (question === null) {
    // The same guard for nothing new: a change of identity is painted at once, and every event of a session comes here.
    if (guard.question === null && guard.phase.kind === 'none') return guard;
    return { ...guard, question, phase: { kind: 'none' }, reason: '', isPainted: false };
  }
  if (guard.question?.question === question.question && guard.question.shown === question.shown) return guard;
  const isSame = guard.question?.question === question.question;
  // The same question with other content is read anew, by whoever brought the focus; another question starts without.
  const phase: Phase =
    isSame && cardHasFocus(guard)
      ? { kind: 'arming', how: focusOf(guard.phase), forMs: settings.armMs, until: null }
      : { kind: 'waiting', isDeclined: isSame && guard.phase.kind === 'waiting' && guard.phase.isDeclined };
  const reason = isSame ? guard.reason : '';
  return { ...guard, question, phase, highlighted: defaultChoice(choicesOf(question)), reason, isPainted: false };
}

function focusOf(phase: Phase): 'auto' | 'explicit' {
  if (phase.kind === 'arming' || phase.kind === 'live') return phase.how;
  return phase.kind === 'settling' ? 'auto' : 'explicit';
}

function canTakeFocus(guard: Guard, around: Surroundings, settings: GuardSettings): boolean {
  const { phase } = guard;
  return (
    settings.autoFocus &&
    phase.kind === 'waiting' &&
    !phase.isDeclined &&
    guard.isPainted &&
    guard.isInFront &&
    around.composerIsEmpty &&
    !around.isElsewhere
  );
}

function withAutoFocus(guard: Guard, around: Surroundings, now: number, settings: GuardSettings): Guard {
  if (!canTakeFocus(guard, around, settings) || now - guard.lastKeyAt < settings.quietMs) return guard;
  return { ...guard, phase: { kind: 'arming', how: 'auto', forMs: settings.armMs, until: now + settings.armMs } };
}

/** The time to read begins when the terminal has the frame. */
function painted(guard: Guard, now: number): Guard {
  const { phase } = guard;
  if (phase.kind !== 'arming' || phase.until !== null) return { ...guard, isPainted: true };
  return { ...guard, isPainted: true, phase: { ...phase, until: now + phase.forMs } };
}

function onTime(guard: Guard, around: Surroundings, now: number, settings: GuardSettings): GuardStep {
  const { phase } = guard;
  if (phase.kind === 'arming' && phase.until !== null && now >= phase.until) {
    return only({ ...guard, phase: { kind: 'live', how: phase.how } });
  }
  if (phase.kind === 'settling' && now >= phase.until) return take(guard, phase.choice, now);
  return only(withAutoFocus(guard, around, now, settings));
}

function onWindow(guard: Guard, isInFront: boolean): GuardStep {
  const { phase } = guard;
  const next = { ...guard, isInFront };
  if (isInFront) return only(next);
  if (phase.kind === 'settling') return { guard: unfocused(next, false), effects: [toComposer(phase.choice)] };
  if ((phase.kind === 'arming' || phase.kind === 'live') && phase.how === 'auto') return only(unfocused(next, false));
  return only(next);
}
