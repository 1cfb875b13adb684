// Which rows each item of the transcript view takes, laid out when somebody looks at it and kept until it changes.

import type { Item, Transcript } from '../../../core/bus/index.ts';
import { type GrownRows, grownRows } from '../markdown/markdown.ts';
import { itemRows, paintedReasoning } from '../view/item-rows.ts';
import type { ItemView } from '../view/process-rows.ts';
import { placedCommand, titleOf } from '../view/title.ts';

/** Everything that is shown, in order; and the rows of each with the blank row that sets it off. */
export interface Layout {
  readonly items: readonly Item[];
  rowsOf(index: number): readonly string[];
}

interface Kept {
  readonly key: string;
  readonly rows: readonly string[];
  /** Of an answer that grows. */
  readonly grown: GrownRows | null;
}

/** Rows of earlier layouts, by item, folded and unfolded; dropped with the items. */
export type KeptRows = WeakMap<Item, Map<boolean, Kept>>;

/**
 * Finished items in the order of the scrollback, then what still runs. `isFiltered` leaves only what went wrong or was
 * asked about.
 */
export function layOut(
  transcript: Transcript,
  view: ItemView,
  unfolded: ReadonlySet<Item>,
  isFiltered: boolean,
  kept: KeptRows,
): Layout {
  const all: Item[] = [...transcript.finished, ...transcript.live, ...transcript.streaming];
  const items = isFiltered ? all.filter(isTrouble) : all.filter((item) => !isSilent(item));
  return {
    items,
    rowsOf(index) {
      const item = items[index];
      if (item === undefined) return [];
      const isUnfolded = unfolded.has(item);
      const isSetOff = index > 0 && !continuesAnswer(item, items[index - 1]);
      const key = `${view.cols} ${isSetOff} ${versionOf(item, view)}`;
      const slots = kept.get(item) ?? new Map<boolean, Kept>();
      const known = slots.get(isUnfolded);
      if (known?.key === key) return known.rows;
      const { rows, grown } = shownRows(item, known?.grown ?? null, view, isUnfolded);
      const all = isSetOff && rows.length > 0 ? ['', ...rows] : rows;
      kept.set(item, slots.set(isUnfolded, { key, rows: all, grown }));
      return all;
    },
  };
}

function shownRows(
  item: Item,
  known: GrownRows | null,
  view: ItemView,
  isUnfolded: boolean,
): Pick<Kept, 'rows' | 'grown'> {
  if (item.kind === 'process' && item.state.kind !== 'finished') return { rows: runningRows(item, view), grown: null };
  if ((item.kind !== 'answer' && item.kind !== 'reasoning') || item.isComplete)
    return { rows: itemRows(item, view, isUnfolded), grown: null };
  const { rows, grown } = grownRows(item.text, known, view);
  return { rows: item.kind === 'answer' ? rows : rows.map((row) => paintedReasoning(row, view.look)), grown };
}

/** The summary of a turn belongs to the answer above it, as in the scrollback. */
function continuesAnswer(item: Item, before: Item | undefined): boolean {
  return item.kind === 'turn_end' && item.outcome !== 'failed' && before?.kind === 'answer';
}

/** What still runs is in its pane; here it only has its place. */
function runningRows(item: Extract<Item, { kind: 'process' }>, view: ItemView): string[] {
  return [
    `${view.look.glyphs.still} ${item.number} ${titleOf(placedCommand(item), view.look)} ${view.look.glyphs.separator} runs`,
  ];
}

function versionOf(item: Item, view: ItemView): string {
  if (item.kind === 'answer' || item.kind === 'reasoning') return `${item.text.length} ${item.isComplete}`;
  if (item.kind !== 'process') return '';
  const fetched = item.attempts.map(({ number }) => view.fetched?.(item.number, number)?.length ?? '');
  return `${item.revision} ${fetched.join(',')}`;
}

/** Items without rows of their own. */
function isSilent(item: Item): boolean {
  return (
    (item.kind === 'message' && item.isCommand) ||
    (item.kind === 'turn_end' && item.isCommand && item.outcome === 'completed')
  );
}

function isTrouble(item: Item): boolean {
  switch (item.kind) {
    case 'process':
      return (
        item.state.kind === 'asking' ||
        (item.state.kind === 'finished' && item.state.outcome !== 'ok') ||
        item.decisionsBefore.length > 0 ||
        item.attempts.some(({ wasAsked, end }) => wasAsked || end?.denial != null)
      );
    case 'notice':
      return item.level !== 'info';
    case 'turn_end':
      return item.outcome === 'failed';
    default:
      return false;
  }
}

/** Attempts whose middle the transcript does not hold: who wants to read or search them all has them fetched. */
export function outputsToFetch(items: Iterable<Item>): { process: number; attempt: number; bytes: number }[] {
  const wanted: { process: number; attempt: number; bytes: number }[] = [];
  for (const item of items) {
    if (item.kind !== 'process') continue;
    for (const { number, excerpt } of item.attempts) {
      if (!excerpt.isWhole) wanted.push({ process: item.number, attempt: number, bytes: excerpt.bytes });
    }
  }
  return wanted;
}
