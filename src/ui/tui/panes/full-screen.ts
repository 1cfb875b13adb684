// What a pane looks like when it has the whole window.

import type { ProcessItem } from '../../../core/bus/index.ts';
import { cutMiddle, cutToWidth } from '../terminal/width.ts';
import { joined, type Look } from '../view/look.ts';
import { lookOfState } from '../view/outcome.ts';
import type { PaneBody } from '../view/pane-body.ts';
import { shownStateOf } from '../view/process-state.ts';
import { placedCommand, stateGlyph, titleOf } from '../view/title.ts';

/** Below so many columns only the way out is said. */
const NARROW_BELOW = 60;

export interface FullScreenView {
  readonly cols: number;
  readonly rows: number;
  readonly now: number;
  readonly look: Look;
  /** The program's terminal has another size than this window, because another terminal decided it. */
  readonly sizedFor: { readonly cols: number; readonly rows: number } | null;
}

/** Exactly `rows` rows: the program's screen, and one row that says what this is and how to leave. */
export function fullScreenRows(item: ProcessItem, body: PaneBody | null, view: FullScreenView): string[] {
  const height = Math.max(1, view.rows - 1);
  const screen = (body?.screen() ?? []).slice(-height).map((row) => cropped(row, view));
  while (screen.length < height) screen.push('');
  return [...screen, titleRow(item, view)];
}

function cropped(row: string, { cols, look, sizedFor }: FullScreenView): string {
  if (sizedFor === null || sizedFor.cols <= cols) return cutToWidth(row, cols);
  const cut = cutToWidth(row, cols - 1);
  return cut === row ? row : cut + look.glyphs.pointer;
}

function titleRow(item: ProcessItem, { cols, look, now, sizedFor }: FullScreenView): string {
  const state = lookOfState(shownStateOf(item, now));
  const facts = factsOf(item, state.word, sizedFor, cols < NARROW_BELOW);
  const lead = `${stateGlyph(state, now, look)} ${item.number} `;
  const room = Math.max(8, cols - 1 - 4 - facts.reduce((sum, fact) => sum + fact.length + 3, 0));
  return cutToWidth(
    lead + joined(look, [cutMiddle(titleOf(placedCommand(item), look), room, look.glyphs.ellipsis), ...facts]),
    cols - 1,
  );
}

function factsOf(item: ProcessItem, word: string, sizedFor: FullScreenView['sizedFor'], isNarrow: boolean): string[] {
  if (item.state.kind === 'finished') return [word, 'Enter closes'];
  if (sizedFor !== null)
    return [`sized for another terminal (${sizedFor.cols}x${sizedFor.rows}), any key into it takes over`];
  return isNarrow ? ['Ctrl-] comes back'] : ['keys go to the program', 'Ctrl-] comes back'];
}
