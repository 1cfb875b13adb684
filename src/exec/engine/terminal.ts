// What does a terminal show after these bytes? The emulator behind a small interface.

import type { Terminal as Emulator, IBufferCell } from '@xterm/headless';
import { rowWithStyles } from './terminal-row.ts';

export interface TerminalOptions {
  readonly cols: number;
  readonly rows: number;
  /** Rows kept above the screen; 0 keeps none. */
  readonly scrollback: number;
  /** What the emulator answers to the program's questions; null drops it, for a terminal that only draws. */
  readonly answer: ((bytes: Uint8Array) => void) | null;
  /** Told to programs that ask for the colours (OSC 10 and 11). */
  readonly colours: TerminalColours;
}

/** As X11 spells them: `rgb:rrrr/gggg/bbbb`. */
export interface TerminalColours {
  readonly foreground: string;
  readonly background: string;
}

/** Light on dark, where nobody knows better. */
export const DEFAULT_COLOURS: TerminalColours = { foreground: 'rgb:d0d0/d0d0/d0d0', background: 'rgb:0000/0000/0000' };

/** `row` and `col` from 0 at the top left of the screen. */
export interface TerminalCursor {
  readonly row: number;
  readonly col: number;
  readonly isVisible: boolean;
}

/** What the program turned on, and what keys and the mouse must therefore send. */
export interface TerminalModeSet {
  readonly mouse: 'none' | 'x10' | 'vt200' | 'drag' | 'any';
  readonly bracketedPaste: boolean;
  readonly focusEvents: boolean;
  readonly applicationCursorKeys: boolean;
}

export interface Terminal {
  readonly cols: number;
  readonly rows: number;
  /** Applied when it returns; bytes may be cut anywhere. */
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** The screen from top to bottom, always `rows` of them: text and SGR only, blanks at the end cut off. */
  screen(): string[];
  /** Like `screen`, for the rows above it that are kept. */
  scrolledOff(): string[];
  /** How many rows of the screen are in use, counted from the top: text or the cursor. */
  rowsInUse(): number;
  cursor(): TerminalCursor;
  /** The program switched to the other screen, as full-screen programs do. */
  isAlternate(): boolean;
  modes(): TerminalModeSet;
  /** What the program set as title, `''` at first. */
  title(): string;
  dispose(): void;
}

/** How this emulator calls itself when asked (XTVERSION). */
const IDENTITY = 'codex';

type EmulatorModule = typeof import('@xterm/headless');

/** Loads the emulator, which costs tens of milliseconds the first time, and gives what opens terminals at once. */
export async function loadTerminals(): Promise<(options: TerminalOptions) => Terminal> {
  const [{ Terminal: Construct }, { Unicode11Addon }] = await Promise.all([
    loadEmulator(),
    import('@xterm/addon-unicode11'),
  ]);
  return (options) => {
    const { cols, rows, scrollback } = options;
    // It would warn on stderr, which is the person's screen.
    const emulator = new Construct({ cols, rows, scrollback, allowProposedApi: true, logLevel: 'off' });
    emulator.loadAddon(new Unicode11Addon());
    emulator.unicode.activeVersion = '11';
    return wrap(emulator, options);
  };
}

export async function openTerminal(options: TerminalOptions): Promise<Terminal> {
  const open = await loadTerminals();
  return open(options);
}

/** A bundle has the names on the module itself, Node on its default export: the package is CommonJS. */
async function loadEmulator(): Promise<EmulatorModule> {
  const loaded = await import('@xterm/headless');
  const inner: unknown = Reflect.get(loaded, 'default');
  return isEmulatorModule(inner) ? inner : loaded;
}

function isEmulatorModule(value: unknown): value is EmulatorModule {
  return typeof value === 'object' && value !== null && 'Terminal' in value;
}

function wrap(emulator: Emulator, options: TerminalOptions): Terminal {
  let title = '';
  let isCursorVisible = true;
  emulator.onTitleChange((text) => {
    title = text;
  });
  const { answer, colours } = options;
  if (answer !== null) {
    const send = (text: string): void => answer(Buffer.from(text, 'latin1'));
    emulator.onData(send);
    emulator.onBinary(send);
    answerMore(emulator, colours, send);
  }
  const setCursor = (isVisible: boolean) => (parameters: (number | number[])[]) => {
    if (parameters.includes(25)) isCursorVisible = isVisible;
    return false; // The emulator handles the mode itself too.
  };
  emulator.parser.registerCsiHandler({ prefix: '?', final: 'h' }, setCursor(true));
  emulator.parser.registerCsiHandler({ prefix: '?', final: 'l' }, setCursor(false));

  const write = writerOf(emulator);
  const rowsOf = (from: number, to: number): string[] => {
    const buffer = emulator.buffer.active;
    const spare: IBufferCell = buffer.getNullCell();
    return Array.from({ length: Math.max(0, to - from) }, (_, index) => {
      const line = buffer.getLine(from + index);
      return line === undefined ? '' : rowWithStyles(line, spare);
    });
  };

  return {
    get cols() {
      return emulator.cols;
    },
    get rows() {
      return emulator.rows;
    },
    write,
    resize: (cols, rows) => emulator.resize(cols, rows),
    screen: () => rowsOf(emulator.buffer.active.baseY, emulator.buffer.active.baseY + emulator.rows),
    scrolledOff: () => rowsOf(0, emulator.buffer.active.baseY),
    rowsInUse() {
      const { baseY, cursorY } = emulator.buffer.active;
      for (let row = emulator.rows - 1; row > cursorY; row--) {
        if ((emulator.buffer.active.getLine(baseY + row)?.translateToString(true) ?? '') !== '') return row + 1;
      }
      return cursorY + 1;
    },
    cursor: () => ({
      row: emulator.buffer.active.cursorY,
      // Behind the last column while a wrap is pending.
      col: Math.min(emulator.buffer.active.cursorX, emulator.cols - 1),
      isVisible: isCursorVisible,
    }),
    isAlternate: () => emulator.buffer.active.type === 'alternate',
    modes: () => ({
      mouse: emulator.modes.mouseTrackingMode,
      bracketedPaste: emulator.modes.bracketedPasteMode,
      focusEvents: emulator.modes.sendFocusMode,
      applicationCursorKeys: emulator.modes.applicationCursorKeysMode,
    }),
    title: () => title,
    dispose: () => emulator.dispose(),
  };
}

/**
 * The emulator's public write queues and answers later. Its core can write at once, which is not promised, so it is
 * looked for; without it a screen read right after a write may be one write old.
 */
function writerOf(emulator: Emulator): (bytes: Uint8Array) => void {
  const core: unknown = Reflect.get(emulator, '_core');
  const writeNow: unknown = typeof core === 'object' && core !== null ? Reflect.get(core, 'writeSync') : undefined;
  if (typeof writeNow !== 'function') return (bytes) => emulator.write(bytes);
  return (bytes) => void Reflect.apply(writeNow, core, [bytes]);
}

/** Questions that the emulator leaves open although a terminal answers them. */
function answerMore(emulator: Emulator, colours: TerminalColours, send: (text: string) => void): void {
  const colour = (code: number, value: string) => (data: string) => {
    if (data !== '?') return false;
    send(`\x1b]${code};${value}\x1b\\`);
    return true;
  };
  emulator.parser.registerOscHandler(10, colour(10, colours.foreground));
  emulator.parser.registerOscHandler(11, colour(11, colours.background));
  emulator.parser.registerCsiHandler({ prefix: '>', final: 'q' }, (parameters) => {
    if ((parameters[0] ?? 0) !== 0) return false;
    send(`\x1bP>|${IDENTITY}\x1b\\`);
    return true;
  });
}
