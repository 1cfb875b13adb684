// What one key press means while a question is open.

import { assertNever } from '../../../problem/index.ts';
import { type Choice, type ChoiceKey, choicesOf, defaultChoice, neighbour } from './choices.ts';
import {
  EXPLICIT_ARM_MS,
  type Guard,
  type GuardEffect,
  type GuardKey,
  type GuardSettings,
  type GuardStep,
  type Phase,
} from './guard-state.ts';

/** The same key again within this time is the keyboard repeating it. */
const REPEAT_MS = 40;

export function onKey(before: Guard, press: GuardKey, now: number, settings: GuardSettings): GuardStep {
  const name = press.key === 'text' ? press.text : press.key;
  const isRepeat = name === before.lastKey && now - before.lastKeyAt < REPEAT_MS;
  const guard = { ...before, lastKeyAt: now, lastKey: name };
  const { phase } = guard;
  switch (phase.kind) {
    case 'none':
    case 'waiting':
      return { guard, effects: [{ do: 'to_composer', press }] };
    case 'arming':
      return whileArming(guard, press);
    case 'live':
      return isRepeat ? only(guard) : whileLive(guard, press, phase.how, now, settings);
    case 'settling':
      return isRepeat ? only(guard) : whileSettling(guard, press, phase.choice);
    case 'confirm':
      return whileConfirming(guard, press, phase, isRepeat, now);
    case 'reason':
      return whileReasoning(guard, press);
    default:
      return assertNever(phase);
  }
}

function whileArming(guard: Guard, press: GuardKey): GuardStep {
  switch (press.key) {
    case 'text':
    case 'paste':
      return { guard: unfocused(guard, false), effects: [{ do: 'to_composer', press }] };
    case 'escape':
    case 'interrupt':
      return only(unfocused(guard, true));
    // An Enter of a message that was just sent, a doubled Tab: nothing to type, nothing to decide.
    case 'enter':
    case 'tab':
    case 'up':
    case 'down':
    case 'backspace':
    case 'other':
      return only(guard);
    default:
      return assertNever(press);
  }
}

function whileLive(
  guard: Guard,
  press: GuardKey,
  how: 'auto' | 'explicit',
  now: number,
  settings: GuardSettings,
): GuardStep {
  switch (press.key) {
    case 'text': {
      const choice = choiceFor(guard, press.text);
      if (choice === null) return { guard: unfocused(guard, false), effects: [{ do: 'to_composer', press }] };
      if (how === 'explicit') return take(guard, choice.key, now);
      const until = now + settings.settleMs;
      return only({ ...guard, highlighted: choice.key, phase: { kind: 'settling', choice: choice.key, until } });
    }
    case 'paste':
      return { guard: unfocused(guard, false), effects: [{ do: 'to_composer', press }] };
    case 'enter':
      return take(guard, guard.highlighted, now);
    case 'escape':
    case 'interrupt':
      return only(unfocused(guard, true));
    case 'up':
    case 'down': {
      const choices = guard.question === null ? [] : choicesOf(guard.question);
      const highlighted = neighbour(choices, guard.highlighted, press.key === 'up' ? -1 : 1);
      return only({ ...guard, highlighted, phase: { kind: 'live', how: 'explicit' } });
    }
    case 'tab':
      return how === 'explicit' ? { guard, effects: [{ do: 'next_question' }] } : only(guard);
    case 'backspace':
    case 'other':
      return only(guard);
    default:
      return assertNever(press);
  }
}

function whileSettling(guard: Guard, press: GuardKey, held: ChoiceKey): GuardStep {
  switch (press.key) {
    case 'text':
    case 'paste':
      return { guard: unfocused(guard, false), effects: [toComposer(held), { do: 'to_composer', press }] };
    case 'escape':
    case 'interrupt':
    case 'backspace':
      return only({ ...guard, phase: { kind: 'live', how: 'auto' }, highlighted: defaultOf(guard) });
    case 'enter':
    case 'tab':
    case 'up':
    case 'down':
    case 'other':
      return only(guard);
    default:
      return assertNever(press);
  }
}

function whileConfirming(
  guard: Guard,
  press: GuardKey,
  phase: Extract<Phase, { kind: 'confirm' }>,
  isRepeat: boolean,
  now: number,
): GuardStep {
  if (press.key === 'escape' || press.key === 'interrupt') {
    return only({ ...guard, phase: { kind: 'live', how: 'explicit' }, highlighted: defaultOf(guard) });
  }
  if (press.key !== 'enter' || isRepeat || now < phase.armedAt) return only(guard);
  return decide(guard, phase.choice, '');
}

function whileReasoning(guard: Guard, press: GuardKey): GuardStep {
  switch (press.key) {
    case 'text':
    case 'paste':
      return only({ ...guard, reason: guard.reason + press.text.replace(/\s+/g, ' ') });
    case 'backspace':
      return only({ ...guard, reason: [...guard.reason].slice(0, -1).join('') });
    case 'escape':
    case 'interrupt':
      return only({ ...guard, phase: { kind: 'live', how: 'explicit' }, highlighted: defaultOf(guard) });
    case 'enter':
      return guard.reason.trim() === '' ? only(guard) : decide(guard, 't', guard.reason.trim());
    case 'tab':
    case 'up':
    case 'down':
    case 'other':
      return only(guard);
    default:
      return assertNever(press);
  }
}

/** A choice takes effect, or leads to its second step. */
export function take(guard: Guard, key: ChoiceKey, now: number): GuardStep {
  const choice = choiceFor(guard, key);
  if (guard.question === null || choice === null) return only(guard);
  switch (choice.step) {
    case 'decide':
      return decide(guard, key, '');
    case 'confirm':
      return only({
        ...guard,
        highlighted: key,
        phase: { kind: 'confirm', choice: key, armedAt: now + EXPLICIT_ARM_MS },
      });
    case 'reason':
      return only({ ...guard, highlighted: key, phase: { kind: 'reason' } });
    case 'details':
      return {
        guard: { ...guard, phase: { kind: 'live', how: 'explicit' } },
        effects: [{ do: 'details', question: guard.question }],
      };
    default:
      return assertNever(choice.step);
  }
}

/** The answer goes out; until the core says that the question is gone, nothing more is taken for it. */
function decide(guard: Guard, key: ChoiceKey, reason: string): GuardStep {
  const decision = choiceFor(guard, key)?.decision ?? null;
  if (guard.question === null || decision === null) return only(guard);
  const { question, shown } = guard.question;
  return { guard: unfocused(guard, true), effects: [{ do: 'decide', question, shown, decision, reason }] };
}

function choiceFor(guard: Guard, key: string): Choice | null {
  if (guard.question === null) return null;
  return choicesOf(guard.question).find((choice) => choice.key === key) ?? null;
}

function defaultOf(guard: Guard): ChoiceKey {
  return guard.question === null ? 'n' : defaultChoice(choicesOf(guard.question));
}

export function unfocused(guard: Guard, isDeclined: boolean): Guard {
  return { ...guard, phase: { kind: 'waiting', isDeclined }, highlighted: defaultOf(guard) };
}

export function toComposer(choice: ChoiceKey): GuardEffect {
  return { do: 'to_composer', press: { key: 'text', text: choice } };
}

export function only(guard: Guard): GuardStep {
  return { guard, effects: [] };
}
