import { describe, expect, it } from 'vitest';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { lookOfState, type ShownState } from '../../../../src/ui/tui/view/outcome.ts';
import { titleRows } from '../../../../src/ui/tui/view/title.ts';
import { plain, plainAscii, uncoloured } from './session.ts';

const exit0 = { kind: 'code' as const, code: 0 };
const states: readonly ShownState[] = [
  { state: 'queued' },
  { state: 'starting' },
  { state: 'running', attempt: 1 },
  { state: 'running', attempt: 2 },
  { state: 'interrupting', signal: 'interrupt' },
  { state: 'interrupting', signal: 'terminate' },
  { state: 'interrupting', signal: 'kill' },
  { state: 'quiet', forMs: 31_000, attempt: 1 },
  { state: 'waiting' },
  { state: 'asking', place: 1 },
  { state: 'asking', place: 2 },
  { state: 'exited_open', exit: exit0 },
  { state: 'ok', attempt: 1 },
  { state: 'ok', attempt: 2 },
  { state: 'ok_with_denial', attempt: 1, accesses: 1 },
  { state: 'failed', exit: { kind: 'code', code: 2 }, attempt: 1 },
  { state: 'failed', exit: { kind: 'signal', signal: 'SIGSEGV' }, attempt: 1 },
  { state: 'blocked' },
  { state: 'refused' },
  { state: 'forbidden', rule: 'x.rules:12' },
  { state: 'not_run' },
  { state: 'stopped', signal: 'SIGINT' },
  { state: 'killed', signal: 'SIGKILL' },
  { state: 'time_limit', afterMs: 600_000 },
  { state: 'suspended' },
  { state: 'background' },
  { state: 'lost' },
  { state: 'link_down', environment: 'devbox', forMs: 4_000 },
];

describe('the table of states', () => {
  it.each([
    ['unicode', plain],
    ['ASCII', plainAscii],
    ['without colour', uncoloured],
  ])('tells all states apart in %s', (_, look) => {
    const titles = states.map((state) =>
      titleRows({ state, number: 1, command: 'make', facts: [] }, 80, 0, look).join('\n'),
    );
    expect(new Set(titles).size).toBe(states.length);
  });

  it('has glyphs of one column, and ASCII ones that are ASCII', () => {
    for (const state of states) {
      const { glyph, ascii } = lookOfState(state);
      if (glyph !== 'spinner') expect(cellWidth(glyph)).toBe(1);
      expect(ascii).toMatch(/^[\x21-\x7e]{1,2}$/);
    }
  });

  it('never lets what the sandbox stopped, what a person refused and what failed by itself look alike', () => {
    const looks = [
      { state: 'blocked' as const },
      { state: 'refused' as const },
      { state: 'failed' as const, exit: { kind: 'code' as const, code: 1 }, attempt: 1 },
    ].map(lookOfState);
    for (const part of ['glyph', 'ascii', 'word', 'role'] as const) {
      expect(new Set(looks.map((look) => look[part])).size).toBe(3);
    }
  });

  it('says which question is next in line', () => {
    const word = (place: number) => lookOfState({ state: 'asking', place }).word;
    expect([1, 2, 3, 4, 11, 12, 22].map(word)).toEqual([
      'needs your answer',
      'needs your answer (2nd)',
      'needs your answer (3rd)',
      'needs your answer (4th)',
      'needs your answer (11th)',
      'needs your answer (12th)',
      'needs your answer (22nd)',
    ]);
  });
});
