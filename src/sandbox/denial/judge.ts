// What an attempt's output and end say about the sandbox, as one verdict.

import type { BoundProfile } from '../profile/profile.ts';
import type { Circumstances, StoppedAccess } from './circumstances.ts';
import { reasonFor } from './closed-access.ts';
import { commandText, readCommand } from './command-words.ts';
import type { BlockedAccess, BlockedHost, Denial, DenialJudge } from './denial.ts';
import { hostWithoutPort } from './hosts-in-text.ts';
import { type KeptLine, openLineWatch } from './line-watch.ts';
import { hostOutsideFacts, type OutsideFacts } from './outside-facts.ts';
import { silentlyStopped } from './silent-access.ts';
import { smallestGrants } from './smallest-grants.ts';
import { stoppedAccess } from './stopped-access.ts';

export interface DenialQuestion {
  readonly profile: BoundProfile;
  /** What a person or model asked to run, as shell text. What a shell in `argv` is given counts more. */
  readonly command: string;
  readonly argv: readonly string[];
  /** Absolute. */
  readonly cwd: string;
  /** Home folder of the command. */
  readonly home: string;
  readonly outside?: OutsideFacts;
  /** What our own network proxy refused during this attempt, asked for once, at the end. */
  readonly blocks?: () => readonly BlockedHost[];
  /** The command's network goes through our proxy, so a refusal by a proxy is ours. */
  readonly isProxied?: boolean;
}

/** A question lists what was stopped; past so many, more of the same tell nothing. */
const alsoAtMost = 20;

/**
 * A judge for one attempt. Feed it all output, then ask once. It looks at this machine only when asked, and only for
 * the few lines that may tell of a refusal.
 */
export function openDenialJudge(question: DenialQuestion): DenialJudge {
  if (question.profile.type !== 'managed') return { read: () => {}, judge: () => null };
  const watch = openLineWatch({ withEveryday: hidesSomething(question.profile) });
  return {
    read: (bytes) => watch.read(bytes),
    judge: (exitCode) => judgeLines(question, watch.lines(), exitCode),
  };
}

/** Under such a profile ordinary failures may come from the sandbox too. */
export function hidesSomething(profile: BoundProfile): boolean {
  if (profile.type !== 'managed') return false;
  return !profile.readsEverything || profile.hidden.length > 0 || profile.absentNames.length > 0;
}

/** The verdict over the lines that a watch kept, wherever it read along. */
export function judgeLines(question: DenialQuestion, lines: readonly KeptLine[], exitCode: number): Denial | null {
  const { profile, cwd, home } = question;
  if (profile.type !== 'managed') return null;
  const outside = question.outside ?? hostOutsideFacts;
  const command = commandText(question.command, question.argv);
  const words = readCommand(command, cwd, home);
  const isProxied = question.isProxied ?? profile.network === 'proxied';
  const at: Circumstances = { profile, command, words, cwd, home, outside, isProxied };
  const told = lines.flatMap((line) => stoppedAccess(line, at) ?? []);
  const known = [...(question.blocks?.() ?? []).map(refusedHost), ...told];
  const [main, ...also] = inOrder(known.length > 0 ? known : silentlyStopped(exitCode, at));
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
  };
}

function refusedHost({ host, port }: BlockedHost): StoppedAccess {
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { operation: 'connect', target, certainty: 'certain', evidence: `the proxy refused ${target}` };
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
  const each = [...best.values()].sort((a, b) => weight(a) - weight(b));
  return each.filter((access, index) => !each.slice(0, index).some((better) => saysMore(better, access)));
}

/** Another line names what this one only guesses at, or the same host with its port. */
function saysMore(better: StoppedAccess, access: StoppedAccess): boolean {
  if (isOfNetwork(better) !== isOfNetwork(access)) return false;
  return access.isGuess === true || (isOfNetwork(access) && hostWithoutPort(better.target) === access.target);
}

function isOfNetwork({ operation }: BlockedAccess): boolean {
  return operation === 'connect';
}

function keyOf({ operation, target }: BlockedAccess): string {
  return `${operation} ${target}`;
}
