// What the guard knows: which question has the focus, how far it is armed, and what may happen to it.

import type { DecisionKind, QuestionValue } from '../../../core/bus/index.ts';
import type { ChoiceKey } from './choices.ts';

/** All in ms. */
export interface GuardSettings {
  /** No key for so long before a card takes the focus by itself. */
  readonly quietMs: number;
  /** Time to read, from when the terminal has the card. */
  readonly armMs: number;
  /** A single letter waits so long for a second one, which would make it typing. */
  readonly settleMs: number;
  /** False: only the person moves the focus to a card. */
  readonly autoFocus: boolean;
}

export const defaultGuardSettings: GuardSettings = { quietMs: 1_000, armMs: 600, settleMs: 300, autoFocus: true };

/** After the person focused the card, or for a second step: swallows a doubled key. */
export const EXPLICIT_ARM_MS = 150;

/** What the guard must know of the rest of the screen at the moment of an event. */
export interface Surroundings {
  /** No text, no attachment, no completion, no recalled entry. */
  readonly composerIsEmpty: boolean;
  /** A pane is typed into, or a view is open. */
  readonly isElsewhere: boolean;
}

export type Phase =
  /** No open question. */
  | { readonly kind: 'none' }
  /** Open, without focus. `isDeclined`: the person took the focus away, only they bring it back. */
  | { readonly kind: 'waiting'; readonly isDeclined: boolean }
  /** Has the focus, decides nothing yet. `until` is null while the terminal has not confirmed the frame. */
  | {
      readonly kind: 'arming';
      readonly how: 'auto' | 'explicit';
      readonly forMs: number;
      readonly until: number | null;
    }
  | { readonly kind: 'live'; readonly how: 'auto' | 'explicit' }
  | { readonly kind: 'settling'; readonly choice: ChoiceKey; readonly until: number }
  | { readonly kind: 'confirm'; readonly choice: ChoiceKey; readonly armedAt: number }
  | { readonly kind: 'reason' };

export interface Guard {
  readonly question: QuestionValue | null;
  readonly phase: Phase;
  readonly highlighted: ChoiceKey;
  /** The person's words so far; kept when they step back. */
  readonly reason: string;
  /** The card as it is now was confirmed by the terminal. */
  readonly isPainted: boolean;
  readonly isInFront: boolean;
  /** Of any key on the screen; -Infinity when none was pressed yet. */
  readonly lastKeyAt: number;
  readonly lastKey: string;
}

export const noQuestion: Guard = {
  question: null,
  phase: { kind: 'none' },
  highlighted: 'y',
  reason: '',
  isPainted: false,
  isInFront: true,
  lastKeyAt: Number.NEGATIVE_INFINITY,
  lastKey: '',
};

export type GuardKey =
  /** One or more characters that arrived as one key press. */
  | { readonly key: 'text'; readonly text: string }
  | { readonly key: 'paste'; readonly text: string }
  | { readonly key: 'enter' | 'escape' | 'interrupt' | 'tab' | 'up' | 'down' | 'backspace' }
  /** Anything else, e.g. an arrow or an editing key. */
  | { readonly key: 'other' };

export type GuardEvent =
  /** The oldest open question, whenever it may have changed; null when there is none. */
  | { readonly type: 'question'; readonly question: QuestionValue | null }
  | { readonly type: 'time' }
  /** Every key press that no higher context took, whether or not a card is there. */
  | { readonly type: 'key'; readonly press: GuardKey }
  /** The person goes to the card (Tab on an empty composer, Ctrl-X a). */
  | { readonly type: 'focus' }
  /** The terminal has the frame that shows the guard's present state. */
  | { readonly type: 'painted' }
  | { readonly type: 'window'; readonly isInFront: boolean };

export type GuardEffect =
  /** Typing: goes into the composer exactly as if there were no card. */
  | { readonly do: 'to_composer'; readonly press: GuardKey }
  | {
      readonly do: 'decide';
      readonly question: string;
      readonly shown: string;
      readonly decision: DecisionKind;
      readonly reason: string;
    }
  | { readonly do: 'details'; readonly question: QuestionValue }
  | { readonly do: 'next_question' };

export interface GuardStep {
  readonly guard: Guard;
  readonly effects: readonly GuardEffect[];
}
