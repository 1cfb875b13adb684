// Of which signs does the text of a rule file consist?

/** Counted from 1, the column in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export type Token = { readonly place: Place } & (
  | { readonly kind: 'name' | 'sign' | 'string' | 'template'; readonly text: string }
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'line end' | 'indent' | 'dedent' | 'end' }
);

/** Thrown inside the evaluator alone; what is called from outside returns it as a value. */
export class StarlarkFault extends Error {
  constructor(
    message: string,
    readonly place: Place,
  ) {
    super(message);
  }
}

const SIGN = /\*\*|\/\/=?|[=!<>+*/%|&-]=|->|[-+*/%=<>()[\]{},:;.|&^~]/y;
const NAME = /[A-Za-z_]\w*/y;
const NUMBER = /0[xX][0-9A-Fa-f]+|0[oO][0-7]+|\d+/y;
const STRING = /(?:r|R|f|F)?("""|'''|"|')/y;
const BLANKS = /[ \t\f\r]+/y;
const COMMENT = /#[^\n]*/y;

/** Splits a text; lines that continue inside brackets or after a backslash are one. Throws `StarlarkFault`. */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const indents = [0];
  const open: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  let line = 1;
  let lineStart = 0;

  const place = (): Place => ({ line, column: at - lineStart + 1 });
  const take = (pattern: RegExp): string | null => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0] ?? null;
  };
  const skip = (length: number): void => {
    for (
      let index = text.indexOf('\n', at);
      index !== -1 && index < at + length;
      index = text.indexOf('\n', index + 1)
    ) {
      line++;
      lineStart = index + 1;
    }
    at += length;
  };

  const readIndent = (): void => {
    const blanks = take(BLANKS) ?? '';
    const rest = text.charAt(at + blanks.length);
    skip(blanks.length);
    if (rest === '\n' || rest === '#' || rest === '') return;
    const width = [...blanks].reduce((sum, blank) => (blank === '\t' ? (Math.floor(sum / 8) + 1) * 8 : sum + 1), 0);
    if (width > (indents.at(-1) ?? 0)) {
      indents.push(width);
      tokens.push({ kind: 'indent', place: place() });
    }
    while (width < (indents.at(-1) ?? 0)) {
      indents.pop();
      tokens.push({ kind: 'dedent', place: place() });
    }
    if (width !== indents.at(-1)) throw new StarlarkFault('this line is indented like none before it', place());
  };

  readIndent();
  while (at < text.length) {
    const start = place();
    const blanks = take(BLANKS) ?? take(COMMENT);
    if (blanks !== null) {
      at += blanks.length;
      continue;
    }
    if (text.startsWith('\\\n', at) || text.startsWith('\\\r\n', at)) {
      skip(text.charAt(at + 1) === '\n' ? 2 : 3);
      continue;
    }
    if (text.charAt(at) === '\n') {
      skip(1);
      if (open.length > 0) continue;
      const last = tokens.at(-1)?.kind;
      if (last !== undefined && last !== 'line end' && last !== 'indent' && last !== 'dedent') {
        tokens.push({ kind: 'line end', place: start });
      }
      readIndent();
      continue;
    }
    const quote = take(STRING);
    if (quote !== null) {
      const { value, length } = readString(text, at, quote, start);
      skip(length);
      tokens.push({ kind: /^f/i.test(quote) ? 'template' : 'string', text: value, place: start });
      continue;
    }
    const number = take(NUMBER);
    if (number !== null) {
      at += number.length;
      const value = Number(number);
      if (!Number.isSafeInteger(value)) throw new StarlarkFault('this number is too large', start);
      tokens.push({ kind: 'number', value, place: start });
      continue;
    }
    const name = take(NAME);
    const sign = name === null ? take(SIGN) : null;
    if (name === null && sign === null) {
      throw new StarlarkFault(`\`${String.fromCodePoint(text.codePointAt(at) ?? 0)}\` cannot stand here`, start);
    }
    at += (name ?? sign ?? '').length;
    if (name !== null) tokens.push({ kind: 'name', text: name, place: start });
    if (sign === null) continue;
    if ('([{'.includes(sign)) open.push(sign);
    else if (')]}'.includes(sign)) closeBracket(open, sign, start);
    tokens.push({ kind: 'sign', text: sign, place: start });
  }
  if (open.length > 0) throw new StarlarkFault(`a ${open.at(-1)} is never closed`, place());
  tokens.push({ kind: 'line end', place: place() });
  for (const _ of indents.slice(1)) tokens.push({ kind: 'dedent', place: place() });
  tokens.push({ kind: 'end', place: place() });
  return tokens;
}

function closeBracket(open: string[], sign: string, place: Place): void {
  const opened = open.pop();
  if (opened === undefined || '([{'.indexOf(opened) !== ')]}'.indexOf(sign)) {
    throw new StarlarkFault(`a ${sign} closes nothing`, place);
  }
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\n': '',
};

const ESCAPE = /\\(?:([0-7]{1,3})|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([\s\S]))/g;

/** `opening`: the quotes with the letter in front of them. `length`: of the whole literal in the text. */
function readString(
  text: string,
  at: number,
  opening: string,
  place: Place,
): { readonly value: string; readonly length: number } {
  const quotes = opening.replace(/^[A-Za-z]/, '');
  const from = at + opening.length;
  let end = from;
  while (!text.startsWith(quotes, end)) {
    const character = text.charAt(end);
    if (character === '' || (character === '\n' && quotes.length === 1)) {
      throw new StarlarkFault(`a string that begins with ${quotes} is never closed`, place);
    }
    end += character === '\\' ? 2 : 1;
  }
  const source = text.slice(from, end);
  const value = /^r/i.test(opening) ? source : unescaped(source, place);
  return { value, length: end + quotes.length - at };
}

function unescaped(source: string, place: Place): string {
  return source.replace(ESCAPE, (whole: string, ...found: (string | undefined)[]) => {
    const [octal, byte, short, long, sign] = found;
    if (sign !== undefined) return ESCAPES[sign] ?? (/["'\\]/.test(sign) ? sign : whole);
    const code = octal === undefined ? Number.parseInt(byte ?? short ?? long ?? '', 16) : Number.parseInt(octal, 8);
    if (code > 0x10ffff) throw new StarlarkFault(`there is no character ${whole}`, place);
    return String.fromCodePoint(code);
  });
}
