// What do the rules decide about a command, with all the programs it starts?

import { type Part, partsOf } from './command-parts.ts';
import { type Matcher, matcherOf, type RuleMatch } from './match-rules.ts';
import { type Decision, type Rules, stricter } from './rules.ts';

/**
 * `none`: the rules do not decide; `reasons` says what in a script kept them from it, if something did.
 * Otherwise `by` is the rule that decided, with its place and justification, and `words` the part it spoke about.
 */
export type RuleDecision =
  | { readonly kind: 'none'; readonly reasons: readonly string[] }
  | { readonly kind: Decision; readonly by: RuleMatch; readonly words: readonly string[] };

/**
 * The strictest decision of all rules about all parts. `allow` needs a rule for each part: what cannot be judged part
 * by part is never allowed, but what is seen in it can forbid it.
 * `resolve`: rules with a bare name speak about absolute paths too (in sessions always).
 */
export function judgeByRules(
  rules: Rules,
  argv: readonly string[],
  options: { readonly resolve: boolean },
): RuleDecision {
  const match = matcherOf(rules, options);
  const parts = partsOf(argv);
  const judged = parts.map((part) => judgePart(part, match));
  const strict = judged.filter((decision) => decision.kind !== 'none' && decision.kind !== 'allow');
  const [firstStrict] = strict;
  if (firstStrict !== undefined) return strict.find(({ kind }) => kind === 'forbidden') ?? firstStrict;
  const reasons = parts.flatMap((part) => (part.kind === 'unclear' ? part.reasons : []));
  const isAllowed = judged.every((decision, index) => decision.kind === 'allow' || parts[index]?.kind === 'seen');
  const allowing = judged.find((decision) => decision.kind === 'allow');
  return isAllowed && allowing !== undefined ? allowing : { kind: 'none', reasons: [...new Set(reasons)] };
}

function judgePart(part: Part, match: Matcher): RuleDecision {
  const matches = match(part.words);
  const [first] = matches;
  if (first === undefined) return { kind: 'none', reasons: [] };
  const decision = matches.reduce<Decision>((strictest, { rule }) => stricter(strictest, rule.decision), 'allow');
  if (decision === 'allow' && part.kind !== 'plain') return { kind: 'none', reasons: [] };
  const by = matches.find(({ rule }) => rule.decision === decision) ?? first;
  return { kind: decision, by, words: part.words };
}
