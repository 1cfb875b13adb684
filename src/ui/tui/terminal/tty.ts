// What kind of terminal is there, and what can be done in it?

import { constants, openSync } from 'node:fs';
import type { Problem } from '../../../problem/index.ts';

export type Terminal =
  /** Frames can be painted; keys come from stdin. */
  | { readonly kind: 'screen'; readonly keys: 'stdin' }
  /** Frames can be painted; stdin is the first message, keys come from the controlling terminal, opened at `fd`. */
  | { readonly kind: 'screen'; readonly keys: 'tty'; readonly fd: number }
  /** A terminal without cursor movement: whole lines only. */
  | { readonly kind: 'lines' }
  | { readonly kind: 'none'; readonly problem: Problem };

export interface Streams {
  readonly stdinIsTTY: boolean;
  readonly stdoutIsTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Opens the controlling terminal for reading; null when there is none. */
  readonly openControllingTerminal: () => number | null;
}

/** Looks at the streams the program was started with. */
export function lookAtTerminal({ stdinIsTTY, stdoutIsTTY, env, openControllingTerminal }: Streams): Terminal {
  if (!stdoutIsTTY) return { kind: 'none', problem: noOutput };
  if ((env.TERM ?? '') === 'dumb') return stdinIsTTY ? { kind: 'lines' } : { kind: 'none', problem: noKeys };
  if (stdinIsTTY) return { kind: 'screen', keys: 'stdin' };
  const fd = openControllingTerminal();
  return fd === null ? { kind: 'none', problem: noKeys } : { kind: 'screen', keys: 'tty', fd };
}

const noOutput: Problem = {
  what: 'The output is not a terminal, so there is nothing to paint on.',
  why: '',
  next: 'Run codex in a terminal. For scripts: codex exec "…", codex sandbox -- COMMAND',
};

const noKeys: Problem = {
  what: 'The input is not a terminal, so no keys can be read.',
  why: 'The message came through a pipe and this process has no terminal of its own.',
  next: 'Run codex in a terminal. For scripts: codex exec "…", codex sandbox -- COMMAND',
};

/** Opens `/dev/tty` for reading keys; null without a controlling terminal. */
export function openControllingTerminal(): number | null {
  try {
    return openSync('/dev/tty', constants.O_RDONLY | constants.O_NOCTTY);
  } catch {
    // ENXIO, ENOENT: no controlling terminal, which is the answer.
    return null;
  }
}

/** Size of the window behind a stream, asked of the kernel now; 80 x 24 when it cannot say (0 x 0 or closed). */
export function windowSizeOf(stream: { getWindowSize?: () => [number, number] }): { cols: number; rows: number } {
  try {
    const [cols, rows] = stream.getWindowSize?.() ?? [0, 0];
    if (cols > 0 && rows > 0) return { cols, rows };
  } catch {
    // EBADF, EIO: the terminal is going away; the writer learns it at its next write.
  }
  return { cols: 80, rows: 24 };
}
