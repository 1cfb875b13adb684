// How the first rows of a pane or item say what it is: `GLYPH NUMBER TITLE · STATE · TIME`.

import type { ProcessItem } from '../../../core/bus/index.ts';
import { cellWidth, cutEnd, cutMiddle, visible, wrap } from '../terminal/width.ts';
import { joined, type Look, paint } from './look.ts';
import { lookOfState, type ShownState, type StateLook } from './outcome.ts';

/** A title shorter than this says too little; then its facts go to a row of their own. */
const SHORTEST_TITLE = 24;

/** Below this many columns a title is one word. */
const ONE_WORD_BELOW = 28;

/** Ms per frame of the spinner: 8 Hz. */
const SPINNER_FRAME_MS = 125;

export interface TitleSubject {
  readonly state: ShownState;
  /** Null for finished items, which are not addressed any more. */
  readonly number: number | null;
  /** As written by a person or model; anything in it that would act or hide is written out. */
  readonly command: string;
  /** What follows the state word, e.g. a time. Never cut. */
  readonly facts: readonly string[];
  /** Takes the place of the state word, for outcomes that name what they are about. */
  readonly word?: string;
  /** The pane takes keys. */
  readonly isSelected?: boolean;
}

/** One or two rows, each at most `cols - 1` wide. `now` moves the spinner. */
export function titleRows(subject: TitleSubject, cols: number, now: number, look: Look): string[] {
  const width = Math.max(1, cols - 1);
  const parts = partsOf(subject, now, look);
  const taken = cellWidth(parts.lead) + cellWidth(parts.facts) + 3;
  const title = shownTitle(subject.command, cols, look);
  const room = width - taken;
  if (parts.facts === '')
    return [row(subject, parts, cutMiddle(title, width - cellWidth(parts.lead), look.glyphs.ellipsis), '', look)];
  if (cellWidth(title) <= room || room >= SHORTEST_TITLE) {
    return [row(subject, parts, cutMiddle(title, room, look.glyphs.ellipsis), parts.painted, look)];
  }
  const first = row(subject, parts, cutMiddle(title, width - cellWidth(parts.lead), look.glyphs.ellipsis), '', look);
  return [first, ...wrap(parts.painted, Math.max(1, width - 2)).map((facts) => `  ${facts}`)];
}

/** Exactly one row: what is left of a pane when there is no room for its body. */
export function titleRow(subject: TitleSubject, cols: number, now: number, look: Look): string {
  const width = Math.max(1, cols - 1);
  const parts = partsOf(subject, now, look);
  const title = shownTitle(subject.command, cols, look);
  const room = width - cellWidth(parts.lead) - cellWidth(parts.facts) - 3;
  // Four columns still show the program's name; with less the facts are cut instead.
  if (room >= Math.min(4, cellWidth(title))) {
    return row(subject, parts, cutMiddle(title, room, look.glyphs.ellipsis), parts.painted, look);
  }
  const short = cutEnd(title, Math.max(1, Math.floor((width - cellWidth(parts.lead)) / 2)), look.glyphs.ellipsis);
  return cutEnd(row(subject, parts, short, parts.painted, look), width, look.glyphs.ellipsis);
}

/** A command with the machine it runs on, where that is not this one. */
export function placedCommand({ command, environment }: Pick<ProcessItem, 'command' | 'environment'>): string {
  return environment === null ? command : `@${environment} ${command}`;
}

/** The command on one row, harmless and honest: nothing hidden, nothing acting. */
export function titleOf(command: string, look: Look): string {
  return command
    .split('\n')
    .map((line) => visible(line))
    .join(look.glyphs.newline);
}

/** The glyph of a state, painted; the spinner moves with `now` unless motion is reduced. */
export function stateGlyph(state: StateLook, now: number, look: Look): string {
  const glyph = plainGlyph(state, now, look);
  return state.role === null ? glyph : paint(look, state.role, glyph);
}

function plainGlyph(state: StateLook, now: number, look: Look): string {
  if (look.glyphs.name === 'ascii') return state.ascii;
  if (state.glyph !== 'spinner') return state.glyph;
  if (look.motion === 'reduced') return look.glyphs.still;
  const frames = look.glyphs.spinner;
  return frames[Math.floor(now / SPINNER_FRAME_MS) % frames.length] ?? look.glyphs.still;
}

interface TitleParts {
  /** Glyph and number with the blank behind, plain and painted. */
  readonly lead: string;
  readonly paintedLead: string;
  readonly facts: string;
  readonly painted: string;
}

function partsOf(subject: TitleSubject, now: number, look: Look): TitleParts {
  const state = lookOfState(subject.state);
  const number = subject.number === null ? '' : `${subject.number} `;
  const word = subject.word ?? state.word;
  const painted = state.role === null || word === '' ? word : paint(look, state.role, word);
  const glyph = stateGlyph(state, now, look);
  const isAsking = subject.state.state === 'asking';
  return {
    lead: `${plainGlyph(state, now, look)} ${number}`,
    paintedLead: `${isAsking ? paint(look, 'inverse', glyph) : glyph} ${number}`,
    facts: joined(look, [word, ...subject.facts]),
    painted: joined(look, [painted, ...subject.facts]),
  };
}

function row(subject: TitleSubject, parts: TitleParts, title: string, facts: string, look: Look): string {
  const isRunning = subject.state.state === 'running';
  const strong =
    subject.isSelected === true ? paint(look, 'inverse', title) : isRunning ? paint(look, 'bold', title) : title;
  return parts.paintedLead + joined(look, [strong, facts]);
}

function shownTitle(command: string, cols: number, look: Look): string {
  const title = titleOf(command, look);
  if (cols >= ONE_WORD_BELOW) return title;
  const word = title.trimStart().split(' ', 1)[0] ?? title;
  return word === title ? title : word + look.glyphs.ellipsis;
}
