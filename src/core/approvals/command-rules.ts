// What do the person's rule files say of a command, and how is one added?

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { HostRule } from '../../sandbox/index.ts';
import type { LoadedRules } from '../rules/index.ts';
import type { RuleVerdict } from './policy.ts';

export interface CommandRules {
  /** Of the whole command, all of its parts together. */
  judge(argv: readonly string[]): RuleVerdict;
  /** It can only look, whatever it is pointed at. */
  isKnownSafe(argv: readonly string[]): boolean;
  /** The rule that would allow commands like this one from now on; null when none may be offered. */
  offer(argv: readonly string[]): { readonly file: string; readonly added: string } | null;
  allow(argv: readonly string[]): Result<void>;
  /** What the rules say about hosts. A rule that asks opens nothing by itself: the refusal does the asking. */
  hosts(): readonly HostRule[];
}

export interface CommandRulesOptions {
  readonly codexHome: string;
  readonly home: string;
  /** What is wrong with the files, told when they are first read. */
  readonly onProblem: (problem: Problem) => void;
}

/** The files are read when the first command of a model comes, and what reads them is loaded then. */
export function openCommandRules(options: CommandRulesOptions): () => Promise<CommandRules> {
  let rules: CommandRules | null = null;
  return async () => {
    rules ??= commandRules(options, await import('../rules/index.ts'));
    return rules;
  };
}

function commandRules(
  { codexHome, home, onProblem }: CommandRulesOptions,
  tools: typeof import('../rules/index.ts'),
): CommandRules {
  const { appendRule, defaultRulesFile, isKnownSafe, judgeByRules, loadRules, prefixFor, ruleLine, rulesFolder } =
    tools;
  const file = defaultRulesFile(codexHome);
  let loaded: LoadedRules | null = null;
  const rulesNow = (): LoadedRules['rules'] => {
    if (loaded === null) {
      loaded = loadRules([rulesFolder(codexHome)], home);
      for (const { problem } of loaded.problems) onProblem(problem);
    }
    return loaded.rules;
  };

  return {
    judge(argv) {
      const decided = judgeByRules(rulesNow(), argv, { resolve: true });
      if (decided.kind === 'none') return { decision: 'none', why: '' };
      const { place, justification } = decided.by.rule;
      const reason = justification === null ? '' : ` (${justification})`;
      return { decision: decided.kind, why: `the rule in ${withTilde(place.file, home)}:${place.line}${reason}` };
    },
    isKnownSafe: (argv) => isKnownSafe(argv),
    offer(argv) {
      const prefix = prefixFor(argv);
      return prefix === null ? null : { file: withTilde(file, home), added: ruleLine(prefix) };
    },
    hosts: () =>
      rulesNow().network.flatMap(({ host, decision }): HostRule[] => {
        if (decision === 'prompt') return [];
        return [{ pattern: host, access: decision === 'allow' ? 'allow' : 'deny' }];
      }),
    allow(argv) {
      const prefix = prefixFor(argv);
      if (prefix === null) return fail({ what: 'No rule can be written for this command.', why: '', next: '' });
      const added = appendRule(file, prefix);
      if (!added.ok) return added;
      loaded = null;
      return ok(undefined);
    },
  };
}

function withTilde(file: string, home: string): string {
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}
