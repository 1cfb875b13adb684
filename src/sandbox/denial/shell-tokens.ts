// Which words and operators a shell text is made of.

import { cUnescaped } from './c-escapes.ts';

export interface ShellToken {
  /** `redirection`: the next word is what it opens. */
  readonly kind: 'word' | 'operator' | 'redirection';
  /** Of a word: without its quotes, with the variables that are known put in. */
  readonly text: string;
}

const redirection = /(?:\d*(?:<<<|<<-?|<>|<&|>>|>&|>\||<|>)|&>>?)/y;
const operator = /(?:\|\||\|&|&&|;;|[|&;()\n`])/y;
const variable = /\$(?:(\w+)|\{(\w+)\})/y;

/** Read one by one: `variables` may gain names between two tokens. */
export function* shellTokens(text: string, variables: ReadonlyMap<string, string>): Generator<ShellToken> {
  let at = 0;
  let word: string | null = null;
  const endsOfTexts: string[] = [];
  let isTextAhead = false;

  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  const expansion = (): string | null => {
    const found = take(variable);
    return found === null ? null : (variables.get(found[1] ?? found[2] ?? '') ?? found[0]);
  };
  const doubleQuoted = (): string => {
    let inside = '';
    for (at += 1; at < text.length && text[at] !== '"'; ) {
      const put = expansion();
      if (put !== null) inside += put;
      else {
        if (text[at] === '\\' && /["\\$`]/.test(text[at + 1] ?? '')) at += 1;
        inside += text[at] ?? '';
        at += 1;
      }
    }
    at += 1;
    return inside;
  };
  const singleQuoted = (): string => {
    const close = text.indexOf("'", at + 1);
    const inside = text.slice(at + 1, close === -1 ? text.length : close);
    at += inside.length + 2;
    return inside;
  };

  while (at < text.length) {
    const letter = text[at] ?? '';
    // A digit before `<` or `>` names a descriptor only at the start of a word.
    const isWordStart = word === null;
    const redirected = isWordStart || !/\d/.test(letter) ? take(redirection) : null;
    if (redirected !== null) {
      if (word !== null) yield { kind: 'word', text: word };
      word = null;
      // `<(…)` and `>(…)` are commands.
      if (/[<>]$/.test(redirected[0]) && text[at] === '(') continue;
      isTextAhead = /<<-?$/.test(redirected[0]);
      yield { kind: 'redirection', text: redirected[0] };
      continue;
    }
    if (/[ \t]/.test(letter)) {
      if (word !== null) {
        if (isTextAhead) endsOfTexts.push(word);
        isTextAhead = false;
        yield { kind: 'word', text: word };
      }
      word = null;
      at += 1;
      continue;
    }
    if (letter === '#' && isWordStart) {
      const feed = text.indexOf('\n', at);
      at = feed === -1 ? text.length : feed;
      continue;
    }
    const separator = text.startsWith('$(', at) ? '(' : take(operator)?.[0];
    if (separator !== undefined) {
      if (letter === '$') at += 2;
      if (word !== null) {
        if (isTextAhead) endsOfTexts.push(word);
        yield { kind: 'word', text: word };
      }
      word = null;
      isTextAhead = false;
      yield { kind: 'operator', text: separator };
      if (separator === '\n') {
        for (const end of endsOfTexts.splice(0)) at = afterText(text, at, end);
      }
      continue;
    }
    if (text.startsWith("$'", at)) {
      const inside = /\$'((?:[^'\\]|\\[\s\S])*)'?/y;
      word = (word ?? '') + cUnescaped(take(inside)?.[1] ?? '');
    } else if (letter === "'") word = (word ?? '') + singleQuoted();
    else if (letter === '"') word = (word ?? '') + doubleQuoted();
    else if (letter === '\\') {
      word = (word ?? '') + (text[at + 1] === '\n' ? '' : (text[at + 1] ?? ''));
      at += 2;
    } else {
      const put = expansion();
      word = (word ?? '') + (put ?? letter);
      if (put === null) at += 1;
    }
  }
  if (word !== null) yield { kind: 'word', text: word };
}

/** Behind a here-document: its lines are no commands. */
function afterText(text: string, from: number, end: string): number {
  let at = from;
  while (at < text.length) {
    const feed = text.indexOf('\n', at);
    const line = text.slice(at, feed === -1 ? text.length : feed);
    at = feed === -1 ? text.length : feed + 1;
    if (line.trim() === end) break;
  }
  return at;
}
