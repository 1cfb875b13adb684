// How did a child end, in the words of the contract, and did the command itself ever run? Pure, but for one lookup.

import { constants } from 'node:os';
import type { Problem } from '../../problem/index.ts';
import type { Exit } from '../environment.ts';
import type { SandboxStatus } from './sandbox-status.ts';
import { bubblewrapComplaint, type FailedStart, programProblem, sandboxProblem } from './start-problem.ts';

/** What is known when our direct child is gone. */
export interface ChildEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Null where there is no bubblewrap. */
  readonly status: SandboxStatus | null;
  /** We ended it ourselves, so a missing exit document says nothing. */
  readonly wasKilled: boolean;
}

/** A shell's number for a death by signal n is this much more. */
const SIGNAL_BASE = 128;

/** What bubblewrap exits with when it gives up; commands use it as well. */
const SANDBOX_FAILED = 1;

const KILLED: Exit = { kind: 'signal', signal: 'SIGKILL', code: SIGNAL_BASE + constants.signals.SIGKILL };

/** True when bubblewrap gave up before the command ran: only then the exit document is missing along with code 1. */
function sandboxGaveUp(end: ChildEnd): boolean {
  return end.status !== null && end.status.exitCode === null && end.code === SANDBOX_FAILED && !end.wasKilled;
}

export function exitOf(end: ChildEnd): Exit {
  if (end.signal !== null)
    return { kind: 'signal', signal: end.signal, code: SIGNAL_BASE + constants.signals[end.signal] };
  const code = end.code ?? SANDBOX_FAILED;
  // Without a document, a code beyond 128 means that the sandbox was killed. With one it is what a shell would say of
  // the command, or of the init that we killed ourselves.
  const isSandboxDeath = end.status !== null && (end.status.exitCode === null || end.wasKilled);
  const signal = isSandboxDeath ? signalOf(code - SIGNAL_BASE) : null;
  // Killed while it was still being built, which it reports as a failure of its own.
  if (end.wasKilled && end.status?.exitCode === null && signal === null) return KILLED;
  return signal === null ? { kind: 'code', code } : { kind: 'signal', signal, code };
}

/** What kept the command from running. */
export interface NotRun {
  /** As a shell would report it, where the command is to blame. */
  readonly exit: Exit;
  readonly problem: Problem;
  /** The sandbox itself failed: what is known of this machine may be out of date. */
  readonly isSandbox: boolean;
}

/** The codes with which every launcher says that it found no program, or could not run it. */
const NOT_FOUND_CODES: readonly number[] = [126, 127];

/** Null when the command ran. `output` is what was printed, at least its beginning. */
export function whyNotRun(end: ChildEnd, exit: Exit, start: FailedStart, output: () => string): NotRun | null {
  const gaveUp = sandboxGaveUp(end);
  if (!gaveUp && !(exit.kind === 'code' && NOT_FOUND_CODES.includes(exit.code))) return null;
  const program = programProblem(start);
  if (program !== null)
    return { exit: { kind: 'code', code: program.exitCode }, problem: program.problem, isSandbox: false };
  if (!gaveUp) return null;
  const complaint = bubblewrapComplaint(output()) ?? 'bubblewrap gave up without a reason';
  return { exit, problem: sandboxProblem(complaint), isSandbox: true };
}

function signalOf(number: number): string | null {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? null;
}
