// What does an open list of completions hold, and what does a key make of it? Pure.

import type { CompletedWord } from './word.ts';

/** One row of the list. */
export interface Proposal {
  /** What is taken: a path, or a command's name. */
  readonly text: string;
  readonly shown: string;
  /** What of `shown` was typed. */
  readonly marks: readonly (readonly [number, number])[];
  readonly argument: string;
  readonly about: string;
}

export interface Completion {
  readonly word: CompletedWord;
  /** Best first. */
  readonly proposals: readonly Proposal[];
  readonly selected: number;
  /** The person chose a row; without that the first one is only a suggestion. */
  readonly hasMoved: boolean;
  /** The proposals are those of an earlier query: the ones for `word` are on their way. */
  readonly isBehind: boolean;
  /** What was typed is one of the things there are, as it stands. */
  readonly isExact: boolean;
  /** Files known while the folder is still being listed; null when it is listed. */
  readonly listed: number | null;
}

export function opened(word: CompletedWord): Completion {
  return { word, proposals: [], selected: 0, hasMoved: false, isBehind: true, isExact: false, listed: null };
}

/** More was typed; what is there stays to be seen until there is an answer. */
export function asked(completion: Completion, word: CompletedWord): Completion {
  return { ...completion, word, isBehind: true };
}

/** An answer came. A row that was chosen stays chosen while it is there. */
export function answered(
  completion: Completion,
  proposals: readonly Proposal[],
  listed: number | null = null,
): Completion {
  const { query, kind } = completion.word;
  const isFile = kind === 'mention' || kind === 'argument';
  const isSame = ({ text }: Proposal): boolean => text === query || (isFile && text === `${query}/`);
  // A folder that was typed whole is not what comes next: what is in it is.
  const shown = proposals.filter(({ text }) => !(isFile && text.endsWith('/') && text === query));
  const chosen = completion.proposals[completion.selected]?.text;
  const kept = completion.hasMoved ? shown.findIndex(({ text }) => text === chosen) : -1;
  return {
    ...completion,
    proposals: shown,
    selected: Math.max(0, kept),
    hasMoved: kept >= 0,
    isBehind: false,
    isExact: proposals.some(isSame),
    listed,
  };
}

/** Moves by so many rows; around the ends by one. */
export function moved(completion: Completion, step: number): Completion {
  const { proposals, selected } = completion;
  if (proposals.length === 0) return completion;
  const last = proposals.length - 1;
  const next = selected + step;
  const turned = Math.abs(step) > 1 ? Math.max(0, Math.min(last, next)) : next < 0 ? last : next > last ? 0 : next;
  return { ...completion, selected: turned, hasMoved: true };
}

export function chosen({ proposals, selected }: Completion): Proposal | null {
  return proposals[selected] ?? null;
}

/**
 * Whether Enter takes the marked row. Else it sends: a message that is complete never waits for a list. Taken when the
 * person moved to it, or when what was typed is the beginning of it and of nothing else that stands there.
 */
export function enterTakes(completion: Completion): boolean {
  const row = chosen(completion);
  if (row === null) return false;
  if (completion.hasMoved) return true;
  const { query } = completion.word;
  if (completion.isBehind || completion.isExact || query === '') return false;
  return row.text.length > query.length && row.text.startsWith(query);
}
