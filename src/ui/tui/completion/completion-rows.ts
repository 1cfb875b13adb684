// Which rows does a list of completions have on the screen? Pure.

import { cellWidth, cutEnd, cutToWidth, visible } from '../terminal/width.ts';
import { type Look, leftOut, paint } from '../view/look.ts';
import { countText } from '../view/numbers.ts';
import type { Completion, Proposal } from './completion.ts';

/** Rows of a list; more are reached by moving. */
const MOST_ROWS = 8;
/** `  ▸ ` in front of each row. */
const LEAD_CELLS = 4;
/** A description that would be shorter is left out. */
const LEAST_ABOUT = 12;
const MOST_NAME = 28;

export interface CompletionSpace {
  readonly cols: number;
  /** Of the window. */
  readonly rows: number;
  readonly look: Look;
}

/** Rows at most `cols - 1` wide; none for a list that has nothing to say. */
export function completionRows(completion: Completion, { cols, rows, look }: CompletionSpace): string[] {
  const room = Math.max(1, Math.min(MOST_ROWS, Math.floor(rows / 2) - 2));
  const { proposals, selected, listed } = completion;
  const first = Math.min(Math.max(0, selected - room + 1), Math.max(0, proposals.length - room));
  const shown = proposals.slice(first, first + room);
  const nameCells = Math.min(MOST_NAME, Math.max(0, ...shown.map(nameWidth)));
  const list = shown.map((proposal, index) => rowOf(proposal, first + index === selected, nameCells, cols, look));
  if (listed === null) return list;
  const note = `    indexing ${countText(listed)}${leftOut(look)}`;
  return [...list.slice(0, Math.max(0, room - 1)), cutToWidth(paint(look, 'dim', note), cols - 1)];
}

function nameWidth({ shown, argument }: Proposal): number {
  return cellWidth(visible(shown)) + (argument === '' ? 0 : cellWidth(visible(argument)) + 1);
}

function rowOf(proposal: Proposal, isSelected: boolean, nameCells: number, cols: number, look: Look): string {
  const { about } = proposal;
  const argument = visible(proposal.argument);
  const lead = `  ${isSelected ? paint(look, 'accent', look.glyphs.pointer) : ' '} `;
  const room = Math.max(1, cols - 1 - LEAD_CELLS);
  const name = marked(proposal, isSelected, room, look);
  const withArgument = argument === '' ? name : `${name} ${paint(look, 'dim', argument)}`;
  const blank = Math.max(2, nameCells - cellWidth(withArgument) + 2);
  const left = room - cellWidth(withArgument) - blank;
  if (about === '' || left < LEAST_ABOUT) return cutToWidth(lead + withArgument, cols - 1);
  return (
    lead + withArgument + ' '.repeat(blank) + paint(look, 'dim', cutEnd(visible(about), left, look.glyphs.ellipsis))
  );
}

/** The name with what was typed of it; of one that is too long its end, which tells it from others. */
function marked({ shown, marks }: Proposal, isSelected: boolean, room: number, look: Look): string {
  const name = visible(shown);
  const paintRest = (text: string): string => (isSelected ? paint(look, 'bold', text) : text);
  if (cellWidth(name) > room) {
    const characters = [...name];
    while (cellWidth(look.glyphs.ellipsis + characters.join('')) > room) characters.shift();
    return paintRest(look.glyphs.ellipsis + characters.join(''));
  }
  // Written out, other places would be meant.
  if (name !== shown) return paintRest(name);
  let text = '';
  let at = 0;
  for (const [from, to] of marks) {
    text += paintRest(shown.slice(at, from)) + paint(look, 'accent', paintRest(shown.slice(from, to)));
    at = to;
  }
  return text + paintRest(shown.slice(at));
}
