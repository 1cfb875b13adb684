// What does a rule file do when it is run: which of our functions does it call, with what?

import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { COMMON_FUNCTIONS, methodOf } from './starlark-methods.ts';
import { dictKey, elementOf, indexIn, items, operate } from './starlark-operators.ts';
import { parseStarlark } from './starlark-parse.ts';
import { MOST_STEPS, type Running, refuse, spend } from './starlark-running.ts';
import { type Place, StarlarkFault } from './starlark-tokens.ts';
import type { Argument, Clause, Expression, Statement, Target } from './starlark-tree.ts';
import {
  type BuiltinCall,
  type BuiltinValue,
  type FunctionValue,
  isTrue,
  list,
  type Scope,
  sizeOf,
  textOf,
  tuple,
  typeOf,
  type Value,
} from './starlark-values.ts';

/** What is wrong with a file, and where; line and column count from 1. */
export interface RuleFileFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Calls in calls. There is no recursion, so only a chain of as many functions reaches it. */
const DEEPEST_CALL = 50;

/**
 * Runs the text with our functions beside those of the language. It ends after a bounded number of steps, whatever
 * the text says, and what our functions did until a fault has been done.
 */
export function runStarlark(text: string, functions: readonly BuiltinValue[]): Result<null, RuleFileFault> {
  const file: Scope = new Map();
  const given: Scope = new Map([...COMMON_FUNCTIONS, ...functions.map((builtin) => [builtin.name, builtin] as const)]);
  try {
    runBlock(parseStarlark(text), { scopes: [file, given], calls: [], budget: { steps: MOST_STEPS } });
    return ok(null);
  } catch (error) {
    if (error instanceof StarlarkFault) return fail({ ...error.place, message: error.message });
    // A bug of ours must not cost a person the session: the file is left out.
    return fail({ line: 1, column: 1, message: `this file cannot be evaluated: ${causeOf(error)}` });
  }
}

/** How a block ended. Null: at its end. */
type Ending = { readonly kind: 'break' | 'continue' } | { readonly kind: 'return'; readonly value: Value } | null;

function runBlock(statements: readonly Statement[], running: Running): Ending {
  for (const statement of statements) {
    const ending = run(statement, running);
    if (ending !== null) return ending;
  }
  return null;
}

function run(statement: Statement, running: Running): Ending {
  const { place } = statement;
  spend(running, 1, place);
  switch (statement.kind) {
    case 'pass':
      return null;
    case 'break':
    case 'continue':
      return { kind: statement.kind };
    case 'return':
      return { kind: 'return', value: statement.value === null ? null : evaluate(statement.value, running) };
    case 'expression':
      evaluate(statement.value, running);
      return null;
    case 'assign':
      assign(statement.target, evaluate(statement.value, running), running);
      return null;
    case 'change':
      change(statement, running);
      return null;
    case 'def':
      define(statement, running);
      return null;
    case 'if': {
      const branch = statement.branches.find(({ condition }) => isTrue(evaluate(condition, running)));
      return runBlock(branch?.body ?? statement.otherwise, running);
    }
    case 'for':
      return runFor(statement, running);
  }
}

function runFor(statement: Extract<Statement, { kind: 'for' }>, running: Running): Ending {
  for (const item of [...items(evaluate(statement.over, running), running, statement.over.place)]) {
    spend(running, 1, statement.place);
    assign(statement.target, item, running);
    const ending = runBlock(statement.body, running);
    if (ending?.kind === 'break') return null;
    if (ending?.kind === 'return') return ending;
  }
  return null;
}

function define(statement: Extract<Statement, { kind: 'def' }>, running: Running): void {
  const { name, parameters, body } = statement;
  const defaults = new Map(
    parameters.flatMap((parameter) =>
      parameter.otherwise === null ? [] : [[parameter.name, evaluate(parameter.otherwise, running)] as const],
    ),
  );
  running.scopes[0]?.set(name, { kind: 'function', name, parameters, defaults, body, around: running.scopes });
}

function assign(target: Target, value: Value, running: Running): void {
  switch (target.kind) {
    case 'name':
      running.scopes[0]?.set(target.name, value);
      return;
    case 'several': {
      const values = items(value, running, target.place);
      if (values.length !== target.targets.length) {
        throw new StarlarkFault(`${target.targets.length} names cannot take ${values.length} values`, target.place);
      }
      for (const [index, inner] of target.targets.entries()) assign(inner, values[index] ?? null, running);
      return;
    }
    case 'index':
      assignAt(evaluate(target.of, running), evaluate(target.at, running), value, target.place);
  }
}

function assignAt(of: Value, at: Value, value: Value, place: Place): void {
  if (of !== null && typeof of === 'object' && of.kind === 'dict') {
    of.entries.set(dictKey(at, place), [at, value]);
    return;
  }
  if (of !== null && typeof of === 'object' && of.kind === 'list') {
    of.items[indexIn(of.items.length, at, place)] = value;
    return;
  }
  throw new StarlarkFault(`a value of type ${typeOf(of)} cannot be changed`, place);
}

function change(statement: Extract<Statement, { kind: 'change' }>, running: Running): void {
  const { target, operator, value, place } = statement;
  if (target.kind === 'several') throw new StarlarkFault('several names cannot be changed at once', place);
  const before =
    target.kind === 'name'
      ? lookUp(target.name, running, place)
      : elementOf(evaluate(target.of, running), evaluate(target.at, running), place);
  assign(target, operate(operator, before, evaluate(value, running), running, place), running);
}

function lookUp(name: string, running: Running, place: Place): Value {
  const scope = running.scopes.find((known) => known.has(name));
  const value = scope?.get(name);
  if (value === undefined) throw new StarlarkFault(`there is nothing named \`${name}\``, place);
  return value;
}

function evaluate(expression: Expression, running: Running): Value {
  const { place } = expression;
  spend(running, 1, place);
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'template':
      return filled(expression.text, running, place);
    case 'name':
      return lookUp(expression.name, running, place);
    case 'list':
      return list(expression.items.map((item) => evaluate(item, running)));
    case 'tuple':
      return tuple(expression.items.map((item) => evaluate(item, running)));
    case 'dict':
      return {
        kind: 'dict',
        entries: new Map(expression.entries.map((entry) => entryOf(entry.key, entry.value, running))),
      };
    case 'comprehension':
      return comprehended(expression, running);
    case 'not':
      return !isTrue(evaluate(expression.of, running));
    case 'negative': {
      const value = evaluate(expression.of, running);
      return typeof value === 'number'
        ? -value
        : refuse(`- cannot stand before a value of type ${typeOf(value)}`, place);
    }
    case 'operation':
      return operation(expression, running);
    case 'choice':
      return evaluate(isTrue(evaluate(expression.condition, running)) ? expression.yes : expression.no, running);
    case 'call':
      return call(evaluate(expression.target, running), expression.args, running, place);
    case 'attribute': {
      const self = evaluate(expression.of, running);
      return (
        methodOf(self, expression.name) ??
        refuse(`a value of type ${typeOf(self)} has no \`${expression.name}\``, place)
      );
    }
    case 'index':
      return elementOf(evaluate(expression.of, running), evaluate(expression.at, running), place);
    case 'slice':
      return sliceOf(expression, running);
  }
}

function entryOf(key: Expression, value: Expression, running: Running): readonly [string, readonly [Value, Value]] {
  const keyValue = evaluate(key, running);
  return [dictKey(keyValue, key.place), [keyValue, evaluate(value, running)]];
}

/** `f"{name}"`: names and nothing else. */
function filled(text: string, running: Running, place: Place): string {
  return text.replace(/\{\{|\}\}|\{([A-Za-z_]\w*)\}|[{}]/g, (found, name: string | undefined) => {
    if (found === '{{' || found === '}}') return found.charAt(0);
    if (name === undefined) return refuse(`the ${found} in this string belongs to no name`, place);
    const value = lookUp(name, running, place);
    spend(running, sizeOf(value, MOST_STEPS), place);
    return textOf(value);
  });
}

function comprehended(expression: Extract<Expression, { kind: 'comprehension' }>, running: Running): Value {
  const { value, clauses, place } = expression;
  const found: Value[] = [];
  const entries = new Map<string, readonly [Value, Value]>();
  // Its names are seen inside it alone.
  const inner: Running = { ...running, scopes: [new Map(), ...running.scopes] };
  const walk = (from: number): void => {
    const clause: Clause | undefined = clauses[from];
    spend(running, 1, place);
    if (clause === undefined) {
      if (value.kind === 'entry') entries.set(...entryOf(value.key, value.value, inner));
      else found.push(evaluate(value, inner));
    } else if (clause.kind === 'if') {
      if (isTrue(evaluate(clause.condition, inner))) walk(from + 1);
    } else {
      for (const item of [...items(evaluate(clause.over, inner), inner, clause.over.place)]) {
        assign(clause.target, item, inner);
        walk(from + 1);
      }
    }
  };
  walk(0);
  return value.kind === 'entry' ? { kind: 'dict', entries } : list(found);
}

function operation(expression: Extract<Expression, { kind: 'operation' }>, running: Running): Value {
  const left = evaluate(expression.left, running);
  if (expression.operator === 'and') return isTrue(left) ? evaluate(expression.right, running) : left;
  if (expression.operator === 'or') return isTrue(left) ? left : evaluate(expression.right, running);
  return operate(expression.operator, left, evaluate(expression.right, running), running, expression.place);
}

function sliceOf(expression: Extract<Expression, { kind: 'slice' }>, running: Running): Value {
  const { place } = expression;
  const of = evaluate(expression.of, running);
  const bound = (side: Expression | null): number | undefined => {
    const value = side === null ? null : evaluate(side, running);
    if (value === null) return undefined;
    return typeof value === 'number' ? value : refuse('an index must be a number', place);
  };
  const [from, to] = [bound(expression.from), bound(expression.to)];
  if (typeof of === 'string') {
    spend(running, of.length / 16, place);
    return of.slice(from, to);
  }
  if (of === null || typeof of !== 'object' || (of.kind !== 'list' && of.kind !== 'tuple')) {
    return refuse(`nothing can be taken out of a value of type ${typeOf(of)}`, place);
  }
  spend(running, of.items.length, place);
  return { kind: of.kind, items: of.items.slice(from, to) };
}

function call(target: Value, args: readonly Argument[], running: Running, place: Place): Value {
  const positional: Value[] = [];
  const named = new Map<string, Value>();
  for (const { name, value } of args) {
    if (name === null) positional.push(evaluate(value, running));
    else named.set(name, evaluate(value, running));
  }
  if (target === null || typeof target !== 'object' || (target.kind !== 'function' && target.kind !== 'builtin')) {
    return refuse(`a value of type ${typeOf(target)} cannot be called`, place);
  }
  if (target.kind === 'function') return callFunction(target, positional, named, running, place);
  const given: BuiltinCall = {
    positional,
    named,
    ...place,
    spend: (steps) => spend(running, steps, place),
    fail: (message) => refuse(message, place),
  };
  return target.call(given);
}

function callFunction(
  target: FunctionValue,
  positional: readonly Value[],
  named: ReadonlyMap<string, Value>,
  running: Running,
  place: Place,
): Value {
  if (running.calls.some(({ body }) => body === target.body)) refuse(`\`${target.name}\` calls itself`, place);
  if (running.calls.length >= DEEPEST_CALL) refuse('these calls are nested too deeply', place);
  const scope: Scope = new Map();
  for (const [index, parameter] of target.parameters.entries()) {
    const { name } = parameter;
    if (index < positional.length && named.has(name)) refuse(`\`${name}\` is given twice`, place);
    const value = positional[index] ?? named.get(name) ?? target.defaults.get(name);
    const isGiven = index < positional.length || named.has(name) || target.defaults.has(name);
    if (!isGiven) refuse(`\`${target.name}\` needs a value for \`${name}\``, place);
    scope.set(name, value ?? null);
  }
  const known = new Set(target.parameters.map(({ name }) => name));
  const extra = [...named.keys()].find((name) => !known.has(name));
  if (extra !== undefined) refuse(`\`${target.name}\` has no parameter \`${extra}\``, place);
  if (positional.length > target.parameters.length) refuse(`\`${target.name}\` takes fewer values`, place);
  const ending = runBlock(target.body, {
    ...running,
    scopes: [scope, ...target.around],
    calls: [...running.calls, target],
  });
  return ending?.kind === 'return' ? ending.value : null;
}
