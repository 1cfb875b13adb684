// What is no command, made to behave like one: it prints, it can be stopped, and it ends with a code.

import type { Closed, CommandStart, Exit, OutputRange, RunningProcess } from '../../exec/index.ts';
import { causeOf, ok } from '../../problem/index.ts';
import type { Denial } from '../../sandbox/index.ts';
import type { Runner } from './process.ts';

/** How the work came out. `denial`: the sandbox stopped it. */
export interface DeedResult {
  readonly code: number;
  readonly denial: Denial | null;
}

export interface DeedTools {
  /** What the attempt is made with: its profile and what was granted. */
  readonly start: CommandStart;
  /** Shows text. Beyond 1 MiB nothing more is taken. */
  print(text: string): void;
  /** Aborted when it is to stop. */
  readonly signal: AbortSignal;
}

/** Deeds print for people, a screen or two. */
const MOST_OUTPUT = 1024 * 1024;

/** The program's own exit code for it. */
const DEFECT: DeedResult = { code: 70, denial: null };

const STOPPED: Exit = { kind: 'signal', signal: 'SIGINT', code: 130 };

/** Each attempt does the work anew. */
export function deedRunner(work: (tools: DeedTools) => Promise<DeedResult>): Runner {
  return {
    async start(start, listener) {
      const startedAt = performance.now();
      const abort = new AbortController();
      const printed: Uint8Array[] = [];
      let bytes = 0;
      let lines = 0;

      function print(text: string): void {
        const piece = Buffer.from(text, 'utf8').subarray(0, MOST_OUTPUT - bytes);
        if (piece.length === 0) return;
        printed.push(piece);
        for (const byte of piece) if (byte === 10) lines += 1;
        listener.output(piece, bytes, 'stdout');
        bytes += piece.length;
      }

      async function run(): Promise<void> {
        const result = await work({ start, print, signal: abort.signal }).catch((error: unknown) => {
          print(`A defect in codex ended this: ${causeOf(error)}\n`);
          return DEFECT;
        });
        const exit: Exit = abort.signal.aborted ? STOPPED : { kind: 'code', code: result.code };
        const isLineOpen = bytes > 0 && printed.at(-1)?.at(-1) !== 10;
        const closed: Closed = {
          exit,
          bytes,
          lines: lines + (isLineOpen ? 1 : 0),
          durationMs: performance.now() - startedAt,
          denial: result.denial,
          ran: true,
          problem: null,
        };
        listener.exited(exit);
        listener.closed(closed);
      }

      // After the caller knows the process: what it hears is about that.
      setImmediate(() => void run());
      return ok(handleOf(abort, (from, to) => rangeOf(printed, from, to)));
    },
  };
}

function handleOf(abort: AbortController, readOutput: RunningProcess['readOutput']): RunningProcess {
  const nothing = (): void => {};
  return {
    pid: 0,
    write: () => ok(undefined),
    endInput: nothing,
    resize: nothing,
    signal: (signal) => {
      if (signal !== 'continue') abort.abort();
    },
    pause: nothing,
    resume: nothing,
    readOutput,
  };
}

function rangeOf(printed: readonly Uint8Array[], from: number, to: number): OutputRange {
  return { from, bytes: Buffer.concat(printed).subarray(from, to) };
}
