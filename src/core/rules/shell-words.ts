// What is one word of a script: its quotes taken away, its expansions named, the commands inside it found?

import { escapedText } from './escaped-text.ts';
import {
  giveUp,
  mayReadAgain,
  nested,
  peek,
  type Reader,
  readApart,
  spanFrom,
  startsWith,
  type Word,
} from './shell-reader.ts';

const ORDINARY = /[^ \t\n|&;()<>\\'"$`*?[{}~]+/y;
const ORDINARY_IN_QUOTES = /[^"\\$`]+/y;

/**
 * Reads a word. It stops at blanks and operators, so it may be empty where none begins.
 * What a shell would expand is named in the reader's reasons and stands in the text as it was written.
 */
export function readWord(reader: Reader): Word {
  const start = reader.at;
  let text = '';
  let bareLength: number | null = null;
  // zsh puts the path of a program in the place of `=program`.
  if (peek(reader) === '=') reader.reasons.add('a path asked for by name (=)');

  while (reader.at < reader.end) {
    text += ordinaryRun(reader, ORDINARY);
    // How nearly every word ends.
    if (' \t\n;'.includes(peek(reader))) break;
    if (startsWith(reader, '\\\n')) {
      reader.at += 2;
      continue;
    }
    const quoted = readQuoted(reader, start);
    if (quoted !== null) {
      bareLength ??= text.length;
      text += quoted;
      continue;
    }
    const sign = readSign(reader, start);
    if (sign === '') break;
    text += sign;
  }
  return { text, span: spanFrom(reader, start), bareLength: bareLength ?? text.length };
}

/** What a quote or an expansion stands for; null where none begins. */
function readQuoted(reader: Reader, start: number): string | null {
  switch (peek(reader)) {
    case '\\':
      return readEscape(reader);
    case "'":
      return readSingleQuotes(reader);
    case '"':
      return readDoubleQuotes(reader);
    case '$':
      return readDollar(reader, false);
    case '`':
      return readBackquotes(reader, false);
    case '<':
    case '>':
      return peek(reader, 1) === '(' ? readProcess(reader) : null;
    case '(':
      return opensPattern(reader, start) ? readPatternGroup(reader) : null;
    default:
      return null;
  }
}

/** `@(…)` and its like. `!(` at the beginning of a command negates a subshell. */
function opensPattern(reader: Reader, start: number): boolean {
  const before = reader.at === start ? '' : reader.text.charAt(reader.at - 1);
  return before !== '' && '?*+@!'.includes(before) && !(before === '!' && reader.at === start + 1);
}

/** A sign that means something to a shell in the place where it stands; `''` where the word ends. */
function readSign(reader: Reader, start: number): string {
  const sign = peek(reader);
  switch (sign) {
    case '{':
    case '}':
      return readBrace(reader, start);
    case '[':
      return readBracket(reader, start);
    case '~':
      if (reader.at === start || '=:'.includes(reader.text.charAt(reader.at - 1))) {
        reader.reasons.add('a home folder (~)');
      }
      break;
    case '*':
    case '?':
      reader.reasons.add('a pattern (*, ?, [)');
      break;
    default:
      return '';
  }
  reader.at++;
  return sign;
}

/** `[` and `[[` as words of their own are no patterns. */
function readBracket(reader: Reader, start: number): string {
  const found = /^\[\[?(?=[ \t\n;|&]|$)/.exec(reader.text.slice(reader.at, Math.min(reader.at + 3, reader.end)))?.[0];
  const sign = reader.at === start ? (found ?? '[') : '[';
  if (reader.at !== start || found === undefined) reader.reasons.add('a pattern (*, ?, [)');
  reader.at += sign.length;
  return sign;
}

function ordinaryRun(reader: Reader, pattern: RegExp): string {
  pattern.lastIndex = reader.at;
  if (!pattern.test(reader.text)) return '';
  const from = reader.at;
  reader.at = Math.min(pattern.lastIndex, reader.end);
  return reader.text.slice(from, reader.at);
}

/** What was just read is the whole word. */
function isAlone(reader: Reader, start: number): boolean {
  return reader.at === start + 1 && /^[ \t\n;|&()<>]?$/.test(peek(reader));
}

/** `{}` stands for itself in every shell. */
function readBrace(reader: Reader, start: number): string {
  if (startsWith(reader, '{}')) {
    reader.at += 2;
    return '{}';
  }
  const brace = peek(reader);
  reader.at++;
  // A brace that is a word of its own may be the keyword: whoever reads commands knows.
  if (!isAlone(reader, start)) reader.reasons.add('braces');
  return brace;
}

function readEscape(reader: Reader): string {
  // Shells do not agree on it.
  if (reader.at + 1 >= reader.end) reader.reasons.add('a backslash at the end');
  // A pair of UTF-16 units is one character.
  const escaped = String.fromCodePoint(reader.text.codePointAt(reader.at + 1) ?? 0x5c);
  reader.at = Math.min(reader.at + 1 + escaped.length, reader.end);
  return escaped;
}

function readSingleQuotes(reader: Reader): string {
  const start = reader.at + 1;
  const close = reader.text.indexOf("'", start);
  if (close === -1 || close >= reader.end) {
    giveUp(reader, "a quote ' is never closed");
    return reader.text.slice(start, reader.end);
  }
  reader.at = close + 1;
  return reader.text.slice(start, close);
}

function readDoubleQuotes(reader: Reader): string {
  reader.at++;
  return nested(reader, '', () => {
    const text = readQuotedText(reader);
    if (peek(reader) === '"') reader.at++;
    else giveUp(reader, 'a quote " is never closed');
    return text;
  });
}

/** Text in which only `\`, `$` and backquotes mean something, up to a `"` or the end. */
function readQuotedText(reader: Reader): string {
  let text = '';
  while (reader.at < reader.end) {
    text += ordinaryRun(reader, ORDINARY_IN_QUOTES);
    const character = peek(reader);
    if (character === '\\') text += readEscapeInQuotes(reader);
    else if (character === '$') text += readDollar(reader, true);
    else if (character === '`') text += readBackquotes(reader, true);
    else break;
  }
  return text;
}

function readEscapeInQuotes(reader: Reader): string {
  const escaped = peek(reader, 1);
  if (escaped === '' || !'$`"\\\n'.includes(escaped)) {
    reader.at++;
    return '\\';
  }
  reader.at += 2;
  return escaped === '\n' ? '' : escaped;
}

/** The body of a here-document whose delimiter is not quoted: commands may be substituted in it. */
export function readHereText(reader: Reader): void {
  while (reader.at < reader.end) {
    readQuotedText(reader);
    if (peek(reader) === '"') reader.at++;
  }
}

/** What begins with `$`: an expansion as it was written, the text of `$'…'`, or the sign itself. */
function readDollar(reader: Reader, inQuotes: boolean): string {
  const start = reader.at;
  const next = peek(reader, 1);
  if (next === "'" && !inQuotes) return readEscapedQuotes(reader);
  if (next === '"' && !inQuotes) {
    reader.reasons.add('a translated text ($"…")');
    reader.at++;
    return readDoubleQuotes(reader);
  }
  if (next === '(') readSubstitution(reader);
  else if (next === '{') readParameter(reader, inQuotes);
  else if (next === '[') readOldArithmetic(reader);
  else if (/^[\s/,.|;)\]"]?$/.test(next)) reader.at++;
  else {
    // Other signs behind it mean something in one shell or another: `$^name` and `$~name` in zsh.
    reader.reasons.add('a variable');
    reader.at += /^[\w@*#?$!-]$/.test(next) ? 2 : 1;
    while (/^[A-Za-z_]$/.test(next) && /^\w$/.test(peek(reader))) reader.at++;
  }
  return reader.text.slice(start, Math.min(reader.at, reader.end));
}

/** bash reads `$'…'` with escapes, dash as a `$` and a quote: never plain, but a danger in it is seen. */
function readEscapedQuotes(reader: Reader): string {
  reader.reasons.add("an escaped text ($'…')");
  reader.at += 2;
  const start = reader.at;
  while (reader.at < reader.end && peek(reader) !== "'") reader.at += peek(reader) === '\\' ? 2 : 1;
  const source = reader.text.slice(start, Math.min(reader.at, reader.end));
  if (reader.at >= reader.end) giveUp(reader, "a quote $' is never closed");
  else reader.at++;
  return escapedText(source);
}

function readSubstitution(reader: Reader): void {
  if (startsWith(reader, '$((') && readArithmetic(reader, 3)) {
    reader.reasons.add('an arithmetic expansion');
    return;
  }
  reader.reasons.add('a command substitution');
  reader.at += 2;
  readInnerList(reader, ')');
}

function readProcess(reader: Reader): string {
  const start = reader.at;
  reader.reasons.add('a process substitution');
  reader.at += 2;
  readInnerList(reader, ')');
  return reader.text.slice(start, reader.at);
}

/** Commands inside a word. Here-documents of the line outside wait until it ends. */
function readInnerList(reader: Reader, closing: ')' | '}'): void {
  const { hereDocuments } = reader;
  reader.hereDocuments = [];
  nested(reader, 'end', () => reader.readList(reader, [closing]));
  reader.hereDocuments = hereDocuments;
}

function readParameter(reader: Reader, inQuotes: boolean): void {
  // bash 5.3 runs the commands of `${ …; }` and `${| …; }`.
  const afterBrace = peek(reader, 2);
  if (afterBrace !== '' && ' \t\n|'.includes(afterBrace)) {
    reader.reasons.add('a command substitution');
    reader.at += 3;
    readInnerList(reader, '}');
    return;
  }
  reader.reasons.add('a variable');
  reader.at += 2;
  readToClosing(reader, '', '}', inQuotes);
}

function readOldArithmetic(reader: Reader): void {
  reader.reasons.add('an arithmetic expansion');
  reader.at += 2;
  readToClosing(reader, '[', ']', false);
}

/** Up to a closing sign, over quotes and expansions; pairs of opening and closing are skipped. */
function readToClosing(reader: Reader, opening: string, closing: string, inQuotes: boolean): void {
  nested(reader, undefined, () => {
    let open = 0;
    while (reader.at < reader.end) {
      const character = peek(reader);
      if (character === closing && open === 0) {
        reader.at++;
        return;
      }
      if (character === closing) open--;
      else if (character === opening) open++;
      readOneOf(reader, character, inQuotes);
    }
    giveUp(reader, `a \${ or $[ is never closed`);
  });
}

/** One sign of a text that is no list of commands, or what begins with it. */
function readOneOf(reader: Reader, character: string, inQuotes: boolean): void {
  if (character === '\\') reader.at += 2;
  else if (character === '"') readDoubleQuotes(reader);
  else if (character === "'" && !inQuotes) readSingleQuotes(reader);
  else if (character === '$') readDollar(reader, inQuotes);
  else if (character === '`') readBackquotes(reader, inQuotes);
  else reader.at++;
}

/**
 * Reads arithmetic up to `))`. `skip`: the length of what opens it. False, and nothing is read: it does not end like
 * arithmetic, so it is a subshell whose first command is a subshell.
 */
export function readArithmetic(reader: Reader, skip: number): boolean {
  const start = reader.at;
  const known = { commands: reader.commands.length, functions: reader.functions.length };
  const reasons = [...reader.reasons];
  reader.at += skip;
  const isArithmetic = nested(reader, false, () => isDoublyClosed(reader));
  if (isArithmetic) return true;
  const length = reader.at - start;
  reader.why = null;
  reader.at = start;
  reader.commands.length = known.commands;
  reader.functions.length = known.functions;
  reader.reasons.clear();
  for (const reason of reasons) reader.reasons.add(reason);
  mayReadAgain(reader, length);
  return false;
}

function isDoublyClosed(reader: Reader): boolean {
  let open = 0;
  while (reader.at < reader.end) {
    const character = peek(reader);
    if (character === ')' && open === 0) {
      if (peek(reader, 1) !== ')') return false;
      reader.at += 2;
      return true;
    }
    if (character === ')') open--;
    else if (character === '(') open++;
    readOneOf(reader, character, true);
  }
  return false;
}

/** Backquotes: their text with one level of backslashes taken away is a script of its own. */
function readBackquotes(reader: Reader, inQuotes: boolean): string {
  const start = reader.at;
  reader.reasons.add('a command substitution');
  reader.at++;
  let inner = '';
  while (reader.at < reader.end && peek(reader) !== '`') {
    const escaped = peek(reader, 1);
    if (peek(reader) !== '\\') inner += peek(reader);
    else {
      const isTaken = escaped !== '' && ('$`\\'.includes(escaped) || (inQuotes && escaped === '"'));
      inner += isTaken ? escaped : `\\${escaped}`;
      reader.at++;
    }
    reader.at++;
  }
  if (reader.at >= reader.end) {
    giveUp(reader, 'a backquote is never closed');
    return reader.text.slice(start, reader.end);
  }
  reader.at++;
  const source = reader.text.slice(start, reader.at);
  const apart = { text: inner, start: 0, end: inner.length, span: spanFrom(reader, start) };
  const { hereDocuments } = reader;
  reader.hereDocuments = [];
  readApart(reader, apart, () => nested(reader, 'end', () => reader.readList(reader, ['end'])));
  reader.hereDocuments = hereDocuments;
  return source;
}

/** `@(a|b)` and the like, which bash knows with `extglob` and zsh always. */
function readPatternGroup(reader: Reader): string {
  const start = reader.at;
  reader.reasons.add('a pattern (*, ?, [)');
  reader.at++;
  nested(reader, undefined, () => {
    let open = 0;
    while (reader.at < reader.end) {
      const character = peek(reader);
      if (character === ')' && open === 0) {
        reader.at++;
        return;
      }
      if (character === ')') open--;
      else if (character === '(') open++;
      readOneOf(reader, character, false);
    }
    giveUp(reader, 'a ( is never closed');
  });
  return reader.text.slice(start, reader.at);
}

/** `NAME=`, `NAME+=`, `NAME[…]=`; only the part up to the name's end must be without quotes. */
export function isAssignment(word: Word): boolean {
  const found = /^[A-Za-z_]\w*(\[[\s\S]*?\])?\+?=/.exec(word.text);
  return found !== null && (found[1] !== undefined || found[0].length <= word.bareLength);
}
