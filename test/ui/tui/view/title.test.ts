import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import {
  clockText,
  countText,
  durationText,
  sizeText,
  tokenText,
  turnDurationText,
} from '../../../../src/ui/tui/view/numbers.ts';
import { titleRow, titleRows } from '../../../../src/ui/tui/view/title.ts';
import { coloured, plain, plainAscii } from './session.ts';

const failed = { state: 'failed' as const, exit: { kind: 'code' as const, code: 1 }, attempt: 1 };
const running = { state: 'running' as const, attempt: 1 };

describe('a title', () => {
  it('says what, how it came out and how long it took', () => {
    const subject = { state: failed, number: null, command: 'npm test', facts: ['12.4 s'] };
    expect(titleRows(subject, 80, 0, plain)).toEqual(['✗ npm test · exit 1 · 12.4 s']);
    expect(titleRows(subject, 80, 0, plainAscii)).toEqual(['x npm test - exit 1 - 12.4 s']);
  });

  it('cuts the command in its middle and never the outcome', () => {
    const command = `npm run build -- ${'--flag '.repeat(20)}--watch`;
    const [row, ...more] = titleRows({ state: failed, number: 7, command, facts: ['12.4 s'] }, 80, 0, plain);
    expect(more).toEqual([]);
    expect(row).toMatch(/^✗ 7 npm run build .*….*--watch · exit 1 · 12\.4 s$/);
    expect(cellWidth(row!)).toBe(79);
  });

  it('moves the facts to a second row when the window is narrow', () => {
    const subject = {
      state: { state: 'asking' as const, place: 1 },
      number: 2,
      command: 'npm install left-pad',
      facts: ['0:04'],
    };
    expect(titleRows(subject, 40, 0, plain)).toEqual(['? 2 npm install left-pad', '  needs your answer · 0:04']);
  });

  it('is one word in a very narrow window', () => {
    expect(titleRows({ state: running, number: 1, command: 'npm run build', facts: ['0:01'] }, 26, 0, plain)).toEqual([
      '⠋ 1 npm… · running · 0:01',
    ]);
  });

  it('writes out what would act or hide', () => {
    const command = 'rm -rf /tmp/x\n\x1b[2Jls\u202e \u200b';
    expect(titleRows({ state: running, number: 1, command, facts: [] }, 80, 0, plain)).toEqual([
      '⠋ 1 rm -rf /tmp/x⏎^[[2Jls\\u202e \\u200b · running',
    ]);
  });

  it('turns its spinner with the time, and not at all where motion is reduced', () => {
    const glyphs = (look: typeof plain) =>
      [0, 125, 250].map((now) => titleRow({ state: running, number: 1, command: 'x', facts: [] }, 80, now, look)[0]);
    expect(glyphs(plain)).toEqual(['⠋', '⠙', '⠹']);
    expect(new Set(glyphs({ ...plain, motion: 'reduced' })).size).toBe(1);
  });

  it('fits its window whatever it is about', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 120 }),
        fc.integer({ min: 20, max: 200 }),
        fc.nat(200),
        (command, cols, number) => {
          const subject = { state: failed, number, command, facts: ['1:02:09'] };
          for (const row of [...titleRows(subject, cols, 0, coloured), titleRow(subject, cols, 0, coloured)]) {
            expect(cellWidth(row)).toBeLessThan(cols);
          }
        },
      ),
    );
  });
});

describe('numbers', () => {
  it('are written as people read them', () => {
    expect([0, 800, 12_400, 59_900, 59_960, 64_000, 3_729_000].map(durationText)).toEqual([
      '0.0 s',
      '0.8 s',
      '12.4 s',
      '59.9 s',
      '0:59',
      '1:04',
      '1:02:09',
    ]);
    expect([800, 9_900, 48_000, 64_000].map(turnDurationText)).toEqual(['0.8 s', '9.9 s', '48 s', '1:04']);
    expect([0, 12_000, 64_000].map(clockText)).toEqual(['0:00', '0:12', '1:04']);
    expect([7, 1204, 59_985, 1_234_567].map(countText)).toEqual(['7', '1,204', '59,985', '1,234,567']);
    expect([812, 41_200, 1_250_000].map(tokenText)).toEqual(['812', '41k', '1.3M']);
    expect([1, 812, 238_894, 1_200_000, 210_000_000].map(sizeText)).toEqual([
      '1 byte',
      '812 bytes',
      '239 kB',
      '1.2 MB',
      '210 MB',
    ]);
  });
});
