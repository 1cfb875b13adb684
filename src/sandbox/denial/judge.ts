// What an attempt's output and end say about the sandbox, as one verdict.

import type { BoundProfile } from '../profile/profile.ts';
import { reasonFor } from './closed-access.ts';
import { type CommandWords, readCommand } from './command-words.ts';
import type { BlockedAccess, Denial, DenialJudge } from './denial.ts';
import { openLineWatch } from './line-watch.ts';
import { hostOutsideFacts, type OutsideFacts } from './outside-facts.ts';
import { hostIn, isLoopback } from './places-in-text.ts';
import { smallestGrants } from './smallest-grants.ts';
import { type Circumstances, type StoppedAccess, stoppedAccess } from './stopped-access.ts';

export interface DenialQuestion {
  readonly profile: BoundProfile;
  /** What a person or model asked to run, as shell text. */
  readonly command: string;
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Home folder of the command. */
  readonly home: string;
  readonly outside?: OutsideFacts;
}

/** A question lists what was stopped; past so many, more of the same tell nothing. */
const alsoAtMost = 20;

/** 128 + SIGSYS: how a shell reports a program that the filter killed for its kind of system calls. */
const filteredExit = 159;

/**
 * A judge for one attempt. Feed it all output, then ask once. It looks at this machine only when asked, and only for
 * the few lines that may tell of a refusal.
 */
export function openDenialJudge(question: DenialQuestion): DenialJudge {
  const { profile, cwd, home } = question;
  if (profile.type === 'disabled') return { read: () => {}, judge: () => null };
  const watch = openLineWatch();
  return {
    read: (bytes) => watch.read(bytes),
    judge(exitCode) {
      const outside = question.outside ?? hostOutsideFacts;
      const command = question.command || question.argv.join(' ');
      const words = readCommand(command, cwd, home);
      const at: Circumstances = { profile, command, words, cwd, home, outside };
      const stopped = watch.lines().flatMap((line) => stoppedAccess(line, at) ?? []);
      const silent = stopped.length > 0 ? null : silentlyStopped(exitCode, command, words, at);
      const [main, ...also] = inOrder(silent === null ? stopped : [silent]);
      if (main === undefined) return null;
      const blocked = also.slice(0, alsoAtMost).map(({ operation, target }) => ({ operation, target }));
      return {
        operation: main.operation,
        target: main.target,
        certainty: main.certainty,
        evidence: main.evidence,
        because: reasonFor(main.operation, main.target, profile, home),
        grants: smallestGrants([main, ...blocked], profile, outside),
        also: blocked,
      } satisfies Denial;
    },
  };
}

/** Each access once, the certain ones first, a program's failure to keep a diary of its failure last. */
function inOrder(stopped: readonly StoppedAccess[]): StoppedAccess[] {
  const best = new Map<string, StoppedAccess>();
  for (const access of stopped) {
    const key = keyOf(access);
    if (best.get(key)?.certainty !== 'certain') best.set(key, access);
  }
  const weight = (access: StoppedAccess): number =>
    (/\blogs? (?:files?|directory)\b|_logs/i.test(access.evidence) ? 2 : 0) + (access.certainty === 'certain' ? 0 : 1);
  return [...best.values()].sort((a, b) => weight(a) - weight(b));
}

function keyOf({ operation, target }: BlockedAccess): string {
  return `${operation} ${target}`;
}

/** Exit codes by which programs tell that they reached nobody, when they were asked to say nothing. */
const unreachedExits: Readonly<Record<string, readonly number[]>> = { curl: [6, 7], wget: [4] };

function silentlyStopped(
  exitCode: number,
  command: string,
  words: CommandWords,
  at: Circumstances,
): StoppedAccess | null {
  const [program = 'the command'] = words.programs;
  const certainty = 'likely';
  if (exitCode === filteredExit)
    return { operation: 'privilege', target: program, certainty, evidence: 'Bad system call' };
  const host = hostIn(command);
  const last = words.programs.at(-1) ?? '';
  if (at.profile.network === 'enabled' || host === null || isLoopback(host)) return null;
  if (unreachedExits[last]?.includes(exitCode) !== true) return null;
  return {
    operation: 'connect',
    target: host,
    certainty,
    evidence: `${last} ended with ${exitCode}: no host was reached`,
  };
}
