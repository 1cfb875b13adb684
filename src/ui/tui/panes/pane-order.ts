// Which pane comes next when somebody goes through them.

import type { ProcessItem, Transcript } from '../../../core/bus/index.ts';

/** Numbers of the panes that can be selected: open questions first, then what waits for input, then the rest. */
export function selectionOrder(transcript: Transcript): number[] {
  const shown = transcript.live.filter(({ place, state }) => place === 'front' || state.kind === 'asking');
  return shown
    .map((item, index) => ({ item, index }))
    .sort((one, other) => urgency(one.item) - urgency(other.item) || one.index - other.index)
    .map(({ item }) => item.number);
}

/** The pane after (`1`) or before (`-1`) the selected one; the first one when none is. Null when there is no pane. */
export function nextPane(transcript: Transcript, selected: number | null, step: 1 | -1): number | null {
  const order = selectionOrder(transcript);
  if (order.length === 0) return null;
  const at = selected === null ? -1 : order.indexOf(selected);
  if (at < 0) return (step === 1 ? order[0] : order.at(-1)) ?? null;
  return order[(at + step + order.length) % order.length] ?? null;
}

function urgency({ state }: ProcessItem): number {
  if (state.kind === 'asking') return 0;
  return state.kind === 'waiting' ? 1 : 2;
}
