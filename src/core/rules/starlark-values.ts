// What are the values of a rule file, how are they compared, and how are they called?

import type { Parameter, Statement } from './starlark-tree.ts';

export interface ListValue {
  readonly kind: 'list' | 'tuple';
  readonly items: Value[];
}

export interface DictValue {
  readonly kind: 'dict';
  /** Keys by `keyOf`, so that 1 and "1" are two. */
  readonly entries: Map<string, readonly [Value, Value]>;
}

/** Names of one function call, or of the file. */
export type Scope = Map<string, Value>;

export interface FunctionValue {
  readonly kind: 'function';
  readonly name: string;
  readonly parameters: readonly Parameter[];
  /** Defaults are values of the moment in which the function was defined. */
  readonly defaults: ReadonlyMap<string, Value>;
  readonly body: readonly Statement[];
  /** Names it sees besides its own, the nearest first. */
  readonly around: readonly Scope[];
}

/** A function of ours. `spend` is told how much work an answer took, before it is made. */
export interface BuiltinValue {
  readonly kind: 'builtin';
  readonly name: string;
  readonly call: (call: BuiltinCall) => Value;
}

export interface BuiltinCall {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
  readonly spend: (steps: number) => void;
  /** Where the call stands; both count from 1. */
  readonly line: number;
  readonly column: number;
  /** Ends the evaluation with this message at the call's place. */
  readonly fail: (message: string) => never;
}

export type Value = null | boolean | number | string | ListValue | DictValue | FunctionValue | BuiltinValue;

export function list(items: Value[]): ListValue {
  return { kind: 'list', items };
}

export function tuple(items: Value[]): ListValue {
  return { kind: 'tuple', items };
}

/** The name of a value's type, as messages call it. */
export function typeOf(value: Value): string {
  if (value === null) return 'None';
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'number':
      return 'int';
    case 'string':
      return 'string';
    default:
      return value.kind === 'builtin' ? 'function' : value.kind;
  }
}

export function isTrue(value: Value): boolean {
  if (value === null || typeof value !== 'object') return Boolean(value);
  if (value.kind === 'list' || value.kind === 'tuple') return value.items.length > 0;
  return value.kind !== 'dict' || value.entries.size > 0;
}

/** How many values a walk over this one meets at most, with a bound for those that hold each other. */
export function sizeOf(value: Value, bound: number): number {
  let size = 0;
  const waiting: Value[] = [value];
  for (let item = waiting.pop(); item !== undefined && size <= bound; item = waiting.pop()) {
    size += typeof item === 'string' ? 1 + item.length / 16 : 1;
    if (item === null || typeof item !== 'object') continue;
    if (item.kind === 'list' || item.kind === 'tuple') for (const inner of item.items) waiting.push(inner);
    if (item.kind === 'dict') for (const pair of item.entries.values()) waiting.push(...pair);
  }
  return size;
}

/** A text that is the same for equal values and no others; for keys of dicts, and to compare. */
export function keyOf(value: Value): string {
  if (value === null || typeof value !== 'object') return `${typeof value} ${JSON.stringify(value)}`;
  switch (value.kind) {
    case 'list':
    case 'tuple':
      return `${value.kind} [${value.items.map(keyOf).join()}]`;
    case 'dict':
      return `dict {${[...value.entries]
        .map(([key, [, item]]) => `${key}: ${keyOf(item)}`)
        .sort()
        .join()}}`;
    case 'function':
    case 'builtin':
      return `function ${value.name}`;
  }
}

/** A value as a file would spell it; strings alone stand for themselves. */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : spellingOf(value);
}

function spellingOf(value: Value): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value !== 'object') return JSON.stringify(value);
  switch (value.kind) {
    case 'list':
      return `[${value.items.map(spellingOf).join(', ')}]`;
    case 'tuple':
      return `(${value.items.map(spellingOf).join(', ')}${value.items.length === 1 ? ',' : ''})`;
    case 'dict':
      return `{${[...value.entries.values()].map((pair) => pair.map(spellingOf).join(': ')).join(', ')}}`;
    case 'function':
    case 'builtin':
      return `<function ${value.name}>`;
  }
}
