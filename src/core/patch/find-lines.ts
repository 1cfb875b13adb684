// Where in a file do some lines stand, if need be when white space and typography are not taken seriously?

import { asCharacters } from './file-lines.ts';

/** How closely lines are compared; each is tried over the whole rest of the file before the next. */
const WAYS: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => asCharacters(line).replace(/\p{White_Space}+$/u, ''),
  (line) => trimmed(asCharacters(line)),
  (line) => trimmed(plainTypography(asCharacters(line))),
];

/** Not `trim`, which takes the mark U+FEFF for white space and leaves U+0085. */
function trimmed(text: string): string {
  return text.replace(/^\p{White_Space}+|\p{White_Space}+$/gu, '');
}

/** Dashes, quotes and spaces as a keyboard has them. */
function plainTypography(text: string): string {
  return text
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u00a0\u2002-\u200a\u202f\u205f\u3000]/g, ' ');
}

/** The same line, whatever is around and within it that a model may have changed. */
export function loosely(line: string): string {
  return WAYS.at(-1)?.(line) ?? line;
}

export interface LineSearch {
  /**
   * The first place at or after `from` where all of `wanted` stands; `atEnd`: only as the last lines. Null: nowhere.
   * The search as a whole has a bound: `isExhausted` is true when that was met, and nothing is found any more.
   */
  find(wanted: readonly string[], from: number, atEnd: boolean): number | null;
  readonly isExhausted: boolean;
}

/** Comparisons for one file: about a second. A patch that needs more was made to need it. */
const MOST_STEPS = 30_000_000;

/** Looks for lines in `texts`, which are bytes as characters, like `wanted`. */
export function openLineSearch(texts: readonly string[], mostSteps = MOST_STEPS): LineSearch {
  const spelled: (readonly string[] | undefined)[] = [texts];
  let steps = 0;

  const search = {
    find(wanted: readonly string[], from: number, atEnd: boolean): number | null {
      if (wanted.length > texts.length) return null;
      const start = atEnd ? texts.length - wanted.length : from;
      if (start < from) return null;
      if (wanted.length === 0) return start;
      for (const [index, way] of WAYS.entries()) {
        spelled[index] ??= texts.map(way);
        const found = firstPlace(spelled[index] ?? [], wanted.map(way), start);
        if (found !== null) return found;
      }
      return null;
    },
    get isExhausted(): boolean {
      return steps >= mostSteps;
    },
  };

  /** Knuth, Morris and Pratt: each line is looked at about once, however much the lines repeat themselves. */
  const firstPlace = (lines: readonly string[], wanted: readonly string[], start: number): number | null => {
    const fallback = fallbacks(wanted);
    let matched = 0;
    for (let at = start; at < lines.length && !search.isExhausted; at += 1) {
      steps += 1;
      while (matched > 0 && lines[at] !== wanted[matched]) matched = fallback[matched - 1] ?? 0;
      if (lines[at] === wanted[matched]) matched += 1;
      if (matched === wanted.length) return at - matched + 1;
    }
    return null;
  };

  return search;
}

/** For each beginning of `wanted`: how long the longest end of it is that is a beginning too. */
function fallbacks(wanted: readonly string[]): number[] {
  const lengths = [0];
  for (let at = 1, length = 0; at < wanted.length; at += 1) {
    while (length > 0 && wanted[at] !== wanted[length]) length = lengths[length - 1] ?? 0;
    if (wanted[at] === wanted[length]) length += 1;
    lengths.push(length);
  }
  return lengths;
}
