import { describe, expect, it } from 'vitest';
import { lookAtTerminal, windowSizeOf } from '../../../../src/ui/tui/terminal/tty.ts';

const streams = (stdinIsTTY: boolean, stdoutIsTTY: boolean, TERM: string, fd: number | null = null) => ({
  stdinIsTTY,
  stdoutIsTTY,
  env: { TERM },
  openControllingTerminal: () => fd,
});

describe('the terminal the program was started with', () => {
  it.each([
    ['a terminal both ways', streams(true, true, 'xterm'), { kind: 'screen', keys: 'stdin' }],
    ['a message by pipe', streams(false, true, 'xterm', 7), { kind: 'screen', keys: 'tty', fd: 7 }],
    ['a terminal without cursor movement', streams(true, true, 'dumb'), { kind: 'lines' }],
  ])('%s', (_what, given, kind) => {
    expect(lookAtTerminal(given)).toEqual(kind);
  });

  it.each([
    ['no terminal to paint on', streams(true, false, 'xterm'), 'output is not a terminal'],
    ['no terminal to read keys from', streams(false, true, 'xterm'), 'input is not a terminal'],
  ])('%s is a problem with a way out', (_what, given, what) => {
    const found = lookAtTerminal(given);
    if (found.kind !== 'none') throw new Error(found.kind);
    expect(found.problem.what).toContain(what);
    expect(found.problem.next).toContain('codex sandbox');
  });

  it('has a size even when nobody can say which', () => {
    expect(windowSizeOf({ getWindowSize: () => [120, 40] })).toEqual({ cols: 120, rows: 40 });
    expect(windowSizeOf({ getWindowSize: () => [0, 0] })).toEqual({ cols: 80, rows: 24 });
    expect(windowSizeOf({})).toEqual({ cols: 80, rows: 24 });
  });
});
