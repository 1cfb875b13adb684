import { describe, expect, it } from 'vitest';
import { type LadderFacts, onCtrlC, onEscape } from '../../../../src/ui/tui/app/interrupt.ts';

const idle: LadderFacts = {
  isViewOpen: false,
  isPopupOpen: false,
  hasDraft: false,
  isRecalled: false,
  cardHasFocus: false,
  paneIsSelected: false,
  ownCommand: null,
  isTurnRunning: false,
  inBackground: 0,
};

describe('Ctrl-C', () => {
  it.each<[string, Partial<LadderFacts>, string]>([
    ['closes a view before anything else', { isViewOpen: true, hasDraft: true, isTurnRunning: true }, 'close_view'],
    ['closes a popup before it clears a draft', { isPopupOpen: true, hasDraft: true }, 'close_popup'],
    ['clears a draft and does not stop the turn with it', { hasDraft: true, isTurnRunning: true }, 'clear_draft'],
    ['takes the focus off a card without answering it', { cardHasFocus: true, isTurnRunning: true }, 'unfocus_card'],
    ['leaves a selected pane', { paneIsSelected: true, isTurnRunning: true }, 'unselect_pane'],
    ['stops the turn', { isTurnRunning: true }, 'stop_turn'],
    ['only announces leaving at the first press', {}, 'announce_leave'],
  ])('%s', (_, facts, step) => {
    expect(onCtrlC({ ...idle, ...facts }, null, 0).kind).toBe(step);
  });

  it('asks the person’s own command one step further with each press', () => {
    const press = (asked: 'interrupt' | 'terminate' | 'kill' | null) =>
      onCtrlC({ ...idle, isTurnRunning: true, ownCommand: { process: 2, asked } }, null, 0);
    expect([null, 'interrupt', 'terminate', 'kill'].map((asked) => press(asked as never))).toEqual(
      ['interrupt', 'terminate', 'kill', 'kill'].map((signal) => ({ kind: 'signal', process: 2, signal })),
    );
  });

  it('leaves at the second press within two seconds, and not after', () => {
    const last = { step: 'announce_leave', at: 1000 } as const;
    expect(onCtrlC(idle, last, 3000).kind).toBe('leave');
    expect(onCtrlC(idle, last, 3001).kind).toBe('announce_leave');
  });

  it('asks what to do with background commands instead of leaving them', () => {
    const last = { step: 'announce_leave', at: 0 } as const;
    expect(onCtrlC({ ...idle, inBackground: 2 }, last, 100).kind).toBe('leave_card');
  });
});

describe('Esc', () => {
  it('needs two presses to clear a draft or to stop a turn', () => {
    expect(onEscape({ ...idle, hasDraft: true }, null, 0).kind).toBe('announce_clear');
    expect(onEscape({ ...idle, hasDraft: true }, { step: 'announce_clear', at: 0 }, 900).kind).toBe('clear_draft');
    expect(onEscape({ ...idle, isTurnRunning: true }, null, 0).kind).toBe('announce_stop');
    expect(onEscape({ ...idle, isTurnRunning: true }, { step: 'announce_stop', at: 0 }, 900).kind).toBe('stop_turn');
    expect(onEscape({ ...idle, isTurnRunning: true }, { step: 'announce_stop', at: 0 }, 1100).kind).toBe(
      'announce_stop',
    );
  });

  it('does nothing at rest', () => {
    expect(onEscape(idle, null, 0).kind).toBe('nothing');
  });
});
