// Reads the arguments a model wrote for a call: JSON text, which may be broken in every way.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Json } from '../agent/response-item.ts';

export type Arguments = { readonly [name: string]: Json };

/** The object in `text`. Nothing at all counts as an empty one: some models write `''` for it. */
export function argumentsOf(tool: string, text: string): Result<Arguments> {
  if (text.trim() === '') return ok({});
  try {
    const value: Json = JSON.parse(text);
    if (isObject(value)) return ok(value);
    return fail(badCall(tool, 'The arguments must be one JSON object.', ''));
  } catch (error) {
    const why = error instanceof Error ? error.message : '';
    return fail(badCall(tool, 'The arguments are not valid JSON.', why));
  }
}

function isObject(value: Json): value is Arguments {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reads one argument after another and keeps the first thing that is wrong. Null counts as not given. */
export interface ArgumentReader {
  text(name: string): string | null;
  flag(name: string, unsaid: boolean): boolean;
  /** A whole number. */
  whole(name: string): number | null;
  texts(name: string): readonly string[] | null;
  choice<T extends string>(name: string, allowed: readonly T[], unsaid: T): T;
  /** The arguments inside an object; null when it is not given. What is wrong in there counts here. */
  inside(name: string): ArgumentReader | null;
  /** Says that a value is wrong in some other way. */
  refuse(what: string): void;
  /** `build` is called when nothing was wrong. */
  result<T>(build: () => T): Result<T>;
}

export function readArguments(tool: string, args: Arguments): ArgumentReader {
  let first: string | null = null;
  const refuse = (what: string): void => {
    first ??= what;
  };
  return reader(args, refuse, (build) => (first === null ? ok(build()) : fail(badCall(tool, first, ''))));
}

function reader(args: Arguments, refuse: ArgumentReader['refuse'], result: ArgumentReader['result']): ArgumentReader {
  const given = (name: string): Json | null => (Object.hasOwn(args, name) ? (args[name] ?? null) : null);
  const wrong = (name: string, wanted: string, value: Json): void =>
    refuse(`${name} must be ${wanted}; it is ${shown(value)}.`);

  return {
    text(name) {
      const value = given(name);
      if (value === null || typeof value === 'string') return value;
      wrong(name, 'a string', value);
      return null;
    },
    flag(name, unsaid) {
      const value = given(name);
      if (value === null) return unsaid;
      if (typeof value !== 'boolean') wrong(name, 'true or false', value);
      return value === true;
    },
    whole(name) {
      const value = given(name);
      if (value === null) return null;
      if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
      wrong(name, 'a whole number', value);
      return null;
    },
    texts(name) {
      const value = given(name);
      if (value === null) return null;
      const list = Array.isArray(value) ? value : [value];
      const texts = list.filter((part) => typeof part === 'string');
      if (Array.isArray(value) && texts.length === list.length) return texts;
      wrong(name, 'a list of strings', value);
      return null;
    },
    choice(name, allowed, unsaid) {
      const value = given(name);
      if (value === null) return unsaid;
      const found = allowed.find((word) => word === value);
      if (found === undefined) wrong(name, allowed.map((word) => `"${word}"`).join(' or '), value);
      return found ?? unsaid;
    },
    inside(name) {
      const value = given(name);
      if (value === null) return null;
      if (isObject(value)) return reader(value, refuse, result);
      wrong(name, 'an object', value);
      return null;
    },
    refuse,
    result,
  };
}

/** Refused before anything ran. */
export function badCall(tool: string, what: string, why: string): Problem {
  return { what: `${tool} was not run: ${what}`, why, next: 'Correct the arguments and call it again.' };
}

/** A value as a model wrote it, short enough for a sentence. */
function shown(value: Json): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
