// What the screen remembers beyond the session itself: where keys go, what is open, what was pressed last.

import type { EnvironmentLine, QuestionValue } from '../../../core/bus/index.ts';
import type { SlashEntry } from '../completion/slash-menu.ts';
import type { FoldedImage } from '../composer/text-buffer.ts';
import type { PaneScroll } from '../panes/pane-scroll.ts';
import type { TranscriptView } from '../transcript/transcript-view.ts';
import type { Facts } from '../view/facts-rows.ts';
import type { LastPress } from './interrupt.ts';

/** Where keys go while no view covers the screen. An open card has a guard of its own beside it. */
export type Focus =
  | { readonly kind: 'composer' }
  | { readonly kind: 'pane'; readonly process: number }
  /** Every byte goes to the program. */
  | { readonly kind: 'typing'; readonly process: number };

/** What covers the screen, on the alternate screen. */
export type View =
  | { readonly kind: 'full'; readonly process: number }
  | {
      readonly kind: 'output';
      readonly process: number;
      readonly lines: readonly string[];
      readonly scroll: PaneScroll;
      readonly query: string | null;
    }
  | { readonly kind: 'transcript'; readonly model: TranscriptView; readonly query: string | null }
  | { readonly kind: 'help'; readonly top: number; readonly filter: string }
  | { readonly kind: 'details'; readonly question: QuestionValue; readonly top: number }
  /** All of one grant. */
  | { readonly kind: 'grant'; readonly grant: number; readonly top: number }
  | { readonly kind: 'facts'; readonly facts: Facts; readonly top: number };

/** A list or card above the composer that takes the keys until it is closed. */
export type Panel =
  | { readonly kind: 'background'; readonly selected: number | null }
  /** `selected` is the number of a grant. */
  | { readonly kind: 'permissions'; readonly selected: number | null }
  /** `environments` null: not answered yet. */
  | {
      readonly kind: 'environments';
      readonly environments: readonly EnvironmentLine[] | null;
      readonly selected: string | null;
    }
  /** What to do with running commands when the person leaves. */
  | { readonly kind: 'leave' }
  /** The program that had the session is gone. */
  | { readonly kind: 'gone' };

export interface AppState {
  focus: Focus;
  view: View | null;
  panel: Panel | null;
  /** When the leader key was pressed (clock ms); null when it was not. */
  leaderSince: number | null;
  lastPress: LastPress | null;
  /** Of the person, on the clock; decides whether a pane may take the keyboard by itself. */
  lastKeyAt: number;
  /** None means that the person waits for what they sent. */
  keysSinceSubmit: number;
  hasOpenedHelp: boolean;
  /** Commands that are no own ones: the person's and the project's prompts. */
  prompts: readonly SlashEntry[];
  /** Images that went with messages, newest first. */
  sentImages: readonly FoldedImage[];
}

export function initialState(): AppState {
  return {
    focus: { kind: 'composer' },
    view: null,
    panel: null,
    leaderSince: null,
    lastPress: null,
    lastKeyAt: Number.NEGATIVE_INFINITY,
    keysSinceSubmit: 1,
    hasOpenedHelp: false,
    prompts: [],
    sentImages: [],
  };
}
