// The emulator that drawing needs for programs which move the cursor: made by whoever has one, never here.

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
  /** Rows kept above the screen. */
  readonly scrollback: number;
}

/** What the program turned on, and what keys must therefore look like for it. */
export interface ProgramModes {
  readonly mouse: string;
  readonly bracketedPaste: boolean;
  readonly applicationCursorKeys: boolean;
}

/** An emulator that only draws: what it would answer to a program's questions goes nowhere. */
export interface DrawingTerminal {
  /** Takes effect before it returns. */
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** All rows of the screen: text and SGR only. */
  screen(): readonly string[];
  /** The rows above it that are kept. */
  scrolledOff(): readonly string[];
  /** Rows of the screen in use, from the top. */
  rowsInUse(): number;
  /** On the screen, from 0. */
  cursor(): { readonly row: number; readonly col: number };
  isAlternate(): boolean;
  modes(): ProgramModes;
  dispose(): void;
}

/** Makes emulators at once; where none is loaded yet there is no factory, and such output is shown as lines. */
export type TerminalFactory = (size: TerminalSize) => DrawingTerminal;

/** Everything there is to show, from the oldest kept row to the last one in use. */
export function rowsInUse(terminal: DrawingTerminal): readonly string[] {
  return [...terminal.scrolledOff(), ...terminal.screen().slice(0, terminal.rowsInUse())];
}

/** A few rows of a program that took the whole screen or the mouse say nothing. */
export function wantsWholeScreen(terminal: DrawingTerminal): boolean {
  return terminal.isAlternate() || terminal.modes().mouse !== 'none';
}
