// What Ctrl-C and Esc do, decided from what is on the screen: one step each, never two things at once.

/** Everything the two ladders look at. */
export interface LadderFacts {
  /** A view (transcript, help, picker, details) covers the screen. */
  readonly isViewOpen: boolean;
  /** A completion list, the background list, or the leader key's hint. */
  readonly isPopupOpen: boolean;
  readonly hasDraft: boolean;
  /** The composer shows an entry of the history. */
  readonly isRecalled: boolean;
  readonly cardHasFocus: boolean;
  readonly paneIsSelected: boolean;
  /** The person's own command in front of them, and what it was last asked; null when there is none. */
  readonly ownCommand: { readonly process: number; readonly asked: 'interrupt' | 'terminate' | 'kill' | null } | null;
  readonly isTurnRunning: boolean;
  /** Something goes on in the background. */
  readonly inBackground: number;
}

/** Presses of the same key that count as "again". */
const AGAIN_MS = 2000;
const ESC_AGAIN_MS = 1000;

/** What was done last, and when (ms); the second press of a ladder looks at it. */
export interface LastPress {
  readonly step: Step['kind'];
  readonly at: number;
}

export type Step =
  | { readonly kind: 'close_view' }
  | { readonly kind: 'close_popup' }
  | { readonly kind: 'clear_draft' }
  | { readonly kind: 'back_to_draft' }
  | { readonly kind: 'unfocus_card' }
  | { readonly kind: 'unselect_pane' }
  | { readonly kind: 'signal'; readonly process: number; readonly signal: 'interrupt' | 'terminate' | 'kill' }
  | { readonly kind: 'stop_turn' }
  | { readonly kind: 'leave' }
  | { readonly kind: 'leave_card' }
  /** A toast that says what the next press does. */
  | { readonly kind: 'announce_leave'; readonly text: string }
  | { readonly kind: 'announce_clear'; readonly text: string }
  | { readonly kind: 'announce_stop'; readonly text: string }
  | { readonly kind: 'nothing' };

export function onCtrlC(facts: LadderFacts, last: LastPress | null, now: number): Step {
  if (facts.isViewOpen) return { kind: 'close_view' };
  if (facts.isPopupOpen) return { kind: 'close_popup' };
  if (facts.hasDraft) return { kind: 'clear_draft' };
  if (facts.cardHasFocus) return { kind: 'unfocus_card' };
  if (facts.paneIsSelected) return { kind: 'unselect_pane' };
  if (facts.ownCommand !== null) {
    const { process, asked } = facts.ownCommand;
    return { kind: 'signal', process, signal: nextSignal(asked) };
  }
  if (facts.isTurnRunning) return { kind: 'stop_turn' };
  const isAgain = last !== null && last.step === 'announce_leave' && now - last.at <= AGAIN_MS;
  if (facts.inBackground > 0) {
    const text = `Ctrl-C again leaves; ${facts.inBackground} ${facts.inBackground === 1 ? 'command is' : 'commands are'} still running`;
    return isAgain ? { kind: 'leave_card' } : { kind: 'announce_leave', text };
  }
  return isAgain ? { kind: 'leave' } : { kind: 'announce_leave', text: 'Ctrl-C again leaves' };
}

export function onEscape(facts: LadderFacts, last: LastPress | null, now: number): Step {
  const isAgain = (step: Step['kind']) => last !== null && last.step === step && now - last.at <= ESC_AGAIN_MS;
  if (facts.isViewOpen) return { kind: 'close_view' };
  if (facts.isPopupOpen) return { kind: 'close_popup' };
  if (facts.cardHasFocus) return { kind: 'unfocus_card' };
  if (facts.paneIsSelected) return { kind: 'unselect_pane' };
  if (facts.isRecalled) return { kind: 'back_to_draft' };
  if (facts.hasDraft) {
    return isAgain('announce_clear') ? { kind: 'clear_draft' } : { kind: 'announce_clear', text: 'Esc again clears' };
  }
  if (facts.ownCommand !== null) {
    const { process, asked } = facts.ownCommand;
    return isAgain('announce_stop')
      ? { kind: 'signal', process, signal: nextSignal(asked) }
      : { kind: 'announce_stop', text: 'Esc again interrupts the command' };
  }
  if (facts.isTurnRunning) {
    return isAgain('announce_stop')
      ? { kind: 'stop_turn' }
      : { kind: 'announce_stop', text: 'Esc again stops the turn' };
  }
  return { kind: 'nothing' };
}

/** Nothing escalates by itself when a person presses: each press is one step further. */
export function nextSignal(asked: 'interrupt' | 'terminate' | 'kill' | null): 'interrupt' | 'terminate' | 'kill' {
  if (asked === null) return 'interrupt';
  return asked === 'interrupt' ? 'terminate' : 'kill';
}
