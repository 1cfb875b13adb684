// A change of files as rows for people: line numbers, signs in a column of their own, changed words marked.

import { diffWordsWithSpace, structuredPatch } from 'diff';
import type { FileEffect, PatchPlan } from './match-patch.ts';

/** Beyond this a change is shown as everything taken out and everything put in, and no longer looked at closely. */
const MOST_EDITS = 5_000;
const LONGEST_LOOK_MS = 300;

/** Rows of all files together. */
const MOST_ROWS = 4_000;

/** A row longer than this is cut: nobody reads on. */
const LONGEST_ROW = 2_000;

/** Of two lines that share less than this part the words are not compared. */
const ALIKE_FROM = 0.4;

interface Shown {
  readonly name: string;
  readonly isAdded: boolean;
  readonly isDeleted: boolean;
  readonly before: string;
  readonly after: string;
}

/** `shown` makes a path as a person reads it. */
export function diffRows({ effects, steps }: PatchPlan, shown: (path: string) => string): string[] {
  const moves = new Map(steps.flatMap(({ path, movedTo }) => (movedTo === null ? [] : [[movedTo, path] as const])));
  const rows = effects
    .filter(({ path, after }) => after !== null || ![...moves.values()].includes(path))
    .flatMap((effect) => fileRows(effect, effects, moves, shown));
  return rows.length <= MOST_ROWS ? rows : [...rows.slice(0, MOST_ROWS), dim(`… ${rows.length - MOST_ROWS} more rows`)];
}

function fileRows(
  { path, before, after }: FileEffect,
  effects: readonly FileEffect[],
  moves: ReadonlyMap<string, string>,
  shown: (path: string) => string,
): string[] {
  const from = moves.get(path);
  const old = from === undefined ? before : (effects.find((effect) => effect.path === from)?.before ?? before);
  const name = from === undefined ? shown(path) : `${shown(from)} -> ${shown(path)}`;
  if (isBinary(old) || isBinary(after)) return [heading(name, 'binary')];
  return textRows({
    name,
    isAdded: old === null,
    isDeleted: after === null,
    before: textOf(old),
    after: textOf(after),
  });
}

function textRows({ name, isAdded, isDeleted, before, after }: Shown): string[] {
  const hunks = hunksBetween(before, after);
  const lines = hunks.flatMap(({ lines: list }) => list);
  const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
  const state = isAdded ? 'new' : isDeleted ? 'deleted' : '';
  const width = String(Math.max(1, lineCount(before), lineCount(after))).length;
  const rows = hunks.flatMap((hunk, index) => [
    ...(index === 0 ? [] : [dim(`${' '.repeat(width)} …`)]),
    ...hunkRows(hunk, width),
  ]);
  return [heading(name, [state, `+${count('+')} -${count('-')}`].filter((part) => part !== '').join(' ')), ...rows];
}

interface ShownHunk {
  readonly oldStart: number;
  readonly newStart: number;
  /** With their signs. */
  readonly lines: readonly string[];
}

function hunksBetween(before: string, after: string): readonly ShownHunk[] {
  const options = { context: 3, maxEditLength: MOST_EDITS, timeout: LONGEST_LOOK_MS };
  const found = structuredPatch('', '', before, after, '', '', options);
  if (found !== undefined) return found.hunks;
  const signed = (text: string, sign: string) => linesOf(text).map((line) => sign + line);
  return [{ oldStart: 1, newStart: 1, lines: [...signed(before, '-'), ...signed(after, '+')] }];
}

function hunkRows({ oldStart, newStart, lines }: ShownHunk, width: number): string[] {
  const rows: string[] = [];
  let [old, now] = [oldStart, newStart];
  for (let at = 0; at < lines.length; ) {
    const line = lines[at] ?? '';
    if (line.startsWith('\\')) {
      rows.push(dim(`${' '.repeat(width)} ${line}`));
      at += 1;
      continue;
    }
    if (line.startsWith(' ')) {
      rows.push(row(now, ' ', cut(line.slice(1)), width));
      [at, old, now] = [at + 1, old + 1, now + 1];
      continue;
    }
    const taken = run(lines, at, '-');
    const put = run(lines, at + taken.length, '+');
    const marked = markedPairs(taken, put);
    for (const text of marked.taken) rows.push(red(row(old++, '-', text, width)));
    for (const text of marked.put) rows.push(green(row(now++, '+', text, width)));
    at += Math.max(1, taken.length + put.length);
  }
  return rows;
}

function run(lines: readonly string[], from: number, sign: string): string[] {
  const end = lines.findIndex((line, index) => index >= from && !line.startsWith(sign));
  return lines.slice(from, end < 0 ? lines.length : end).map((line) => cut(line.slice(1)));
}

/** Lines taken out and put in that stand for each other have their changed words underlined. */
function markedPairs(taken: readonly string[], put: readonly string[]) {
  if (taken.length !== put.length || taken.length > 200) return { taken: taken.map(plain), put: put.map(plain) };
  const pairs = taken.map((line, index) => markedPair(line, put[index] ?? ''));
  return { taken: pairs.map(([one]) => one), put: pairs.map(([, other]) => other) };
}

function markedPair(one: string, other: string): readonly [string, string] {
  const parts = diffWordsWithSpace(one, other, { maxEditLength: 200 });
  const same = parts?.reduce((sum, { added, removed, value }) => sum + (added || removed ? 0 : value.length), 0) ?? 0;
  if (parts === undefined || same < ALIKE_FROM * Math.max(one.length, other.length)) return [plain(one), plain(other)];
  const side = (isLeft: boolean) =>
    parts
      .filter(({ added, removed }) => (isLeft ? !added : !removed))
      .map(({ added, removed, value }) => (added || removed ? underlined(plain(value)) : plain(value)))
      .join('');
  return [side(true), side(false)];
}

function row(number: number, sign: string, text: string, width: number): string {
  return `${String(number).padStart(width)} ${sign} ${sign === ' ' ? plain(text) : text}`;
}

function cut(text: string): string {
  const line = text.replace(/\r$/, '');
  return line.length > LONGEST_ROW ? `${line.slice(0, LONGEST_ROW)}…` : line;
}

/** Nothing in a file acts on a terminal. */
function plain(text: string): string {
  return text
    .replaceAll('\t', '    ')
    .replace(/[\x00-\x1f\x7f]/g, (control) => `^${String.fromCharCode(control.charCodeAt(0) ^ 0x40)}`)
    .replace(/[\x80-\x9f]/g, '?');
}

function isBinary(bytes: Uint8Array | null): boolean {
  return bytes?.subarray(0, 8_000).includes(0) === true;
}

function textOf(bytes: Uint8Array | null): string {
  return bytes === null ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

function lineCount(text: string): number {
  return linesOf(text).length;
}

function heading(name: string, facts: string): string {
  return `\x1b[1m${plain(name)}\x1b[22m ${facts}`;
}

function dim(text: string): string {
  return `\x1b[2m${text}\x1b[22m`;
}

function red(text: string): string {
  return `\x1b[31m${text}\x1b[39m`;
}

function green(text: string): string {
  return `\x1b[32m${text}\x1b[39m`;
}

function underlined(text: string): string {
  return `\x1b[4m${text}\x1b[24m`;
}
