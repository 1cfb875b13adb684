// What does a file look like when the changes of a patch are made in it?

import { fail, ok, type Result } from '../../problem/index.ts';
import { asBytesText, type FileLines, fileLines, usualEnd } from './file-lines.ts';
import { type LineSearch, openLineSearch } from './find-lines.ts';
import { describeMiss } from './near-match.ts';
import type { Change, PatchLine, PatchProblem } from './patch.ts';

/** One change, found in the lines from `at` on. It takes some of them away, and puts others before them or each other. */
interface Found {
  readonly at: number;
  readonly taken: number;
  readonly edits: readonly Edit[];
}

/** At one line of the file: it goes, or this text comes before it. */
type Edit = { readonly line: number; readonly added: string | null };

/** `shown`: how the patch names the file. */
export function changeFile(
  before: Uint8Array,
  changes: readonly Change[],
  shown: string,
): Result<Uint8Array, PatchProblem> {
  const file = fileLines(before);
  const search = openLineSearch(file.texts);
  const found: Found[] = [];
  let from = 0;
  for (const change of changes) {
    const place = findChange(change, from, file, search);
    if (!place.ok) return fail(describeMiss(place.problem, { change, from, file, shown, search }));
    found.push(place.value);
    // What is only added goes to the end of the file, wherever the next change is.
    if (place.value.taken > 0) from = place.value.at + place.value.taken;
    else from = Math.max(from, place.value.from);
  }
  return ok(rebuilt(file, found));
}

/** What was not there: a line to go to, or the lines themselves. */
export type Miss =
  | { readonly kind: 'anchor'; readonly anchor: string }
  | { readonly kind: 'lines'; readonly lines: readonly string[]; readonly from: number };

function findChange(
  change: Change,
  start: number,
  file: FileLines,
  search: LineSearch,
): Result<Found & { readonly from: number }, Miss> {
  let from = start;
  for (const anchor of change.anchors) {
    const at = search.find([asBytesText(anchor)], from, false);
    if (at !== null) from = at + 1;
    else if (!isLineRange(anchor)) return fail({ kind: 'anchor', anchor });
  }
  const lines = change.lines.map(({ sign, text }): PatchLine => ({ sign, text: asBytesText(text) }));
  const old = oldLines(lines);
  const end = file.texts.length;
  if (old.length === 0) return ok({ at: end, taken: 0, from, edits: editsOf(lines, end) });
  const at = search.find(old, from, change.endsFile);
  if (at !== null) return ok({ at, taken: old.length, from, edits: editsOf(lines, at) });
  // Models end a change with an empty line that is not the file's.
  const shorter = old.at(-1) === '' ? withoutEmptyEnd(lines) : lines;
  const less = oldLines(shorter);
  const again = less.length < old.length ? search.find(less, from, change.endsFile) : null;
  if (again !== null) return ok({ at: again, taken: less.length, from, edits: editsOf(shorter, again) });
  return fail({ kind: 'lines', lines: old, from });
}

/** What other tools write behind `@@`: numbers that say nothing which the lines do not say better. */
function isLineRange(anchor: string): boolean {
  return /^-\d+(?:,\d+)? \+\d+(?:,\d+)? @@/.test(anchor);
}

function oldLines(lines: readonly PatchLine[]): string[] {
  return lines.filter(({ sign }) => sign !== '+').map(({ text }) => text);
}

/** Without the last line that the file should have, and without the empty line that would be put in its place. */
function withoutEmptyEnd(lines: readonly PatchLine[]): PatchLine[] {
  const lastOld = lines.findLastIndex(({ sign }) => sign !== '+');
  const lastNew = lines.findLastIndex(({ sign }) => sign !== '-');
  const isNewEmpty = lines[lastNew]?.text === '' && lastNew >= lastOld;
  return lines.flatMap((line, index) => {
    if (index === lastNew && isNewEmpty) return [];
    if (index !== lastOld) return [line];
    // Lines that are added follow it: it stays among them.
    return line.sign === ' ' ? [{ ...line, sign: '+' }] : [];
  });
}

/** What comes in the place of lines that go comes where the first of them was. */
function editsOf(lines: readonly PatchLine[], at: number): Edit[] {
  let line = at;
  let place = at;
  return lines.flatMap(({ sign, text }): Edit[] => {
    if (sign === '+') return [{ line: place, added: text }];
    line += 1;
    if (sign === '-') return [{ line: line - 1, added: null }];
    place = line;
    return [];
  });
}

/** Lines that stay keep their bytes and how they end; but for the last one, which ends from now on as all others do. */
function rebuilt(file: FileLines, found: readonly Found[]): Uint8Array {
  const end = usualEnd(file);
  const gone = new Set<number>();
  const added = new Map<number, string[]>();
  for (const edit of found.flatMap(({ edits }) => edits)) {
    if (edit.added === null) gone.add(edit.line);
    else if (added.get(edit.line)?.push(edit.added) === undefined) added.set(edit.line, [edit.added]);
  }
  const pieces: string[] = [file.mark];
  for (let line = 0; line <= file.texts.length; line += 1) {
    for (const text of added.get(line) ?? []) pieces.push(text, end);
    if (line < file.texts.length && !gone.has(line)) pieces.push(file.texts[line] ?? '', file.ends[line] || end);
  }
  return Buffer.from(pieces.join(''), 'latin1');
}
