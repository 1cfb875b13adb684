// What does a TOML text say, as plain tables?

import { parse, TomlError } from 'smol-toml';

export type Tables = Readonly<Record<string, unknown>>;

export function isTable(value: unknown): value is Tables {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Null when it is not TOML. */
export function tablesOf(text: string): Tables | null {
  try {
    return parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return null;
  }
}

/** Undefined when there is no such key. */
export function valueAt(table: unknown, keys: readonly string[]): unknown {
  let value = table;
  for (const key of keys) value = isTable(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return value;
}

/** The tables with one key more, or with another value of it. */
export function withValue(tables: Tables, [key, ...rest]: readonly string[], value: unknown): Tables {
  if (key === undefined) return tables;
  const inner = Object.hasOwn(tables, key) ? tables[key] : {};
  return { ...tables, [key]: rest.length === 0 ? value : withValue(isTable(inner) ? inner : {}, rest, value) };
}

/** For a comparison: tables without the prototype that whoever made them gave them. */
export function plainTables(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plainTables);
  if (!isTable(value)) return value;
  return new Map(Object.entries(value).map(([key, inner]) => [key, plainTables(inner)]));
}
