// What does a person see when a program runs in a real terminal? A real PTY with an emulator behind it.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, constants, openSync, readdirSync, readFileSync, readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { ReadStream } from 'node:tty';
import unicode11 from '@xterm/addon-unicode11';
import headless from '@xterm/headless';

/** A whole wait may take this long on a busy machine before it counts as "never". */
const WAIT_LIMIT_MS = 20_000;
const SCROLLBACK_ROWS = 20_000;

export interface ScreenOptions {
  readonly command: readonly [string, ...string[]];
  readonly cols?: number;
  readonly rows?: number;
  /** The whole environment of the program. Default: ours, with TERM=xterm-256color and a UTF-8 locale. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Whether the emulator's answers to queries go back to the program. */
  readonly answers?: boolean;
}

export interface TerminalModes {
  readonly alternateScreen: boolean;
  readonly bracketedPaste: boolean;
  readonly focusEvents: boolean;
  readonly cursorShown: boolean;
  readonly mouse: string;
  readonly synchronized: boolean;
}

export interface Screen {
  readonly pid: number;
  /** Path of the terminal device the program has. */
  readonly path: string;
  send(bytes: string | Uint8Array): void;
  /** Waits until the screen's text matches; throws with the screen in the message when it never does. */
  waitFor(wanted: string | RegExp | ((text: string) => boolean), limitMs?: number): Promise<void>;
  /** Waits until everything that has come was drawn and the program is silent for a turn of the loop. */
  drawn(): Promise<void>;
  /** Rows of the window, trailing blanks removed. */
  screen(): string[];
  text(): string;
  /** Scrollback and window, wrapped rows joined to the line they were written as. */
  history(): string[];
  cursor(): { readonly row: number; readonly col: number };
  modes(): TerminalModes;
  /** Whether the first place on the screen that shows `text` is painted dim; null when it is nowhere. */
  isDim(text: string): boolean | null;
  /** Everything the program wrote. */
  bytes(): Buffer;
  resize(cols: number, rows: number): void;
  kill(signal?: NodeJS.Signals): void;
  readonly exit: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  /** Ends the program if it still runs and waits until the terminal is closed. */
  close(): Promise<void>;
}

interface Pair {
  readonly master: number;
  readonly slave: number;
  readonly pty: string;
}

interface PtyAddon {
  open(cols: number, rows: number): Pair;
  resize(fd: number, cols: number, rows: number): void;
}

/** The compiled part of node-pty; its own `spawn` loses the end of the output and is never used. */
function loadPty(): PtyAddon {
  const load = createRequire(import.meta.url);
  try {
    const built: { native: PtyAddon } = load('node-pty');
    return built.native;
  } catch {
    // Not built on this machine: the prebuilt one, whose `resize` wants the size in pixels too.
    const ready: { native: { open: PtyAddon['open']; resize(...numbers: number[]): void } } = load('node-pty-prebuilt');
    return { open: ready.native.open, resize: (fd, cols, rows) => ready.native.resize(fd, cols, rows, 0, 0) };
  }
}

/** A pair whose slave is close-on-exec and blocking, as no `open` of node-pty gives it. */
export function openPair(cols: number, rows: number): { master: number; slave: number; path: string } {
  const pair = loadPty().open(cols, rows);
  const slave = openSync(pair.pty, constants.O_RDWR | constants.O_NOCTTY);
  closeSync(pair.slave);
  return { master: pair.master, slave, path: pair.pty };
}

function resizePair(master: number, cols: number, rows: number): void {
  loadPty().resize(master, cols, rows);
}

/** Descriptors above 2 that a child would inherit; each is covered by /dev/null in it. */
function inheritable(): number[] {
  return readdirSync('/proc/self/fdinfo')
    .map(Number)
    .filter((fd) => {
      try {
        const flags = /flags:\s*(\d+)/.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '0';
        return fd > 2 && (Number.parseInt(flags, 8) & 0o2000000) === 0;
      } catch {
        // The descriptor of the listing itself is closed again.
        return false;
      }
    });
}

function start(options: ScreenOptions, slave: number): ChildProcess {
  const devNull = openSync('/dev/null', 'r');
  const leaked = inheritable();
  const stdio: (number | 'ignore')[] = [slave, slave, slave];
  for (let fd = 3; fd <= Math.max(2, ...leaked); fd += 1) stdio.push(leaked.includes(fd) ? devNull : 'ignore');
  const { VITEST: _vitest, NODE_ENV: _env, FORCE_COLOR: _force, NO_COLOR: _none, CI: _ci, ...inherited } = process.env;
  const env = options.env ?? { ...inherited, TERM: 'xterm-256color', LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' };
  const child = spawn('setsid', ['-c', ...options.command], {
    stdio,
    env: { ...env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  closeSync(devNull);
  return child;
}

/** The emulator alone, with the modes it does not tell of noted down. */
export function openEmulator(cols: number, rows: number) {
  const terminal = new headless.Terminal({ cols, rows, scrollback: SCROLLBACK_ROWS, allowProposedApi: true });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  const privateModes = new Set<number>([25]);
  for (const final of ['h', 'l']) {
    terminal.parser.registerCsiHandler({ prefix: '?', final }, (parameters) => {
      for (const mode of parameters.flat()) {
        if (final === 'h') privateModes.add(mode);
        else privateModes.delete(mode);
      }
      return false; // the emulator handles it as well
    });
  }
  const row = (index: number): string => terminal.buffer.active.getLine(index)?.translateToString(true) ?? '';
  return {
    terminal,
    privateModes,
    write: (bytes: string | Uint8Array): Promise<void> => new Promise((resolve) => terminal.write(bytes, resolve)),
    screen: (): string[] =>
      Array.from({ length: terminal.rows }, (_, index) => row(terminal.buffer.active.baseY + index)),
    history(): string[] {
      const buffer = terminal.buffer.normal;
      const lines: string[] = [];
      for (let index = 0; index < buffer.length; index += 1) {
        const line = buffer.getLine(index);
        if (line === undefined) continue;
        const continues = buffer.getLine(index + 1)?.isWrapped === true;
        const text = line.translateToString(!continues);
        if (line.isWrapped && lines.length > 0) lines[lines.length - 1] += text;
        else lines.push(text);
      }
      while (lines.at(-1) === '') lines.pop();
      return lines;
    },
    isDim(text: string): boolean | null {
      const { baseY } = terminal.buffer.active;
      for (let index = 0; index < terminal.rows; index += 1) {
        const at = row(baseY + index).indexOf(text);
        if (at >= 0)
          return (
            (terminal.buffer.active
              .getLine(baseY + index)
              ?.getCell(at)
              ?.isDim() ?? 0) !== 0
          );
      }
      return null;
    },
    cursor: () => ({ row: terminal.buffer.active.cursorY, col: terminal.buffer.active.cursorX }),
    modes: (): TerminalModes => ({
      alternateScreen: terminal.buffer.active.type === 'alternate',
      bracketedPaste: terminal.modes.bracketedPasteMode,
      focusEvents: terminal.modes.sendFocusMode,
      cursorShown: privateModes.has(25),
      mouse: terminal.modes.mouseTrackingMode,
      synchronized: privateModes.has(2026),
    }),
  };
}

/** Reads a master to its very end: libuv drops what is left when the last slave closes, so that is read by hand. */
export function readMaster(master: number, onBytes: (bytes: Buffer) => void, onClosed: () => void): ReadStream {
  const stream = new ReadStream(master);
  stream.on('data', (bytes: Buffer) => onBytes(bytes));
  stream.on('end', () => {
    const buffer = Buffer.alloc(65_536);
    for (;;) {
      let count = 0;
      try {
        count = readSync(master, buffer);
      } catch {
        break; // EIO: how a terminal says that its other side is closed
      }
      if (count === 0) break;
      onBytes(Buffer.from(buffer.subarray(0, count)));
    }
  });
  stream.on('error', () => undefined); // EIO, as above; `close` follows
  stream.on('close', onClosed);
  return stream;
}

/** Starts a program in a terminal of its own, as its controlling terminal, and draws what it writes. */
export function openScreen(options: ScreenOptions): Screen {
  const { cols = 80, rows = 24 } = options;
  const emulator = openEmulator(cols, rows);
  const pair = openPair(cols, rows);
  const child = start(options, pair.slave);
  closeSync(pair.slave);

  const received: Buffer[] = [];
  const watchers = new Set<() => void>();
  let undrawn = 0;
  let isClosed = false;
  let unsent: Buffer = Buffer.alloc(0);
  let exited: string | null = null;

  const wake = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  let reportClosed = (): void => undefined;
  const closed = new Promise<void>((resolve) => {
    reportClosed = resolve;
  });
  const stream = readMaster(
    pair.master,
    (bytes) => {
      received.push(bytes);
      undrawn += 1;
      void emulator.write(bytes).then(() => {
        undrawn -= 1;
        wake();
      });
    },
    () => {
      isClosed = true;
      reportClosed();
      wake();
    },
  );

  const push = (): void => {
    while (unsent.length > 0 && !isClosed) {
      try {
        unsent = unsent.subarray(writeSync(pair.master, unsent));
      } catch {
        setTimeout(push, 2); // the program does not read yet (EAGAIN); nothing tells when it will
        return;
      }
    }
  };
  const send = (bytes: string | Uint8Array): void => {
    unsent = Buffer.concat([unsent, Buffer.from(bytes)]);
    push();
  };
  if (options.answers !== false) emulator.terminal.onData(send);

  const exit = new Promise<{ code: number | null; signal: NodeJS.Signals | null }>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      exited = signal ?? String(code);
      resolve({ code, signal });
      wake();
    });
  });
  const text = (): string => emulator.screen().join('\n');

  const waitUntil = (isThere: () => boolean, describe: () => string, limitMs: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(limit);
        watchers.delete(look);
      };
      const look = (): void => {
        if (isThere()) {
          done();
          resolve();
        }
      };
      const limit = setTimeout(() => {
        done();
        const state = exited === null ? 'still running' : `ended with ${exited}`;
        reject(new Error(`${describe()} did not come; the program is ${state}; the screen:\n${text()}`));
      }, limitMs);
      watchers.add(look);
      look();
    });

  return {
    pid: child.pid ?? -1,
    path: pair.path,
    send,
    waitFor(wanted, limitMs = WAIT_LIMIT_MS) {
      const matches = (): boolean => {
        const seen = text();
        if (typeof wanted === 'string') return seen.includes(wanted);
        return wanted instanceof RegExp ? wanted.test(seen) : wanted(seen);
      };
      return waitUntil(matches, () => String(wanted), limitMs);
    },
    async drawn() {
      await waitUntil(
        () => undrawn === 0,
        () => 'a quiet terminal',
        WAIT_LIMIT_MS,
      );
      await new Promise((resolve) => setImmediate(resolve));
    },
    screen: emulator.screen,
    text,
    history: emulator.history,
    cursor: emulator.cursor,
    isDim: emulator.isDim,
    modes: emulator.modes,
    bytes: () => Buffer.concat(received),
    resize(newCols, newRows) {
      if (isClosed) return;
      emulator.terminal.resize(newCols, newRows);
      resizePair(pair.master, newCols, newRows);
    },
    kill(signal = 'SIGKILL') {
      child.kill(signal);
    },
    exit,
    async close() {
      if (exited === null) child.kill('SIGKILL');
      await exit;
      // What the program left behind may hold the terminal open: our end is closed all the same.
      if (!isClosed) stream.destroy();
      await closed;
      emulator.terminal.dispose();
    },
  };
}
