import { describe, expect, it } from 'vitest';
import { excerptOf } from '../../../../src/core/bus/index.ts';
import { outputLines } from '../../../../src/ui/tui/view/output-lines.ts';
import { createPaneBody, type PaneBody } from '../../../../src/ui/tui/view/pane-body.ts';
import { terminals } from './terminals.ts';

const pty = { kind: 'pty' as const, cols: 40, rows: 10 };
const asLines = { hasColour: true, factory: null };

function feed(body: PaneBody, text: string): void {
  body.feed(0, Buffer.from(text));
}

describe('the body of a pane', () => {
  it('shows the last rows of what was printed, cut to the width', () => {
    const body = createPaneBody(pty, true, () => null);
    feed(body, 'one\r\ntwo\r\nthree is longer than that');
    expect(body.rows(2, 10)).toEqual(['two', 'three is l']);
    expect(body.rowsInUse(10)).toBe(3);
    feed(body, '\r\n');
    expect(body.rows(2, 30)).toEqual(['two', 'three is longer than that']);
  });

  it('gives the same rows again, and not a copy, while nothing changed', () => {
    const body = createPaneBody(pty, true, () => null);
    feed(body, 'one\ntwo\n');
    const rows = body.rows(5, 40);
    expect(body.rows(5, 40)).toBe(rows);
    feed(body, 'three\n');
    expect(body.rows(5, 40)).toEqual(['one', 'two', 'three']);
  });

  it('moves one line for a progress bar', () => {
    const body = createPaneBody(pty, true, () => null);
    for (let i = 0; i <= 100; i++) feed(body, `\r[${'#'.repeat(i / 10)}] ${i}%`);
    expect(body.rows(5, 40)).toEqual(['[##########] 100%']);
  });

  it('looks at the end of a flood only, and makes no emulator for it', async () => {
    const { factory, made } = await terminals(1);
    const body = createPaneBody(pty, true, () => factory);
    const block = Buffer.from('\x1b[32my\x1b[0m\n'.repeat(6_000));
    for (let i = 0; i < 200; i++) body.feed(0, block);
    feed(body, 'the end\n');
    expect(body.rows(2, 40)).toEqual(['\x1b[32my\x1b[0m', 'the end']);
    expect(made()).toBe(0);
  });

  it('goes on at a line behind text that was left out', async () => {
    const { factory } = await terminals(1);
    const body = createPaneBody(pty, true, () => factory);
    feed(body, '\x1b[2J\x1b[Hbefore\r\n');
    body.rows(5, 40);
    body.feed(100_000, Buffer.from('\x80cut line\r\nwhole line'));
    expect(body.rows(5, 40)).toEqual(['before', 'whole line']);
    body.dispose();
  });

  it('shows a program that moves the cursor as a terminal would', async () => {
    const { factory, made } = await terminals(1);
    const body = createPaneBody(pty, true, () => factory);
    feed(body, 'first\r\nsecond\r\nthird\x1b[2A\rFIRST');
    expect(body.rows(5, 40)).toEqual(['FIRST', 'second', 'third']);
    feed(body, '\x1b[2B\r\nfourth');
    expect(body.rows(2, 40)).toEqual(['third', 'fourth']);
    expect(body.cursor(2, 40)).toEqual({ row: 1, col: 6 });
    expect(made()).toBe(1);
    body.dispose();
  });

  it('finds its way back after a flood that moves the cursor', async () => {
    const { factory } = await terminals(1);
    const body = createPaneBody(pty, true, () => factory);
    feed(body, '\x1b[H');
    expect(body.rows(1, 40)).toEqual(['']);
    feed(body, '\x1b[?1049h');
    for (let i = 0; i < 20_000; i++)
      feed(body, `\x1b[${1 + (i % 10)};1H\x1b[Kframe ${i} of a program that redraws itself`);
    feed(body, '\x1b[2J\x1b[Hlast frame');
    expect(body.wantsWholeScreen).toBe(true);
    expect(body.screen()[0]).toBe('last frame');
    expect(body.screen().slice(1).join('')).toBe('');
    body.dispose();
  });

  it('sees programs that take the whole screen come and go', async () => {
    const { factory } = await terminals(1);
    const body = createPaneBody(pty, true, () => factory);
    feed(body, 'before\r\n\x1b[?1049h\x1b[Hvim');
    expect(body.wantsWholeScreen).toBe(true);
    feed(body, '\x1b[?1049l');
    expect([body.wantsWholeScreen, body.rows(5, 40)[0]]).toEqual([false, 'before']);
    body.dispose();
  });

  it('stands at the end of the line where a program waits', () => {
    const body = createPaneBody(pty, true, () => null);
    feed(body, 'hello\nname: ');
    expect(body.cursor(5, 40)).toEqual({ row: 1, col: 6 });
    expect(body.cursor(1, 40)).toEqual({ row: 0, col: 6 });
  });

  it('shows lines until an emulator is loaded, and its screen from then on', async () => {
    const { factory } = await terminals(1);
    let loaded: typeof factory | null = null;
    const body = createPaneBody(pty, true, () => loaded);
    feed(body, 'first\r\nsecond\x1b[A\rFIRST');
    expect(body.rows(5, 40)).toEqual(['first', 'FIRSTd']);
    loaded = factory;
    expect(body.rows(5, 40)).toEqual(['FIRST', 'second']);
    body.dispose();
  });

  it('says what a program wants of the keyboard', async () => {
    const { factory } = await terminals(1);
    const body = createPaneBody(pty, true, () => factory);
    expect(body.wishes).toMatchObject({ bracketedPaste: false });
    feed(body, '\x1b[H\x1b[?2004h\x1b[?1h');
    expect(body.wishes).toMatchObject({ bracketedPaste: true, applicationCursorKeys: true });
    body.dispose();
  });

  it('begins anew with an attempt', () => {
    const body = createPaneBody(pty, true, () => null);
    feed(body, 'old\n');
    body.clear();
    expect(body.rows(5, 40)).toEqual([]);
    feed(body, 'new\n');
    expect(body.rows(5, 40)).toEqual(['new']);
  });
});

describe('the lines of a finished output', () => {
  it('are the final state of the emulator', async () => {
    const { factory } = await terminals(1);
    const bytes = Buffer.from('a 0%\r\nb 0%\r\n\x1b[2Aa 100%\r\nb 100%\r\n');
    const { head } = outputLines(excerptOf([{ from: 0, bytes }]), pty, { hasColour: true, factory });
    expect(head).toEqual(['a 100%', 'b 100%']);
  });

  it('leave out the lines that the gap cut through', () => {
    const line = (i: number) => `line ${String(i).padStart(6, '0')}\n`;
    const bytes = Buffer.from(Array.from({ length: 30_000 }, (_, i) => line(i)).join(''));
    const { head, tail, isWhole } = outputLines(excerptOf([{ from: 0, bytes }]), pty, asLines);
    expect(isWhole).toBe(false);
    for (const lines of [head, tail]) for (const shown of lines) expect(shown).toMatch(/^line \d{6}$/);
    expect([head[0], tail.at(-1)]).toEqual(['line 000000', 'line 029999']);
  });
});
