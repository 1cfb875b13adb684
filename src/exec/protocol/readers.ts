// How is a value from the wire told from a wrong one? Small readers that are put together; the first fault ends it.

import { fail, ok, type Result } from '../../problem/index.ts';
import { invalidParams, type RpcFailure } from './failure.ts';
import { type PathUri, readPathUri } from './path-uri.ts';

/** Gives the value its type, or throws a `Fault`, which `decode` alone catches. */
export type Reader<T> = (value: unknown) => T;

/** The type that a reader gives. */
export type Read<R> = R extends Reader<infer T> ? T : never;

class Fault extends Error {}

/** Runs a reader over params. What is wrong is said as the published server says it. */
export function decode<T>(reader: Reader<T>, value: unknown): Result<T, RpcFailure> {
  try {
    return ok(reader(value));
  } catch (error) {
    if (error instanceof Fault) return fail(invalidParams(error.message));
    throw error;
  }
}

export const string: Reader<string> = (value) => (typeof value === 'string' ? value : wrongType(value, 'a string'));

export const boolean: Reader<boolean> = (value) => (typeof value === 'boolean' ? value : wrongType(value, 'a boolean'));

/** A whole number from 0 that a double holds exactly. */
export const count: Reader<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : wrongType(value, 'an unsigned integer');

export const integer: Reader<number> = (value) =>
  typeof value === 'number' && Number.isSafeInteger(value) ? value : wrongType(value, 'an integer');

/** Not empty: an empty name would be one for everything. */
export const name =
  (what: string): Reader<string> =>
  (value) => {
    const text = string(value);
    return text === '' ? refuse(`${what} must not be empty`) : text;
  };

export const uri: Reader<PathUri> = (value) => {
  const read = readPathUri(string(value));
  return read.ok ? read.value : refuse(read.problem.message);
};

/** Standard base64 with padding; anything else is refused, never skipped. */
export const base64: Reader<Buffer> = (value) => {
  const text = string(value);
  // The decoder of Node passes over what it does not know: what it made of it must give the same text again.
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') === text) return bytes;
  const odd = /[^A-Za-z0-9+/=]/.exec(text);
  return refuse(
    odd === null ? 'Invalid padding' : `Invalid symbol ${odd[0].codePointAt(0) ?? 0}, offset ${odd.index}.`,
  );
};

/** Kept as it came, for whoever understands it; null when there is none. */
export const anything: Reader<unknown> = (value) => value ?? null;

/** Absent and null are the same. */
export function optional<T>(reader: Reader<T>): Reader<T | null> {
  return (value) => (value === undefined || value === null ? null : reader(value));
}

/** Absent is `fallback`; null is not. */
export function withDefault<T>(reader: Reader<T>, fallback: T): Reader<T> {
  return (value) => (value === undefined ? fallback : reader(value));
}

export function list<T>(reader: Reader<T>): Reader<readonly T[]> {
  return (value) => (Array.isArray(value) ? value.map((item) => reader(item)) : wrongType(value, 'a sequence'));
}

export function dictionary<T>(reader: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value) => Object.fromEntries(Object.entries(members(value)).map(([key, item]) => [key, reader(item)]));
}

export function oneOf<const T extends string>(...names: readonly T[]): Reader<T> {
  return (value) => {
    const text = string(value);
    return names.find((it) => it === text) ?? unknownVariant(text, names);
  };
}

type Shape = Readonly<Record<string, Reader<unknown>>>;
type Members<S extends Shape> = { readonly [K in keyof S]: Read<S[K]> };

/** Members that are not named are passed over: newer peers send more. */
export function object<S extends Shape>(shape: S): Reader<Members<S>> {
  const entries = Object.entries(shape);
  return (value) => {
    const given = members(value);
    const read = entries.map(([key, reader]) => {
      // A reader that takes nothing for an answer gives what stands for it.
      if (given[key] !== undefined) return [key, reader(given[key])];
      try {
        return [key, reader(undefined)];
      } catch (error) {
        if (error instanceof Fault) return refuse(`missing field \`${key}\``);
        throw error;
      }
    });
    return Object.fromEntries(read) as Members<S>;
  };
}

/** By the member `type`, as the protocol tags its unions. */
export function tagged<const V extends Readonly<Record<string, Shape>>>(
  tag: string,
  variants: V,
): Reader<{ readonly [K in keyof V & string]: { readonly tag: K } & Members<V[K]> }[keyof V & string]> {
  const readers = Object.fromEntries(Object.entries(variants).map(([key, shape]) => [key, object(shape)]));
  return (value) => {
    const given = members(value)[tag];
    if (given === undefined) return refuse(`missing field \`${tag}\``);
    const kind = string(given);
    const reader = Object.hasOwn(readers, kind) ? readers[kind] : undefined;
    if (reader === undefined) return unknownVariant(kind, Object.keys(variants));
    return { tag: kind, ...reader(value) } as never;
  };
}

/** For methods without params: nothing, null or an empty object. */
export const nothing: Reader<null> = (value) =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0)
    ? null
    : refuse(`invalid type: ${kindOf(value)}, expected unit`);

export function refuse(message: string): never {
  throw new Fault(message);
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : wrongType(value, 'a map');
}

function wrongType(value: unknown, expected: string): never {
  return refuse(`invalid type: ${kindOf(value)}, expected ${expected}`);
}

function unknownVariant(given: string, names: readonly string[]): never {
  const listed = names.map((it) => `\`${it}\``);
  const expected = listed.length < 3 ? listed.join(' or ') : `one of ${listed.join(', ')}`;
  return refuse(`unknown variant \`${given}\`, expected ${expected}`);
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'sequence';
  switch (typeof value) {
    case 'string':
      return `string ${JSON.stringify(value)}`;
    case 'boolean':
      return `boolean \`${value}\``;
    case 'number':
      return Number.isInteger(value) ? `integer \`${value}\`` : `floating point \`${value}\``;
    case 'undefined':
      return 'nothing';
    default:
      return 'map';
  }
}
