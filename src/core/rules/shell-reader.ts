// Where is the parser in a script, and what has it found so far?

/** UTF-16 offsets into the script that was given, end excluded. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Redirection {
  /** `>`, `>>`, `<`, `&>`, `<<`, … without the number in front. */
  readonly operator: string;
  /** Quotes taken away; an expansion stands as it was written. */
  readonly target: string;
  readonly span: Span;
}

export interface Assignment {
  readonly text: string;
  readonly span: Span;
}

/** One program with its arguments, as a shell would start it. */
export interface SimpleCommand {
  /** Quotes taken away; an expansion stands as it was written. Empty for `X=1` and `> file` alone. */
  readonly words: readonly string[];
  /** Where each word stands, one for each. */
  readonly spans: readonly Span[];
  /** `NAME=value` in front of the first word. */
  readonly assignments: readonly Assignment[];
  readonly redirections: readonly Redirection[];
  /** Commands from this index up to this command's own are inside its substitutions. */
  readonly innerFrom: number;
  /** Its input is a pipe, from the commands at this index up to its own. */
  readonly pipedFrom: number | null;
}

export interface ShellFunction {
  readonly name: string;
  readonly span: Span;
  /** The commands of its body: from this index on, before the other. */
  readonly from: number;
  readonly to: number;
}

/** A word as it was read. */
export interface Word {
  readonly text: string;
  readonly span: Span;
  /** Length of the text before its first quote or expansion: keywords and assignments have none before their end. */
  readonly bareLength: number;
}

export interface HereDocument {
  readonly delimiter: string;
  readonly isQuoted: boolean;
  readonly stripsTabs: boolean;
}

/** Keywords and signs that can end a list of commands. */
export type Closing = 'end' | ')' | '}' | 'then' | 'do' | 'done' | 'elif' | 'else' | 'fi' | 'esac' | ';;';

/** A parser's state. Once `why` is set everything counts as read, so that every loop ends by itself. */
export interface Reader {
  text: string;
  at: number;
  end: number;
  /** While a text is read that stands in the script in another spelling, everything in it stands here. */
  fixedSpan: Span | null;
  depth: number;
  /** Characters that were read a second time. */
  rescanned: number;
  pipedFrom: number | null;
  /** Announced on this line; their bodies begin behind its end. */
  hereDocuments: HereDocument[];
  /** Why it is no script; null as long as it may be one. */
  why: string | null;
  readonly commands: SimpleCommand[];
  readonly functions: ShellFunction[];
  /** What in it only a running shell could judge. */
  readonly reasons: Set<string>;
  /** Reads commands up to one of the closings, which is consumed. The words of a shell contain commands again. */
  readonly readList: (reader: Reader, closings: readonly Closing[]) => Closing;
}

/** Deeper than any script a person can read; each level costs some ten frames of our own stack. */
const DEEPEST = 100;

/** How often the length of the script may be read again, for backquotes, here-documents and "((". */
const RESCANS = 6;

export function openReader(text: string, readList: Reader['readList']): Reader {
  return {
    text,
    at: 0,
    end: text.length,
    fixedSpan: null,
    depth: 0,
    rescanned: 0,
    pipedFrom: null,
    hereDocuments: [],
    why: null,
    commands: [],
    functions: [],
    reasons: new Set(),
    readList,
  };
}

export function giveUp(reader: Reader, why: string): void {
  reader.why ??= why;
  reader.at = reader.end;
}

/** The character at an offset from here; `''` behind the end. */
export function peek(reader: Reader, offset = 0): string {
  const at = reader.at + offset;
  return at < reader.end ? reader.text.charAt(at) : '';
}

export function startsWith(reader: Reader, sign: string): boolean {
  return reader.at + sign.length <= reader.end && reader.text.startsWith(sign, reader.at);
}

export function spanFrom(reader: Reader, start: number): Span {
  return reader.fixedSpan ?? { start, end: Math.min(reader.at, reader.end) };
}

/** Reads one level deeper. */
export function nested<T>(reader: Reader, otherwise: T, read: () => T): T {
  if (reader.depth >= DEEPEST) {
    giveUp(reader, 'it is nested too deeply');
    return otherwise;
  }
  reader.depth++;
  const result = read();
  reader.depth--;
  return result;
}

/** Counts characters that are read again. False: it was too much, and the script is given up. */
export function mayReadAgain(reader: Reader, length: number): boolean {
  reader.rescanned += length;
  if (reader.rescanned <= RESCANS * (reader.text.length + 1000)) return true;
  giveUp(reader, 'its quotes are too entangled');
  return false;
}

/** Reads a stretch of this text, or another text, and comes back to where it was. */
export function readApart(
  reader: Reader,
  apart: { readonly text: string; readonly start: number; readonly end: number; readonly span: Span | null },
  read: () => void,
): void {
  const { text, at, end, fixedSpan } = reader;
  if (!mayReadAgain(reader, apart.end - apart.start)) return;
  reader.text = apart.text;
  reader.at = apart.start;
  reader.end = apart.end;
  reader.fixedSpan = fixedSpan ?? apart.span;
  read();
  reader.text = text;
  reader.end = end;
  reader.at = reader.why === null ? at : end;
  reader.fixedSpan = fixedSpan;
}

/** Spaces, tabs and joined lines; a comment too, up to the end of its line. */
export function skipBlanks(reader: Reader): void {
  while (reader.at < reader.end) {
    const character = peek(reader);
    if (character === ' ' || character === '\t') reader.at++;
    else if (startsWith(reader, '\\\n')) reader.at += 2;
    else if (character === '#') {
      const lineEnd = reader.text.indexOf('\n', reader.at);
      reader.at = lineEnd === -1 ? reader.end : Math.min(lineEnd, reader.end);
    } else return;
  }
}
