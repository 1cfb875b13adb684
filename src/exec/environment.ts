// A place where commands run: the contract that the local engine, and later a remote one, both fulfil.

import type { Socket } from 'node:net';
import type { Problem, Result } from '../problem/index.ts';
import type { BlockedHost, BoundProfile, Denial } from '../sandbox/index.ts';

/** A PTY has one stream and a terminal of `cols` x `rows`; pipes keep stdout and stderr apart. */
export type Stdio =
  | { readonly kind: 'pty'; readonly cols: number; readonly rows: number }
  | { readonly kind: 'pipe'; readonly stdin: 'closed' | 'open' };

export type OutputStream = 'pty' | 'stdout' | 'stderr';

/** How a child ended, as the system told it. */
export type Exit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string; readonly code: number };

/** Everything one attempt needs. `argv` runs as it is, without a shell of ours around it. */
export interface ProcessStart {
  readonly argv: readonly [string, ...string[]];
  /** What the program sees as its own name; unsaid, the first of `argv`. */
  readonly arg0?: string | null;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdio: Stdio;
  /** Its output is answers that somebody waits for: each is told at once, and not gathered with the next. */
  readonly isAwaited?: boolean;
  readonly profile: BoundProfile;
  /** Where the output goes from the second MiB on, all of it from byte 0; null keeps no file. Made only when needed. */
  readonly outputFile: string | null;
  /** The proxy's side of a profile with `network` `proxied`; null: such a profile reaches no host at all. */
  readonly proxy: ProxyClient | null;
}

/** What the proxy knows this attempt as. Where it is reached is the environment's to decide, and both are told at once. */
export interface ProxyClient {
  /** Variables for a command that finds the proxy at this port of its loopback. */
  env(port: number): Readonly<Record<string, string>>;
  /** Takes over a connection of this attempt. */
  serve(connection: Socket): void;
  /** What was refused so far. */
  blocked(): readonly BlockedHost[];
}

/** Where a process waits for somebody to type. `hidden`: echo is off, as for a password. */
export interface InputWait {
  readonly hidden: boolean;
}

/** The end of an attempt: its child ended and its streams did too, no more output can come. */
export interface Closed {
  readonly exit: Exit;
  readonly bytes: number;
  /** As counted by `\n`, plus a last line without one. */
  readonly lines: number;
  readonly durationMs: number;
  /** Judged over all output. */
  readonly denial: Denial | null;
  /** False: the command itself never ran, because the sandbox failed or there is no such program. */
  readonly ran: boolean;
  /** Why it never ran; null when it did. */
  readonly problem: Problem | null;
}

/** A stretch of output. `from` is later than asked for where bytes were dropped; empty when there are no more. */
export interface OutputRange {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/** What an attempt tells while it lives. Called in order; `closed` is last. */
export interface ProcessListener {
  /**
   * `from` counts bytes over all streams of this attempt, from 0, without gaps. Already on disk when a file is open.
   * The memory of `bytes` is used again when this returns: who keeps some copies them.
   */
  output(bytes: Uint8Array, from: number, stream: OutputStream): void;
  /** The output file was opened: everything from byte 0 is in it. */
  outputFileOpened(path: string): void;
  /** The output file cannot be written (any further): told once, and the process goes on. */
  outputFileFailed?(problem: Problem): void;
  /** Something around the command that a person should know. */
  noticed?(problem: Problem): void;
  /** Stdin of a pipe process has taken all that was queued: what was refused for want of room can be written again. */
  inputDrained?(): void;
  /** Null: no longer waiting. */
  waiting(wait: InputWait | null): void;
  /** Stopped by a signal (Ctrl-Z) or going on again. */
  suspended(isSuspended: boolean): void;
  /** The machine it runs on cannot be reached for now (false), or can again. */
  linked?(isLinked: boolean): void;
  /** `denialSoFar` judges what was printed until it is called, for who cannot wait for `closed`. */
  exited(exit: Exit, denialSoFar?: () => Denial | null): void;
  closed(result: Closed): void;
}

export type Signal = 'interrupt' | 'terminate' | 'kill' | 'continue';

/** A started attempt. All of its methods may be called at any time; after the end they do nothing. */
export interface RunningProcess {
  /** Pid of our direct child (bubblewrap's monitor where there is a sandbox). */
  readonly pid: number;
  /** Queued (at most 1 MiB) while the program does not read. Fails when stdin is closed or the queue is full. */
  write(bytes: Uint8Array): Result<void>;
  /** Closes stdin of a pipe process; types U+0004 into a PTY. */
  endInput(): void;
  resize(cols: number, rows: number): void;
  /** `interrupt` reaches the foreground program, never the sandbox around it; `kill` ends everything inside. */
  signal(signal: Signal): void;
  /** Stops reading: the program blocks once the kernel's buffer is full. */
  pause(): void;
  resume(): void;
  /**
   * Output that was printed already, also after the end: from memory, or from the output file while that is there.
   * At most 4 MiB at a time, and never across a gap: ask again from where it ended.
   */
  readOutput(from: number, to: number): OutputRange;
}

/** Why nothing was started. `sandbox`: it cannot start here at all; `command`: this command cannot (cwd, program). */
export interface StartProblem {
  readonly kind: 'sandbox' | 'command';
  readonly problem: Problem;
  /** What the system called it (`ENOENT`), where it was the system that refused. */
  readonly errno?: string;
}

export interface Environment {
  /** `local`, or the name of a remote one. */
  readonly name: string;
  start(start: ProcessStart, listener: ProcessListener): Promise<Result<RunningProcess, StartProblem>>;
  /** Ends every process still running (interrupt is not tried: SIGTERM, then SIGKILL after `graceMs`). */
  dispose(graceMs: number): Promise<void>;
}
