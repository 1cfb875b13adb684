// What does `codex execpolicy check` answer?

import { matcherOf } from './match-rules.ts';
import { type Decision, type Rules, stricter } from './rules.ts';

/** Keys in the order and spelling in which codex-cli prints them. */
export interface RuleCheck {
  readonly matchedRules: readonly { readonly prefixRuleMatch: PrefixRuleMatch }[];
  /** Left out when no rule matches. */
  readonly decision?: Decision;
}

interface PrefixRuleMatch {
  readonly matchedPrefix: readonly string[];
  readonly decision: Decision;
  readonly justification?: string;
  readonly resolvedProgram?: string;
}

/** Every rule that speaks about the argv as it is given: here a script of a shell is a word like any other. */
export function checkByRules(rules: Rules, argv: readonly string[], options: { readonly resolve: boolean }): RuleCheck {
  const matches = matcherOf(rules, options)(argv);
  const matchedRules = matches.map(({ rule, prefix, resolved }) => ({
    prefixRuleMatch: {
      matchedPrefix: prefix,
      decision: rule.decision,
      ...(rule.justification === null ? {} : { justification: rule.justification }),
      ...(resolved === null ? {} : { resolvedProgram: resolved }),
    },
  }));
  if (matches.length === 0) return { matchedRules };
  return {
    matchedRules,
    decision: matches.reduce<Decision>((strictest, { rule }) => stricter(strictest, rule.decision), 'allow'),
  };
}
