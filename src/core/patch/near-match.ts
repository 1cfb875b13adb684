// What is said when lines of a patch are not in the file? What was looked for, and the place that comes closest.

import type { Miss } from './change-file.ts';
import { asBytesText, asCharacters, type FileLines } from './file-lines.ts';
import { type LineSearch, loosely } from './find-lines.ts';
import type { Change, PatchProblem } from './patch.ts';

interface MissedIn {
  readonly change: Change;
  /** Where the change before ended: nothing above is looked at. */
  readonly from: number;
  readonly file: FileLines;
  readonly shown: string;
  readonly search: LineSearch;
}

/** Lines of the patch that a message quotes. */
const QUOTED_LINES = 12;
const QUOTED_CHARS = 160;

export function describeMiss(miss: Miss, { change, from, file, shown, search }: MissedIn): PatchProblem {
  const { line } = change;
  if (search.isExhausted) {
    const why = 'Its lines repeat themselves too much, or the patch has too many changes for a file of this size.';
    return { line, what: `Looking for the lines in ${shown} took too long.`, why, next: 'Send fewer changes at once.' };
  }
  if (miss.kind === 'anchor') {
    return {
      line,
      what: `Failed to find the line "${cut(miss.anchor)}" of the marker "@@" in ${shown} (line ${line} of the patch).`,
      why: whereElse([asBytesText(miss.anchor)], from, file, search),
      next: READ_AGAIN,
    };
  }
  const quoted = miss.lines.slice(0, QUOTED_LINES).map((it) => cut(asCharacters(it)));
  const rest = miss.lines.length - quoted.length;
  return {
    line,
    what: [
      `Failed to find expected lines in ${shown} (change on line ${line} of the patch):`,
      ...quoted,
      ...(rest > 0 ? [`… and ${rest} more`] : []),
    ].join('\n'),
    why: whereElse(miss.lines, miss.from, file, search),
    next: READ_AGAIN,
  };
}

const READ_AGAIN = 'Nothing was changed. Read the file again and send a patch with its lines as they are now.';

/** One sentence, or `''` where nothing in the file is like it. */
function whereElse(wanted: readonly string[], from: number, file: FileLines, search: LineSearch): string {
  if (file.texts.length === 0) return 'The file is empty.';
  const earlier = search.find(wanted, 0, false);
  if (earlier !== null && earlier < from)
    return `They stand on line ${earlier + 1}, above the place reached before: changes come in the order of the file.`;
  if (earlier !== null) return `They stand on line ${earlier + 1}, which is not at the end of the file.`;
  if (file.texts.some((text) => text.includes('\0')))
    return 'The file holds NUL characters: it may be no text in UTF-8.';
  const near = nearestPlace(wanted, file.texts);
  return near === null ? '' : sentenceOf(near, wanted, file.texts);
}

interface Near {
  /** Line of the file, from 0, where the first of the wanted lines would stand. */
  readonly at: number;
  readonly agreeing: number;
}

/** Lines that stand in so many places (blank ones, braces) tell no place. */
const COMMON_PLACES = 40;
/** What is looked at of a long change, and of a long file. */
const WANTED_LINES = 200;
const FILE_LINES = 200_000;

/** The place where most of the lines agree, each at its distance from the first. */
function nearestPlace(wanted: readonly string[], texts: readonly string[]): Near | null {
  const places = new Map<string, number[]>();
  const some = wanted.slice(0, WANTED_LINES).map(loosely);
  const isWanted = new Set(some.filter((line) => line !== ''));
  for (const [at, text] of texts.slice(0, FILE_LINES).entries()) {
    const line = loosely(text);
    if (!isWanted.has(line)) continue;
    const known = places.get(line);
    if (known === undefined) places.set(line, [at]);
    else if (known.length <= COMMON_PLACES) known.push(at);
  }
  const votes = new Map<number, number>();
  for (const [index, line] of some.entries()) {
    const at = places.get(line) ?? [];
    if (at.length > COMMON_PLACES) continue;
    for (const place of at) votes.set(place - index, (votes.get(place - index) ?? 0) + 1);
  }
  let best: Near | null = null;
  for (const [at, agreeing] of votes) if (at >= 0 && agreeing > (best?.agreeing ?? 0)) best = { at, agreeing };
  return best;
}

function sentenceOf({ at, agreeing }: Near, wanted: readonly string[], texts: readonly string[]): string {
  const differing = wanted.findIndex((line, index) => loosely(line) !== loosely(texts[at + index] ?? ''));
  const there = texts[at + differing];
  const has = there === undefined ? 'the file has ended there' : `the file has "${cut(asCharacters(there))}"`;
  const expected = cut(asCharacters(wanted[differing] ?? ''));
  const lines = `${agreeing} of ${wanted.length} lines agree`;
  return `Closest is line ${at + 1}, where ${lines}; on line ${at + differing + 1} ${has} and not "${expected}".`;
}

function cut(text: string): string {
  return text.length > QUOTED_CHARS ? `${text.slice(0, QUOTED_CHARS)}…` : text;
}
