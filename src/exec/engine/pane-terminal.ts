// Who answers a program's questions to its terminal, whether or not anybody watches?

import { type LevelReader, openLevelReader } from './output-level.ts';
import type { OutputLog } from './output-log.ts';
import { openTerminal, type Terminal, type TerminalColours } from './terminal.ts';

/** Up to this much is written to the emulator at once: about half a millisecond, and a question is answered at once. */
const SMALL_BYTES = 16 * 1024;

/** While more than that comes, the emulator is fed this rarely: the flood itself needs the time. */
const FLOOD_PAUSE_MS = 30;

/** An emulator shows the last screens only: of a flood, this many of them are kept for it. */
const SCREENS = 4;

/** Escape sequences that outlive the text around them: modes, character sets, questions, resets. */
const LASTING = /\x1b(?:\[[?>][\d;]*[a-zA-Z]|\[[\d;]*[cnr]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[()][0-9A-B]|[c78=>])/g;

/** Told the terminal's output; makes an emulator at the first bytes that lines cannot show. */
export interface PaneTerminal {
  read(bytes: Uint8Array): void;
  resize(cols: number, rows: number): void;
  dispose(): void;
}

export interface PaneTerminalSize {
  readonly cols: number;
  readonly rows: number;
}

/** `log` holds everything before the bytes that are read; the emulator starts from its last rows. */
export function openPaneTerminal(
  size: PaneTerminalSize,
  colours: TerminalColours,
  log: OutputLog,
  answer: (bytes: Uint8Array) => void,
): PaneTerminal {
  const levels: LevelReader = openLevelReader();
  let { cols, rows } = size;
  let state: 'lines' | 'opening' | 'open' | 'over' = 'lines';
  let terminal: Terminal | null = null;
  let waiting: Uint8Array[] = [];
  let waitingBytes = 0;
  let timer: NodeJS.Timeout | null = null;

  const screenBytes = (): number => rows * cols * SCREENS;

  const feed = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (terminal === null || waitingBytes === 0) return;
    const bytes = waiting.length === 1 && waiting[0] !== undefined ? waiting[0] : Buffer.concat(waiting);
    waiting = [];
    waitingBytes = 0;
    terminal.write(lastScreens(bytes, Math.max(SMALL_BYTES, screenBytes())));
  };

  const queue = (bytes: Uint8Array): void => {
    waiting.push(Uint8Array.from(bytes));
    waitingBytes += bytes.length;
    // Bounded also while the emulator loads or the timer runs.
    const most = Math.max(SMALL_BYTES, screenBytes()) * 2;
    if (waitingBytes <= most || waiting.length === 1) return;
    const kept = lastScreens(Buffer.concat(waiting), most / 2);
    waiting = [kept];
    waitingBytes = kept.length;
  };

  const open = async (): Promise<void> => {
    state = 'opening';
    const opened = await openTerminal({ cols, rows, scrollback: 0, colours, answer });
    if (isOver()) return opened.dispose();
    if (opened.cols !== cols || opened.rows !== rows) opened.resize(cols, rows);
    terminal = opened;
    state = 'open';
    feed();
  };

  const isOver = (): boolean => state === 'over';

  return {
    read(bytes) {
      switch (state) {
        case 'over':
          return;
        case 'lines': {
          if (levels.read(bytes) !== 'terminal') return;
          const end = log.bytes;
          queue(log.read(Math.max(0, end - Math.max(bytes.length, screenBytes())), end).bytes);
          void open();
          return;
        }
        case 'opening':
          return queue(bytes);
        case 'open':
          queue(bytes);
          if (timer === null && waitingBytes <= SMALL_BYTES) feed();
          else timer ??= setTimeout(feed, FLOOD_PAUSE_MS);
      }
    },
    resize(newCols, newRows) {
      ({ cols, rows } = { cols: newCols, rows: newRows });
      feed();
      terminal?.resize(cols, rows);
    },
    dispose() {
      state = 'over';
      if (timer !== null) clearTimeout(timer);
      terminal?.dispose();
      terminal = null;
      waiting = [];
    },
  };
}

/**
 * The end of `bytes`, `keep` of them from a line's start on, with what lasts of the rest in front. A jump over text
 * leaves the screen as it is at rest; a jump over a mode would not.
 */
function lastScreens(bytes: Uint8Array, keep: number): Uint8Array {
  if (bytes.length <= keep) return bytes;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const newline = buffer.indexOf(0x0a, buffer.length - keep);
  const from = newline === -1 ? buffer.length - keep : newline + 1;
  const lasting = buffer.toString('latin1', 0, from).match(LASTING) ?? [];
  return Buffer.concat([Buffer.from(lasting.join(''), 'latin1'), buffer.subarray(from)]);
}
