// The table of a session's processes: numbers, starting, stopping, and what each may touch.

import path from 'node:path';
import {
  type CommandVariables,
  LOCAL,
  type ProxyClient,
  type ReadyEnvironment,
  type SandboxIntent,
  type Stdio,
} from '../../exec/index.ts';
import { assertNever, ok, type Problem, type Result } from '../../problem/index.ts';
import {
  type Denial,
  type Grant,
  grantCovers,
  type NamedProfile,
  type ProxyRules,
  proxyRulesOf,
} from '../../sandbox/index.ts';
import type { CommandRules } from '../approvals/command-rules.ts';
import { equalsFullAccess, type Homes } from '../approvals/full-access.ts';
import { type ApprovalPolicy, judgeStart, offersAfterDenial, type Verdict, type Wish } from '../approvals/policy.ts';
import type { OfferedPreset } from '../approvals/presets.ts';
import type { Questions } from '../approvals/questions.ts';
import type { SessionGrants } from '../approvals/session-grants.ts';
import type { DecisionKind, Deed, EventBody, Origin } from '../bus/contract.ts';
import { makeFolders } from '../rollout/index.ts';
import { watchForRedirection } from './git-redirection.ts';
import { type Offers, type Runner, SessionProcess } from './process.ts';
import type { HookedDeed, SessionHooks } from './session-hooks.ts';
import type { SessionNetwork } from './session-network.ts';

/**
 * How many of a model's processes may live at once. Beyond it the one it has not used for longest is ended; a
 * person's own are never chosen.
 */
const MODEL_PROCESSES = 64;

/** A stop of the whole turn goes on by itself: terminate after this long, kill after that. */
const TERMINATE_AFTER_MS = 2000;
const KILL_AFTER_MS = 5000;

export interface ProcessesSurroundings {
  readonly session: string;
  readonly questions: Questions;
  readonly emit: (event: EventBody) => void;
  readonly profile: NamedProfile;
  readonly policy: ApprovalPolicy;
  /** Where this program keeps what is its own. */
  readonly codexHome: string;
  /** Folder for output files; null keeps none. */
  readonly outputFolder: string | null;
  readonly network: SessionNetwork;
  readonly grants: SessionGrants;
  readonly rules: () => Promise<CommandRules>;
  readonly always: AlwaysWriter;
  /** What a kind of work needs that this denial belongs to; null when it belongs to none. */
  readonly presetFor: (denial: Denial, cwd: string) => OfferedPreset | null;
  readonly hooks: SessionHooks;
  /** What was just decided must be on disk before a command starts on it. */
  readonly syncRecord: () => void;
  readonly firstNumber: number;
}

/** Writes grants where the next session finds them. */
export interface AlwaysWriter {
  /** What would be written, for a person to see first; null when these cannot be. */
  offer(grants: readonly Grant[]): { readonly file: string; readonly added: string } | null;
  /**
   * `added`: the lines that were shown. Nothing is written where others would be. Gives the way to take it
   * back, which gives the file.
   */
  write(grants: readonly Grant[], added: string): Result<() => Result<string>>;
}

export interface StartRequest {
  readonly call: string;
  readonly turn: string;
  readonly origin: Origin;
  readonly command: string;
  /** What is shown of it by a question before it starts; null: the command. */
  readonly preview: string | null;
  readonly argv: readonly [string, ...string[]];
  readonly environment: ReadyEnvironment;
  readonly cwd: string;
  /** The folder of that machine which the session works in. */
  readonly root: string;
  readonly variables: (sandbox: SandboxIntent) => CommandVariables;
  readonly stdio: Stdio;
  /** Null: a command. */
  readonly deed: Deed | null;
  /** What a yes for the session is about: whatever has the same name is not asked about again. */
  readonly allowedAs: string;
  /** What makes an attempt of it. */
  readonly runner: Runner;
  /** What it asks for beyond the profile. */
  readonly wish: StartWish | null;
  /** Judges a deed that rules about commands are not made for; null: they are. */
  readonly judge: (() => Verdict) | null;
  /** What a person's own programs are asked about it. */
  readonly hooked: HookedDeed;
  /** Aborted when the turn is stopped. */
  readonly signal: AbortSignal;
}

/** As `Wish`, of which the rest is known here. */
export type StartWish =
  | { readonly kind: 'escalation'; readonly justification: string }
  | { readonly kind: 'permission'; readonly justification: string; readonly grants: readonly Grant[] };

export interface Processes {
  start(request: StartRequest): SessionProcess;
  get(number: number): SessionProcess | undefined;
  living(): readonly SessionProcess[];
  /** How many were started in this turn. */
  startedIn(turn: string): number;
  /** Ends the given ones: interrupt, then by itself terminate and kill. `atOnce` kills right away. */
  stop(processes: readonly SessionProcess[], atOnce: boolean): void;
}

/** Hooks are about a model's deeds, too. */
const GO_ON = { kind: 'go_on' } as const;

/** Rules are about a model's commands; whoever types one has said so. */
const NO_RULE = { rule: { decision: 'none', why: '' }, isKnownSafe: false, always: null } as const;

export function openProcesses(around: ProcessesSurroundings): Processes {
  const table = new Map<number, SessionProcess>();
  const allowedDeeds = new Set<string>();
  /** What a preset's grants need to be there, by the question that offers it. */
  const folders = new WeakMap<Offers, readonly string[]>();
  let next = around.firstNumber;

  /** What the profile opens, and what the rule files say about hosts. */
  async function clientFor(rules: ProxyRules): Promise<Result<ProxyClient>> {
    const hosts = (await around.rules()).hosts();
    return around.network.clientFor({ ...rules, hosts: [...rules.hosts, ...hosts] });
  }

  async function rulesAbout(argv: readonly string[]) {
    const rules = await around.rules();
    return { rule: rules.judge(argv), isKnownSafe: rules.isKnownSafe(argv), always: rules.offer(argv) };
  }

  function offersAfter(denial: Denial, { environment, cwd }: StartRequest): Offers | null {
    // Presets know this machine, and the configuration is about it.
    const isHere = environment.name === LOCAL;
    const found = isHere ? around.presetFor(denial, cwd) : null;
    const always = isHere ? around.always.offer(denial.grants) : null;
    const further = { hasPreset: found !== null, canWrite: always !== null };
    const offers = offersAfterDenial(around.policy, denial, homesOf(environment), further);
    if (offers === null) return null;
    const offered: Offers = {
      offers: [...offers],
      preset: offers.includes('preset') ? (found?.preset ?? null) : null,
      always: offers.includes('always') ? always : null,
    };
    folders.set(offered, found?.foldersToMake ?? []);
    return offered;
  }

  function wishOf(wish: StartWish, environment: ReadyEnvironment): Wish {
    if (wish.kind === 'escalation') return wish;
    const given = around.grants.inForce(environment.name);
    return {
      ...wish,
      isGranted: wish.grants.every((wanted) => given.some((wide) => grantCovers(wide, wanted))),
      equalsFullAccess: wish.grants.some((grant) => equalsFullAccess(grant, homesOf(environment))),
      always: environment.name === LOCAL ? around.always.offer(wish.grants) : null,
    };
  }

  /** A server of another machine may be one of this program: what it keeps there is closed as it is here. */
  function homesOf({ name, facts }: ReadyEnvironment): Homes {
    return { home: facts.home, codexHome: name === LOCAL ? around.codexHome : path.join(facts.home, '.codex') };
  }

  /** What was decided for longer than one attempt. */
  async function keep(
    { decision, grants }: { decision: DecisionKind; grants: readonly Grant[] },
    offers: Offers,
    request: StartRequest,
  ): Promise<void> {
    const { command, argv, environment } = request;
    const given = { grants, command, environment: environment.name };
    switch (decision) {
      case 'session':
        if (grants.length === 0) allowedDeeds.add(keyOf(request));
        else around.grants.give({ ...given, scope: 'session', name: null });
        return;
      case 'preset':
        // A grant for a folder that is not there has no effect; that it is made belongs to the answer.
        for (const folder of folders.get(offers) ?? []) makeIfMissing(folder);
        around.grants.give({ ...given, scope: 'session', name: offers.preset?.name ?? null });
        return;
      case 'always': {
        const notice = (problem: Problem) => around.emit({ type: 'notice', level: 'warning', problem });
        // Written or not, this session has it: that much was said.
        if (grants.length === 0) {
          allowedDeeds.add(keyOf(request));
          const rule = (await around.rules()).allow(argv);
          if (!rule.ok) notice(rule.problem);
          return;
        }
        const written = around.always.write(grants, offers.always?.added ?? '');
        const forGood = written.ok ? written.value : null;
        const onRevoked = (): void => {
          const file = forGood?.();
          if (file?.ok === false) notice(file.problem);
          if (file?.ok === true) around.emit({ type: 'notice', level: 'info', problem: takenBack(file.value) });
        };
        around.grants.give({ ...given, scope: forGood === null ? 'session' : 'always', name: null, onRevoked });
        if (!written.ok) notice(written.problem);
        return;
      }
      case 'once':
      case 'unsandboxed':
      case 'refused':
        return;
      default:
        assertNever(decision);
    }
  }

  function outputFile(process: number, attempt: number): string | null {
    return around.outputFolder === null ? null : path.join(around.outputFolder, `${process}.${attempt}.bin`);
  }

  return {
    get: (number) => table.get(number),
    living: () => [...table.values()].filter((process) => process.isAlive),
    startedIn: (turn) => [...table.values()].filter(({ request }) => request.turn === turn).length,
    start(request) {
      const { wish, judge, root, allowedAs: _allowedAs, hooked, signal, ...rest } = request;
      const { environment } = request;
      const isHere = environment.name === LOCAL;
      const process = new SessionProcess(
        { ...rest, number: next++ },
        {
          session: around.session,
          questions: around.questions,
          emit: around.emit,
          profileName: around.profile.name,
          judgeStart: async () => {
            const said = request.origin === 'model' ? await around.hooks.before(hooked, request, signal) : GO_ON;
            if (said.kind === 'deny') return { kind: 'refuse', why: `a hook forbids it: ${said.reason}` };
            const isAllowedAlready = allowedDeeds.has(keyOf(request));
            if (judge !== null) return isAllowedAlready ? { kind: 'allow' } : judge();
            return judgeStart(around.policy, {
              origin: request.origin,
              wish: wish === null ? null : wishOf(wish, environment),
              isAllowedAlready,
              ...(request.origin === 'model' && request.deed === null ? await rulesAbout(request.argv) : NO_RULE),
            });
          },
          offersAfter: (denial) => offersAfter(denial, request),
          planAttempt: async (attempt, own) => {
            const grants = [...around.grants.inForce(environment.name), ...own];
            const number = process.request.number;
            const rules = isHere ? proxyRulesOf(around.profile, grants) : null;
            const proxy = rules === null ? ok(null) : await clientFor(rules);
            if (!proxy.ok) return { problem: proxy.problem };
            return {
              plan: {
                sandbox: { profile: around.profile, grants, workspaceRoots: [root] },
                outputFile: outputFile(number, attempt),
                proxy: proxy.value,
                afterwards: isHere ? watchForRedirection(grants) : () => null,
              },
            };
          },
          decided: async (answer, offers) => {
            await keep(answer, offers, request);
            around.syncRecord();
            if (answer.decision !== 'once')
              around.questions.coverBy(around.grants.inForce(environment.name), environment.name);
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
        process.giveUp(atOnce ? 'kill' : 'interrupt', 'turn');
        if (atOnce) continue;
        const escalate = (signal: 'terminate' | 'kill') => () => process.isAlive && process.signal(signal, 'turn');
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

/** The same command elsewhere is another one. */
function keyOf({ deed, allowedAs, environment }: StartRequest): string {
  return `${deed ?? 'command'} ${environment.name} ${allowedAs}`;
}

function takenBack(file: string): Problem {
  return { what: `${file} no longer allows it.`, why: '', next: '' };
}

function makeIfMissing(folder: string): void {
  try {
    makeFolders(folder);
  } catch {
    // It is a file, or not ours to make: the next attempt says what is wrong.
  }
}

/** Fair eviction: of a model's living processes, the least recently used one beyond the limit. */
function endLeastUsed(table: ReadonlyMap<number, SessionProcess>): void {
  const living = [...table.values()].filter(
    ({ isAlive, isEnding, request }) => isAlive && !isEnding && request.origin === 'model',
  );
  if (living.length <= MODEL_PROCESSES) return;
  const [oldest] = living.sort(
    (a, b) => Number(b.exit !== null) - Number(a.exit !== null) || a.lastUsedAt - b.lastUsedAt,
  );
  oldest?.giveUp('terminate', 'limit');
}
