// The emulator that drawing needs for programs which move the cursor: made by whoever has one, never here.

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
  /** Rows kept above the screen. */
  readonly scrollback: number;
}

/** An emulator that only draws: what it would answer to a program's questions goes nowhere. */
export interface DrawingTerminal {
  /** Takes effect before it returns. */
  write(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  /** Rows above the screen and those of the screen down to the last one in use: text and SGR only. */
  rows(): readonly string[];
  /** Of the program, as an index into `rows()` and a column from 0. */
  readonly cursor: { readonly row: number; readonly col: number };
  /** The program switched to the alternate screen or takes the mouse. */
  readonly wantsWholeScreen: boolean;
  dispose(): void;
}

/** Makes emulators; null while it is not loaded yet, then such output is shown as lines. */
export type TerminalFactory = (size: TerminalSize) => DrawingTerminal;
