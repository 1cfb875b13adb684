// A patch as an attempt of a process: it shows the diff, writes, and ends, or is stopped by the sandbox like a command.

import type {
  Closed,
  CommandStart,
  Exit,
  FileAccess,
  NotStarted,
  ProcessListener,
  ReadyEnvironment,
  RunningProcess,
  SandboxIntent,
  Signal,
} from '../../exec/index.ts';
import { assertNever, causeOf, fail, ok, type Problem, problemText, type Result } from '../../problem/index.ts';
import type { BlockedAccess, Denial } from '../../sandbox/index.ts';
import { type CarriedOut, carryOut } from './carry-out.ts';
import { type DiffTextOptions, diffText } from './diff-text.ts';
import { filesOf, matchPatch } from './match-patch.ts';
import { parsePatch } from './parse-patch.ts';
import { diffOf } from './patch-diff.ts';
import type { FileEffect, PatchPlan } from './patch-plan.ts';
import { type PatchResult, patchAnswer } from './patch-result.ts';
import { patchSummary } from './patch-summary.ts';
import { readPatched, type SeenFiles } from './read-patched.ts';

export interface PatchRunnerOptions {
  readonly environment: ReadyEnvironment;
  /** What relative paths begin at. */
  readonly cwd: string;
  /** The patch, as it was written. */
  readonly text: string;
  /** Whether the rows of the diff have colours. Default: they have. */
  readonly colour?: boolean;
}

export interface PatchRunner {
  /** One attempt, in the form in which an environment starts a command. `argv` and variables do not matter to it. */
  start(start: CommandStart, listener: ProcessListener): Promise<Result<RunningProcess, NotStarted>>;
  /** Of the last attempt; null while there is none that has ended. */
  result(): PatchResult | null;
}

export function patchRunner(options: PatchRunnerOptions): PatchRunner {
  let result: PatchResult | null = null;
  return {
    async start(start, listener) {
      result = null;
      const attempt = openAttempt(start, listener);
      const over = runPatch(options, start, attempt);
      over.then(
        (ended) => {
          result = ended;
          attempt.close(ended);
        },
        (error: unknown) => {
          // A defect: the pane must not stay open for ever because of it.
          result = { kind: 'failed', problem: defect(error), remains: [] };
          attempt.close(result);
        },
      );
      return ok(attempt.process);
    },
    result: () => result,
  };
}

/** What stands between the patch and its end, in this order: reading, matching, the sandbox, the person, writing. */
async function runPatch(
  { environment, cwd, text, colour = true }: PatchRunnerOptions,
  start: CommandStart,
  attempt: Attempt,
): Promise<PatchResult> {
  const access = environment.files(start.sandbox);
  // Whoever starts it has its process by then.
  await new Promise((resolve) => setImmediate(resolve));
  // Until something is written it is left as soon as somebody wants that, however slow a machine answers.
  const looked = await attempt.unlessStopped(lookAtPatch(text, cwd, access));
  if (looked === null) return STOPPED;
  if (!looked.ok) return looked.problem;
  const { plan, seen } = looked.value;
  const diff = await diffOf(plan);
  const columns = start.stdio.kind === 'pty' ? { columns: start.stdio.cols } : {};
  attempt.print(await diffText(diff, { colour, ...columns }), 'output');
  const denial = await access.foresee(plan.effects.flatMap(accessesOf));
  if (denial !== null) return { kind: 'blocked', denial, remains: [] };
  if (attempt.isStopped()) return STOPPED;
  return resultOf(await carryOut(plan, seen, access, attempt.isStopped), plan);
}

const STOPPED: PatchResult = { kind: 'stopped', remains: [] };

interface LookedAtPatch {
  readonly plan: PatchPlan;
  readonly seen: SeenFiles;
}

/**
 * The rows of a patch for somebody who is asked before it is carried out: with the numbers of the files as they are,
 * and where they cannot be read, or do not fit, as the patch has them.
 */
export async function previewPatch(
  { environment, cwd, text }: Pick<PatchRunnerOptions, 'environment' | 'cwd' | 'text'>,
  sandbox: SandboxIntent,
  options: DiffTextOptions,
): Promise<readonly string[]> {
  const looked = await lookAtPatch(text, cwd, environment.files(sandbox));
  return looked.ok ? diffText(await diffOf(looked.value.plan), options) : patchSummary(text).rows;
}

/** Reads and matches, and changes nothing. */
async function lookAtPatch(text: string, cwd: string, access: FileAccess): Promise<Result<LookedAtPatch, PatchResult>> {
  const failed = (problem: Problem) => fail<PatchResult>({ kind: 'failed', problem, remains: [] });
  const patch = parsePatch(text);
  if (!patch.ok) return failed(patch.problem);
  const seen = await readPatched(filesOf(patch.value, cwd), access);
  if (!seen.ok) {
    return seen.problem.kind === 'blocked'
      ? fail({ kind: 'blocked', denial: seen.problem.denial, remains: [] })
      : failed(seen.problem.problem);
  }
  const contents = new Map([...seen.value].map(([path, file]) => [path, file?.bytes ?? null]));
  const plan = matchPatch(patch.value, cwd, contents);
  return plan.ok ? ok({ plan: plan.value, seen: seen.value }) : failed(plan.problem);
}

/** What the sandbox has to let through. */
function accessesOf(effect: FileEffect): BlockedAccess[] {
  const put = (target: string, isThere: boolean): BlockedAccess => ({
    operation: isThere ? 'write' : 'create',
    target,
  });
  switch (effect.kind) {
    case 'add':
    case 'update':
      return [put(effect.path, effect.before !== null)];
    case 'delete':
      return [{ operation: 'delete', target: effect.path }];
    case 'move':
      return [put(effect.movedTo.path, effect.overwritten !== null), { operation: 'delete', target: effect.path }];
    default:
      return assertNever(effect);
  }
}

function resultOf(carried: CarriedOut, plan: PatchPlan): PatchResult {
  return carried.kind === 'done' ? { kind: 'done', plan } : carried;
}

interface Attempt {
  readonly process: RunningProcess;
  readonly isStopped: () => boolean;
  /** Null as soon as somebody stops it. */
  unlessStopped<T>(work: Promise<T>): Promise<T | null>;
  print(rows: readonly string[], to: 'output' | 'error'): void;
  /** Says how it came out, and ends it. */
  close(result: PatchResult): void;
}

/** The rows of the diff: what is printed is kept for whoever reads it again. */
const PRINTED_BYTES = 1024 * 1024;

function openAttempt(start: CommandStart, listener: ProcessListener): Attempt {
  const startedAt = performance.now();
  const isTerminal = start.stdio.kind === 'pty';
  const printed: Uint8Array[] = [];
  let bytes = 0;
  let lines = 0;
  let stoppedBy: Signal | null = null;
  let isClosed = false;
  let tellStopped: (nothing: null) => void = () => {};
  const stopped = new Promise<null>((resolve) => {
    tellStopped = resolve;
  });

  const print: Attempt['print'] = (rows, to) => {
    const end = isTerminal ? '\r\n' : '\n';
    const kept = to === 'error' ? rows : withinBytes(rows, PRINTED_BYTES);
    const piece = Buffer.from(kept.map((row) => `${row}${end}`).join(''));
    if (piece.length === 0) return;
    const from = bytes;
    printed.push(piece);
    bytes += piece.length;
    lines += kept.length;
    listener.output(piece, from, isTerminal ? 'pty' : to === 'output' ? 'stdout' : 'stderr');
  };

  return {
    isStopped: () => stoppedBy !== null,
    unlessStopped: (work) => Promise.race([work, stopped]),
    print,
    close(result) {
      if (isClosed) return;
      if (result.kind !== 'done') print(complaint(result), 'error');
      isClosed = true;
      const exit = exitOf(result, stoppedBy);
      const denial = result.kind === 'blocked' ? shown(result.denial) : null;
      const durationMs = performance.now() - startedAt;
      listener.exited(exit, () => denial);
      const closed: Closed = { exit, bytes, lines, durationMs, denial, ran: true, problem: null };
      listener.closed(closed);
    },
    process: {
      // Nothing of the system stands behind it.
      pid: 0,
      write: () => fail(NO_INPUT),
      endInput() {},
      resize() {},
      signal(signal) {
        if (signal === 'continue') return;
        stoppedBy ??= signal;
        tellStopped(null);
      },
      pause() {},
      resume() {},
      readOutput(from, to) {
        const start = Math.min(Math.max(0, from), bytes);
        return { from: start, bytes: Buffer.concat(printed).subarray(start, Math.max(start, to)) };
      },
    },
  };
}

/** Whole rows, and a word about those that are left out. */
function withinBytes(rows: readonly string[], most: number): readonly string[] {
  let bytes = 0;
  const end = rows.findIndex((row) => {
    bytes += Buffer.byteLength(row) + 2;
    return bytes > most;
  });
  return end === -1 ? rows : [...rows.slice(0, end), `… ${rows.length - end} more rows`];
}

/** What a person reads below the diff. */
function complaint(result: Exclude<PatchResult, { kind: 'done' }>): string[] {
  if (result.kind === 'blocked') return [evidenceOf(result.denial), ...result.remains];
  if (result.kind === 'stopped') return patchAnswer(result).split('\n');
  return [...problemText(result.problem).split('\n'), ...result.remains];
}

function evidenceOf({ evidence, operation, target }: Denial): string {
  return `apply_patch: ${evidence === '' ? `cannot ${operation} ${target}: the sandbox closes it` : evidence}`;
}

function shown(denial: Denial): Denial {
  return { ...denial, evidence: evidenceOf(denial) };
}

function exitOf(result: PatchResult, stoppedBy: Signal | null): Exit {
  if (result.kind === 'done') return { kind: 'code', code: 0 };
  if (result.kind !== 'stopped') return { kind: 'code', code: 1 };
  switch (stoppedBy) {
    case 'interrupt':
    case 'continue':
    case null:
      return { kind: 'signal', signal: 'SIGINT', code: 130 };
    case 'terminate':
      return { kind: 'signal', signal: 'SIGTERM', code: 143 };
    case 'kill':
      return { kind: 'signal', signal: 'SIGKILL', code: 137 };
    default:
      return assertNever(stoppedBy);
  }
}

const NO_INPUT: Problem = { what: 'A patch takes no input.', why: '', next: '' };

function defect(error: unknown): Problem {
  return { what: 'The patch failed because of a defect in this program.', why: causeOf(error), next: '' };
}
