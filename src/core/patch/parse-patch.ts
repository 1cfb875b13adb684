// What does the text of a patch ask for? Models write it by heart: what can only be meant in one way is understood.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';

/** A line of a change: kept, taken out or put in, without its sign and its line end. */
export interface PatchRow {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** One change of a file. */
export interface Hunk {
  /** A line of the file that comes before it; null: it may be anywhere behind the change before. */
  readonly after: string | null;
  readonly rows: readonly PatchRow[];
  /** It ends where the file ends. */
  readonly isAtEnd: boolean;
}

/** Paths as written. */
export type FileChange =
  | { readonly kind: 'add'; readonly path: string; readonly lines: readonly string[] }
  | { readonly kind: 'delete'; readonly path: string }
  | {
      readonly kind: 'update';
      readonly path: string;
      readonly movedTo: string | null;
      /** None only where the file is just moved. */
      readonly hunks: readonly Hunk[];
    };

export interface Patch {
  /** The machine it is for; null: the one of commands that name none. */
  readonly environment: string | null;
  readonly changes: readonly FileChange[];
}

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const ENVIRONMENT = '*** Environment ID:';
const ADD = '*** Add File:';
const DELETE = '*** Delete File:';
const UPDATE = '*** Update File:';
const MOVE = '*** Move to:';
const END_OF_FILE = '*** End of File';

export function parsePatch(text: string): Result<Patch> {
  const lines = unwrapped(text.replaceAll('\r\n', '\n').trim().split('\n'));
  if (lines[0]?.trim() !== BEGIN) return fail(wrong(`the first line must be "${BEGIN}"`));
  if (lines.length < 2 || lines.at(-1)?.trim() !== END) return fail(wrong(`the last line must be "${END}"`));
  const reader = openReader(lines.slice(0, -1));
  reader.take();
  const environment = headerOf(reader.peek(), ENVIRONMENT);
  if (environment !== null) reader.take();
  if (environment === '') return fail(wrong(`line 2: "${ENVIRONMENT}" names no machine`));
  const changes: FileChange[] = [];
  for (let line = reader.peek(); line !== null; line = reader.peek()) {
    if (line.trim() === '') {
      reader.take();
      continue;
    }
    const change = changeAt(reader);
    if (!change.ok) return change;
    changes.push(change.value);
  }
  return changes.length === 0 ? fail(wrong('it changes no file')) : ok({ environment, changes });
}

/** Some models write the whole of a shell's here-document. */
function unwrapped(lines: readonly string[]): readonly string[] {
  const mark = /^(?:apply_patch\s+)?<<-?\s*(['"]?)([A-Za-z_]\w*)\1$/.exec(lines[0]?.trim() ?? '')?.[2];
  return mark !== undefined && lines.at(-1)?.trim() === mark ? lines.slice(1, -1) : lines;
}

interface Reader {
  /** The next line; null at the end. */
  peek(): string | null;
  take(): void;
  /** Of the next line, from 1. */
  lineNumber(): number;
}

function openReader(lines: readonly string[]): Reader {
  let at = 0;
  return {
    peek: () => lines[at] ?? null,
    take() {
      at += 1;
    },
    lineNumber: () => at + 1,
  };
}

function changeAt(reader: Reader): Result<FileChange> {
  const line = reader.peek() ?? '';
  const number = reader.lineNumber();
  const added = headerOf(line, ADD);
  const deleted = headerOf(line, DELETE);
  const updated = headerOf(line, UPDATE);
  const path = added ?? deleted ?? updated;
  if (path === null)
    return fail(
      wrong(
        `line ${number} is no part of a change: ${quoted(line)}. A change begins with "${ADD}", "${DELETE}" or "${UPDATE}"`,
      ),
    );
  if (path === '' || path.includes('\0')) return fail(wrong(`line ${number} names no file`));
  reader.take();
  if (added !== null) return ok({ kind: 'add', path, lines: addedLines(reader) });
  if (deleted !== null) return ok({ kind: 'delete', path });
  const movedTo = headerOf(reader.peek(), MOVE);
  if (movedTo !== null) reader.take();
  if (movedTo === '') return fail(wrong(`line ${number + 1} names no file to move to`));
  const hunks = hunksAt(reader);
  if (!hunks.ok) return hunks;
  if (hunks.value.length === 0 && movedTo === null)
    return fail(wrong(`line ${number}: the change of ${path} says nothing of what changes`));
  return ok({ kind: 'update', path, movedTo, hunks: hunks.value });
}

/** The rest of a line that begins so; null for any other. */
function headerOf(line: string | null, header: string): string | null {
  const trimmed = line?.trim() ?? '';
  return trimmed.startsWith(header) ? trimmed.slice(header.length).trim() : null;
}

function addedLines(reader: Reader): string[] {
  const lines: string[] = [];
  for (let line = reader.peek(); line?.startsWith('+'); line = reader.peek()) {
    lines.push(line.slice(1));
    reader.take();
  }
  return lines;
}

function hunksAt(reader: Reader): Result<Hunk[]> {
  const hunks: Hunk[] = [];
  for (let line = reader.peek(); line !== null && !isNextFile(line); line = reader.peek()) {
    // Between changes an empty line is nobody's context.
    if (line.trim() === '') {
      reader.take();
      continue;
    }
    const hunk = hunkAt(reader, hunks.length === 0);
    if (!hunk.ok) return hunk;
    hunks.push(hunk.value);
  }
  return ok(hunks);
}

function isNextFile(line: string): boolean {
  return [ADD, DELETE, UPDATE].some((header) => headerOf(line, header) !== null);
}

function hunkAt(reader: Reader, isFirst: boolean): Result<Hunk> {
  const first = reader.peek() ?? '';
  const number = reader.lineNumber();
  const place = /^@@(?: (.*))?$/.exec(first.trimEnd());
  if (place !== null) reader.take();
  else if (!isFirst) return fail(strayLine(number, first));
  const rows: PatchRow[] = [];
  for (let line = reader.peek(); line !== null; line = reader.peek()) {
    if (line.trimEnd() === END_OF_FILE) {
      if (rows.length === 0)
        return fail(wrong(`line ${reader.lineNumber()}: the change before the end of the file is empty`));
      reader.take();
      return ok({ after: afterOf(place), rows, isAtEnd: true });
    }
    const row = rowOf(line);
    if (row === null) break;
    rows.push(row);
    reader.take();
  }
  if (rows.length === 0) return fail(strayLine(reader.lineNumber(), reader.peek() ?? ''));
  return ok({ after: afterOf(place), rows: withoutSeparator(rows, reader.peek()), isAtEnd: false });
}

function afterOf(place: RegExpExecArray | null): string | null {
  const text = place?.[1] ?? '';
  return text === '' ? null : text;
}

/** An empty line is an empty line of context whose blank an editor took away. */
function rowOf(line: string): PatchRow | null {
  if (line === '') return { sign: ' ', text: '' };
  const sign = line[0];
  return sign === ' ' || sign === '-' || sign === '+' ? { sign, text: line.slice(1) } : null;
}

/** An empty line before the next change or file sets it off, and is no context. */
function withoutSeparator(rows: readonly PatchRow[], next: string | null): readonly PatchRow[] {
  const last = rows.at(-1);
  const isSeparator = rows.length > 1 && last?.sign === ' ' && last.text === '' && (next === null || isNextFile(next));
  return isSeparator ? rows.slice(0, -1) : rows;
}

function strayLine(number: number, line: string): Problem {
  return wrong(
    `line ${number} is no line of a change: ${quoted(line)}. Each begins with a blank (context), "-" (taken out) or "+" (put in), and a change after the first with "@@"`,
  );
}

function quoted(line: string): string {
  return JSON.stringify(line.length > 80 ? `${line.slice(0, 80)}…` : line);
}

function wrong(what: string): Problem {
  return { what: `apply_patch changed nothing: the patch cannot be read: ${what}.`, why: '', next: '' };
}
