// Which tree does the text of a rule file describe?

import {
  DEEPEST,
  expectSign,
  is,
  nested,
  next,
  type Reading,
  readName,
  takeSign,
  takeWord,
  unexpected,
} from './starlark-reading.ts';
import { type Place, StarlarkFault, tokensOf } from './starlark-tokens.ts';
import type {
  Argument,
  Branch,
  Clause,
  Entry,
  Expression,
  Operator,
  Parameter,
  Statement,
  Target,
} from './starlark-tree.ts';

/** A chain as `a + b + c …` is a tree as deep as it is long, and is evaluated by recursion. */
const LONGEST_CHAIN = 200;

/** Throws `StarlarkFault`. */
export function parseStarlark(text: string): readonly Statement[] {
  const reading: Reading = { tokens: tokensOf(text), at: 0, depth: 0, inFunction: false, inLoop: false };
  const statements: Statement[] = [];
  while (next(reading).kind !== 'end') statements.push(...readStatement(reading));
  return statements;
}

function readStatement(reading: Reading): readonly Statement[] {
  return nested(reading, () => {
    const { place } = next(reading);
    if (takeWord(reading, 'def')) return [readDef(reading, place)];
    if (takeWord(reading, 'if')) return [readIf(reading, place)];
    if (takeWord(reading, 'for')) return [readFor(reading, place)];
    return readLine(reading);
  });
}

/** Small statements with `;` between them. */
function readLine(reading: Reading): readonly Statement[] {
  const statements: Statement[] = [];
  do {
    if (next(reading).kind === 'line end') break;
    statements.push(readSmall(reading));
  } while (takeSign(reading, ';'));
  if (next(reading).kind !== 'line end') throw unexpected(next(reading), 'the end of the line');
  reading.at++;
  return statements;
}

const CHANGES: ReadonlyMap<string, Operator> = new Map([
  ['+=', '+'],
  ['-=', '-'],
  ['*=', '*'],
  ['//=', '//'],
  ['%=', '%'],
]);

function readSmall(reading: Reading): Statement {
  const { place } = next(reading);
  if (takeWord(reading, 'pass')) return { kind: 'pass', place };
  if (takeWord(reading, 'break')) return inLoop(reading, { kind: 'break', place });
  if (takeWord(reading, 'continue')) return inLoop(reading, { kind: 'continue', place });
  if (takeWord(reading, 'return')) {
    if (!reading.inFunction) throw new StarlarkFault('this stands in no function', place);
    const isBare = next(reading).kind === 'line end' || is(reading, 'sign', ';');
    return { kind: 'return', value: isBare ? null : readExpressions(reading), place };
  }
  const value = readExpressions(reading);
  if (takeSign(reading, '='))
    return { kind: 'assign', target: asTarget(value), value: readExpressions(reading), place };
  const token = next(reading);
  const operator = token.kind === 'sign' ? CHANGES.get(token.text) : undefined;
  if (operator === undefined) return { kind: 'expression', value, place };
  reading.at++;
  return { kind: 'change', target: asTarget(value), operator, value: readExpressions(reading), place };
}

function inLoop(reading: Reading, statement: Statement): Statement {
  if (!reading.inLoop) throw new StarlarkFault('this stands in no loop', statement.place);
  return statement;
}

function asTarget(value: Expression): Target {
  switch (value.kind) {
    case 'name':
      return { kind: 'name', name: value.name, place: value.place };
    case 'index':
      return { kind: 'index', of: value.of, at: value.at, place: value.place };
    case 'list':
    case 'tuple':
      return { kind: 'several', targets: value.items.map(asTarget), place: value.place };
    default:
      throw new StarlarkFault('nothing can be assigned to this', value.place);
  }
}

function readDef(reading: Reading, place: Place): Statement {
  const name = readName(reading);
  expectSign(reading, '(');
  const parameters: Parameter[] = [];
  while (!takeSign(reading, ')')) {
    const parameter = readName(reading);
    parameters.push({ name: parameter, otherwise: takeSign(reading, '=') ? readExpression(reading) : null });
    if (!is(reading, 'sign', ')')) expectSign(reading, ',');
  }
  const { inFunction, inLoop } = reading;
  reading.inFunction = true;
  reading.inLoop = false;
  const body = readBlock(reading);
  reading.inFunction = inFunction;
  reading.inLoop = inLoop;
  return { kind: 'def', name, parameters, body, place };
}

function readIf(reading: Reading, place: Place): Statement {
  const branches: Branch[] = [];
  do branches.push({ condition: readExpression(reading), body: readBlock(reading) });
  while (takeWord(reading, 'elif'));
  const otherwise = takeWord(reading, 'else') ? readBlock(reading) : [];
  return { kind: 'if', branches, otherwise, place };
}

function readFor(reading: Reading, place: Place): Statement {
  const target = readLoopTarget(reading);
  const over = readExpressions(reading);
  const { inLoop } = reading;
  reading.inLoop = true;
  const body = readBlock(reading);
  reading.inLoop = inLoop;
  return { kind: 'for', target, over, body, place };
}

/** The names between `for` and `in`. */
function readLoopTarget(reading: Reading): Target {
  const { place } = next(reading);
  const targets: Expression[] = [];
  let isSeveral = false;
  while (!takeWord(reading, 'in')) {
    targets.push(readPostfix(reading));
    if (takeSign(reading, ',')) isSeveral = true;
    else if (!is(reading, 'name', 'in')) throw unexpected(next(reading), '`in`');
  }
  const [first] = targets;
  if (first === undefined) throw new StarlarkFault('a name is needed between `for` and `in`', place);
  return isSeveral ? { kind: 'several', targets: targets.map(asTarget), place } : asTarget(first);
}

function readBlock(reading: Reading): readonly Statement[] {
  expectSign(reading, ':');
  if (next(reading).kind !== 'line end') return readLine(reading);
  reading.at++;
  if (next(reading).kind !== 'indent') throw unexpected(next(reading), 'an indented block');
  reading.at++;
  const statements: Statement[] = [];
  while (next(reading).kind !== 'dedent') statements.push(...readStatement(reading));
  reading.at++;
  return statements;
}

/** One expression, or a tuple without brackets. */
function readExpressions(reading: Reading): Expression {
  const first = readExpression(reading);
  if (!is(reading, 'sign', ',')) return first;
  const items = [first];
  while (takeSign(reading, ',')) {
    const token = next(reading);
    if (token.kind === 'line end' || (token.kind === 'sign' && /^[=:;)\]]$/.test(token.text))) break;
    items.push(readExpression(reading));
  }
  return { kind: 'tuple', items, place: first.place };
}

function readExpression(reading: Reading): Expression {
  return nested(reading, () => {
    const { place } = next(reading);
    const yes = readOperations(reading, 0);
    if (!takeWord(reading, 'if')) return yes;
    const condition = readOperations(reading, 0);
    if (!takeWord(reading, 'else')) throw unexpected(next(reading), '`else`');
    return { kind: 'choice', condition, yes, no: readExpression(reading), place };
  });
}

/** Weakest first. */
const LEVELS: readonly (readonly Operator[])[] = [
  ['or'],
  ['and'],
  ['==', '!=', '<', '<=', '>', '>=', 'in', 'not in'],
  ['+', '-'],
  ['*', '//', '%'],
];
const COMPARISONS = 2;

function readOperations(reading: Reading, level: number): Expression {
  const operators = LEVELS[level];
  if (operators === undefined) return readUnary(reading);
  const { place } = next(reading);
  if (level === COMPARISONS && takeWord(reading, 'not')) {
    return nested(reading, () => ({ kind: 'not', of: readOperations(reading, COMPARISONS), place }));
  }
  let left = readOperations(reading, level + 1);
  for (let length = 1; ; length++) {
    const at = next(reading).place;
    const operator = takeOperator(reading, operators);
    if (operator === null) return left;
    if (length > LONGEST_CHAIN) throw new StarlarkFault('this chain of operators is too long', at);
    if (level === COMPARISONS && length > 1) throw new StarlarkFault('comparisons cannot be chained', at);
    left = { kind: 'operation', operator, left, right: readOperations(reading, level + 1), place: at };
  }
}

function takeOperator(reading: Reading, operators: readonly Operator[]): Operator | null {
  const token = next(reading);
  if (token.kind !== 'sign' && token.kind !== 'name') return null;
  const after = reading.tokens[reading.at + 1];
  const isNotIn = token.text === 'not' && after?.kind === 'name' && after.text === 'in';
  const operator = operators.find((known) => known === (isNotIn ? 'not in' : token.text));
  if (operator === undefined) return null;
  reading.at += isNotIn ? 2 : 1;
  return operator;
}

function readUnary(reading: Reading): Expression {
  const { place } = next(reading);
  if (takeSign(reading, '-')) return nested(reading, () => ({ kind: 'negative', of: readUnary(reading), place }));
  return readPostfix(reading);
}

/** A value with what is called on it and taken out of it. */
function readPostfix(reading: Reading): Expression {
  let value = readPrimary(reading);
  for (let length = 0; ; length++) {
    const { place } = next(reading);
    if (length > LONGEST_CHAIN) throw new StarlarkFault('this chain of calls is too long', place);
    if (takeSign(reading, '.')) value = { kind: 'attribute', of: value, name: readName(reading), place };
    else if (takeSign(reading, '('))
      value = { kind: 'call', target: value, args: readArguments(reading), place: value.place };
    else if (takeSign(reading, '[')) value = readIndex(reading, value, place);
    else return value;
  }
}

function readIndex(reading: Reading, of: Expression, place: Place): Expression {
  const from = is(reading, 'sign', ':') ? null : readExpressions(reading);
  if (takeSign(reading, ':')) {
    const to = is(reading, 'sign', ']') ? null : readExpression(reading);
    expectSign(reading, ']');
    return { kind: 'slice', of, from, to, place };
  }
  expectSign(reading, ']');
  if (from === null) throw unexpected(next(reading), 'an index');
  return { kind: 'index', of, at: from, place };
}

function readArguments(reading: Reading): readonly Argument[] {
  const args: Argument[] = [];
  while (!takeSign(reading, ')')) {
    const token = next(reading);
    const after = reading.tokens[reading.at + 1];
    const isNamed = token.kind === 'name' && after?.kind === 'sign' && after.text === '=';
    const name = isNamed ? readName(reading) : null;
    if (name !== null) {
      expectSign(reading, '=');
      if (args.some((argument) => argument.name === name))
        throw new StarlarkFault(`\`${name}\` is given twice`, token.place);
    } else if (args.some((argument) => argument.name !== null)) {
      throw new StarlarkFault('an argument without a name cannot follow one with a name', token.place);
    }
    const value = readExpression(reading);
    args.push({ name, value });
    if (!is(reading, 'sign', ')')) expectSign(reading, ',');
  }
  return args;
}

const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
]);

function readPrimary(reading: Reading): Expression {
  const token = next(reading);
  const { place } = token;
  switch (token.kind) {
    case 'number':
      reading.at++;
      return { kind: 'literal', value: token.value, place };
    case 'template':
      reading.at++;
      return { kind: 'template', text: token.text, place };
    case 'string':
      return { kind: 'literal', value: readStrings(reading), place };
    case 'name': {
      const constant = CONSTANTS.get(token.text);
      if (constant !== undefined) {
        reading.at++;
        return { kind: 'literal', value: constant, place };
      }
      return { kind: 'name', name: readName(reading), place };
    }
    case 'sign':
      if (takeSign(reading, '[')) return readListed(reading, place, ']');
      if (takeSign(reading, '{')) return readDict(reading, place);
      if (takeSign(reading, '(')) return readParentheses(reading, place);
  }
  throw unexpected(token, 'a value');
}

/** Strings that follow each other are one. */
function readStrings(reading: Reading): string {
  let text = '';
  for (let token = next(reading); token.kind === 'string'; token = next(reading)) {
    text += token.text;
    reading.at++;
  }
  return text;
}

function readListed(reading: Reading, place: Place, closing: ']'): Expression {
  const items: Expression[] = [];
  while (!takeSign(reading, closing)) {
    const item = readExpression(reading);
    if (items.length === 0 && is(reading, 'name', 'for')) {
      return { kind: 'comprehension', value: item, clauses: readClauses(reading, closing), place };
    }
    items.push(item);
    if (!is(reading, 'sign', closing)) expectSign(reading, ',');
  }
  return { kind: 'list', items, place };
}

function readDict(reading: Reading, place: Place): Expression {
  const entries: Entry[] = [];
  while (!takeSign(reading, '}')) {
    const key = readExpression(reading);
    expectSign(reading, ':');
    const entry: Entry = { kind: 'entry', key, value: readExpression(reading) };
    if (entries.length === 0 && is(reading, 'name', 'for')) {
      return { kind: 'comprehension', value: entry, clauses: readClauses(reading, '}'), place };
    }
    entries.push(entry);
    if (!is(reading, 'sign', '}')) expectSign(reading, ',');
  }
  return { kind: 'dict', entries, place };
}

/** The `for` and `if` of a comprehension, up to its closing bracket. */
function readClauses(reading: Reading, closing: string): readonly Clause[] {
  const clauses: Clause[] = [];
  while (!takeSign(reading, closing)) {
    if (clauses.length >= DEEPEST) throw new StarlarkFault('this is nested too deeply', next(reading).place);
    if (takeWord(reading, 'for')) {
      clauses.push({ kind: 'for', target: readLoopTarget(reading), over: readOperations(reading, 0) });
    } else if (takeWord(reading, 'if')) {
      clauses.push({ kind: 'if', condition: readOperations(reading, 0) });
    } else throw unexpected(next(reading), `\`${closing}\``);
  }
  return clauses;
}

function readParentheses(reading: Reading, place: Place): Expression {
  if (takeSign(reading, ')')) return { kind: 'tuple', items: [], place };
  const value = nested(reading, () => readExpressions(reading));
  expectSign(reading, ')');
  return value;
}
