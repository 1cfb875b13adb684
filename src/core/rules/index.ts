// What the rest of the core may use of the rules and of reading commands.

export { appendRule } from './append-rule.ts';
export { checkByRules, type RuleCheck } from './check.ts';
export { type Part, partsOf } from './command-parts.ts';
export type { DangerKind } from './dangerous-words.ts';
export { type Danger, dangerIn } from './dangers.ts';
export { judgeByRules, type RuleDecision } from './judge-command.ts';
export { defaultRulesFile, type LoadedRules, loadRuleFiles, loadRules, rulesFolder } from './load-rules.ts';
export type { RuleMatch } from './match-rules.ts';
export { prefixFor, ruleLine } from './offered-prefix.ts';
export { type RuleProblem, readRuleFile } from './rule-file.ts';
export type {
  Decision,
  HostExecutable,
  NetworkRule,
  PrefixRule,
  RulePlace,
  Rules,
} from './rules.ts';
export { isKnownSafe } from './safe-commands.ts';
export { parseShell, type ShellScript } from './shell-commands.ts';
export type { SimpleCommand, Span } from './shell-reader.ts';
