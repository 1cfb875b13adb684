// Which lines a kept piece of output comes to, and which of its three levels it needs: plain, coloured, emulated.

import type { ExcerptValue, StdioValue } from '../../../core/bus/index.ts';
import { LevelWatch } from './escape-sequence.ts';
import { LineScanner } from './line-scanner.ts';
import { rowsInUse, type TerminalFactory } from './terminal-factory.ts';

/** Rows above the screen that an emulator keeps for the final state of an output. */
const FINAL_SCROLLBACK_ROWS = 1000;

/** Sizes for output of pipes that moves the cursor all the same. */
const PIPE_SIZE = { cols: 80, rows: 24 };

export interface OutputReading {
  readonly hasColour: boolean;
  readonly factory: TerminalFactory | null;
}

/**
 * The lines of an output, as text and SGR. When its middle was left out, `head` and `tail` are what stands before and
 * after it, without the lines the cut went through, and `isWhole` is false; else everything is in `head`.
 */
export interface OutputLines {
  readonly head: readonly string[];
  readonly tail: readonly string[];
  readonly isWhole: boolean;
}

export function outputLines(excerpt: ExcerptValue, stdio: StdioValue, reading: OutputReading): OutputLines {
  const { head, tail, tailFrom } = excerpt;
  if (tailFrom === head.length) {
    return {
      head: linesOf(tail.length === 0 ? head : Buffer.concat([head, tail]), stdio, reading),
      tail: [],
      isWhole: true,
    };
  }
  const first = linesOf(wholeLinesAtStart(head), { kind: 'pipe', stdin: 'closed' }, { ...reading, factory: null });
  return { head: first, tail: linesOf(wholeLinesAtEnd(tail), stdio, reading), isWhole: false };
}

/** All lines of these bytes; the final state of an emulator where lines alone cannot show it. */
export function linesOf(
  bytes: Uint8Array,
  stdio: StdioValue,
  { hasColour, factory }: OutputReading,
): readonly string[] {
  if (bytes.length === 0) return [];
  if (factory !== null && stdio.kind === 'pty' && needsTerminal(bytes)) {
    const terminal = factory({ ...sizeOf(stdio), scrollback: FINAL_SCROLLBACK_ROWS });
    try {
      terminal.write(bytes);
      return withoutTrailingBlanks(rowsInUse(terminal));
    } finally {
      terminal.dispose();
    }
  }
  return new LineScanner(hasColour).lines(decoded(bytes));
}

export function sizeOf(stdio: StdioValue): { cols: number; rows: number } {
  return stdio.kind === 'pty' ? { cols: stdio.cols, rows: stdio.rows } : PIPE_SIZE;
}

export function decoded(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
}

export function needsTerminal(bytes: Uint8Array): boolean {
  const watch = new LevelWatch();
  watch.watch(bytes);
  return watch.needsTerminal;
}

const NEWLINE = 10;

function wholeLinesAtStart(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.lastIndexOf(NEWLINE) + 1);
}

function wholeLinesAtEnd(bytes: Uint8Array): Uint8Array {
  const first = bytes.indexOf(NEWLINE);
  return first < 0 || first === bytes.length - 1 ? bytes : bytes.subarray(first + 1);
}

function withoutTrailingBlanks(rows: readonly string[]): readonly string[] {
  let end = rows.length;
  while (end > 0 && rows[end - 1]?.trim() === '') end -= 1;
  return rows.slice(0, end);
}
