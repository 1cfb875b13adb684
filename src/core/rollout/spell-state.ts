// What must be remembered from one event to the next so that each can be spelled as records?

import type { EventOf } from '../bus/contract.ts';
import { type Aggregate, emptyAggregate } from './aggregate.ts';
import type { JsonObject } from './record.ts';
import { beginOutput, type OutputSpelling } from './spell-output.ts';

/** What the record says about the session and its owner and no event does. */
export interface SessionIdentity {
  readonly session: string;
  /** Ms since 1970. */
  readonly startedAt: number;
  /** Paths below it are recorded relative to it. */
  readonly codexHome: string;
  /** The process that owns the session: see `ownerOfThisProcess`. */
  readonly owner: JsonObject;
}

/** Changed by `recordsOf` only; its caller keeps one per session and looks at nothing in it. */
export interface SpellState {
  readonly identity: SessionIdentity;
  /** False until the file has its first line. */
  hasMeta: boolean;
  opened: EventOf<'session.opened'> | null;
  cwd: string;
  /** The machine that was picked, and the folder there; null: this one. */
  environment: { readonly name: string; readonly cwd: string } | null;
  turn: string | null;
  lastAnswer: string | null;
  window: number | null;
  highestProcess: number;
  readonly processes: Map<number, ProcessSpelling>;
  /** Response items recorded as they are, which the event about the same thing must not repeat. */
  readonly recordedCalls: Set<string>;
  readonly recordedAnswers: Set<string>;
  readonly recordedMessages: string[];
}

export interface ProcessSpelling {
  readonly started: EventOf<'process.started'>;
  readonly startedAt: number;
  /** Over all attempts. */
  readonly aggregate: Aggregate;
  output: OutputSpelling;
  exitCode: number | null;
}

/** For a new session. A resumed one is `beginSpelling` followed by `primeSpelling` with its decoded events. */
export function beginSpelling(identity: SessionIdentity): SpellState {
  return {
    identity,
    hasMeta: false,
    opened: null,
    cwd: '',
    environment: null,
    turn: null,
    lastAnswer: null,
    window: null,
    highestProcess: 0,
    processes: new Map(),
    recordedCalls: new Set(),
    recordedAnswers: new Set(),
    recordedMessages: [],
  };
}

/** A further attempt continues the process that is known, and its aggregate. */
export function rememberStart(state: SpellState, event: EventOf<'process.started'>, at: number): void {
  const known = state.processes.get(event.process);
  state.highestProcess = Math.max(state.highestProcess, event.process);
  if (known !== undefined && event.attempt > 1) {
    known.output = beginOutput(event.attempt);
    return;
  }
  state.processes.set(event.process, {
    started: event,
    startedAt: at,
    aggregate: emptyAggregate(),
    output: beginOutput(event.attempt),
    exitCode: null,
  });
}
