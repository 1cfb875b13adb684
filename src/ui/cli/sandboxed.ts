// `codex sandbox -- COMMAND`: relays between this program's own streams and one command in the sandbox.

import { assertNever, type Problem, problemText, type Result } from '../../problem/index.ts';

/** The part of a running command that the relay needs. */
export interface RelayedProcess {
  write(bytes: Uint8Array): Result<void>;
  endInput(): void;
  resize(cols: number, rows: number): void;
  signal(signal: 'interrupt' | 'terminate' | 'kill'): void;
  pause(): void;
  resume(): void;
}

export interface RelayedEnd {
  readonly exitCode: number;
  /** Null: it never ran, for this reason. */
  readonly ran: boolean;
  readonly problem: Problem | null;
  readonly denial: {
    readonly certainty: 'certain' | 'likely';
    readonly text: string;
    readonly because: string;
    /** Whatever else was stopped. */
    readonly also: readonly string[];
  } | null;
}

export interface RelayedSinks {
  output(bytes: Uint8Array, isError: boolean): void;
  /** Input that was refused for want of room can be written again. */
  inputDrained(): void;
  closed(end: RelayedEnd): void;
}

export type StartRelayed = (
  stdio: { kind: 'pty'; cols: number; rows: number } | { kind: 'pipe'; stdin: 'open' },
  sinks: RelayedSinks,
) => Promise<Result<RelayedProcess, { readonly kind: 'sandbox' | 'command'; readonly problem: Problem }>>;

export interface OwnStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface RelayWishes {
  /** The command's own exit code also after a denial. */
  readonly keepsExitCode: boolean;
  /** A line for everything that was stopped, not for the first alone. */
  readonly logsDenials: boolean;
}

/** Exit codes that are not the command's own. 125 to 127 as `env` and `timeout` use them, 77 from sysexits. */
const DENIED = 77;
const CANNOT_START = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/**
 * Runs the command and returns the exit code. With a terminal at both ends it gets a terminal of its own and the
 * person's one goes raw; otherwise bytes pass through pipes, unchanged.
 */
export async function relaySandboxed(start: StartRelayed, own: OwnStreams, wishes: RelayWishes): Promise<number> {
  const isTerminal = own.stdin.isTTY === true && own.stdout.isTTY === true;
  let end: (value: RelayedEnd) => void = () => {};
  const ended = new Promise<RelayedEnd>((resolve) => {
    end = resolve;
  });
  let running: RelayedProcess | null = null;
  const sinks: RelayedSinks = {
    output(bytes, isError) {
      const stream = isError ? own.stderr : own.stdout;
      if (stream.write(bytes) || running === null) return;
      // A reader that is slow slows the command, not our memory.
      running.pause();
      stream.once('drain', () => running?.resume());
    },
    inputDrained: () => goOn(),
    closed: end,
  };
  let goOn: () => void = () => {};
  const size = () => ({ cols: own.stdout.columns || 80, rows: own.stdout.rows || 24 });
  const started = await start(isTerminal ? { kind: 'pty', ...size() } : { kind: 'pipe', stdin: 'open' }, sinks);
  if (!started.ok) {
    own.stderr.write(`codex sandbox: ${sentence(started.problem.problem)}\n`);
    return started.problem.kind === 'sandbox' ? CANNOT_START : NOT_FOUND;
  }
  running = started.value;
  const connection = connect(running, own, isTerminal, size);
  goOn = connection.goOn;
  const result = await ended;
  connection.release();
  return report(result, own.stderr, wishes);
}

function connect(
  running: RelayedProcess,
  own: OwnStreams,
  isTerminal: boolean,
  size: () => { cols: number; rows: number },
): { goOn: () => void; release: () => void } {
  let refused: Uint8Array | null = null;
  const onData = (bytes: Uint8Array): void => {
    // A terminal drops what nobody reads, and must still hear Ctrl-C; through a pipe the writer waits for the reader.
    if (running.write(bytes).ok || isTerminal) return;
    refused = bytes;
    own.stdin.pause();
  };
  const goOn = (): void => {
    if (refused === null) return;
    const bytes = refused;
    refused = null;
    own.stdin.resume();
    onData(bytes);
  };
  const onEnd = () => running.endInput();
  const onResize = () => running.resize(size().cols, size().rows);
  const onSignal = (signal: NodeJS.Signals) => running.signal(signal === 'SIGINT' ? 'interrupt' : 'terminate');
  const onBroken = () => running.signal('terminate');
  if (isTerminal) own.stdin.setRawMode(true);
  own.stdin.on('data', onData).on('end', onEnd);
  own.stdout.on('resize', onResize).on('error', onBroken);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);
  const release = (): void => {
    if (isTerminal) own.stdin.setRawMode(false);
    own.stdin.off('data', onData).off('end', onEnd).pause();
    own.stdout.off('resize', onResize);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, onSignal);
  };
  return { goOn, release };
}

function report(end: RelayedEnd, stderr: NodeJS.WriteStream, { keepsExitCode, logsDenials }: RelayWishes): number {
  if (!end.ran) {
    if (end.problem !== null) stderr.write(`codex sandbox: ${sentence(end.problem)}\n`);
    return end.exitCode === NOT_EXECUTABLE || end.exitCode === NOT_FOUND ? end.exitCode : CANNOT_START;
  }
  const { denial } = end;
  if (denial === null) return end.exitCode;
  const said = oneLine(`${denial.text}; ${denial.because}`);
  stderr.write(`codex sandbox: blocked (${denial.certainty}): ${said}; exit ${end.exitCode}\n`);
  if (logsDenials) for (const text of denial.also) stderr.write(`codex sandbox: blocked: ${oneLine(text)}\n`);
  if (end.exitCode === 0 || keepsExitCode) return end.exitCode;
  switch (denial.certainty) {
    case 'certain':
      return DENIED;
    case 'likely':
      return end.exitCode;
    default:
      return assertNever(denial.certainty);
  }
}

/** A name may hold anything, and must neither act on the terminal nor begin a line that looks like ours. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function sentence(problem: Problem): string {
  return problemText(problem).replaceAll('\n', '\n  ');
}
