import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Frame,
  nothingPainted,
  type Painted,
  paintFrame,
  reflowOf,
  rowsAboveCursor,
} from '../../../../src/ui/tui/terminal/frame-bytes.ts';
import { fitFrame } from '../../../../src/ui/tui/terminal/frame-fit.ts';
import { cleanLine, fitRow, rowChange } from '../../../../src/ui/tui/terminal/row-bytes.ts';
import { cellWidth, withoutEscapes } from '../../../../src/ui/tui/terminal/width.ts';
import { openEmulator } from '../../../support/screen.ts';

const piece = fc.constantFrom(
  'a',
  'bc',
  ' ',
  'def ',
  '日本',
  'é',
  '✓',
  '🎉',
  '\x1b[31m',
  '\x1b[0m',
  '\x1b[1;4m',
  'x'.repeat(20),
);
const rowText = fc.array(piece, { maxLength: 8 }).map((parts) => parts.join(''));
const frame = fc
  .record({ rows: fc.array(rowText, { maxLength: 9 }), row: fc.nat(9), col: fc.nat(50), isShown: fc.boolean() })
  .map(({ rows, row, col, isShown }): Frame => ({ rows, cursor: isShown ? { row, col } : null }));
const step = fc.record({ frame, lines: fc.integer({ min: 0, max: 5 }), width: fc.integer({ min: 0, max: 90 }) });

const shown = (rows: readonly string[]): string[] => rows.map((row) => withoutEscapes(row).trimEnd());

describe('a sequence of frames and finished lines', () => {
  it('leaves every finished line in the history once, what was there before, and the region as it should be', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.integer({ min: 20, max: 60 }),
        fc.integer({ min: 3, max: 12 }),
        fc.nat(20),
        async (steps, cols, rows, linesBefore) => {
          const emulator = openEmulator(cols, rows);
          const expected: string[] = [];
          for (let line = 0; line < linesBefore; line += 1) {
            expected.push(`shell ${line}`);
            await emulator.write(`shell ${line}\r\n`);
          }
          let painted: Painted = nothingPainted;
          for (const [index, { frame: wanted, lines, width }] of steps.entries()) {
            const printed = Array.from({ length: lines }, (_, line) => `line ${index}.${line} ${'w'.repeat(width)}`);
            expected.push(...printed);
            const fitted = fitFrame(wanted, { cols, rows });
            const paint = paintFrame(painted, printed, fitted, cols);
            painted = paint.painted;
            await emulator.write(paint.bytes);
            const history = emulator.history();
            expect(history.slice(0, expected.length)).toEqual(expected);
            const buffer = emulator.terminal.buffer.active;
            const cursorRow = buffer.baseY + buffer.cursorY;
            const top = cursorRow - painted.at.row;
            const region = fitted.rows.map((_, row) => buffer.getLine(top + row)?.translateToString(true) ?? '?');
            expect(region.map((row) => row.trimEnd())).toEqual(shown(fitted.rows));
            expect(buffer.cursorX).toBe(painted.at.col);
            expect(emulator.modes().cursorShown).toBe(fitted.cursor !== null);
            // Nothing of an earlier, higher region is left below.
            for (let row = top + Math.max(1, fitted.rows.length); row < buffer.length; row += 1)
              expect(buffer.getLine(row)?.translateToString(true)).toBe('');
          }
          emulator.terminal.dispose();
        },
      ),
      { numRuns: 150 },
    );
  });

  it('gives each cell the colours it would have if the row were written whole', async () => {
    await fc.assert(
      fc.asyncProperty(rowText, rowText, async (before, after) => {
        const changed = openEmulator(60, 3);
        const whole = openEmulator(60, 3);
        const [from, to] = [fitRow(before, 59), fitRow(after, 59)];
        const change = rowChange(from, to);
        await changed.write(`${from}\x1b[${change.column + 1}G${change.bytes}`);
        await whole.write(to);
        for (let x = 0; x < 60; x += 1) {
          const [one, other] = [changed, whole].map((emulator) => {
            const cell = emulator.terminal.buffer.active.getLine(0)?.getCell(x);
            return [cell?.getChars() || ' ', cell?.getFgColor(), cell?.isBold(), cell?.isUnderline()];
          });
          expect(one).toEqual(other);
        }
        expect(change.width).toBe(cellWidth(to));
      }),
      { numRuns: 150 },
    );
  });

  it('writes only what changed', () => {
    const first = paintFrame(
      nothingPainted,
      [],
      { rows: ['top', 'time 0:01', '> hello'], cursor: { row: 2, col: 7 } },
      80,
    );
    const same = paintFrame(first.painted, [], { rows: first.painted.rows, cursor: { row: 2, col: 7 } }, 80);
    expect(same.bytes).toBe('');
    const second = paintFrame(
      first.painted,
      [],
      { rows: ['top', 'time 0:02', '> hello'], cursor: { row: 2, col: 7 } },
      80,
    );
    expect(second.bytes).toBe('\x1b[?2026h\x1b[?25l\x1b[1A\x1b[9G2\x1b[1B\x1b[8G\x1b[?25h\x1b[?2026l');
    const third = paintFrame(second.painted, [], { rows: second.painted.rows, cursor: { row: 2, col: 3 } }, 80);
    expect(third.bytes).toBe('\x1b[4G');
  });

  it('never clears the screen or the history and never uses absolute rows or scroll regions', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 6 }), (steps) => {
        let painted: Painted = nothingPainted;
        for (const { frame: wanted, lines } of steps) {
          const paint = paintFrame(painted, Array(lines).fill('line'), fitFrame(wanted, { cols: 40, rows: 8 }), 40);
          painted = paint.painted;
          expect(paint.bytes).not.toMatch(/\x1b\[[0-9;]*[HfrSTL]|\x1b\[[123]J|\x1bc|\x1b[78]/);
        }
      }),
    );
  });
});

describe('a row', () => {
  it.each([
    ['a\x1b[2Jb', 'ab'],
    ['a\x07b\x1b]0;title\x07c', 'a^Gbc'],
    ['\x1b]8;;https://x\x1b\\link', '\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\'],
    ['\x1b]8;;javascript:x\x1b\\link\x1b]8;;\x1b\\', 'link\x1b]8;;\x1b\\'],
    ['\x1b[31mred', '\x1b[31mred\x1b[0m'],
    ['two\nlines\r', 'two^Jlines^M'],
    ['\x1b', '^['],
    ['\x1bPdcs\x1b\\x', 'x'],
  ])('%j is painted as %j', (line, cleaned) => {
    expect(cleanLine(line)).toBe(cleaned);
  });

  it('says where the next cell is after a character whose width terminals disagree about', () => {
    expect(rowChange('', '👍🏽 ok').bytes).toBe('\x1b[K👍🏽\x1b[3G ok');
  });
});

describe('the region in a narrower window', () => {
  const painted: Painted = {
    rows: ['x'.repeat(70), 'short', 'y'.repeat(79), `> ${'z'.repeat(50)}`, 'status'],
    at: { row: 3, col: 52 },
    isCursorShown: true,
  };
  it.each([
    ['all', 40, 2 + 1 + 2 + 1],
    ['all but the cursor row', 40, 2 + 1 + 2],
    ['none', 40, 3],
    ['all', 120, 3],
  ] as const)('a terminal that wraps %s at %i columns has %i rows above the cursor', (reflow, columns, above) => {
    expect(rowsAboveCursor(painted, columns, reflow)).toBe(above);
  });

  it('is counted by what the terminal says it is', () => {
    expect(reflowOf('tmux 3.3a', 'tmux-256color')).toBe('all');
    expect(reflowOf('xterm.js(6.0.0)', 'xterm-256color')).toBe('all but the cursor row');
    expect(reflowOf('XTerm(380)', 'xterm')).toBe('none');
    expect(reflowOf('', 'linux')).toBe('none');
    expect(reflowOf('', 'xterm-256color')).toBe('all but the cursor row');
  });
});
