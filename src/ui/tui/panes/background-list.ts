// What runs, one row each: what it is, for how long, and what it does or waits for.

import type { ProcessItem, Transcript } from '../../../core/bus/index.ts';
import { cutEnd, cutMiddle, visible, withoutEscapes } from '../terminal/width.ts';
import { joined, type Look, paint } from '../view/look.ts';
import { clockText } from '../view/numbers.ts';
import { lookOfState } from '../view/outcome.ts';
import type { PaneBody } from '../view/pane-body.ts';
import { shownStateOf } from '../view/process-state.ts';
import { placedCommand, stateGlyph, titleOf } from '../view/title.ts';

/** Without output for so long the time since then says more than the age. */
const QUIET_AFTER_MS = 30_000;

/** An address is looked for in so many last lines: servers print it once, at their start. */
const ADDRESS_LINES = 20;

/** A command takes at most so much of its row. */
const TITLE_COLUMNS = 40;

const PASSED_WIDTH = 400;

export interface ListView {
  readonly cols: number;
  /** Of the window; the list takes at most half of them. */
  readonly rows: number;
  readonly now: number;
  readonly look: Look;
  readonly selected: number | null;
  readonly bodies: (process: number) => PaneBody | null;
}

/** Processes of the list: those in the background first, then what runs in front. */
export function listed(transcript: Transcript): readonly ProcessItem[] {
  const behind = transcript.live.filter(({ place }) => place === 'background');
  return [...behind, ...transcript.live.filter(({ place }) => place === 'front')];
}

/** A list with its title above and its keys below. */
export function backgroundListRows(transcript: Transcript, view: ListView): string[] {
  const { cols, look } = view;
  const items = listed(transcript);
  const behind = items.filter(({ place }) => place === 'background').length;
  const title = behind === items.length ? `Background (${behind})` : `Running (${items.length})`;
  const room = Math.max(1, Math.floor(view.rows / 2) - 2);
  const at = Math.max(
    0,
    items.findIndex(({ number }) => number === view.selected),
  );
  const from = Math.min(Math.max(0, at - room + 1), Math.max(0, items.length - room));
  const shown = items.slice(from, from + room);
  const more = items.length > shown.length ? `${from + 1} to ${from + shown.length}` : '';
  const keys =
    cols < 60
      ? 'Enter show  f full  k stop  Esc'
      : `Enter show ${look.glyphs.separator} f full screen ${look.glyphs.separator} i type ${look.glyphs.separator} o output ${look.glyphs.separator} k stop ${look.glyphs.separator} Esc close`;
  return [
    `  ${joined(look, [paint(look, 'bold', title), more])}`,
    ...(items.length === 0 ? ['  Nothing runs.'] : shown.map((item) => rowOf(item, view))),
    `  ${paint(look, 'dim', keys)}`,
  ];
}

function rowOf(item: ProcessItem, view: ListView): string {
  const { look, cols, now } = view;
  const state = lookOfState(shownStateOf(item, now));
  const pointer = item.number === view.selected ? look.glyphs.pointer : ' ';
  const lead = `  ${pointer} ${item.number} ${stateGlyph(state, now, look)} `;
  const room = cols - 1 - `  > ${item.number} x `.length;
  const title = cutMiddle(
    titleOf(placedCommand(item), look),
    Math.min(TITLE_COLUMNS, Math.max(8, Math.floor(room / 2))),
    look.glyphs.ellipsis,
  );
  return lead + cutEnd(joined(look, [title, ...activityOf(item, view)]), Math.max(1, room), look.glyphs.ellipsis);
}

function activityOf(item: ProcessItem, { bodies, now }: ListView): string[] {
  const lines = (bodies(item.number)?.rows(ADDRESS_LINES, PASSED_WIDTH) ?? [])
    .map((row) => withoutEscapes(row).trim())
    .filter((row) => row !== '');
  const last = visible(lines.at(-1) ?? '');
  if (item.state.kind === 'waiting') return [last === '' ? 'waits for input' : `waits for input: ${last}`];
  if (item.state.kind === 'asking') return ['needs your answer'];
  const silentMs = now - item.lastOutputAt;
  const age =
    silentMs >= QUIET_AFTER_MS
      ? `quiet ${clockText(silentMs)}`
      : clockText(now - (item.attempts.at(-1)?.startedAt ?? now));
  return [age, visible(listeningLine(lines) ?? last)];
}

const ADDRESS = /(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]):\d{2,5}/;

/** `localhost:5173 ready`: where a server can be reached, when it said so lately. */
function listeningLine(lines: readonly string[]): string | null {
  const found = lines.map((line) => ADDRESS.exec(line)?.[0]).filter((address) => address !== undefined);
  const address = found.at(-1);
  return address === undefined ? null : `${address} ready`;
}
