// What stands below the scrollback at this moment: tail, panes, list, queue, composer and status, never too much of it.

import type { ProcessItem, QuestionValue, Transcript } from '../../../core/bus/index.ts';
import { cutEnd, cutToWidth, visible } from '../terminal/width.ts';
import { composerRule } from './first-frame.ts';
import { joined, type Look, leftOut } from './look.ts';
import type { PaneBody } from './pane-body.ts';
import { type PaneContent, paneContent } from './pane-rows.ts';
import { type HeightMemory, type Heights, type PaneNeed, RULE_FROM_ROWS, shareHeights } from './share-heights.ts';
import { type StatusFacts, statusLine } from './status-line.ts';
import { placedCommand } from './title.ts';

/** Smaller windows only keep the composer. */
const LEAST_COLS = 20;
const LEAST_ROWS = 5;

/** Queued messages that are shown. */
const QUEUE_ROWS = 3;

/** Output this young makes a pane `fresh`. */
const FRESH_MS = 2_000;

export interface Place {
  readonly row: number;
  readonly col: number;
}

/** What the person did to the screen, as far as it is seen. */
export interface LiveInput {
  readonly transcript: Transcript;
  readonly cols: number;
  readonly rows: number;
  readonly look: Look;
  /** Ms since 1970. */
  readonly now: number;
  readonly bodies: (process: number) => PaneBody | null;
  /** Of the answer that grows, ready to show. */
  readonly tail: readonly string[];
  /** Ready rows of an open list, e.g. the background list; none when no list is open. */
  readonly panel: readonly string[];
  /** Already laid out for this width. */
  readonly composer: { readonly rows: readonly string[]; readonly cursor: Place | null; readonly isEmpty: boolean };
  readonly selected: number | null;
  readonly typingInto: number | null;
  /** Draws the open question. */
  readonly card: (question: QuestionValue, maxRows: number) => readonly string[];
  readonly status: StatusFacts;
  readonly heights: HeightMemory;
}

export interface LiveRegion {
  /** At most `rows - 1`, each at most `cols - 1` wide. */
  readonly rows: readonly string[];
  readonly cursor: Place | null;
  readonly heights: HeightMemory;
}

export function liveRegion(input: LiveInput): LiveRegion {
  const { cols, rows, look, composer } = input;
  if (cols < LEAST_COLS || rows < LEAST_ROWS) return tooSmall(input);
  const panes = shownPanes(input);
  const queue = queueRows(input);
  // Panes stand off what was printed above them, where there is room for a blank row.
  const gap = panes.length > 0 && rows >= RULE_FROM_ROWS ? [''] : [];
  const tail = [...input.tail, ...gap];
  const heights = shareHeights(
    {
      rows,
      composer: composer.rows.length,
      queue: queue.length,
      tail: tail.length,
      panel: input.panel.length,
      panes: panes.map(({ need }) => need),
    },
    input.heights,
    input.now,
  );
  const paneRows = rowsOfPanes(panes, heights, look, input.transcript);
  const lastTail = heights.tail === 0 ? [] : tail.slice(-heights.tail);
  const above = [
    ...lastTail,
    ...paneRows.rows,
    ...input.panel.slice(0, heights.panel),
    ...queue.slice(queue.length - heights.queue),
    ...(heights.hasRule ? [composerRule(look)] : []),
  ];
  const shownComposer = composerPart(composer, heights.composer);
  const status = heights.hasStatus ? [statusLine(statusOf(input, heights), cols, look)] : [];
  const all = [...above, ...shownComposer.rows, ...status].map((row) => cutToWidth(row, cols - 1));
  // Heights add up to less than the window; this holds even if a part would not.
  const cut = Math.max(0, all.length - (rows - 1));
  const cursor = cursorOf(input, paneRows, lastTail.length, above.length, shownComposer.cursor);
  return {
    rows: all.slice(cut),
    cursor: cursor === null || cursor.row < cut ? null : { row: cursor.row - cut, col: Math.min(cursor.col, cols - 1) },
    heights: heights.memory,
  };
}

function tooSmall({ cols, rows, composer, heights }: LiveInput): LiveRegion {
  const { rows: shown, cursor } = composerPart(composer, 1);
  const all = ['needs a bigger window (20x5)', ...shown].map((row) => cutToWidth(row, Math.max(1, cols - 1)));
  const cut = Math.max(0, all.length - Math.max(1, rows - 1));
  return {
    rows: all.slice(cut),
    cursor: cursor === null ? null : { row: cursor.row + 1 - cut, col: Math.min(cursor.col, cols - 1) },
    heights,
  };
}

// --------------------------------------------------------------------------------------------------------- panes

interface ShownPane {
  readonly item: ProcessItem;
  readonly content: PaneContent;
  readonly need: PaneNeed;
}

/** Everything that runs in front, and what asks from wherever it is. */
function shownPanes(input: LiveInput): ShownPane[] {
  const { transcript, cols, rows, look, now } = input;
  return transcript.live
    .filter(({ place, state }) => place === 'front' || state.kind === 'asking')
    .map((item) => {
      const place = transcript.questions.findIndex(({ process }) => process === item.number) + 1;
      const question = place === 1 ? transcript.questions[0] : undefined;
      const isSelected = input.selected === item.number;
      const isTyping = input.typingInto === item.number;
      const content = paneContent(item, {
        cols,
        rows,
        now,
        look,
        body: input.bodies(item.number),
        isSelected,
        isTyping,
        typeKey: typeKeyOf(item.number, isSelected, input.composer.isEmpty),
        questionPlace: Math.max(1, place),
        card: question === undefined ? null : (maxRows) => input.card(question, maxRows),
      });
      const claim =
        question !== undefined
          ? 'open_card'
          : isSelected || isTyping
            ? 'focused'
            : item.origin === 'person'
              ? 'own'
              : 'other';
      const need: PaneNeed = {
        process: item.number,
        need: content.need,
        claim,
        activity: activityOf(item, now),
        lastOutputAt: item.lastOutputAt,
      };
      return { item, content, need };
    });
}

function activityOf({ state, lastOutputAt }: ProcessItem, now: number): PaneNeed['activity'] {
  if (state.kind === 'asking' || state.kind === 'waiting') return state.kind;
  return now - lastOutputAt < FRESH_MS ? 'fresh' : 'quiet';
}

interface PaneRows {
  readonly rows: readonly string[];
  /** First row of each pane. */
  readonly starts: ReadonlyMap<number, number>;
  readonly cursors: ReadonlyMap<number, Place>;
}

function rowsOfPanes(panes: readonly ShownPane[], heights: Heights, look: Look, transcript: Transcript): PaneRows {
  const rows: string[] = [];
  const starts = new Map<number, number>();
  const cursors = new Map<number, Place>();
  for (const { process, body } of heights.panes) {
    const pane = panes.find(({ item }) => item.number === process);
    if (pane === undefined) continue;
    starts.set(process, rows.length);
    const cursor = pane.content.cursor(body);
    if (cursor !== null) cursors.set(process, { row: rows.length + cursor.row, col: cursor.col });
    for (const row of pane.content.rows(body)) rows.push(row);
  }
  if (heights.hidden.length > 0) rows.push(overflowRow(heights.hidden, transcript, look));
  return { rows, starts, cursors };
}

function overflowRow(hidden: readonly number[], transcript: Transcript, look: Look): string {
  const kinds = hidden.map((number) => transcript.processes.get(number)?.state.kind);
  const waiting = kinds.filter((kind) => kind === 'waiting').length;
  const asking = kinds.filter((kind) => kind === 'asking').length;
  const facts = [
    `${leftOut(look)} ${hidden.length} more running`,
    ...(asking === 0 ? [] : [`${asking} ${asking === 1 ? 'asks' : 'ask'}`]),
    ...(waiting === 0 ? [] : [`${waiting} ${waiting === 1 ? 'waits' : 'wait'} for input`]),
  ];
  return `${facts.join(', ')} (Ctrl-X b lists them)`;
}

// ------------------------------------------------------------------------------------- queue, composer, status

function queueRows({ transcript, cols, look }: LiveInput): string[] {
  const { queued } = transcript;
  const first = Math.max(0, queued.length - QUEUE_ROWS);
  return queued.slice(first).map(({ text }, index) => {
    const number = first + index + 1;
    const isNewest = number === queued.length;
    const hint = isNewest ? ` ${look.glyphs.separator} ${look.glyphs.up} edits it` : '';
    const shown = visible(text.split('\n', 1)[0] ?? '') + (text.includes('\n') ? ` ${look.glyphs.ellipsis}` : '');
    const lead = `  ${number} queued: `;
    return lead + cutEnd(shown, Math.max(1, cols - 1 - lead.length - hint.length), look.glyphs.ellipsis) + hint;
  });
}

/** The rows around the cursor when not all fit. */
function composerPart(
  { rows, cursor }: LiveInput['composer'],
  height: number,
): { rows: readonly string[]; cursor: Place | null } {
  if (rows.length <= height) return { rows, cursor };
  const from = Math.min(Math.max(0, (cursor?.row ?? 0) - height + 1), rows.length - height);
  return {
    rows: rows.slice(from, from + height),
    cursor: cursor === null ? null : { row: cursor.row - from, col: cursor.col },
  };
}

function statusOf(input: LiveInput, heights: Heights): StatusFacts {
  const { status, transcript, typingInto, look } = input;
  const queued = heights.queue === 0 ? transcript.queued.length : 0;
  const item = typingInto === null ? undefined : transcript.processes.get(typingInto);
  if (item === undefined || status.toast !== '') return { ...status, queued };
  const command = cutEnd(visible(placedCommand(item)), 24, look.glyphs.ellipsis);
  return { ...status, queued, toast: joined(look, [`keys go to ${item.number} ${command}`, 'Ctrl-] comes back']) };
}

function cursorOf(
  input: LiveInput,
  panes: PaneRows,
  panesFrom: number,
  composerFrom: number,
  composer: Place | null,
): Place | null {
  if (input.typingInto !== null) {
    const inPane = panes.cursors.get(input.typingInto);
    return inPane === undefined ? null : { row: panesFrom + inPane.row, col: inPane.col };
  }
  return composer === null ? null : { row: composerFrom + composer.row, col: composer.col };
}

/** What types into a pane from where the keyboard is now. */
function typeKeyOf(process: number, isSelected: boolean, isComposerEmpty: boolean): string {
  if (isSelected) return 'Enter';
  if (isComposerEmpty) return 'Tab';
  return process <= 9 ? `Ctrl-X ${process}` : `/fg ${process}`;
}
