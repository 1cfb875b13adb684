// Which words of a changed line are the ones that changed?

import { asCharacters } from './file-lines.ts';
import type { DiffLine } from './patch-diff.ts';

export type DiffArrays = typeof import('diff').diffArrays;

/** A stretch of the characters of a line. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** More lines in one place are a rewrite, and long lines are data: nobody looks for words there. */
const MOST_PAIRS = 60;
const MOST_CHARS = 400;

/** When more than this part of a line changed, the line as a whole is what changed. */
const MOST_CHANGED = 0.6;

/**
 * Of lines that went and lines that came in their place: the first of these with the first of those, and so on, where
 * there are as many.
 */
export function changedWords(run: readonly DiffLine[], diffArrays: DiffArrays): ReadonlyMap<DiffLine, readonly Span[]> {
  const words = new Map<DiffLine, readonly Span[]>();
  const gone = run.filter(({ sign }) => sign === '-');
  const come = run.filter(({ sign }) => sign === '+');
  if (gone.length !== come.length || gone.length > MOST_PAIRS) return words;
  for (const [index, old] of gone.entries()) {
    const now = come[index];
    if (now === undefined) break;
    const spans = between(asCharacters(old.text).trimEnd(), asCharacters(now.text).trimEnd(), diffArrays);
    if (spans === null) continue;
    words.set(old, spans.old);
    words.set(now, spans.now);
  }
  return words;
}

function between(old: string, now: string, diffArrays: DiffArrays): { old: Span[]; now: Span[] } | null {
  if (old.length > MOST_CHARS || now.length > MOST_CHARS) return null;
  const changes = diffArrays(tokensOf(old), tokensOf(now), { maxEditLength: 200 });
  if (changes === undefined) return null;
  const spans: { old: Span[]; now: Span[] } = { old: [], now: [] };
  let [oldAt, nowAt] = [0, 0];
  for (const { added, removed, value } of changes) {
    const { length } = value.join('');
    if (removed) spans.old.push({ from: oldAt, to: oldAt + length });
    if (added) spans.now.push({ from: nowAt, to: nowAt + length });
    if (!added) oldAt += length;
    if (!removed) nowAt += length;
  }
  return partOf(spans.old, old) > MOST_CHANGED || partOf(spans.now, now) > MOST_CHANGED ? null : spans;
}

function tokensOf(line: string): string[] {
  return line.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? [];
}

function partOf(spans: readonly Span[], line: string): number {
  return spans.reduce((sum, { from, to }) => sum + to - from, 0) / Math.max(1, line.length);
}
