// How does a value of the configuration look on a screen, without its secrets?

import { isTable } from './edit-tables.ts';

/** As it is written in TOML. `isSecret` knows the keys that nobody reads; their texts are `…`. */
export function shownValue(
  value: unknown,
  path: readonly string[],
  isSecret: (path: readonly string[]) => boolean,
): string {
  if (Array.isArray(value)) return `[${value.map((part) => shownValue(part, path, isSecret)).join(', ')}]`;
  if (isTable(value)) {
    const inner = Object.entries(value).flatMap(([key, part]) =>
      part === null || part === undefined ? [] : [`${bareKey(key)} = ${shownValue(part, [...path, key], isSecret)}`],
    );
    return inner.length === 0 ? '{}' : `{ ${inner.join(', ')} }`;
  }
  if (typeof value !== 'string') return String(value);
  if (isSecret(path) || SECRET_NAME.test(path.at(-1) ?? '')) return value === '' ? '""' : '"…"';
  return quoted(withoutPassword(value));
}

/** Variables that a person sets for commands: the names tell which of them nobody should read. */
const SECRET_NAME = /(?:_|^)(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIALS?)$/;

function withoutPassword(text: string): string {
  return text.replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^/@\s]+@/gi, '$1…@');
}

function bareKey(key: string): string {
  return /^[\w-]+$/.test(key) ? key : quoted(key);
}

/** What would move a cursor is written as an escape. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /[\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
