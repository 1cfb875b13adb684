// When do a person's own programs run: before a tool, when a question is asked, and when a turn has ended?

import path from 'node:path';
import type { Problem } from '../../problem/index.ts';
import type { Config } from '../config/index.ts';
import {
  type HookAnswer,
  type QuestionFacts,
  questionDocument,
  questionNotice,
  type ToolFacts,
  type TurnFacts,
  toolAnswer,
  toolDocument,
  turnDocument,
  turnNotice,
  whyBroken,
} from './documents.ts';
import { isMatched } from './matcher.ts';
import { type RunningHook, runHook } from './run-program.ts';

export interface HooksOptions {
  readonly config: Pick<Config, 'notify' | 'hooks'>;
  /** The person's variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Variables that hold keys, and are left out: `keyNamesOf`. */
  readonly keyNames: readonly string[];
  /** The person's shell. */
  readonly shell: string;
  readonly home: string;
  /** What `client` says to a notified program. */
  readonly client: string;
  /** Where commands can leave something: no program is found there by its name alone. */
  readonly writableFolders: readonly string[];
  /** Hears of each trouble once, and of what a hook wants to say to the person. */
  readonly report: (problem: Problem) => void;
}

export type HookVerdict = { readonly kind: 'go_on' } | { readonly kind: 'deny'; readonly reason: string };

export interface Hooks {
  /** Never rejects. Takes as long as the slowest hook that is asked, and not longer than its limit or `signal`. */
  beforeCommand(facts: ToolFacts, signal: AbortSignal): Promise<HookVerdict>;
  /** Nobody waits for what these two start. */
  turnEnded(facts: TurnFacts): void;
  questionOpened(facts: QuestionFacts): void;
  /** Nothing is started any more. What runs gets that long to end, and is killed then. */
  close(graceMs: number): Promise<void>;
}

/** As codex-cli has it. */
const HOOK_MS = 600_000;

/** Longer than a notice takes to be shown. */
const NOTIFY_MS = 60_000;

/** Node's timers count to 2^31 - 1 milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/** Of those nobody waits for: turns that end faster than a program tells about them must not fill the machine. */
const WAITING_AT_MOST = 16;

type Command = Extract<Config['hooks']['Stop'][number]['hooks'][number], { type: 'command' }>;

export function openHooks(options: HooksOptions): Hooks {
  const { config, shell, report } = options;
  const env = variablesOf(options);
  const running = new Set<RunningHook>();
  const told = new Set<string>();
  let isClosed = false;

  const tellOnce = (name: string, why: string): void => {
    const key = `${name}\0${why}`;
    if (told.has(key)) return;
    told.add(key);
    report({
      what: `The hook ${shortened(name)} did not work: ${why}.`,
      why: 'Everything went on as without it.',
      next: 'Look at notify and hooks in config.toml.',
    });
  };

  const run = (argv: readonly [string, ...string[]], cwd: string, input: string | null, limitMs: number) => {
    const hook = runHook({ argv, cwd, env, input, limitMs: Math.min(limitMs, LONGEST_MS) });
    running.add(hook);
    void hook.ended.then(() => running.delete(hook));
    return hook;
  };

  const runCommand = ({ command, timeout }: Command, cwd: string, input: string): RunningHook =>
    run([shell, '-c', command], cwd, input, timeout === null ? HOOK_MS : timeout * 1000);

  /** For what only hears of something. */
  const runAside = (name: string, start: () => RunningHook): void => {
    if (running.size >= WAITING_AT_MOST) return tellOnce(name, `${WAITING_AT_MOST} of them run already`);
    void start().ended.then((end) => {
      if (end.kind === 'cancelled') return;
      if (end.kind !== 'exited') tellOnce(name, whyBroken(end));
      else if (end.code !== 0) tellOnce(name, `it ended with exit code ${end.code}`);
    });
  };

  const tellHooks = (
    groups: Config['hooks']['Stop'],
    names: readonly string[],
    cwd: string,
    document: string,
  ): void => {
    for (const hook of commandsOf(groups, names)) runAside(hook.command, () => runCommand(hook, cwd, document));
  };

  const notify = (cwd: string, document: string): void => {
    const [program, ...args] = config.notify;
    if (program === undefined) return;
    const file = wholeProgram(program, options.home);
    if (file === null) return tellOnce(program, 'a relative path would lead into the folder you work in');
    runAside(program, () => run([file, ...args, document], cwd, null, NOTIFY_MS));
  };

  for (const name of otherKinds(config.hooks)) tellOnce(name, 'only hooks of the type "command" are there');

  return {
    async beforeCommand(facts, signal) {
      const hooks = isClosed ? [] : commandsOf(config.hooks.PreToolUse, [facts.tool, ...facts.aliases]);
      if (hooks.length === 0) return { kind: 'go_on' };
      const document = toolDocument(facts);
      for (const hook of hooks) if (hook.async) runAside(hook.command, () => runCommand(hook, facts.cwd, document));
      const asked = hooks
        .filter((hook) => !hook.async)
        .map((hook) => ({ hook, run: runCommand(hook, facts.cwd, document) }));
      const cancel = (): void => {
        for (const { run } of asked) run.cancel();
      };
      signal.addEventListener('abort', cancel, { once: true });
      if (signal.aborted) cancel();
      try {
        return await firstDenial(asked, (name, answer) => {
          if (answer.kind === 'broken') tellOnce(name, answer.why);
          else if (answer.kind === 'go_on' && answer.message !== null)
            report({ what: answer.message, why: '', next: '' });
        });
      } finally {
        signal.removeEventListener('abort', cancel);
        cancel();
      }
    },
    turnEnded(facts) {
      if (isClosed) return;
      if (config.hooks.Stop.length > 0) tellHooks(config.hooks.Stop, [], facts.cwd, turnDocument(facts));
      if (config.notify.length > 0) notify(facts.cwd, turnNotice(facts, options.client));
    },
    questionOpened(facts) {
      if (isClosed) return;
      const groups = config.hooks.PermissionRequest;
      if (groups.length > 0) tellHooks(groups, [facts.tool], facts.cwd, questionDocument(facts));
      if (config.notify.length > 0) notify(facts.cwd, questionNotice(facts, options.client));
    },
    async close(graceMs) {
      isClosed = true;
      const all = [...running];
      const timer = setTimeout(() => {
        for (const hook of all) hook.cancel();
      }, graceMs);
      await Promise.all(all.map(({ ended }) => ended));
      clearTimeout(timer);
    },
  };
}

interface Asked {
  readonly hook: Command;
  readonly run: RunningHook;
}

const INTERRUPTED: HookVerdict = { kind: 'deny', reason: 'It was interrupted before its hooks had answered.' };

/** All are asked at once, and the first that forbids is enough. */
function firstDenial(asked: readonly Asked[], hear: (name: string, answer: HookAnswer) => void): Promise<HookVerdict> {
  return new Promise((resolve) => {
    let isDecided = false;
    const decide = (verdict: HookVerdict): void => {
      isDecided = true;
      resolve(verdict);
    };
    const answered = asked.map(async ({ hook, run }) => {
      const end = await run.ended;
      if (isDecided) return;
      // Who ends us, or the turn, wants nothing more to run.
      if (end.kind === 'cancelled') return decide(INTERRUPTED);
      const answer = toolAnswer(end);
      hear(hook.command, answer);
      if (answer.kind === 'deny') decide(answer);
    });
    void Promise.all(answered).then(() => decide({ kind: 'go_on' }));
  });
}

/** What a matcher has to match is unsaid where there is no tool: then all are meant. */
function commandsOf(groups: Config['hooks']['Stop'], names: readonly string[]): readonly Command[] {
  return groups
    .filter(({ matcher }) => names.length === 0 || isMatched(matcher, names))
    .flatMap(({ hooks }) => hooks.filter((hook) => hook.type === 'command'));
}

function otherKinds(hooks: Config['hooks']): readonly string[] {
  const handlers = Object.values(hooks).flatMap((groups) => groups.flatMap((group) => group.hooks));
  return [...new Set(handlers.flatMap((it) => (it.type === 'other' ? [it.name] : [])))];
}

/** Without keys, and with a path that does not lead to where commands leave things. */
function variablesOf({ env, keyNames, writableFolders }: HooksOptions): Readonly<Record<string, string>> {
  const secrets = new Set(keyNames);
  const isOurs = (folder: string): boolean =>
    path.isAbsolute(folder) && !writableFolders.some((open) => isWithin(folder, open));
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => {
      if (secrets.has(name)) return [];
      return [[name, name === 'PATH' ? value.split(':').filter(isOurs).join(':') : value]];
    }),
  );
}

function isWithin(folder: string, open: string): boolean {
  const way = path.relative(open, folder);
  return way === '' || !(way === '..' || way.startsWith('../') || path.isAbsolute(way));
}

/** Null: it would be looked for in the folder of the session. */
function wholeProgram(program: string, home: string): string | null {
  if (program.startsWith('~/')) return path.join(home, program.slice(2));
  return path.isAbsolute(program) || !program.includes('/') ? program : null;
}

/** A command line may be long, and hold what should not be shown twice. */
function shortened(name: string): string {
  return name.length > 60 ? `${name.slice(0, 60)}…` : name;
}
