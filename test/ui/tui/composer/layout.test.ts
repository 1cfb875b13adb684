import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ComposerSpace,
  composerHeight,
  layoutComposer,
  textCells,
} from '../../../../src/ui/tui/composer/layout.ts';
import { insertPaste } from '../../../../src/ui/tui/composer/paste.ts';
import { emptyBuffer, insertWhole, moveTo } from '../../../../src/ui/tui/composer/text-buffer.ts';
import { moveVertically } from '../../../../src/ui/tui/composer/vertical.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';

const fold = { lines: 10, chars: 1000 };

const space = (cols: number, maxRows: number, more: Partial<ComposerSpace> = {}): ComposerSpace => ({
  cols,
  maxRows,
  prompt: '❯ ',
  up: '↑',
  down: '↓',
  ...more,
});
const composer = (text: string, cursor = text.length) => moveTo(insertWhole(emptyBuffer, text), cursor);

describe('the composer', () => {
  it('shows prompt and hint while nothing is typed', () => {
    expect(layoutComposer(emptyBuffer, space(40, 6, { hint: 'say something' }))).toEqual({
      rows: ['❯ say something'],
      cursor: { row: 0, col: 2 },
      top: 0,
    });
  });

  it.each([
    ['hello', 5, 80, ['❯ hello'], [0, 7]],
    ['one\ntwo', 3, 80, ['❯ one', '  two'], [0, 5]],
    ['one\ntwo', 4, 80, ['❯ one', '  two'], [1, 2]],
    ['one\n', 4, 80, ['❯ one', '  '], [1, 2]],
    ['日本語', 1, 80, ['❯ 日本語'], [0, 4]],
    ['the quick brown', 15, 13, ['❯ the quick', '  brown'], [1, 7]],
    ['the quick brown', 10, 13, ['❯ the quick', '  brown'], [1, 2]],
    ['the quick brown', 9, 13, ['❯ the quick', '  brown'], [0, 11]],
    ['abcdefghijklmno', 10, 13, ['❯ abcdefghij', '  klmno'], [1, 2]],
    ['a\x1b[31m\tb', 7, 80, ['❯ a␛[31m    b'], [0, 12]],
    ['e\u0301x', 2, 80, ['❯ e\u0301x'], [0, 3]],
  ] as const)('%j with the cursor at %i in %i columns', (text, cursor, cols, rows, [row, col]) => {
    expect(layoutComposer(composer(text, cursor), space(cols, 6))).toMatchObject({ rows, cursor: { row, col } });
  });

  it('shows folded pastes by their size, numbered when there are several', () => {
    const long = 'line\n'.repeat(12_345);
    let buffer = insertPaste(insertWhole(emptyBuffer, 'see '), long, fold);
    expect(layoutComposer(buffer, space(80, 6))).toMatchObject({
      rows: ['❯ see [pasted 12,345 lines, 62 kB]'],
      cursor: { row: 0, col: 34 },
    });
    buffer = insertPaste(insertWhole(buffer, ' and '), 'x'.repeat(1500), fold);
    expect(layoutComposer(buffer, space(80, 6)).rows).toEqual([
      '❯ see [pasted #1 12,345 lines, 62 kB] and [pasted #2 1 line, 2 kB]',
    ]);
  });

  it('scrolls inside and says how many rows are hidden', () => {
    const text = Array.from({ length: 10 }, (_, line) => `row ${line}`).join('\n');
    expect(layoutComposer(composer(text), space(40, 5))).toEqual({
      rows: ['  ↑ 6 more', '  row 6', '  row 7', '  row 8', '  row 9'],
      cursor: { row: 4, col: 7 },
      top: 6,
    });
    expect(layoutComposer(composer(text, 0), space(40, 5, { top: 6 })).rows).toEqual([
      '❯ row 0',
      '  row 1',
      '  row 2',
      '  row 3',
      '  ↓ 6 more',
    ]);
    expect(layoutComposer(composer(text, text.indexOf('row 5')), space(40, 5, { top: 3 })).rows).toEqual([
      '  ↑ 3 more',
      '  row 3',
      '  row 4',
      '  row 5',
      '  ↓ 4 more',
    ]);
  });

  it('keeps the cursor in view and inside the window, and counts honestly, at any size', () => {
    const text = fc.array(fc.constantFrom('a', 'word ', '\n', '日本', '👩‍👩‍👧', '  ', 'x'.repeat(30), '\t'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(
        text,
        fc.nat(400),
        fc.integer({ min: 14, max: 60 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(40),
        (parts, place, cols, maxRows, top) => {
          const whole = parts.join('');
          const boundary = moveTo(insertWhole(emptyBuffer, whole), Math.min(place, whole.length));
          const laid = layoutComposer(boundary, space(cols, maxRows, { top }));
          const all = layoutComposer(boundary, space(cols, 10_000));
          expect(laid.rows.length).toBeLessThanOrEqual(maxRows);
          for (const row of laid.rows) expect(cellWidth(row)).toBeLessThan(cols);
          expect(laid.cursor.col).toBeLessThan(cols);
          expect(laid.rows[laid.cursor.row]).toBe(all.rows[all.cursor.row]);
          const hidden = laid.rows.flatMap((row) => /^ {2}[↑↓] (\d+) more$/.exec(row)?.[1] ?? []).map(Number);
          const body = laid.rows.length - hidden.length;
          if (maxRows >= 3) expect(body + hidden.reduce((sum, count) => sum + count, 0)).toBe(all.rows.length);
          else expect(hidden).toEqual([]);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('grows with the window up to twelve rows', () => {
    expect([5, 10, 24, 40, 100].map(composerHeight)).toEqual([1, 3, 8, 12, 12]);
  });
});

describe('moving by rows', () => {
  it('aims at the column it began in', () => {
    const text = 'a long first line\nab\nanother long line';
    let buffer = composer(text, 10);
    buffer = moveVertically(buffer, 'down', 40)!;
    expect(buffer.cursor).toBe(text.indexOf('ab') + 2);
    buffer = moveVertically(buffer, 'down', 40)!;
    expect(buffer.cursor).toBe(text.indexOf('another') + 10);
    expect(moveVertically(buffer, 'down', 40)).toBeNull();
    buffer = moveVertically(moveVertically(buffer, 'up', 40)!, 'up', 40)!;
    expect(buffer.cursor).toBe(10);
    expect(moveVertically(buffer, 'up', 40)).toBeNull();
  });

  it('goes by the rows that are seen, not by lines, and never splits a cluster', () => {
    const cells = textCells(13);
    const text = '日本語日本語日本語';
    const buffer = moveVertically(composer(text, 2), 'down', cells)!;
    expect(buffer.cursor).toBe(7);
    const end = moveVertically(composer('日本語日本👍🏽日', 0), 'down', cells);
    expect(end?.cursor).toBe(5);
  });
});
