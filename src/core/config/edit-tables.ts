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
