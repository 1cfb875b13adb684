// Which rules speak about a program and its arguments?

import { posix } from 'node:path';
import type { PrefixRule, Rules } from './rules.ts';

export interface RuleMatch {
  readonly rule: PrefixRule;
  /** The words of the command that the rule's pattern covers. */
  readonly prefix: readonly string[];
  /** The absolute path that was given, when the rule was written with the bare name. */
  readonly resolved: string | null;
}

export type Matcher = (words: readonly string[]) => readonly RuleMatch[];

/**
 * Makes a matcher, to ask about many commands. `resolve`: a command given by its absolute path matches rules with the
 * bare name too, when no rule names the path; where the rules list the paths of that name, only those.
 */
export function matcherOf(rules: Rules, { resolve }: { readonly resolve: boolean }): Matcher {
  const byFirst = new Map<string, PrefixRule[]>();
  for (const rule of rules.prefixes) {
    for (const first of new Set(rule.pattern[0])) {
      const known = byFirst.get(first);
      if (known === undefined) byFirst.set(first, [rule]);
      else known.push(rule);
    }
  }
  const paths = new Map(rules.hosts.map((host) => [host.name, host.paths]));

  return (words) => {
    const [program = ''] = words;
    const exact = matching(byFirst.get(program), words, null);
    if (exact.length > 0 || !resolve || !program.startsWith('/')) return exact;
    const name = posix.basename(program);
    if (paths.get(name)?.includes(program) === false) return [];
    return matching(byFirst.get(name), [name, ...words.slice(1)], program);
  };
}

function matching(
  rules: readonly PrefixRule[] | undefined,
  words: readonly string[],
  resolved: string | null,
): readonly RuleMatch[] {
  return (rules ?? [])
    .filter(({ pattern }) => pattern.every((alternatives, index) => alternatives.includes(words[index] ?? '\0')))
    .map((rule) => ({ rule, prefix: words.slice(0, rule.pattern.length), resolved }));
}
