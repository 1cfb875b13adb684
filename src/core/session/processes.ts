// The table of a session's processes: numbers, starting, stopping, and what each may touch.

import path from 'node:path';
import type { Environment, Stdio } from '../../exec/index.ts';
import type { Result } from '../../problem/index.ts';
import {
  type BindContext,
  type BoundProfile,
  bindProfile,
  type Grant,
  type NamedProfile,
} from '../../sandbox/index.ts';
import { type ApprovalPolicy, type Homes, judgeStart, offersAfterDenial } from '../approvals/policy.ts';
import type { Questions } from '../approvals/questions.ts';
import type { EventBody, Origin } from '../bus/contract.ts';
import { SessionProcess } from './process.ts';

/**
 * How many of a model's processes may live at once. Beyond it the one it has not used for longest is ended; a
 * person's own are never chosen.
 */
const MODEL_PROCESSES = 64;

/** A stop of the whole turn goes on by itself: terminate after this long, kill after that. */
const TERMINATE_AFTER_MS = 2000;
const KILL_AFTER_MS = 5000;

export interface ProcessesSurroundings {
  readonly environment: Environment;
  readonly questions: Questions;
  readonly emit: (event: EventBody) => void;
  readonly profile: NamedProfile;
  readonly bindContext: BindContext;
  readonly policy: ApprovalPolicy;
  readonly homes: Homes;
  /** Folder for output files; null keeps none. */
  readonly outputFolder: string | null;
  /** What was just decided must be on disk before a command starts on it. */
  readonly syncRecord: () => void;
  readonly firstNumber: number;
}

export interface StartRequest {
  readonly call: string;
  readonly turn: string;
  readonly origin: Origin;
  readonly command: string;
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly env: (profile: BoundProfile) => Readonly<Record<string, string>>;
  readonly stdio: Stdio;
  readonly escalation: string | null;
}

export interface Processes {
  start(request: StartRequest): SessionProcess;
  get(number: number): SessionProcess | undefined;
  living(): readonly SessionProcess[];
  /** Ends the given ones: interrupt, then by itself terminate and kill. `atOnce` kills right away. */
  stop(processes: readonly SessionProcess[], atOnce: boolean): void;
  /** Binds the profile with these grants on top of the session's: what a command here may touch. */
  bind(own: readonly Grant[]): Result<BoundProfile>;
}

export function openProcesses(around: ProcessesSurroundings): Processes {
  const table = new Map<number, SessionProcess>();
  const sessionGrants: Grant[] = [];
  const allowedCommands = new Set<string>();
  let next = around.firstNumber;

  function bind(own: readonly Grant[]): Result<BoundProfile> {
    return bindProfile(around.profile, [...sessionGrants, ...own], around.bindContext);
  }

  function outputFile(process: number, attempt: number): string | null {
    return around.outputFolder === null ? null : path.join(around.outputFolder, `${process}.${attempt}.bin`);
  }

  return {
    bind,
    get: (number) => table.get(number),
    living: () => [...table.values()].filter((process) => process.isAlive),
    start(request) {
      const { escalation, ...rest } = request;
      const process = new SessionProcess(
        { ...rest, number: next++ },
        {
          environment: around.environment,
          questions: around.questions,
          emit: around.emit,
          profileName: around.profile.name,
          judgeStart: () =>
            judgeStart(around.policy, {
              origin: request.origin,
              escalation,
              isAllowedAlready: allowedCommands.has(request.command),
            }),
          offersAfter: (denial) => offersAfterDenial(around.policy, denial, around.homes),
          planAttempt: (attempt, own) => {
            const profile = bind(own);
            if (!profile.ok) return { problem: profile.problem };
            const number = process.request.number;
            return {
              plan: {
                profile: profile.value,
                grants: [...sessionGrants, ...own],
                outputFile: outputFile(number, attempt),
              },
            };
          },
          decided: (answer) => {
            if (answer.decision === 'session') {
              if (answer.grants.length === 0) allowedCommands.add(request.command);
              sessionGrants.push(...answer.grants);
            }
            around.syncRecord();
            if (answer.decision === 'session') around.questions.coverBy(answer.grants);
          },
        },
      );
      table.set(process.request.number, process);
      if (request.origin === 'model') endLeastUsed(table);
      void process.run();
      return process;
    },
    stop(processes, atOnce) {
      for (const process of processes) {
        process.giveUp(atOnce ? 'kill' : 'interrupt');
        if (atOnce) continue;
        const escalate = (signal: 'terminate' | 'kill') => () => process.isAlive && process.signal(signal);
        const timers = [
          setTimeout(escalate('terminate'), TERMINATE_AFTER_MS),
          setTimeout(escalate('kill'), KILL_AFTER_MS),
        ];
        process.watch(() => {
          if (!process.isAlive) for (const timer of timers) clearTimeout(timer);
        });
      }
    },
  };
}

/** Fair eviction: of a model's living processes, the least recently used one beyond the limit. */
function endLeastUsed(table: ReadonlyMap<number, SessionProcess>): void {
  const living = [...table.values()].filter((process) => process.isAlive && process.request.origin === 'model');
  if (living.length <= MODEL_PROCESSES) return;
  const [oldest] = living.sort(
    (a, b) => Number(b.exit !== null) - Number(a.exit !== null) || a.lastUsedAt - b.lastUsedAt,
  );
  oldest?.giveUp('terminate');
}
