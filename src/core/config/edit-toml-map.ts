// Where in a TOML text do its tables, keys and values stand? The text is known to be valid: this judges nothing.

import { parse } from 'smol-toml';

/** Offsets into the text, in code units. An inline table's span has its braces. */
export type TomlValue =
  | { readonly kind: 'inline'; readonly from: number; readonly to: number; readonly pairs: readonly TomlPair[] }
  | { readonly kind: 'plain'; readonly from: number; readonly to: number };

export interface TomlPair {
  /** From the root of the file on, whatever table the pair is written in. */
  readonly path: readonly string[];
  /** Where its key begins. */
  readonly at: number;
  readonly value: TomlValue;
}

/** What stands below one header; the first one is the root, which has none. */
export interface TomlSection {
  readonly path: readonly string[];
  readonly isArray: boolean;
  /** Where its header begins and ends: for the root both are where the text begins, behind a byte order mark. */
  readonly at: number;
  readonly end: number;
  readonly pairs: readonly TomlPair[];
}

const BLANK = /[ \t]*/y;
const BLANK_OVER_LINES = /(?:[ \t\r\n]|#[^\n]*)*/y;
const STRING = /"""(?:[^\\]|\\[\s\S])*?"{3,5}|'''[\s\S]*?'{3,5}|"(?:[^"\\\n]|\\.)*"|'[^'\n]*'/y;
const BARE_KEY = /[\w-]+/y;
const SCALAR = /[^,\]}\n#]*/y;

/** The sections in the order they are written, the root first. */
export function mapToml(text: string): readonly [TomlSection, ...TomlSection[]] {
  const start = text.startsWith('\ufeff') ? 1 : 0;
  let at = start;
  let pairs: TomlPair[] = [];
  const root: TomlSection = { path: [], isArray: false, at, end: at, pairs };
  const sections: [TomlSection, ...TomlSection[]] = [root];
  let table = root.path;

  for (take(BLANK_OVER_LINES); at < text.length; take(BLANK_OVER_LINES)) {
    const from = at;
    if (text[at] === '[') {
      const brackets = text[at + 1] === '[' ? 2 : 1;
      at += brackets;
      table = key();
      at += brackets;
      pairs = [];
      sections.push({ path: table, isArray: brackets === 2, at: from, end: at, pairs });
    } else {
      pairs.push(pair(table));
    }
    // A text that is not TOML after all must not hold this up.
    if (at === from) at += 1;
  }
  return sections;

  function take(pattern: RegExp): string {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  }

  function key(): readonly string[] {
    const parts: string[] = [];
    for (;;) {
      take(BLANK);
      const written = take(STRING);
      parts.push(written === '' ? take(BARE_KEY) : unquoted(written));
      take(BLANK);
      if (text[at] !== '.') return parts;
      at += 1;
    }
  }

  function pair(above: readonly string[]): TomlPair {
    const from = at;
    const path = [...above, ...key()];
    at += 1;
    take(BLANK);
    return { path, at: from, value: value(path) };
  }

  function value(path: readonly string[]): TomlValue {
    const from = at;
    const inside: TomlPair[] = [];
    if (text[at] === '{') {
      parts('}', () => inside.push(pair(path)));
      return { kind: 'inline', from, to: at, pairs: inside };
    }
    if (text[at] === '[') parts(']', () => value(path));
    else if (take(STRING) === '') at = from + take(SCALAR).trimEnd().length;
    return { kind: 'plain', from, to: at };
  }

  /** The parts of an array or inline table, up to and over its end. */
  function parts(end: string, part: () => void): void {
    at += 1;
    for (take(BLANK_OVER_LINES); at < text.length && text[at] !== end; take(BLANK_OVER_LINES)) {
      const from = at;
      if (text[at] === ',') at += 1;
      else part();
      if (at === from) at += 1;
    }
    at += 1;
  }
}

function unquoted(written: string): string {
  const { key } = parse(`key = ${written}`);
  return typeof key === 'string' ? key : '';
}

export function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index]);
}
