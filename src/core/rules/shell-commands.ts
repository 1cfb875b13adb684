// Which programs does a shell script start, and can that be told without running it?

import { readHereDocuments } from './here-documents.ts';
import {
  type Closing,
  giveUp,
  nested,
  openReader,
  peek,
  type Reader,
  type ShellFunction,
  type SimpleCommand,
  type Span,
  skipBlanks,
  spanFrom,
  startsWith,
  type Word,
} from './shell-reader.ts';
import { type Draft, openDraft, readRedirection, readRedirections } from './shell-redirections.ts';
import { isAssignment, readArithmetic, readWord } from './shell-words.ts';

/**
 * `plain`: words without expansion, joined by `&&`, `||`, `;`, `|` and line ends; the commands are all there is.
 * `complex`: what runs depends on more than the words; the commands are those that could be recognised.
 * `broken`: no shell would take it as a whole, though one may run the lines before the place where it breaks.
 */
export type ShellScript =
  | { readonly kind: 'plain'; readonly commands: readonly SimpleCommand[] }
  | {
      readonly kind: 'complex';
      readonly commands: readonly SimpleCommand[];
      readonly functions: readonly ShellFunction[];
      /** "a redirection", "a variable", …: for the end of "it contains …". */
      readonly reasons: readonly string[];
    }
  | {
      readonly kind: 'broken';
      readonly commands: readonly SimpleCommand[];
      readonly functions: readonly ShellFunction[];
      readonly why: string;
    };

/** Reads a script as POSIX sh, bash and zsh would. Takes time in proportion to its length and never throws. */
export function parseShell(script: string): ShellScript {
  const reader = openReader(script, readList);
  // No argument of a program can carry one, so nobody knows what would be run.
  if (script.includes('\0')) giveUp(reader, 'it contains a zero byte');
  readList(reader, ['end']);
  const { commands, functions, reasons, why } = reader;
  if (why !== null) return { kind: 'broken', commands, functions, why };
  if (reasons.size > 0) return { kind: 'complex', commands, functions, reasons: [...reasons] };
  return { kind: 'plain', commands };
}

const OPENED_BY: Readonly<Record<Closing, string>> = {
  end: '',
  ')': 'a (',
  '}': 'a {',
  // biome-ignore lint/suspicious/noThenProperty: a keyword of the shell
  then: 'an if',
  do: 'a loop',
  done: 'a loop',
  elif: 'an if',
  else: 'an if',
  fi: 'an if',
  esac: 'a case',
  ';;': 'a case',
};

function readList(reader: Reader, closings: readonly Closing[]): Closing {
  return nested<Closing>(reader, 'end', () => readCommands(reader, closings));
}

function readCommands(reader: Reader, closings: readonly Closing[]): Closing {
  for (;;) {
    skipSpace(reader);
    if (reader.at >= reader.end) {
      const [closing = 'end'] = closings;
      if (!closings.includes('end')) giveUp(reader, `${OPENED_BY[closing]} is never closed`);
      return 'end';
    }
    const sign = closingSign(reader);
    if (sign !== null) {
      if (closings.includes(sign)) return sign;
      giveUp(reader, `a ${sign} stands where nothing is open`);
      return 'end';
    }
    const closing = readChain(reader, closings);
    if (closing !== null) return closing;
    endCommand(reader);
  }
}

/** Consumes a `)` or the end of a case's branch. */
function closingSign(reader: Reader): ')' | ';;' | null {
  // Before nearly every command there is none.
  if (!');'.includes(peek(reader))) return null;
  const sign = /^(?:\)|;;&|;;|;&)/.exec(reader.text.slice(reader.at, Math.min(reader.at + 3, reader.end)))?.[0];
  if (sign === undefined) return null;
  reader.at += sign.length;
  return sign === ')' ? ')' : ';;';
}

/** What separates a command from the next one. */
function endCommand(reader: Reader): void {
  skipBlanks(reader);
  const sign = peek(reader);
  if (sign === '' || sign === '\n' || sign === ')' || startsWith(reader, ';;') || startsWith(reader, ';&')) return;
  if (sign === '&') reader.reasons.add('a command in the background (&)');
  if (sign === '&' || sign === ';') reader.at++;
  else giveUp(reader, `a ${sign} stands where none can`);
}

/** Blanks, comments, line ends, and the here-documents that begin behind these. */
function skipSpace(reader: Reader): void {
  for (;;) {
    skipBlanks(reader);
    if (peek(reader) !== '\n') return;
    reader.at++;
    readHereDocuments(reader);
  }
}

/** Pipelines with `&&` and `||` between them. Null: it was one; a closing: a keyword stood there instead. */
function readChain(reader: Reader, closings: readonly Closing[]): Closing | null {
  const closing = readPipeline(reader, closings);
  if (closing !== null) return closing;
  for (;;) {
    skipBlanks(reader);
    if (!startsWith(reader, '&&') && !startsWith(reader, '||')) return null;
    reader.at += 2;
    skipSpace(reader);
    readPipeline(reader, []);
  }
}

function readPipeline(reader: Reader, closings: readonly Closing[]): Closing | null {
  const first = reader.commands.length;
  const { pipedFrom } = reader;
  let closing = readCommand(reader, closings);
  for (;;) {
    skipBlanks(reader);
    if (closing !== null || peek(reader) !== '|' || peek(reader, 1) === '|') break;
    reader.at++;
    if (peek(reader) === '&') {
      reader.reasons.add('a pipe of errors (|&)');
      reader.at++;
    }
    skipSpace(reader);
    reader.pipedFrom = first;
    closing = readCommand(reader, []);
  }
  reader.pipedFrom = pipedFrom;
  return closing;
}

function readCommand(reader: Reader, closings: readonly Closing[]): Closing | null {
  skipBlanks(reader);
  if (peek(reader) !== '(') return readSimple(reader, closings);
  readParentheses(reader);
  return null;
}

function readSimple(reader: Reader, closings: readonly Closing[]): Closing | null {
  const draft = openDraft(reader);
  const { words, spans } = draft;
  let wasPrefixed = false;
  for (;;) {
    skipBlanks(reader);
    if (readRedirection(reader, draft)) continue;
    const sign = peek(reader);
    if (sign === '(' && words.length === 1) {
      readFunction(reader, words[0] ?? '', spans[0] ?? spanFrom(reader, reader.at));
      return null;
    }
    if (sign === '(') giveUp(reader, 'a ( stands where none can');
    if (sign === '' || '\n;&|()'.includes(sign)) break;

    const from = reader.at;
    const word = readWord(reader);
    if (reader.at === from) giveUp(reader, `a ${sign} stands where none can`);
    if (words.length === 0) {
      const front = readFront(reader, word, draft, closings);
      if (front.kind === 'done') return front.closing;
      if (front.kind === 'prefix') wasPrefixed = true;
      if (front.kind !== 'word') continue;
    }
    words.push(word.text);
    spans.push(word.span);
    // `declare -a names=(…)`
    if (peek(reader) === '(' && words.length > 1 && word.text.endsWith('=') && isAssignment(word)) readArray(reader);
  }
  if (words.length + draft.assignments.length + draft.redirections.length > 0) reader.commands.push(draft);
  else if (!wasPrefixed) giveUp(reader, 'a command is missing');
  return null;
}

/** What a word is that stands where a command begins. `done`: it began something else, which was read. */
type Front =
  | { readonly kind: 'word' | 'assignment' | 'prefix' }
  | { readonly kind: 'done'; readonly closing: Closing | null };

const IS_WORD: Front = { kind: 'word' };

function readFront(reader: Reader, word: Word, draft: Draft, closings: readonly Closing[]): Front {
  if (isAssignment(word)) {
    reader.reasons.add('an assignment in front');
    draft.assignments.push({ text: word.text, span: word.span });
    if (peek(reader) === '(' && word.text.endsWith('=')) readArray(reader);
    return { kind: 'assignment' };
  }
  const mayBeKeyword =
    word.bareLength === word.text.length && draft.assignments.length + draft.redirections.length === 0;
  if (!mayBeKeyword) return IS_WORD;
  if (isClosing(word.text) || word.text === ']]' || word.text === 'in') {
    const closing = closings.find((known) => known === word.text);
    if (closing !== undefined) return { kind: 'done', closing };
    giveUp(reader, `${word.text} stands where nothing is open`);
    return { kind: 'done', closing: null };
  }
  if (PREFIXES.has(word.text) && !isProgramTime(reader, word.text)) {
    readPrefix(reader, word.text);
    if (peek(reader) !== '(') return { kind: 'prefix' };
    readParentheses(reader);
    return { kind: 'done', closing: null };
  }
  const readCompound = COMPOUNDS.get(word.text);
  if (readCompound === undefined) return IS_WORD;
  readCompound(reader);
  readRedirections(reader);
  return { kind: 'done', closing: null };
}

function isClosing(text: string): boolean {
  return Object.hasOwn(OPENED_BY, text) && text !== 'end';
}

function readArray(reader: Reader): void {
  reader.reasons.add('a list of values');
  reader.at++;
  for (;;) {
    skipSpace(reader);
    const sign = peek(reader);
    if (sign === ')') {
      reader.at++;
      return;
    }
    const from = reader.at;
    if (sign !== '' && !'&|;('.includes(sign)) readWord(reader);
    if (reader.at === from) return giveUp(reader, 'a list of values is never closed');
  }
}

/** Words in front of a command that are no part of it, each with what to call it. */
const PREFIXES: ReadonlyMap<string, string> = new Map([
  ['!', 'a negation (!)'],
  ['time', 'the keyword time'],
  ['coproc', 'a coprocess'],
]);

/** With options, `time` is the program of that name, not the keyword. */
function isProgramTime(reader: Reader, word: string): boolean {
  if (word !== 'time') return false;
  skipBlanks(reader);
  return peek(reader) === '-' && !/^-p[ \t\n]/.test(reader.text.slice(reader.at, reader.at + 3));
}

function readPrefix(reader: Reader, word: string): void {
  reader.reasons.add(PREFIXES.get(word) ?? word);
  skipBlanks(reader);
  const rest = word === 'time' ? /-p(?=[ \t\n])/y : /[A-Za-z_]\w*(?=[ \t]+[({])/y;
  rest.lastIndex = reader.at;
  if (word !== '!' && rest.test(reader.text)) reader.at = Math.min(rest.lastIndex, reader.end);
  skipBlanks(reader);
}

function readParentheses(reader: Reader): void {
  const start = reader.at;
  if (startsWith(reader, '((') && readArithmetic(reader, 2)) {
    reader.reasons.add('an arithmetic command ((…))');
    // dash has no such command: there it is a subshell in a subshell.
    pushLoosely(reader, reader.text.slice(start + 2, reader.at - 2));
  } else {
    reader.reasons.add('a subshell');
    reader.at++;
    readList(reader, [')']);
  }
  readRedirections(reader);
}

/** A command that only some shells see there. */
function pushLoosely(reader: Reader, text: string): void {
  const words = text.split(/[ \t\n]+/).filter((word) => word !== '');
  const span = spanFrom(reader, reader.at);
  const draft = openDraft(reader);
  reader.commands.push({ ...draft, words, spans: words.map(() => span) });
}

function readFunction(reader: Reader, name: string, span: Span): void {
  reader.at++;
  skipBlanks(reader);
  if (peek(reader) !== ')') return giveUp(reader, 'a ( stands where none can');
  reader.at++;
  readFunctionBody(reader, name, span);
}

function readFunctionBody(reader: Reader, name: string, span: Span): void {
  reader.reasons.add('a function');
  const from = reader.commands.length;
  skipSpace(reader);
  nested(reader, null, () => readCommand(reader, []));
  reader.functions.push({ name, span, from, to: reader.commands.length });
}

const COMPOUNDS: ReadonlyMap<string, (reader: Reader) => void> = new Map([
  ['{', readGroup],
  ['if', readIf],
  ['while', readWhile],
  ['until', readWhile],
  ['for', readFor],
  ['select', readFor],
  ['case', readCase],
  ['function', readNamedFunction],
  ['[[', readTest],
]);

function readGroup(reader: Reader): void {
  reader.reasons.add('a group');
  readList(reader, ['}']);
}

function readIf(reader: Reader): void {
  reader.reasons.add('a condition (if)');
  let closing: Closing = 'elif';
  while (closing === 'elif') {
    readList(reader, ['then']);
    closing = readList(reader, ['fi', 'elif', 'else']);
  }
  if (closing === 'else') readList(reader, ['fi']);
}

function readWhile(reader: Reader): void {
  reader.reasons.add('a loop');
  readList(reader, ['do']);
  readList(reader, ['done']);
}

function readFor(reader: Reader): void {
  reader.reasons.add('a loop');
  skipBlanks(reader);
  if (startsWith(reader, '((')) {
    if (!readArithmetic(reader, 2)) return giveUp(reader, 'a (( is never closed');
  } else {
    readWord(reader);
    skipSpace(reader);
    if (/^in\s/.test(reader.text.slice(reader.at, reader.at + 3))) {
      reader.at += 2;
      readValues(reader);
    }
  }
  skipBlanks(reader);
  if (peek(reader) === ';') reader.at++;
  skipSpace(reader);
  const body = readWord(reader).text;
  if (body === 'do') readList(reader, ['done']);
  else if (body === '{') readList(reader, ['}']);
  else giveUp(reader, 'a loop has no do');
}

/** The words a loop goes over. */
function readValues(reader: Reader): void {
  for (;;) {
    skipBlanks(reader);
    const sign = peek(reader);
    if (sign === '' || '\n;&|()'.includes(sign)) return;
    const from = reader.at;
    readWord(reader);
    if (reader.at === from) return;
  }
}

function readCase(reader: Reader): void {
  reader.reasons.add('a case');
  skipBlanks(reader);
  readWord(reader);
  skipSpace(reader);
  if (readWord(reader).text !== 'in') return giveUp(reader, 'a case has no in');
  for (;;) {
    skipSpace(reader);
    if (reader.at >= reader.end) return giveUp(reader, 'a case is never closed');
    const wasOpened = peek(reader) === '(';
    if (wasOpened) reader.at++;
    if (readPatterns(reader, !wasOpened) === 'esac') return;
    if (readList(reader, [';;', 'esac']) !== ';;') return;
  }
}

/** The patterns of a branch, up to its `)`; `esac` where the branches end instead. */
function readPatterns(reader: Reader, mayEnd: boolean): ')' | 'esac' {
  for (;;) {
    skipBlanks(reader);
    const { text, bareLength } = readWord(reader);
    if (mayEnd && text === 'esac' && bareLength === text.length) return 'esac';
    skipBlanks(reader);
    const sign = peek(reader);
    if (sign !== '|' && sign !== ')') giveUp(reader, 'a branch of a case has no )');
    reader.at++;
    if (sign !== '|') return ')';
  }
}

function readNamedFunction(reader: Reader): void {
  skipBlanks(reader);
  const name = readWord(reader);
  skipBlanks(reader);
  if (peek(reader) !== '(') return readFunctionBody(reader, name.text, name.span);
  // `function name (` may also begin a body in parentheses.
  const inside = /\([ \t]*\)/y;
  inside.lastIndex = reader.at;
  if (inside.test(reader.text)) reader.at = Math.min(inside.lastIndex, reader.end);
  readFunctionBody(reader, name.text, name.span);
}

/** `[[ … ]]`. Where it is no keyword, as in dash, what stands behind `&&` in it is a command. */
function readTest(reader: Reader): void {
  reader.reasons.add('a test ([[)');
  let draft: Draft | null = null;
  for (;;) {
    const sign = peek(reader);
    if (sign === '') return giveUp(reader, 'a [[ is never closed');
    if (' \t\n'.includes(sign) || startsWith(reader, '\\\n')) reader.at += sign === '\\' ? 2 : 1;
    else if ('|&;'.includes(sign)) {
      if (draft !== null && draft.words.length > 0) reader.commands.push(draft);
      draft = openDraft(reader);
      reader.at++;
    } else if ('()'.includes(sign) || ('<>'.includes(sign) && peek(reader, 1) !== '(')) reader.at++;
    else {
      const word = readWord(reader);
      if (word.text === ']]' && word.bareLength === 2) break;
      draft?.words.push(word.text);
      draft?.spans.push(word.span);
    }
  }
  if (draft !== null && draft.words.length > 0) reader.commands.push(draft);
}
