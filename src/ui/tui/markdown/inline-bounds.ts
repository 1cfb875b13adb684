// Where does a stretch that is not looked into end: code, comments, formulas, bare addresses? No place is searched
// twice in vain, so that a text of nothing but openers takes no longer than any other.

const TICKS = /`+/g;
/** A formula between single dollar signs is short; everything else is about money. */
const LONGEST_FORMULA = 200;

export interface Bounds {
  /** The code that begins at `at`: how many ticks, and where it ends; null when nothing closes it. */
  codeAt(at: number): { readonly ticks: number; readonly end: number | null };
  /** Behind the next `mark` from `from` on. */
  endOf(mark: string, from: number): number | null;
  /** Of `$…$` that begins at `at`. */
  formulaEnd(at: number): number | null;
}

export function openBounds(text: string): Bounds {
  const missing = new Set<string>();
  let runs: Map<number, number[]> | null = null;

  /** Starts of the runs of ticks, by their length, last one first. */
  function runsOf(length: number): number[] {
    if (runs === null) {
      runs = new Map();
      for (const { index, 0: run } of [...text.matchAll(TICKS)].reverse()) {
        const known = runs.get(run.length);
        if (known === undefined) runs.set(run.length, [index]);
        else known.push(index);
      }
    }
    return runs.get(length) ?? [];
  }

  return {
    codeAt(at) {
      let end = at;
      while (text[end] === '`') end += 1;
      const ticks = end - at;
      const starts = runsOf(ticks);
      // Reading goes forward: what lies behind is never asked for again.
      while ((starts.at(-1) ?? Number.POSITIVE_INFINITY) <= at) starts.pop();
      const close = starts.at(-1);
      return { ticks, end: close === undefined ? null : close + ticks };
    },
    endOf(mark, from) {
      if (missing.has(mark)) return null;
      const found = text.indexOf(mark, from);
      if (found < 0) missing.add(mark);
      return found < 0 ? null : found + mark.length;
    },
    formulaEnd(at) {
      if (/^[\s\d]?$/.test(text[at + 1] ?? '')) return null;
      const inside = text.slice(at + 1, at + 1 + LONGEST_FORMULA);
      const found = /^[^$`\n]*[^$`\s\\]\$(?!\d)/.exec(inside);
      return found === null ? null : at + 1 + found[0].length;
    },
  };
}

const BARE = /(?:https?:\/\/|www\.)[^\s<>[\]`"|\\^{}]+/y;

/** The end of an address in running text, its sentence's punctuation left out; null when it is none. */
export function bareLinkEnd(text: string, at: number): number | null {
  if (at > 0 && /[\w@.-]/.test(text[at - 1] ?? '')) return null;
  BARE.lastIndex = at;
  let address = BARE.exec(text)?.[0] ?? '';
  let open = count(address, '(') - count(address, ')');
  for (;;) {
    const last = address.at(-1) ?? '';
    if (last === ')' && open < 0) open += 1;
    else if (!/[?!.,:;*_~']/.test(last)) break;
    address = address.slice(0, -1);
  }
  return /^(?:https?:\/\/|www\.)[\p{L}\p{N}]/u.test(address) ? at + address.length : null;
}

/** Where an address without a scheme leads. */
export function bareLinkTarget(address: string): string {
  return address.startsWith('www.') ? `https://${address}` : address;
}

function count(text: string, character: string): number {
  let found = 0;
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) found += 1;
  return found;
}
