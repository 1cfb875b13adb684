// How is a diff shown? Rows of text with the number, the sign in a column of its own, and the line.

import { changedWords, type DiffArrays, type Span } from './changed-words.ts';
import { asCharacters } from './file-lines.ts';
import { type DiffLine, deedOf, type FileDiff, type Hunk, hunksOf, type PatchDiff } from './patch-diff.ts';

export interface DiffTextOptions {
  /** SGR colours; the rows say the same without them. */
  readonly colour: boolean;
  /** Of the window. Below 60, long rows are cut; left out or above, whoever shows them decides. */
  readonly columns?: number;
  /** Rows of a new or removed file; all, when it is left out. */
  readonly wholeFileRows?: number;
  /** Rows of all files together; what is above is counted in the last one. */
  readonly mostRows?: number;
}

/** A diff that nobody would read to its end. */
const MOST_ROWS = 4000;
const CUT_BELOW_COLUMNS = 60;
/** Longer lines are data: they are cut in any case. */
const LINE_CHARS = 2000;
const TAB = '    ';

export async function diffText(diff: PatchDiff, options: DiffTextOptions): Promise<readonly string[]> {
  const { diffArrays } = await import('diff');
  const most = options.mostRows ?? MOST_ROWS;
  const rows: string[] = [];
  let left = 0;
  for (const file of diff.files) {
    for (const row of fileRows(file, options, diffArrays)) {
      if (rows.length < most) rows.push(row);
      else left += 1;
      // Counting all of a flood costs as much as making it.
      if (left > most) break;
    }
  }
  if (left > 0) rows.push(dim(`… ${left > most ? 'many' : left} more rows`, options.colour));
  return rows;
}

function* fileRows(file: FileDiff, options: DiffTextOptions, diffArrays: DiffArrays): Generator<string> {
  const { colour } = options;
  yield bold(headOf(file), colour);
  if (file.isBinary) return yield dim('  not text: its lines are not shown', colour);
  const isWhole = file.kind === 'delete' || (file.kind === 'add' && !file.replaced);
  const most = isWhole ? (options.wholeFileRows ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
  const width = String(Math.max(file.before.length, file.after.length)).length + 2;
  const at = { width, options };
  let shown = 0;
  let count = 0;
  for (const hunk of hunksOf(file)) {
    if (hunk.skipped > 0) yield dim(skippedRow(hunk.skipped, width), colour);
    for (const row of hunkRows(hunk, at, diffArrays)) {
      count += 1;
      if (count > most) {
        yield dim(`${' '.repeat(width + 3)}… ${counted(hunk.lines.length - shown, 'more line')}`, colour);
        return;
      }
      shown += 1;
      yield row;
    }
  }
}

function headOf(file: FileDiff): string {
  const { shown, movedTo, added, removed } = file;
  const name = movedTo === null ? shown : `${shown} → ${movedTo.shown}`;
  const counts = [...(added > 0 ? [`+${added}`] : []), ...(removed > 0 ? [`-${removed}`] : [])].join(' ');
  const over = movedTo !== null && file.replaced ? ' · over a file that was there' : '';
  return `${deedOf(file)} ${harmless(name)}${counts === '' ? '' : ` · ${counts}`}${over}`;
}

function skippedRow(lines: number, width: number): string {
  return `${' '.repeat(width + 3)}… ${counted(lines, 'unchanged line')}`;
}

interface RowPlace {
  readonly width: number;
  readonly options: DiffTextOptions;
}

function* hunkRows({ lines }: Hunk, at: RowPlace, diffArrays: DiffArrays): Generator<string> {
  for (let from = 0; from < lines.length; ) {
    let to = from + 1;
    while (to < lines.length && (lines[from]?.sign === ' ') === (lines[to]?.sign === ' ')) to += 1;
    const run = lines.slice(from, to);
    const endsDiffer = new Set(run.map(({ text }) => text.endsWith('\r\n'))).size > 1;
    const words = run[0]?.sign === ' ' || !at.options.colour ? NO_WORDS : changedWords(run, diffArrays);
    for (const line of run) {
      yield lineRow(line, words.get(line) ?? [], { ...at, endsDiffer });
      if (!line.text.endsWith('\n')) yield dim(`${' '.repeat(at.width + 3)}\\ No newline`, at.options.colour);
    }
    from = to;
  }
}

const NO_WORDS: ReadonlyMap<DiffLine, readonly Span[]> = new Map();

function lineRow(
  line: DiffLine,
  words: readonly Span[],
  { width, options, endsDiffer }: RowPlace & { readonly endsDiffer: boolean },
): string {
  const { colour, columns } = options;
  const number = String((line.sign === '-' ? line.old : line.new) ?? '').padStart(width);
  const room = columns !== undefined && columns < CUT_BELOW_COLUMNS ? columns - width - 6 : LINE_CHARS;
  const end = endsDiffer && line.text.endsWith('\r\n') ? '␍' : '';
  const text = `${bodyOf(line, words, room, colour)}${end}`;
  if (!colour) return `${number}   ${line.sign} ${text}`.trimEnd();
  const tint = line.sign === '-' ? '\x1b[31m' : line.sign === '+' ? '\x1b[32m' : '';
  return tint === ''
    ? `${dim(number, true)}     ${text}`
    : `${dim(number, true)}   ${tint}${line.sign} ${text}\x1b[39m`;
}

/** Changed words inverse, white space at the end of new and old lines as dots, tabs as columns. */
function bodyOf(line: DiffLine, words: readonly Span[], room: number, colour: boolean): string {
  const whole = withoutEnd(asCharacters(line.text.slice(0, LINE_CHARS * 4)));
  const isChanged = line.sign !== ' ';
  const solid = isChanged ? whole.trimEnd().length : whole.length;
  const inverse = words.filter(({ from, to }) => to > from);
  let text = '';
  let used = 0;
  let isInverse = false;
  for (const [index, char] of charactersOf(whole)) {
    const wanted = colour && inverse.some(({ from, to }) => index >= from && index < to);
    const shown = index >= solid ? trailing(char) : harmless(char === '\t' ? TAB : char);
    const columns = columnsOf(shown);
    if (used + columns > room) {
      text += isInverse ? '\x1b[27m›' : '›';
      isInverse = false;
      break;
    }
    if (wanted !== isInverse) text += wanted ? '\x1b[7m' : '\x1b[27m';
    isInverse = wanted;
    text += shown;
    used += columns;
  }
  return isInverse ? `${text}\x1b[27m` : text;
}

function* charactersOf(text: string): Generator<readonly [number, string]> {
  let at = 0;
  for (const char of text) {
    yield [at, char];
    at += char.length;
  }
}

function withoutEnd(text: string): string {
  return text.replace(/\r?\n$/, '');
}

function trailing(char: string): string {
  return char === '\t' ? '→···' : char === '\r' ? '␍' : '·';
}

/** Nothing that a file or a path holds may speak to the terminal, or turn the order of what is read. */
function harmless(text: string): string {
  return text.replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    const code = char.charCodeAt(0);
    if (code < 0x20) return String.fromCharCode(0x2400 + code);
    return code === 0x7f ? '␡' : '\ufffd';
  });
}

/** East Asian characters and emoji take two columns. What this misses is cut a little early or late. */
function columnsOf(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length;
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
    text,
  )
    ? 2
    : /^\p{M}$/u.test(text)
      ? 0
      : 1;
}

function counted(count: number, one: string): string {
  return `${String(count).replace(/\B(?=(\d{3})+$)/g, ',')} ${one}${count === 1 ? '' : 's'}`;
}

function dim(text: string, colour: boolean): string {
  return colour ? `\x1b[2m${text}\x1b[22m` : text;
}

function bold(text: string, colour: boolean): string {
  return colour ? `\x1b[1m${text}\x1b[22m` : text;
}
