// Where is the parser of a rule file, and what comes next?

import { StarlarkFault, type Token } from './starlark-tokens.ts';

/** Brackets in brackets and blocks in blocks; a rule needs three. It keeps our own stack small. */
export const DEEPEST = 60;

export interface Reading {
  readonly tokens: readonly Token[];
  at: number;
  depth: number;
  /** `return` may stand only in a function, `break` only in a loop. */
  inFunction: boolean;
  inLoop: boolean;
}

export function next(reading: Reading): Token {
  const token = reading.tokens[reading.at] ?? reading.tokens.at(-1);
  if (token === undefined) throw new StarlarkFault('the text ends too early', { line: 1, column: 1 });
  return token;
}

export function is(reading: Reading, kind: 'name' | 'sign', text: string): boolean {
  const token = next(reading);
  return token.kind === kind && token.text === text;
}

export function takeSign(reading: Reading, sign: string): boolean {
  if (!is(reading, 'sign', sign)) return false;
  reading.at++;
  return true;
}

export function takeWord(reading: Reading, word: string): boolean {
  if (!is(reading, 'name', word)) return false;
  reading.at++;
  return true;
}

export function expectSign(reading: Reading, sign: string): void {
  if (!takeSign(reading, sign)) throw unexpected(next(reading), `\`${sign}\``);
}

export function unexpected(token: Token, wanted: string): StarlarkFault {
  return new StarlarkFault(`${wanted} is needed here, but there is ${describe(token)}`, token.place);
}

function describe(token: Token): string {
  switch (token.kind) {
    case 'name':
    case 'sign':
      return `\`${token.text}\``;
    case 'number':
      return 'a number';
    case 'string':
    case 'template':
      return 'a string';
    case 'indent':
      return 'a deeper indentation';
    case 'dedent':
      return 'the end of a block';
    case 'line end':
      return 'the end of the line';
    case 'end':
      return 'the end of the file';
  }
}

const KEYWORDS = new Set(
  'and break continue def elif else for if in lambda load not or pass return True False None while class import from as try except with is del global nonlocal yield raise assert async await finally'.split(
    ' ',
  ),
);

export function readName(reading: Reading): string {
  const token = next(reading);
  if (token.kind !== 'name' || KEYWORDS.has(token.text)) throw unexpected(token, 'a name');
  reading.at++;
  return token.text;
}

export function nested<T>(reading: Reading, read: () => T): T {
  if (reading.depth >= DEEPEST) throw new StarlarkFault('this is nested too deeply', next(reading).place);
  reading.depth++;
  const result = read();
  reading.depth--;
  return result;
}
