// How is the text of a patch read? Line by line, as leniently as models need it and no further.

import { fail, ok, type Result } from '../../problem/index.ts';
import type { Change, FilePatch, Patch, PatchLine, PatchProblem } from './patch.ts';
import { PATCH_BYTES } from './patch.ts';

const BEGIN = '*** Begin Patch';
const END = '*** End Patch';
const END_OF_FILE = '*** End of File';
const ENVIRONMENT = '*** Environment ID:';
const MOVE = '*** Move to: ';
const HEADERS = [
  ['add', '*** Add File: '],
  ['delete', '*** Delete File: '],
  ['update', '*** Update File: '],
] as const;

/** Each is read before anything is decided. */
const MOST_FILES = 2000;

type Parsed<T> = Result<T, PatchProblem>;

/** The lines of a patch, and how far it has been read. */
interface Reader {
  readonly lines: readonly string[];
  at: number;
}

export function parsePatch(text: string): Parsed<Patch> {
  if (text.length > PATCH_BYTES) return fail(tooLarge());
  const lines = linesOf(text);
  const bounds = boundsOf(lines);
  if (!bounds.ok) return bounds;
  const reader: Reader = { lines: lines.slice(0, bounds.value.end), at: bounds.value.start };
  const environment = readEnvironment(reader);
  if (!environment.ok) return environment;
  const files: FilePatch[] = [];
  while (reader.at < reader.lines.length) {
    const file = readFile(reader);
    if (!file.ok) return file;
    files.push(file.value);
    if (files.length > MOST_FILES) return fail(tooManyFiles());
  }
  return files.length === 0 ? fail(noFiles()) : ok({ environment: environment.value, files });
}

/** A carriage return before a line feed belongs to the way the text travelled, not to a line. */
function linesOf(text: string): string[] {
  return text.split('\n').map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
}

/** The lines between the two markers, which may be wrapped in a here-document as it is typed into a shell. */
function boundsOf(lines: readonly string[]): Parsed<{ readonly start: number; readonly end: number }> {
  let first = lines.findIndex((line) => line.trim() !== '');
  let last = lines.findLastIndex((line) => line.trim() !== '');
  if (first === -1) return fail(isEmpty());
  const word = /^(?:apply_patch\s+)?<<-?\s*(["']?)(\w+)\1$/.exec((lines[first] ?? '').trim())?.[2];
  if (word !== undefined && lines[last]?.trim() === word) {
    first += 1;
    last -= 1;
  }
  if (lines[first]?.trim() !== BEGIN) return fail(noBeginning(first + 1, lines[first] ?? ''));
  if (last <= first || lines[last]?.trim() !== END) return fail(noEnd(last + 1, lines[last] ?? ''));
  return ok({ start: first + 1, end: last });
}

function readEnvironment(reader: Reader): Parsed<string | null> {
  const line = reader.lines[reader.at]?.trim() ?? '';
  if (!line.startsWith(ENVIRONMENT)) return ok(null);
  reader.at += 1;
  const name = line.slice(ENVIRONMENT.length).trim();
  return name === '' ? fail(noName(reader.at, ENVIRONMENT)) : ok(name);
}

function readFile(reader: Reader): Parsed<FilePatch> {
  const line = reader.at + 1;
  const header = reader.lines[reader.at]?.trim() ?? '';
  const known = HEADERS.find(([, words]) => `${header} `.startsWith(words));
  if (known === undefined) return fail(noHeader(line, header));
  const [kind, words] = known;
  const path = pathAfter(words, header, line);
  if (!path.ok) return path;
  reader.at += 1;
  switch (kind) {
    case 'add':
      return ok({ kind, line, path: path.value, lines: readAdded(reader) });
    case 'delete':
      return ok({ kind, line, path: path.value });
    case 'update':
      return readUpdate(reader, line, path.value);
  }
}

function pathAfter(words: string, header: string, line: number): Parsed<string> {
  const path = header.slice(words.length);
  if (path.trim() === '') return fail(noName(line, words.trim()));
  // The system ends a name there: another file would be written than the one that is shown.
  return path.includes('\0') ? fail(badName(line)) : ok(path);
}

function readAdded(reader: Reader): string[] {
  const added: string[] = [];
  for (; reader.lines[reader.at]?.startsWith('+'); reader.at += 1) added.push(reader.lines[reader.at]?.slice(1) ?? '');
  return added;
}

function readUpdate(reader: Reader, line: number, path: string): Parsed<FilePatch> {
  const moved = readMove(reader);
  if (!moved.ok) return moved;
  const changes: Change[] = [];
  let blankLine: number | null = null;
  while (reader.at < reader.lines.length) {
    const next = reader.lines[reader.at] ?? '';
    const isFirst = changes.length === 0;
    // Blank lines before a change are only there for the eye, and an end before the first one says nothing.
    if (isFirst && next.trimEnd() === END_OF_FILE) {
      reader.at += 1;
      continue;
    }
    const filled = nextFilled(reader);
    if (filled > reader.at && !(isFirst && /^[-+ ]/.test(reader.lines[filled] ?? ''))) {
      blankLine ??= reader.at + 1;
      reader.at = filled;
      continue;
    }
    if (isHeader(next)) break;
    const change = readChange(reader, isFirst);
    if (!change.ok) return change;
    changes.push(change.value);
  }
  // A file that is only moved has none.
  if (changes.length === 0 && blankLine !== null) changes.push(emptyChange(blankLine));
  else if (changes.length === 0 && moved.value === null) return fail(noChanges(line, path));
  return ok({ kind: 'update', line, path, movedTo: moved.value, changes });
}

/** An empty line, which may be the file's: it stays in any case. */
function emptyChange(line: number): Change {
  return { line, anchors: [], lines: [{ sign: ' ', text: '' }], endsFile: false };
}

/**
 * The next line that is not blank. The first change may begin without a marker, and then with an empty line of the
 * file.
 */
function nextFilled({ lines, at }: Reader): number {
  let next = at;
  while (next < lines.length && lines[next]?.trim() === '') next += 1;
  return next;
}

function isHeader(line: string): boolean {
  const plain = line.trim();
  return HEADERS.some(([, words]) => `${plain} `.startsWith(words)) && !line.startsWith(' ');
}

function readMove(reader: Reader): Parsed<string | null> {
  const line = reader.lines[reader.at]?.trimEnd() ?? '';
  if (!`${line} `.startsWith(MOVE)) return ok(null);
  reader.at += 1;
  return pathAfter(MOVE, line, reader.at);
}

function readChange(reader: Reader, mayLackMarker: boolean): Parsed<Change> {
  const line = reader.at + 1;
  const anchors = readAnchors(reader);
  if (anchors === null && !mayLackMarker) return fail(noMarker(line, reader.lines[reader.at] ?? ''));
  const first = reader.at;
  const lines: PatchLine[] = [];
  let endsFile = false;
  for (; reader.at < reader.lines.length; reader.at += 1) {
    const text = reader.lines[reader.at] ?? '';
    if (text.trimEnd() === END_OF_FILE) {
      if (lines.length === 0) return fail(noLines(line));
      reader.at += 1;
      endsFile = true;
      break;
    }
    const read = patchLine(text);
    if (read === null) break;
    lines.push(read);
  }
  if (lines.length > 0) return ok({ line, anchors: anchors ?? [], lines, endsFile });
  const stray = reader.lines[first];
  return fail(stray === undefined ? noLines(line) : strayLine(first + 1, stray));
}

/** Null where there is no marker. Several below each other lead from the outer to the inner. */
function readAnchors(reader: Reader): string[] | null {
  const anchors: string[] = [];
  let hasMarker = false;
  for (; reader.at < reader.lines.length; reader.at += 1) {
    const line = reader.lines[reader.at]?.trimEnd() ?? '';
    const isPlain = line === '@@';
    if (!isPlain && !line.startsWith('@@ ')) break;
    if (isPlain && hasMarker) break;
    hasMarker = true;
    if (!isPlain) anchors.push(line.slice('@@ '.length));
  }
  return hasMarker ? anchors : null;
}

function patchLine(text: string): PatchLine | null {
  const sign = text[0];
  // A model leaves the space of an empty line out.
  if (sign === undefined) return { sign: ' ', text: '' };
  return sign === ' ' || sign === '-' || sign === '+' ? { sign, text: text.slice(1) } : null;
}

const SENT_AGAIN = 'Correct the patch and send it again.';

function problem(line: number | null, what: string, why: string): PatchProblem {
  const where = line === null ? '' : ` (line ${line} of the patch)`;
  return { line, what: `Invalid patch${where}: ${what}`, why, next: SENT_AGAIN };
}

function shown(line: string): string {
  return JSON.stringify(line.length > 120 ? `${line.slice(0, 120)}…` : line);
}

const isEmpty = (): PatchProblem => problem(null, 'it is empty.', `It begins with ${shown(BEGIN)}.`);

const tooLarge = (): PatchProblem => ({
  ...problem(null, `it is longer than ${PATCH_BYTES / (1024 * 1024)} MiB.`, ''),
  next: 'Send it in several patches.',
});

const tooManyFiles = (): PatchProblem => ({
  ...problem(null, `it names more than ${MOST_FILES} files.`, ''),
  next: 'Send it in several patches.',
});

const noFiles = (): PatchProblem =>
  problem(
    null,
    'it names no file, so nothing was changed.',
    'A file begins with "*** Add File: ", "*** Update File: " or "*** Delete File: " and its path.',
  );

const noBeginning = (line: number, found: string): PatchProblem =>
  problem(line, `its first line must be ${shown(BEGIN)}, not ${shown(found.trim())}.`, '');

const noEnd = (line: number, found: string): PatchProblem =>
  problem(line, `its last line must be ${shown(END)}, not ${shown(found.trim())}.`, '');

const noName = (line: number, words: string): PatchProblem =>
  problem(line, `${shown(words)} needs a name behind it.`, '');

const badName = (line: number): PatchProblem => problem(line, 'the path holds a NUL character.', '');

const noHeader = (line: number, found: string): PatchProblem =>
  problem(
    line,
    `${shown(found)} begins no file.`,
    'A file begins with "*** Add File: ", "*** Update File: " or "*** Delete File: " and its path. Every line of a new file begins with "+", also an empty one.',
  );

const noChanges = (line: number, path: string): PatchProblem =>
  problem(line, `the update of ${path} has no changes.`, LINES_OF_A_CHANGE);

const noMarker = (line: number, found: string): PatchProblem =>
  problem(line, `a change begins with "@@", not with ${shown(found)}.`, LINES_OF_A_CHANGE);

const noLines = (line: number): PatchProblem => problem(line, 'the change has no lines.', LINES_OF_A_CHANGE);

const strayLine = (line: number, found: string): PatchProblem =>
  problem(line, `${shown(found)} is no line of a change.`, LINES_OF_A_CHANGE);

const LINES_OF_A_CHANGE =
  'Every line of a change begins with " " (it stays), "-" (it goes) or "+" (it is added), and the line itself follows.';
