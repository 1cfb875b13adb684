// Which commands does a menu offer for what was typed behind the slash? Pure.

import type { Proposal } from './completion.ts';

/** Something that can be called by `/name`. */
export interface SlashEntry {
  readonly name: string;
  /** What follows the name, as help shows it: `[N]` when it can be left out, `NAME` when not, `''` for nothing. */
  readonly argument: string;
  /** What it does, in a few words. */
  readonly text: string;
  /** Where it comes from: said when it is not our own. */
  readonly origin: 'built-in' | 'project' | 'user';
}

/** codex-cli's spelling of a prompt's name; nothing of ours begins so. */
const PREFIX = 'prompts:';

/** Best first: names that begin so, names that hold it, names that hold its letters in order, and what describes them. */
export function slashProposals(entries: readonly SlashEntry[], query: string): readonly Proposal[] {
  const wanted = query.toLowerCase();
  const among = wanted.startsWith(PREFIX) ? entries.flatMap(asPrompt) : entries;
  const ranked = among.flatMap((entry, place) => {
    const found = rankOf(entry, wanted);
    return found === null ? [] : [{ entry, place, ...found }];
  });
  ranked.sort((one, other) => one.rank - other.rank || one.place - other.place);
  return ranked.map(({ entry, marks }) => ({
    text: entry.name,
    shown: `/${entry.name}`,
    marks: marks.map(([from, to]) => [from + 1, to + 1] as const),
    argument: entry.argument,
    about: entry.origin === 'built-in' ? entry.text : joined(entry.text, `(${entry.origin})`),
  }));
}

function joined(text: string, origin: string): string {
  return text === '' ? origin : `${text} ${origin}`;
}

function asPrompt(entry: SlashEntry): readonly SlashEntry[] {
  if (entry.origin === 'built-in') return [];
  return [entry.name.startsWith(PREFIX) ? entry : { ...entry, name: PREFIX + entry.name }];
}

type Marks = readonly (readonly [number, number])[];

function rankOf({ name, text }: SlashEntry, wanted: string): { readonly rank: number; readonly marks: Marks } | null {
  if (wanted === '') return { rank: 0, marks: [] };
  const lower = name.toLowerCase();
  const at = lower.indexOf(wanted);
  if (at === 0) return { rank: lower.length === wanted.length ? 0 : 1, marks: [[0, wanted.length]] };
  if (at > 0) return { rank: 2, marks: [[at, at + wanted.length]] };
  const scattered = inOrder(lower, wanted);
  if (scattered !== null) return { rank: 3, marks: scattered };
  // One letter is in every description.
  const words = wanted.length < 2 ? [] : text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return words.some((word) => word.startsWith(wanted)) ? { rank: 4, marks: [] } : null;
}

function inOrder(text: string, wanted: string): Marks | null {
  const marks: [number, number][] = [];
  let from = 0;
  for (const letter of wanted) {
    const at = text.indexOf(letter, from);
    if (at < 0) return null;
    from = at + letter.length;
    const last = marks.at(-1);
    if (last !== undefined && last[1] === at) last[1] = from;
    else marks.push([at, from]);
  }
  return marks;
}
