// What a key looks like: whether a text can be one, and as much of it as may be shown.

import type { Problem } from '../../problem/index.ts';

/** Longer than any key or token there is; a header has to hold it. */
const LONGEST_KEY = 8 * 1024;

/** Why `key` can be no key; null when it can. */
export function keyProblem(key: string): Problem | null {
  if (key === '') return wrong('It is empty.');
  if (key.length > LONGEST_KEY) return wrong('It is too long.');
  if (!/^[\x21-\x7e]+$/.test(key)) return wrong('It has spaces, line breaks or letters that no key has.');
  return null;
}

function wrong(why: string): Problem {
  return { what: 'This is no API key.', why, next: 'printenv OPENAI_API_KEY | codex login --with-api-key' };
}

/** Enough to tell one key from another, and too little to guess one. */
export function shownKey(key: string): string {
  return key.length < 24 ? '***' : `${key.slice(0, 8)}***${key.slice(-5)}`;
}
