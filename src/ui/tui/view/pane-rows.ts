// What one live process shows: its title, and below it as much of its attempts, output and card as it was given room for.

import type { ProcessItem } from '../../../core/bus/index.ts';
import { cellWidth, cutToWidth } from '../terminal/width.ts';
import { joined, type Look, paint } from './look.ts';
import { clockText } from './numbers.ts';
import { lookOfState, type ShownState } from './outcome.ts';
import type { PaneBody } from './pane-body.ts';
import { shownStateOf } from './process-state.ts';
import { placedCommand, stateGlyph, type TitleSubject, titleRow, titleRows } from './title.ts';
import { accessesWords, decisionWords } from './words.ts';

/** Lines of evidence above an open card. */
const EVIDENCE_ROWS = 2;

/** Below so many columns bodies are indented by one. */
const INDENT_FROM_COLS = 40;

/** Clocks move in such steps when motion is reduced. */
const REDUCED_CLOCK_STEP_MS = 10_000;

export interface PaneView {
  readonly cols: number;
  /** Of the window: no pane could use more. */
  readonly rows: number;
  readonly now: number;
  readonly look: Look;
  /** What the process prints; null when nothing was fed for it. */
  readonly body: PaneBody | null;
  readonly isSelected: boolean;
  readonly isTyping: boolean;
  /** How it is reached from the composer: `Tab`, or `Ctrl-X 2` while the composer has text; `''` when it is not offered. */
  readonly typeKey: string;
  /** 1 for the open question, 2 for the next, … */
  readonly questionPlace: number;
  /** Rows of the open card, when it is this one's. */
  readonly card: ((maxRows: number) => readonly string[]) | null;
}

export interface PaneContent {
  /** Rows below the first one that it could use. */
  readonly need: number;
  /** All rows: one for the title and `body` more. */
  rows(body: number): string[];
  /** The program's cursor in those rows. */
  cursor(body: number): { readonly row: number; readonly col: number } | null;
}

export function paneContent(item: ProcessItem, view: PaneView): PaneContent {
  const { cols, look, now } = view;
  const state = shownStateOf(item, now, view.questionPlace);
  const subject = subjectOf(item, state, view);
  const title = titleRows(subject, cols, now, look);
  const indent = ' '.repeat(cols < INDENT_FROM_COLS ? 1 : 3);
  const width = Math.max(1, cols - 1 - indent.length);
  const before = state.state === 'asking' ? [] : earlierAttempts(item, look, width);
  const after = view.card === null ? [...hints(state, item, view)] : [];
  const isQuestionInQueue = state.state === 'asking' && view.card === null;
  const output = isQuestionInQueue ? 0 : outputNeed(item, view);

  /** How many rows each part gets; what is below is dropped last. */
  function split(body: number): { extra: number; before: number; output: number; after: readonly string[] } {
    const extra = Math.min(title.length - 1, body);
    const card = view.card?.(body - extra) ?? null;
    const tail = card ?? after.slice(0, Math.max(0, body - extra - Math.min(1, output)));
    const rest = Math.max(0, body - extra - tail.length);
    const shownOutput = Math.min(output, rest);
    return { extra, before: Math.min(before.length, rest - shownOutput), output: shownOutput, after: tail };
  }

  const cardRows = view.card?.(Number.POSITIVE_INFINITY).length ?? 0;
  return {
    need: isQuestionInQueue ? 0 : title.length - 1 + before.length + output + Math.max(after.length, cardRows),
    rows(body) {
      const parts = split(body);
      const first = parts.extra === title.length - 1 ? title : [titleRow(subject, cols, now, look)];
      const inside = [
        ...before.slice(before.length - parts.before),
        ...outputRows(item, view, parts.output, width),
        ...parts.after,
      ].map((row) => (row === '' ? '' : indent + cutToWidth(row, width)));
      const rows = [...first, ...inside];
      while (rows.length < body + 1) rows.push('');
      return rows.slice(0, body + 1);
    },
    cursor(body) {
      const parts = split(body);
      const place = parts.output === 0 ? null : (view.body?.cursor(parts.output, width) ?? null);
      if (place === null) return null;
      return { row: 1 + parts.extra + parts.before + place.row, col: indent.length + place.col };
    },
  };
}

function subjectOf(item: ProcessItem, state: ShownState, view: PaneView): TitleSubject {
  return {
    state,
    number: item.number,
    command: placedCommand(item),
    facts: [clockText(clockOf(item, view)), ...(view.isTyping ? ['keys go here'] : [])],
    isSelected: view.isSelected || view.isTyping,
  };
}

/** Time of the current attempt, or how long a question has been open. */
function clockOf(item: ProcessItem, { now, look }: PaneView): number {
  const { state } = item;
  const since =
    state.kind === 'asking' || state.kind === 'starting' ? state.since : (item.attempts.at(-1)?.startedAt ?? now);
  const ms = Math.max(0, now - since);
  return look.motion === 'reduced' ? Math.floor(ms / REDUCED_CLOCK_STEP_MS) * REDUCED_CLOCK_STEP_MS : ms;
}

/** `1 ⊘ blocked: write /srv/x · you allowed it once`, then the divider of the attempt that runs. */
function earlierAttempts(item: ProcessItem, look: Look, width: number): string[] {
  const running = item.attempts.at(-1);
  if (running === undefined || item.attempts.length < 2) return [];
  const rows = item.attempts.slice(0, -1).map((attempt) => {
    const denial = attempt.end?.denial ?? null;
    const blocked = lookOfState({ state: 'blocked' });
    const what = denial === null ? 'ended' : `blocked: ${accessesWords(denial, denial.also, look.home)}`;
    const decided = attempt.decision === null ? '' : decisionWords(attempt.decision);
    return cutToWidth(joined(look, [`${attempt.number} ${stateGlyph(blocked, 0, look)} ${what}`, decided]), width);
  });
  return [...rows, paint(look, 'dim', `${look.glyphs.rule.repeat(2)} attempt ${running.number}`)];
}

function hints(state: ShownState, item: ProcessItem, view: PaneView): string[] {
  if (state.state !== 'waiting' || item.state.kind !== 'waiting') return [];
  const hidden = item.state.hidden ? ['typing is hidden'] : [];
  if (view.isTyping) return hidden;
  return [...hidden, ...(view.typeKey === '' ? [] : [paint(view.look, 'dim', `${view.typeKey} to type into it`)])];
}

function outputNeed(item: ProcessItem, view: PaneView): number {
  const { body } = view;
  if (item.attempts.length === 0) return 0;
  if (body?.wantsWholeScreen === true) return 1;
  const rows = body?.rowsInUse(view.rows) ?? 0;
  if (view.card !== null) return Math.min(EVIDENCE_ROWS, rows);
  return Math.max(1, rows);
}

function outputRows(item: ProcessItem, view: PaneView, height: number, width: number): readonly string[] {
  const { body, look } = view;
  if (height === 0) return [];
  if (body?.wantsWholeScreen === true) return [paint(look, 'dim', 'wants the whole screen: Ctrl-X f')];
  const rows = body?.rows(height, width) ?? [];
  if (rows.length === 0) return [paint(look, 'dim', 'no output yet')];
  return item.state.kind === 'waiting' && !view.isTyping ? withMark(rows, look, width) : rows;
}

/** Where a waiting program's cursor would be, in a pane that does not have the real one. */
function withMark(rows: readonly string[], look: Look, width: number): readonly string[] {
  const last = rows.at(-1) ?? '';
  if (cellWidth(last) + 1 > width) return rows;
  return [...rows.slice(0, -1), last + paint(look, 'dim', look.glyphs.name === 'ascii' ? '_' : '▏')];
}
