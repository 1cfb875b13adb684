// What does the table of settings say about a key that somebody names?

import type { Each, Setting, Settings, Table } from './setting.ts';

type Node = Settings[string];

/**
 * What stands at a key. `inside`: a key in the value of a setting that is a table. Null: there is no such key; `known`
 * has the names that are possible instead.
 */
export type FoundNode =
  | { readonly kind: 'setting'; readonly setting: Setting<unknown>; readonly inside: boolean }
  | { readonly kind: 'table'; readonly node: Table<Settings> | Each<Settings> }
  /** A table a person gave its name. */
  | { readonly kind: 'named'; readonly settings: Settings }
  | { readonly kind: 'unknown'; readonly at: readonly string[]; readonly known: readonly string[] };

export function nodeAt(settings: Settings, path: readonly string[]): FoundNode {
  let found: Node | null = null;
  let within: Settings | null = settings;
  for (const [index, key] of path.entries()) {
    if (found?.kind === 'setting') {
      const isMap = found.merge === 'keys' || found.merge === 'deep';
      if (isMap) return { kind: 'setting', setting: found, inside: true };
      return { kind: 'unknown', at: path.slice(0, index), known: [] };
    }
    if (found?.kind === 'each') {
      // Any name is possible.
      within = found.settings;
      found = null;
      continue;
    }
    if (within === null || !Object.hasOwn(within, key))
      return { kind: 'unknown', at: path.slice(0, index), known: Object.keys(within ?? {}) };
    found = within[key] ?? null;
    within = found?.kind === 'table' ? found.settings : null;
  }
  if (found?.kind === 'setting') return { kind: 'setting', setting: found, inside: false };
  if (found !== null) return { kind: 'table', node: found };
  return { kind: 'named', settings: within ?? settings };
}

/** Also of a table that holds a secret: what stands in its place by mistake may be one. */
export function isSecretAt(settings: Settings, path: readonly string[]): boolean {
  const found = nodeAt(settings, path);
  switch (found.kind) {
    case 'setting':
      return found.setting.isSecret;
    case 'table':
      return holdsSecret(found.node.settings);
    case 'named':
      return path.length > 0 && holdsSecret(found.settings);
    case 'unknown':
      return false;
  }
}

function holdsSecret(settings: Settings): boolean {
  return Object.values(settings).some((node) => (node.kind === 'setting' ? node.isSecret : holdsSecret(node.settings)));
}
