// Which role does each part of a line of code have? One line at a time: what is still open at its end is carried on.

import type { Role } from '../terminal/style.ts';

export interface Token {
  readonly text: string;
  /** Null: as code without colours. */
  readonly role: Role | null;
}

/** Something that code is made of. */
export interface Part {
  /** `word`: looked up among the language's words. */
  readonly role: Role | 'word' | null;
  /** It goes on over line ends until this. */
  readonly until: RegExp | null;
}

export interface Language {
  readonly parts: readonly Part[];
  /** Finds the next part: the n-th group is the n-th part. */
  readonly pattern: RegExp;
  readonly words: ReadonlyMap<string, Role>;
  readonly hasCase: boolean;
  /** Only what stands behind this is code, as in a recorded terminal; null: all is. */
  readonly behind: RegExp | null;
}

/** The part that is open at the end of a line, by its place in the language. */
export type Carry = number;

export const NOTHING_OPEN: Carry = -1;

/** A longer line is data, which nobody reads by its colours. */
const LONGEST_LINE = 500;

export function highlightLine(
  language: Language | null,
  line: string,
  carry: Carry,
): { readonly tokens: readonly Token[]; readonly carry: Carry } {
  if (language === null || line.length > LONGEST_LINE) return { tokens: [{ text: line, role: null }], carry };
  const tokens: Token[] = [];
  const add = (text: string, role: Role | null): void => {
    const last = tokens.at(-1);
    if (text === '') return;
    if (last !== undefined && last.role === role) tokens[tokens.length - 1] = { text: last.text + text, role };
    else tokens.push({ text, role });
  };
  const { parts, pattern, words, hasCase, behind } = language;
  let at = behind === null ? 0 : (behind.exec(line)?.[0].length ?? line.length);
  add(line.slice(0, at), at === line.length ? null : 'dim');

  let open = carry;
  while (at < line.length) {
    const begun = parts[open];
    if (begun !== undefined) {
      const end = endOf(begun, line, at);
      add(line.slice(at, end ?? line.length), shownRole(begun));
      if (end === null) return { tokens, carry: open };
      at = end;
      open = NOTHING_OPEN;
      continue;
    }
    pattern.lastIndex = at;
    const found = pattern.exec(line);
    const index = found === null ? -1 : found.findIndex((group, place) => place > 0 && group !== undefined) - 1;
    const part = parts[index];
    if (found === null || part === undefined || found[0] === '') {
      add(line.slice(at), null);
      break;
    }
    add(line.slice(at, found.index), null);
    const text = found[0];
    add(text, part.role === 'word' ? (words.get(hasCase ? text : text.toLowerCase()) ?? null) : part.role);
    at = found.index + text.length;
    if (part.until !== null) open = index;
  }
  return { tokens, carry: open };
}

function shownRole({ role }: Part): Role | null {
  return role === 'word' ? null : role;
}

/** Behind the end of an open part, or null when the line does not hold it. */
function endOf({ until }: Part, line: string, from: number): number | null {
  if (until === null) return from;
  until.lastIndex = from;
  const found = until.exec(line);
  return found === null ? null : found.index + found[0].length;
}
