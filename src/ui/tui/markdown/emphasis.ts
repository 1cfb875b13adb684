// Which runs of `*`, `_` and `~~` belong together? CommonMark 0.31, section 6.2, with GitHub's strike-through.

export type Emphasis = 'bold' | 'italic' | 'strike';

/** A run of one mark; what is `left` of it after matching is text. */
export interface Run {
  readonly mark: string;
  readonly length: number;
  readonly canOpen: boolean;
  readonly canClose: boolean;
  left: number;
  readonly opens: Emphasis[];
  readonly closes: Emphasis[];
}

const BLANK = /^\s?$/u;
const PUNCTUATION = /[\p{P}\p{S}]/u;
/** Writers of these put no blanks between words, as the rules expect: there a bracket or a stop tells the side. */
const WITHOUT_BLANKS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u;

const BEGINS = /[\p{Ps}\p{Pi}"']/u;
const ENDS = /[\p{Pe}\p{Pf}"'.,!?;:。、，．！？；：]/u;

/** The run of marks that begins at `at`. */
export function runAt(text: string, at: number): Run {
  const mark = text[at] ?? '';
  let end = at;
  while (text[end] === mark) end += 1;
  const before = characterBefore(text, at);
  const after = String.fromCodePoint(text.codePointAt(end) ?? 0x20);
  const length = end - at;
  const [opening, closing] = [clings(before, after, BEGINS), clings(after, before, ENDS)];
  const isInWord = mark === '_';
  const counts = mark !== '~' || length === 2;
  return {
    mark,
    length,
    canOpen: counts && opening && (!isInWord || !closing || PUNCTUATION.test(before)),
    canClose: counts && closing && (!isInWord || !opening || PUNCTUATION.test(after)),
    left: length,
    opens: [],
    closes: [],
  };
}

function characterBefore(text: string, at: number): string {
  if (at === 0) return ' ';
  const isPair = (text.charCodeAt(at - 1) & 0xfc00) === 0xdc00;
  return text.slice(isPair ? at - 2 : at - 1, at);
}

/** The run belongs to what stands on the side of `inner`. */
function clings(outer: string, inner: string, side: RegExp): boolean {
  if (BLANK.test(inner)) return false;
  if (!PUNCTUATION.test(inner) || BLANK.test(outer) || PUNCTUATION.test(outer)) return true;
  return WITHOUT_BLANKS.test(outer) && side.test(inner);
}

/** Pairs the runs from index `from` on and takes them off the list. Linear: no opener is looked for twice in vain. */
export function matchRuns(runs: Run[], from: number): void {
  const taken = runs.splice(from);
  const previous = taken.map((_, index) => index - 1);
  const bottoms = new Map<string, number>();
  taken.forEach((closer, index) => {
    while (closer.canClose && closer.left > 0) {
      const key = `${closer.mark}${closer.canOpen}${closer.length % 3}`;
      const bottom = bottoms.get(key) ?? -1;
      let opener = previous[index] ?? -1;
      while (opener > bottom && !isPair(taken[opener], closer)) opener = previous[opener] ?? -1;
      const open = taken[opener];
      if (opener <= bottom || open === undefined) {
        bottoms.set(key, previous[index] ?? -1);
        return;
      }
      const count = closer.left >= 2 && open.left >= 2 ? 2 : 1;
      const emphasis = closer.mark === '~' ? 'strike' : count === 2 ? 'bold' : 'italic';
      open.left -= count;
      closer.left -= count;
      open.opens.push(emphasis);
      closer.closes.push(emphasis);
      // What stands between the two can match nothing outside any more.
      previous[index] = open.left > 0 ? opener : (previous[opener] ?? -1);
    }
  });
}

function isPair(opener: Run | undefined, closer: Run): boolean {
  if (opener === undefined || opener.mark !== closer.mark || !opener.canOpen || opener.left === 0) return false;
  if (closer.mark === '~') return true;
  const isBoth = opener.canClose || closer.canOpen;
  return !isBoth || (opener.length + closer.length) % 3 !== 0 || (opener.length % 3 === 0 && closer.length % 3 === 0);
}
