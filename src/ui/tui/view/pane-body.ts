// What a live process shows at this moment: the last rows of its output, at a cost that a flood does not raise.

import type { StdioValue } from '../../../core/bus/index.ts';
import { cellWidth, cutToWidth } from '../terminal/width.ts';
import { LevelWatch } from './escape-sequence.ts';
import { LineScanner } from './line-scanner.ts';
import { decoded, sizeOf } from './output-lines.ts';
import { type DrawingTerminal, rowsInUse, type TerminalFactory, wantsWholeScreen } from './terminal-factory.ts';

/** Bytes from which the last lines are made: several windows of ordinary lines. */
const RECENT_BYTES = 32 * 1024;

/** Bytes that wait for the emulator. Beyond it only the newest are shown, as nobody could have read the others. */
const PENDING_BYTES = 256 * 1024;

/** What is kept of the waiting bytes then: some screens full of coloured cells. */
const RESYNC_BYTES = 64 * 1024;

export interface PaneBody {
  /**
   * Takes the next output of the newest attempt: `from` is its place in it. Copies nothing but a little; makes no
   * strings of plain text.
   */
  feed(from: number, bytes: Uint8Array): void;
  /** The PTY's size changed. */
  resize(cols: number, rows: number): void;
  /** A new attempt: nothing was printed yet. */
  clear(): void;
  /** How many rows there are to show, at most `limit`. */
  rowsInUse(limit: number): number;
  /** The last `height` rows in use, each at most `cols` wide. The same array as before when nothing changed. */
  rows(height: number, cols: number): readonly string[];
  /** Where the program's cursor is in these rows, or null when it is not among them. */
  cursor(height: number, cols: number): { readonly row: number; readonly col: number } | null;
  /** The program switched to the alternate screen or takes the mouse: a few rows of it say nothing. */
  readonly wantsWholeScreen: boolean;
  /** What the program asked of its keyboard. */
  readonly wishes: { readonly bracketedPaste: boolean; readonly applicationCursorKeys: boolean };
  /** Rows of the whole screen, for the full-screen view; the last lines where no emulator is needed. */
  screen(): readonly string[];
  dispose(): void;
}

/** `factory` is asked at each look: null until an emulator is loaded. */
export function createPaneBody(stdio: StdioValue, hasColour: boolean, factory: () => TerminalFactory | null): PaneBody {
  let size = sizeOf(stdio);
  let watch = new LevelWatch();
  const recent = new RecentBytes(RECENT_BYTES);
  const pending = new PendingBytes();
  let terminal: DrawingTerminal | null = null;
  let end = 0;
  let all: { limit: number; rows: readonly string[] } | null = null;
  let shown: { height: number; cols: number; rows: readonly string[] } | null = null;

  function changed(): void {
    all = null;
    shown = null;
  }

  function isEmulated(): boolean {
    return watch.needsTerminal && stdio.kind === 'pty';
  }

  /** Brings the emulator up to date; it is made at the first look after output that needs it. */
  function emulator(): DrawingTerminal | null {
    if (!isEmulated()) return null;
    if (terminal === null) {
      const open = factory();
      if (open === null) return null;
      terminal = open({ ...size, scrollback: 0 });
      pending.clear();
      terminal.write(recent.bytes());
      // What was shown before it came was made of lines.
      changed();
    } else pending.flush(terminal);
    return terminal;
  }

  /** The last rows in use, at least `limit` of them if there are so many. */
  function lastRows(limit: number): readonly string[] {
    const drawn = emulator();
    if (all !== null && all.limit >= limit) return all.rows;
    const rows = drawn === null ? recentLines(recent.bytes(), limit, hasColour) : rowsInUse(drawn);
    all = { limit: drawn === null ? limit : Number.POSITIVE_INFINITY, rows };
    return rows;
  }

  return {
    feed(from, bytes) {
      if (bytes.length === 0) return;
      // Only text is ever left out: behind the gap it goes on where no character is cut.
      const piece = from > end ? bytes.subarray(resyncPoint(bytes, 0)) : bytes;
      end = from + bytes.length;
      watch.watch(piece);
      if (terminal === null) recent.push(piece);
      else pending.push(piece);
      changed();
    },
    resize(cols, rows) {
      size = { cols, rows };
      if (terminal !== null) {
        pending.flush(terminal);
        terminal.resize(cols, rows);
      }
      changed();
    },
    clear() {
      watch = new LevelWatch();
      end = 0;
      recent.clear();
      pending.clear();
      terminal?.dispose();
      terminal = null;
      changed();
    },
    rowsInUse: (limit) => Math.min(limit, lastRows(limit).length),
    rows(height, cols) {
      emulator();
      if (shown !== null && shown.height === height && shown.cols === cols) return shown.rows;
      const rows =
        height <= 0
          ? []
          : lastRows(height)
              .slice(-height)
              .map((row) => cutToWidth(row, cols));
      shown = { height, cols, rows };
      return rows;
    },
    cursor(height, cols) {
      const rows = lastRows(height);
      const place = emulator()?.cursor() ?? { row: rows.length - 1, col: cellWidth(rows.at(-1) ?? '') };
      const row = place.row - Math.max(0, rows.length - height);
      return row < 0 || row >= height || place.col >= cols ? null : { row, col: place.col };
    },
    get wantsWholeScreen() {
      const drawn = emulator();
      return drawn !== null && wantsWholeScreen(drawn);
    },
    get wishes() {
      return emulator()?.modes() ?? { bracketedPaste: false, applicationCursorKeys: false };
    },
    screen: () => emulator()?.screen() ?? lastRows(size.rows).slice(-size.rows),
    dispose() {
      terminal?.dispose();
      terminal = null;
    },
  };
}

/** Colours of lines further up are not carried into these: nobody knows how far up they began. */
function recentLines(bytes: Uint8Array, limit: number, hasColour: boolean): string[] {
  const whole = decoded(bytes);
  const text = whole.trimEnd();
  const rest = whole.slice(text.length);
  let from = text.length;
  for (let count = 0; count < limit && from > 0; count++) from = text.lastIndexOf('\n', from - 1);
  // Blanks behind the last text matter only on its own line, where a prompt may stand.
  const open = /^[^\r\n]*/.exec(rest)?.[0] ?? '';
  const lines = new LineScanner(hasColour).lines((from > 0 ? text.slice(from + 1) : text) + open);
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

/** The newest bytes, at least `limit` of them when there were so many. */
class RecentBytes {
  private pieces: Uint8Array[] = [];
  private length = 0;

  constructor(private readonly limit: number) {}

  push(bytes: Uint8Array): void {
    const piece = bytes.length > this.limit ? bytes.subarray(bytes.length - this.limit) : bytes;
    this.pieces.push(piece);
    this.length += piece.length;
    // Dropping in lots keeps a flood of small pieces from shifting the list each time.
    if (this.length > 4 * this.limit) {
      const kept = this.bytes();
      this.pieces = [kept];
      this.length = kept.length;
    }
  }

  bytes(): Uint8Array {
    const joined = this.pieces.length === 1 ? this.pieces[0]! : Buffer.concat(this.pieces);
    return joined.length > this.limit ? Uint8Array.from(joined.subarray(joined.length - this.limit)) : joined;
  }

  clear(): void {
    this.pieces = [];
    this.length = 0;
  }
}

/** Bytes on their way into an emulator. When they pile up, the old ones are skipped and only their modes are kept. */
class PendingBytes {
  private pieces: Uint8Array[] = [];
  private length = 0;
  private readonly modes = new Map<string, string>();

  push(bytes: Uint8Array): void {
    this.pieces.push(bytes);
    this.length += bytes.length;
    if (this.length > PENDING_BYTES) this.skip();
  }

  flush(terminal: DrawingTerminal): void {
    if (this.modes.size > 0) {
      const modes = [...this.modes].map(([mode, on]) => `\x1b[?${mode}${on}`).join('');
      // CAN ends a sequence that the skipped bytes may have left open.
      terminal.write(Buffer.from(`\x18${modes}\x1b[0m`));
      this.modes.clear();
    }
    for (const piece of this.pieces) terminal.write(piece);
    this.pieces = [];
    this.length = 0;
  }

  clear(): void {
    this.pieces = [];
    this.length = 0;
    this.modes.clear();
  }

  private skip(): void {
    const joined = Buffer.concat(this.pieces);
    const kept = resyncPoint(joined, joined.length - RESYNC_BYTES);
    const skipped = joined.toString('latin1', 0, kept);
    for (const [, modes = '', on = ''] of skipped.matchAll(/\x1b\[\?([\d;]+)([hl])/g)) {
      for (const mode of modes.split(';')) this.modes.set(mode, on);
    }
    // An entry makes `flush` resynchronise even when no mode was seen: autowrap is on unless something said otherwise.
    if (!this.modes.has('7')) this.modes.set('7', 'h');
    this.pieces = [Uint8Array.from(joined.subarray(kept))];
    this.length = joined.length - kept;
  }
}

/** Behind a line feed or at an ESC, so that no sequence and no character is entered in its middle. */
function resyncPoint(bytes: Uint8Array, from: number): number {
  for (let at = Math.max(0, from); at < bytes.length; at++) {
    if (bytes[at] === 0x1b) return at;
    if (bytes[at] === 0x0a) return at + 1;
  }
  return Math.max(0, from);
}
