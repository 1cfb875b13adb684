// Which part of a configuration was asked for?

import type { TomlTable, TomlValue } from 'smol-toml';

export type TomlPath = readonly string[];

/**
 * The table with nothing in it but what the paths lead to, in its own order. A path that goes on below a value that is
 * no table leads to that value: what is wrong with it is for its reader to say.
 */
export function projected(table: TomlTable, paths: readonly TomlPath[]): TomlTable {
  const below = new Map<string, TomlPath[]>();
  for (const [first, ...rest] of paths) {
    if (first === undefined) continue;
    const others = below.get(first);
    if (others === undefined) below.set(first, [rest]);
    else others.push(rest);
  }
  const kept: [string, TomlValue][] = [];
  for (const [key, value] of Object.entries(table)) {
    const further = below.get(key);
    if (further === undefined) continue;
    const part = !isTable(value) || further.some((path) => path.length === 0) ? value : projected(value, further);
    if (part === value || Object.keys(part).length > 0) kept.push([key, part]);
  }
  // Defines each key, also one that is called `__proto__`.
  return Object.fromEntries(kept);
}

export function isTable(value: TomlValue | undefined): value is TomlTable {
  return typeof value === 'object' && !Array.isArray(value) && !(value instanceof Date);
}
