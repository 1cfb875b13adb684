// What a transcript is made of: its items and the states of a process.

import type { Problem } from '../../problem/index.ts';
import type {
  DecisionKind,
  Deed,
  DenialValue,
  EventOf,
  ExitValue,
  GrantValue,
  Origin,
  Outcome,
  PlanStep,
  QuestionValue,
  Signal,
  StdioValue,
} from './contract.ts';
import type { Excerpt } from './excerpt.ts';

export interface SessionFacts {
  readonly cwd: string;
  /** `shell`, or the id of a model provider. */
  readonly provider: string;
  readonly model: string | null;
  readonly profile: string;
  readonly network: EventOf<'session.opened'>['network'];
  readonly version: string;
  /** How many older items are not part of this transcript. */
  readonly earlierItems: number;
  /** That a model was told when it was opened. */
  readonly instructionFiles: number;
}

export interface QueuedMessage {
  readonly message: string;
  readonly text: string;
}

export interface RunningTurn {
  readonly turn: string;
  /** Ms since 1970. */
  readonly startedAt: number;
}

/** What every command of this session was given beyond the profile, by one answer. */
export interface GivenGrant {
  /** Keeps for the life of the session. */
  readonly number: number;
  readonly scope: EventOf<'grant.given'>['scope'];
  /** Of a preset; null for grants without a name. */
  readonly name: string | null;
  readonly grants: readonly GrantValue[];
  /** The command it was asked for. */
  readonly command: string;
  /** Ms since 1970; 0 when nobody said. */
  readonly at: number;
  /** `not restored`: given in an earlier run of this session, and without effect until a person restores it. */
  readonly state: 'in force' | 'revoked' | 'not restored';
}

/** One thing in the transcript. A message `isCommand` when it went to the shell provider: its process shows it. */
export type Item =
  | {
      readonly kind: 'message';
      readonly id: string;
      readonly turn: string;
      readonly text: string;
      readonly images: readonly string[];
      readonly isCommand: boolean;
      readonly at: number;
    }
  | AnswerItem
  | ProcessItem
  | {
      readonly kind: 'notice';
      readonly level: EventOf<'notice'>['level'];
      readonly problem: Problem;
      readonly at: number;
    }
  | TurnEnd
  | { readonly kind: 'moved_to_background'; readonly process: number; readonly command: string }
  | ({ readonly kind: 'plan' } & Plan)
  | { readonly kind: 'web_search'; readonly query: string }
  | CompactedItem
  /** Everything before it was replayed. */
  | { readonly kind: 'resumed'; readonly recordedAt: number; readonly lost: number };

/** What a model intends to do, and how far it is. */
export interface Plan {
  readonly explanation: string;
  readonly steps: readonly PlanStep[];
}

/** From here on the model knows the summary instead of what came before. Tokens, perhaps estimated. */
export interface CompactedItem {
  readonly kind: 'compacted';
  readonly by: EventOf<'context.compacted'>['by'];
  readonly before: number;
  readonly after: number;
  readonly summary: string;
}

/** Text of a model: what it answers, or what it says of its thinking. */
export interface AnswerItem {
  readonly kind: 'answer' | 'reasoning';
  readonly id: string;
  readonly turn: string;
  text: string;
  isComplete: boolean;
}

export interface TurnEnd {
  readonly kind: 'turn_end';
  readonly turn: string;
  readonly outcome: EventOf<'turn.ended'>['outcome'];
  readonly durationMs: number;
  readonly commands: number;
  readonly tokens: number | null;
  readonly problem: Problem | null;
  /** What was submitted ran as a command (shell provider), so the process's own item says all of this. */
  readonly isCommand: boolean;
}

/** One started command with all its attempts. Changed by the fold alone. */
export interface ProcessItem {
  readonly kind: 'process';
  readonly number: number;
  call: string;
  turn: string;
  command: string;
  cwd: string;
  /** The machine it runs on; null: this one. */
  environment: string | null;
  origin: Origin;
  /** Null: a command. */
  deed: Deed | null;
  /** Of the newest attempt; a terminal's size follows `process.resized`. */
  stdio: StdioValue;
  readonly attempts: Attempt[];
  /** What was decided before anything ran. */
  readonly decisionsBefore: Decision[];
  state: ProcessState;
  /** Where it is shown while it lives; any live state goes with both. */
  place: 'front' | 'background';
  /** Of its last output, or its start (ms since 1970). */
  lastOutputAt: number;
  /** The last ending signal asked for in this attempt. */
  lastSignal: Exclude<Signal, 'continue'> | null;
  /** Changes whenever anything of it does. */
  revision: number;
}

/** `since` is ms since 1970. */
export type ProcessState =
  /** Nothing runs yet: the first attempt is not told of, or an answer leads to the next one. */
  | { readonly kind: 'starting'; readonly since: number }
  | { readonly kind: 'running'; readonly since: number }
  | { readonly kind: 'waiting'; readonly hidden: boolean; readonly since: number }
  | { readonly kind: 'suspended'; readonly since: number }
  /** Its machine cannot be reached for now. */
  | { readonly kind: 'unlinked'; readonly since: number }
  /** The child ended, output may still come. */
  | { readonly kind: 'exited'; readonly exit: ExitValue }
  /** No more output of this attempt; whether another follows is not known yet. */
  | { readonly kind: 'closed'; readonly exit: ExitValue; readonly outcome: Outcome }
  | { readonly kind: 'asking'; readonly question: QuestionValue; readonly since: number }
  | { readonly kind: 'finished'; readonly outcome: Outcome; readonly problem: Problem | null };

export interface Attempt {
  /** From 1. */
  readonly number: number;
  /** Ms since 1970. */
  readonly startedAt: number;
  readonly profile: string;
  readonly grants: readonly GrantValue[];
  readonly excerpt: Excerpt;
  outputFile: string | null;
  /** Null until it is closed, and for ever when its owner died. */
  end: AttemptEnd | null;
  /** Somebody was asked about what stopped it. */
  wasAsked: boolean;
  /** The answer to the question this attempt led to. */
  decision: Decision | null;
}

export interface AttemptEnd {
  readonly exit: ExitValue;
  readonly outcome: Outcome;
  readonly bytes: number;
  readonly lines: number;
  readonly durationMs: number;
  readonly denial: DenialValue | null;
}

export interface Decision {
  /** What the question was about. */
  readonly about: QuestionValue['subject']['kind'];
  readonly decision: DecisionKind;
  /** Name of the preset that was taken; null for every other answer, and when the question is not known any more. */
  readonly preset: string | null;
  /** The person's words for the model, `''` without any. */
  readonly reason: string;
  readonly grants: readonly GrantValue[];
  readonly by: EventOf<'question.decided'>['by'];
}
