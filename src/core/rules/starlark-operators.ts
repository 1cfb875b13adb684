// What do the operators of a rule file give, and what is an element of what?

import { itemsOf } from './starlark-methods.ts';
import { MOST_STEPS, type Running, refuse, spend } from './starlark-running.ts';
import type { Place } from './starlark-tokens.ts';
import type { Operator } from './starlark-tree.ts';
import { isTrue, keyOf, sizeOf, textOf, typeOf, type Value } from './starlark-values.ts';

export function items(value: Value, running: Running, place: Place): readonly Value[] {
  return itemsOf(value, { spend: (steps) => spend(running, steps, place), fail: (message) => refuse(message, place) });
}

export function dictKey(value: Value, place: Place): string {
  if (value !== null && typeof value === 'object') refuse(`a value of type ${typeOf(value)} cannot be a key`, place);
  return keyOf(value);
}

export function operate(operator: Operator, left: Value, right: Value, running: Running, place: Place): Value {
  switch (operator) {
    case '==':
    case '!=':
      spend(running, sizeOf(left, MOST_STEPS) + sizeOf(right, MOST_STEPS), place);
      return (keyOf(left) === keyOf(right)) === (operator === '==');
    case 'in':
    case 'not in':
      return contains(right, left, running, place) === (operator === 'in');
    case '<':
    case '<=':
    case '>':
    case '>=':
      return compare(operator, left, right, place);
    case '+':
      return sum(left, right, running, place);
    case '%':
      if (typeof left === 'string') return percented(left, right, running, place);
      return calculate(operator, left, right, place);
    case '-':
    case '*':
    case '//':
      return calculate(operator, left, right, place);
    case 'and':
    case 'or':
      return isTrue(left) === (operator === 'and') ? right : left;
  }
}

function sum(left: Value, right: Value, running: Running, place: Place): Value {
  if (typeof left === 'string' && typeof right === 'string') {
    spend(running, (left.length + right.length) / 16, place);
    return left + right;
  }
  if (left !== null && right !== null && typeof left === 'object' && typeof right === 'object') {
    if ((left.kind === 'list' || left.kind === 'tuple') && left.kind === right.kind) {
      spend(running, left.items.length + right.items.length, place);
      return { kind: left.kind, items: [...left.items, ...right.items] };
    }
  }
  return calculate('+', left, right, place);
}

function calculate(operator: '+' | '-' | '*' | '//' | '%', left: Value, right: Value, place: Place): number {
  if (typeof left !== 'number' || typeof right !== 'number') {
    return refuse(`${operator} does not work on values of type ${typeOf(left)} and ${typeOf(right)}`, place);
  }
  if ((operator === '//' || operator === '%') && right === 0) return refuse('this divides by zero', place);
  const results = {
    '+': left + right,
    '-': left - right,
    '*': left * right,
    '//': Math.floor(left / right),
    '%': left - right * Math.floor(left / right),
  };
  const result = results[operator];
  return Number.isSafeInteger(result) ? result : refuse('this number is too large', place);
}

function compare(operator: '<' | '<=' | '>' | '>=', left: Value, right: Value, place: Place): boolean {
  const isComparable =
    (typeof left === 'number' && typeof right === 'number') || (typeof left === 'string' && typeof right === 'string');
  if (!isComparable) {
    return refuse(`${operator} does not work on values of type ${typeOf(left)} and ${typeOf(right)}`, place);
  }
  const order = left < right ? -1 : left > right ? 1 : 0;
  return { '<': order < 0, '<=': order <= 0, '>': order > 0, '>=': order >= 0 }[operator];
}

function contains(whole: Value, part: Value, running: Running, place: Place): boolean {
  if (typeof whole === 'string' && typeof part === 'string') {
    spend(running, whole.length / 16, place);
    return whole.includes(part);
  }
  spend(running, sizeOf(whole, MOST_STEPS) + sizeOf(part, MOST_STEPS), place);
  const key = keyOf(part);
  return items(whole, running, place).some((item) => keyOf(item) === key);
}

/** `"%s" % value` and `"%s %s" % (one, two)`. */
function percented(text: string, right: Value, running: Running, place: Place): string {
  const isTuple = right !== null && typeof right === 'object' && right.kind === 'tuple';
  const values = isTuple ? right.items : [right];
  let used = 0;
  const result = text.replace(/%(.?)/g, (_, letter: string) => {
    if (letter === '%') return '%';
    const value = values[used++];
    if (!/^[sdr]$/.test(letter) || value === undefined) return refuse('this string has no value for each %', place);
    spend(running, sizeOf(value, MOST_STEPS), place);
    return textOf(value);
  });
  return used === values.length ? result : refuse('this string has no % for each value', place);
}

export function elementOf(of: Value, at: Value, place: Place): Value {
  if (typeof of === 'string') return of.charAt(indexIn(of.length, at, place));
  if (of !== null && typeof of === 'object') {
    if (of.kind === 'dict') return of.entries.get(dictKey(at, place))?.[1] ?? missing(of.entries, at, place);
    if (of.kind === 'list' || of.kind === 'tuple') return of.items[indexIn(of.items.length, at, place)] ?? null;
  }
  return refuse(`nothing can be taken out of a value of type ${typeOf(of)}`, place);
}

/** A key whose value is None is there. */
function missing(entries: ReadonlyMap<string, unknown>, key: Value, place: Place): Value {
  return entries.has(dictKey(key, place)) ? null : refuse(`there is no key ${textOf(key)}`, place);
}

export function indexIn(length: number, at: Value, place: Place): number {
  if (typeof at !== 'number') return refuse('an index must be a number', place);
  const index = at < 0 ? at + length : at;
  return index >= 0 && index < length ? index : refuse(`there is no element ${at}`, place);
}
