// Which rules does the text of a rule file make?

import { posix } from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { exampleWords } from './example-words.ts';
import { matcherOf } from './match-rules.ts';
import { networkHost } from './network-host.ts';
import { argumentsOf, itemsIn, justificationIn, listItems, stringIn } from './rule-arguments.ts';
import {
  type Decision,
  type HostExecutable,
  NETWORK_PROTOCOLS,
  type NetworkRule,
  type PrefixRule,
  type Rules,
} from './rules.ts';
import { type RuleFileFault, runStarlark } from './starlark.ts';
import { type BuiltinCall, type BuiltinValue, typeOf, type Value } from './starlark-values.ts';

/** Something wrong with a rule file or a folder of them. */
export interface RuleProblem {
  readonly file: string;
  /** From 1; null when it is no line of the file. */
  readonly line: number | null;
  readonly problem: Problem;
}

export interface RuleFileOptions {
  /** How places and problems call the file. */
  readonly file: string;
  /** What `~/` in paths stands for. */
  readonly home: string;
}

/** A file's rules, or the first thing wrong with it: half a file could allow what its other half forbids. */
export function readRuleFile(text: string, { file, home }: RuleFileOptions): Result<Rules, RuleProblem> {
  const prefixes: PrefixRule[] = [];
  const hosts: HostExecutable[] = [];
  const network: NetworkRule[] = [];
  const examples: Examples[] = [];
  const functions: readonly BuiltinValue[] = [
    builtin('prefix_rule', (call) => {
      const { rule, matching, notMatching } = prefixRule(call, file);
      prefixes.push(rule);
      examples.push({ rule, matching, notMatching, column: call.column });
    }),
    builtin('host_executable', (call) => {
      hosts.push(hostExecutable(call, file, home));
    }),
    builtin('network_rule', (call) => {
      network.push(networkRule(call, file));
    }),
  ];
  const run = runStarlark(text, functions);
  if (!run.ok) return fail(ruleProblem(file, run.problem));
  const wrong = wrongExample(examples, hosts);
  return wrong === null ? ok({ prefixes, hosts, network }) : fail(ruleProblem(file, wrong));
}

function builtin(name: string, run: (call: BuiltinCall) => void): BuiltinValue {
  return {
    kind: 'builtin',
    name,
    call: (call) => {
      run(call);
      return null;
    },
  };
}

function ruleProblem(file: string, { line, column, message }: RuleFileFault): RuleProblem {
  const problem = {
    what: `The rules of ${file} are not in force.`,
    why: `${file}:${line}:${column}: ${message}`,
    next: 'Correct this line. The rules of other files are in force.',
  };
  return { file, line, problem };
}

interface Examples {
  readonly rule: PrefixRule;
  readonly matching: readonly (readonly string[])[];
  readonly notMatching: readonly (readonly string[])[];
  readonly column: number;
}

/** Examples prove the rule they stand in, with all the paths that the file gives for its program. */
function wrongExample(examples: readonly Examples[], hosts: readonly HostExecutable[]): RuleFileFault | null {
  for (const { rule, matching, notMatching, column } of examples) {
    const match = matcherOf({ prefixes: [rule], hosts, network: [] }, { resolve: true });
    const place = { line: rule.place.line, column };
    const spelled = spellRule(rule);
    const matched = notMatching.find((words) => match(words).length > 0);
    if (matched !== undefined) {
      return { ...place, message: `expected example to not match rule \`${spelled}\`: ${spellExample(matched)}` };
    }
    const unmatched = matching.filter((words) => match(words).length === 0);
    if (unmatched.length > 0) {
      const list = unmatched.map(spellExample).join(', ');
      const message = `expected every example to match at least one rule. rules: [${spelled}]; unmatched examples: [${list}]`;
      return { ...place, message };
    }
  }
  return null;
}

function spellRule({ pattern }: PrefixRule): string {
  const words = pattern.map((alternatives) =>
    JSON.stringify(alternatives.length === 1 ? alternatives[0] : alternatives),
  );
  return `prefix_rule(pattern=[${words.join(', ')}])`;
}

function spellExample(words: readonly string[]): string {
  return JSON.stringify(words.join(' '));
}

function prefixRule(call: BuiltinCall, file: string): Omit<Examples, 'column'> {
  const given = argumentsOf(call, 'prefix_rule', ['pattern'], ['decision', 'match', 'not_match', 'justification']);
  const decision = given.has('decision') ? decisionOf(call, stringIn(call, given, 'decision')) : 'allow';
  const justification = justificationIn(call, given);
  const pattern = itemsIn(call, given, 'pattern').map((item) => alternativesOf(call, item));
  if (pattern.length === 0) call.fail('invalid pattern element: pattern cannot be empty');
  return {
    rule: { pattern, decision, justification, place: { file, line: call.line } },
    matching: itemsIn(call, given, 'match').map((item) => exampleOf(call, item)),
    notMatching: itemsIn(call, given, 'not_match').map((item) => exampleOf(call, item)),
  };
}

function decisionOf(call: BuiltinCall, text: string): Decision {
  if (text === 'allow' || text === 'prompt' || text === 'forbidden') return text;
  return call.fail(`invalid decision: ${text}`);
}

function alternativesOf(call: BuiltinCall, item: Value): readonly string[] {
  if (typeof item === 'string') return [item];
  const alternatives = listItems(item);
  if (alternatives === null) {
    return call.fail(`invalid pattern element: it must be a string or a list of strings (got ${typeOf(item)})`);
  }
  if (alternatives.length === 0) call.fail('invalid pattern element: pattern alternatives cannot be empty');
  return alternatives.map((word) =>
    typeof word === 'string'
      ? word
      : call.fail(`invalid pattern element: an alternative must be a string (got ${typeOf(word)})`),
  );
}

function exampleOf(call: BuiltinCall, item: Value): readonly string[] {
  const words = typeof item === 'string' ? exampleWords(item) : listItems(item);
  if (words === null) {
    return call.fail(
      typeof item === 'string'
        ? 'invalid example: a quote in it is never closed'
        : `invalid example: it must be a string or a list of strings (got ${typeOf(item)})`,
    );
  }
  if (words.length === 0) call.fail('invalid example: it cannot be empty');
  return words.map((word) =>
    typeof word === 'string' ? word : call.fail(`invalid example: its words must be strings (got ${typeOf(word)})`),
  );
}

function hostExecutable(call: BuiltinCall, file: string, home: string): HostExecutable {
  const given = argumentsOf(call, 'host_executable', ['name', 'paths'], []);
  const name = stringIn(call, given, 'name');
  if (name === '' || name === '.' || name === '..' || name.includes('/')) {
    call.fail(`host_executable name must be a bare name of a program (got ${name})`);
  }
  const paths = itemsIn(call, given, 'paths').map((item) => {
    const written =
      typeof item === 'string' ? item : call.fail(`host_executable paths must be strings (got ${typeOf(item)})`);
    const path = written.startsWith('~/') ? posix.join(home, written.slice(2)) : written;
    if (!path.startsWith('/')) call.fail(`host_executable paths must begin with / or ~/ (got ${written})`);
    if (posix.basename(path) !== name) call.fail(`host_executable path ${written} must end in /${name}`);
    return path;
  });
  return { name, paths, place: { file, line: call.line } };
}

function networkRule(call: BuiltinCall, file: string): NetworkRule {
  const given = argumentsOf(call, 'network_rule', ['host', 'protocol', 'decision'], ['justification']);
  const wanted = stringIn(call, given, 'protocol');
  const protocol =
    NETWORK_PROTOCOLS.find((known) => known === wanted) ??
    call.fail(`network_rule protocol must be one of ${NETWORK_PROTOCOLS.join(', ')} (got ${wanted})`);
  const decision = stringIn(call, given, 'decision');
  const host = networkHost(stringIn(call, given, 'host'));
  if (!host.ok) call.fail(host.problem);
  return {
    host: host.ok ? host.value : '',
    protocol,
    // codex-cli writes `deny` when a person refuses a host.
    decision: decision === 'deny' ? 'forbidden' : decisionOf(call, decision),
    justification: justificationIn(call, given),
    place: { file, line: call.line },
  };
}
