// Which word at the cursor can be completed, and what of it was typed? Pure.

/** Places are UTF-16 places of the text. */
export interface CompletedWord {
  /**
   * `command`: a `/command` at the beginning. `mention`: a file named with `@`. In a command line `program`: its first
   * word, and `argument`: any other, which may be a file.
   */
  readonly kind: 'command' | 'mention' | 'program' | 'argument';
  readonly start: number;
  readonly end: number;
  /** What was typed up to the cursor, without sign, quotes and backslashes. */
  readonly query: string;
  /** An opening quote was typed. */
  readonly quote: '' | '"' | "'";
}

/** The message as it stands. `isCommandLine`: it will run in a shell. */
export interface WordPlace {
  readonly text: string;
  readonly cursor: number;
  readonly isCommandLine: boolean;
}

/** The word that completes by itself while it is typed; null when there is none at the cursor. */
export function wordAt(place: WordPlace): CompletedWord | null {
  return commandAt(place) ?? mentionAt(place);
}

/** A `/` that begins the message and letters behind it, with the cursor among them. A second slash makes it a path. */
function commandAt({ text, cursor }: WordPlace): CompletedWord | null {
  const name = /^\/[\p{L}\p{N}:_.-]*/u.exec(text)?.[0];
  if (name === undefined || cursor === 0 || cursor > name.length) return null;
  const next = text.charAt(name.length);
  if (next !== '' && !/\s/.test(next)) return null;
  return { kind: 'command', start: 0, end: name.length, query: text.slice(1, cursor), quote: '' };
}

/** Longer than any path a person types. */
const LONGEST_WORD = 4096;

function mentionAt({ text, cursor }: WordPlace): CompletedWord | null {
  const before = lineBefore(text, cursor);
  const quoted = /(?:^|[\s(])@"([^"]*)$/.exec(before);
  if (quoted !== null) {
    const query = quoted[1] ?? '';
    const closing = /^[^"\n]*"/.exec(text.slice(cursor, cursor + LONGEST_WORD))?.[0].length ?? 0;
    return { kind: 'mention', start: cursor - query.length - 2, end: cursor + closing, query, quote: '"' };
  }
  const plain = /(?:^|[\s(])@([^\s"]*)$/.exec(before);
  if (plain === null) return null;
  const query = plain[1] ?? '';
  return { kind: 'mention', start: cursor - query.length - 1, end: wordEnd(text, cursor), query, quote: '' };
}

function wordEnd(text: string, cursor: number): number {
  return cursor + (/^[^\s"]*/.exec(text.slice(cursor, cursor + LONGEST_WORD))?.[0].length ?? 0);
}

/** The line up to the cursor; of a long one as much as a word can have. */
function lineBefore(text: string, cursor: number): string {
  const before = text.slice(Math.max(0, cursor - LONGEST_WORD), cursor);
  return before.slice(before.lastIndexOf('\n') + 1);
}

/** The word of a command line that Tab completes; null where nothing that names a file can stand. */
export function argumentAt({ text, cursor, isCommandLine }: WordPlace): CompletedWord | null {
  if (!isCommandLine) return null;
  const line = lineBefore(text, cursor);
  const from = cursor - line.length;
  const before = line.replace(/^!{1,2}\s*/, (sign) => ' '.repeat(sign.length));
  let start = 0;
  let query = '';
  let quote: CompletedWord['quote'] = '';
  let isIn = false;
  for (let at = 0; at < before.length; at += 1) {
    const character = before.charAt(at);
    if (quote === '' && /[\s|&;<>()=]/.test(character)) {
      isIn = false;
      query = '';
      continue;
    }
    if (!isIn) {
      isIn = true;
      start = at;
    }
    if (quote !== '' && character === quote) quote = '';
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === '\\' && quote !== "'" && at + 1 < before.length) {
      at += 1;
      query += before.charAt(at);
    } else query += character;
  }
  if (!isIn) start = before.length;
  // A path is one wherever it stands.
  const isFirst = quote === '' && !query.includes('/') && /(?:^|[|&;(])\s*$/.test(before.slice(0, start));
  return { kind: isFirst ? 'program' : 'argument', start: from + start, end: cursor, query, quote };
}
