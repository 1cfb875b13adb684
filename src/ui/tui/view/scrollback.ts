// Which rows are due for the terminal's scrollback, given what was printed before.

import type { Item, Transcript } from '../../../core/bus/index.ts';
import { noTextRead, type ReadText, readOn, restOf } from '../markdown/markdown.ts';
import { itemRows, paintedReasoning } from './item-rows.ts';
import { leftOut, paint } from './look.ts';
import { countText } from './numbers.ts';
import type { ItemView } from './process-rows.ts';

type Answer = Extract<Item, { kind: 'answer' | 'reasoning' }>;

/** What was printed: finished items by count, growing answers by how far they were read. */
export interface Printed {
  readonly finished: number;
  readonly partly: ReadonlyMap<string, ReadText>;
  /** What stands last in the scrollback: nothing of ours, an item, or (by its id) an answer. */
  readonly last:
    | { readonly kind: 'nothing' }
    | { readonly kind: 'item' }
    | { readonly kind: 'answer'; readonly id: string };
}

export const nothingPrinted: Printed = { finished: 0, partly: new Map(), last: { kind: 'nothing' } };
/** The header was printed: what follows is set off by a blank row. */
export const headerPrinted: Printed = { ...nothingPrinted, last: { kind: 'item' } };

/** The rows that became final since `printed`, each item after one blank row, and what is printed with them. */
export function dueRows(
  transcript: Transcript,
  printed: Printed,
  view: ItemView,
): { rows: string[]; printed: Printed } {
  const rows: string[] = [];
  let { last } = printed;
  let partly = printed.partly;
  for (const item of transcript.finished.slice(printed.finished)) {
    if (item.kind === 'answer' || item.kind === 'reasoning') {
      const before = partly.get(item.id);
      const { rows: due, read } = readOn(item.text, before ?? noTextRead, view);
      const all = painted(item, [...due, ...restOf(item.text, read, view, false)], view);
      last = append(rows, all, last, { kind: 'answer', id: item.id });
      if (before !== undefined) partly = without(partly, item.id);
      continue;
    }
    // The summary of a turn belongs to the answer above it.
    const isSummary = item.kind === 'turn_end' && last.kind === 'answer' && item.outcome !== 'failed';
    last = append(rows, itemRows(item, view), isSummary ? { kind: 'nothing' } : last, { kind: 'item' });
  }
  for (const answer of transcript.streaming) {
    const before = partly.get(answer.id) ?? noTextRead;
    const { rows: due, read } = readOn(answer.text, before, view);
    if (read.to === before.to) continue;
    last = append(rows, painted(answer, due, view), last, { kind: 'answer', id: answer.id });
    partly = new Map(partly).set(answer.id, read);
  }
  return { rows, printed: { finished: transcript.finished.length, partly, last } };
}

/** The still open part of the newest growing answer, as it will be printed; with the blank row that sets it off. */
export function tailRows(transcript: Transcript, printed: Printed, view: ItemView): string[] {
  const answer = transcript.streaming.at(-1);
  if (answer === undefined) return [];
  const rows = restOf(answer.text, printed.partly.get(answer.id) ?? noTextRead, view, true);
  const out: string[] = [];
  append(out, painted(answer, rows, view), printed.last, { kind: 'answer', id: answer.id });
  return out;
}

/**
 * The end of a resumed session: rows of its newest items, at least `wanted` of them if there are, below one row that
 * counts what stands above. Items are not torn.
 */
export function resumedRows(
  transcript: Transcript,
  wanted: number,
  view: ItemView,
): { rows: string[]; printed: Printed } {
  let from = transcript.finished.length;
  for (let shown = 0; from > 0 && shown < wanted; from--) {
    const item = transcript.finished[from - 1];
    if (item !== undefined) shown += itemRows(item, view).length + 1;
  }
  const hidden = from + (transcript.session?.earlierItems ?? 0);
  const count = hidden === 1 ? '1 earlier item' : `${countText(hidden)} earlier items`;
  const above = hidden === 0 ? [] : [paint(view.look, 'dim', `${leftOut(view.look)} ${count}: Ctrl-T reads them all`)];
  const due = dueRows(transcript, { ...(above.length > 0 ? headerPrinted : nothingPrinted), finished: from }, view);
  return { rows: [...above, ...due.rows], printed: due.printed };
}

function painted({ kind }: Answer, rows: readonly string[], { look }: ItemView): readonly string[] {
  return kind === 'reasoning' ? rows.map((row) => paintedReasoning(row, look)) : rows;
}

/** Adds rows behind what stands last, set off by one blank row unless they continue it. */
function append(
  rows: string[],
  more: readonly string[],
  last: Printed['last'],
  next: Printed['last'],
): Printed['last'] {
  if (more.length === 0) return last;
  const continues = last.kind === 'answer' && next.kind === 'answer' && last.id === next.id;
  if (last.kind !== 'nothing' && !continues && more[0] !== '') rows.push('');
  for (const row of more) rows.push(row);
  return next;
}

function without(map: ReadonlyMap<string, ReadText>, id: string): ReadonlyMap<string, ReadText> {
  const rest = new Map(map);
  rest.delete(id);
  return rest;
}
