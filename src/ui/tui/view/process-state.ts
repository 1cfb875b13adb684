// Which of the table's states a process is in at this moment.

import type { AttemptEnd, ExitValue, ProcessItem } from '../../../core/bus/index.ts';
import { assertNever } from '../../../problem/index.ts';
import type { ShownExit, ShownState } from './outcome.ts';

/** A running process without output for this long is called quiet, and its spinner stops. */
const QUIET_AFTER_MS = 30_000;

/** `now`: ms since 1970. `questionPlace`: 1 for the question whose card is open, 2 for the next one, … */
export function shownStateOf(item: ProcessItem, now: number, questionPlace = 1): ShownState {
  const attempt = item.attempts.at(-1)?.number ?? 1;
  const { state } = item;
  switch (state.kind) {
    case 'starting':
      return { state: 'starting' };
    case 'running': {
      if (item.lastSignal !== null) return { state: 'interrupting', signal: item.lastSignal };
      if (item.place === 'background') return { state: 'background' };
      const silentMs = now - item.lastOutputAt;
      return silentMs >= QUIET_AFTER_MS ? { state: 'quiet', forMs: silentMs, attempt } : { state: 'running', attempt };
    }
    case 'waiting':
      return { state: 'waiting' };
    case 'suspended':
      return { state: 'suspended' };
    case 'unlinked':
      return { state: 'link_down', environment: item.environment ?? '', forMs: now - state.since };
    case 'exited':
      return { state: 'exited_open', exit: shownExit(state.exit) };
    case 'asking':
      return { state: 'asking', place: questionPlace };
    case 'closed':
    case 'finished':
      return shownOutcome(item, state.outcome);
    default:
      return assertNever(state);
  }
}

function shownOutcome(item: ProcessItem, outcome: AttemptEnd['outcome']): ShownState {
  const last = item.attempts.at(-1);
  const end = last?.end ?? null;
  const attempt = last?.number ?? 1;
  switch (outcome) {
    case 'ok':
      return end?.denial
        ? { state: 'ok_with_denial', attempt, accesses: 1 + end.denial.also.length }
        : { state: 'ok', attempt };
    case 'failed':
      return { state: 'failed', exit: end === null ? null : shownExit(end.exit), attempt };
    case 'blocked':
      return { state: 'blocked' };
    case 'refused': {
      const decision = last?.decision ?? item.decisionsBefore.at(-1);
      // Nobody was asked, and the problem says why.
      const isPolicy = decision === undefined ? hasProblem(item) : decision.by === 'policy';
      if (!isPolicy) return { state: 'refused' };
      return end === null ? { state: 'not_run' } : { state: 'blocked' };
    }
    case 'stopped':
      return { state: 'stopped', signal: endingSignal(end) };
    case 'killed':
      return { state: 'killed', signal: endingSignal(end) };
    case 'not_started':
      return { state: 'not_run' };
    case 'lost':
      return { state: 'lost' };
    default:
      return assertNever(outcome);
  }
}

function hasProblem({ state }: ProcessItem): boolean {
  return state.kind === 'finished' && state.problem !== null;
}

/** A shell reports a death by signal as 128 + n; these are the signals that end programs on request. */
const SIGNAL_OF_CODE: ReadonlyMap<number, string> = new Map([
  [129, 'SIGHUP'],
  [130, 'SIGINT'],
  [131, 'SIGQUIT'],
  [137, 'SIGKILL'],
  [143, 'SIGTERM'],
]);

/** Read from the end alone, which the record keeps, so that it is the same live and resumed. */
function endingSignal(end: AttemptEnd | null): string | null {
  if (end === null) return null;
  return end.exit.kind === 'signal' ? end.exit.signal : (SIGNAL_OF_CODE.get(end.exit.code) ?? null);
}

export function shownExit(exit: ExitValue): ShownExit {
  return exit.kind === 'code' ? { kind: 'code', code: exit.code } : { kind: 'signal', signal: exit.signal };
}
