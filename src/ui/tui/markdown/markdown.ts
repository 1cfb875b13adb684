// What does a text in Markdown look like, whole or while it still grows? A row is given once and stays as it is: what
// can still change is read on trial and shown for the moment.

import { cellWidth, cutEnd, visible, wrap } from '../terminal/width.ts';
import { type Look, paint } from '../view/look.ts';
import { proseWidth } from '../view/prose.ts';
import {
  type Block,
  type Container,
  closeAll,
  copyOf,
  type Emit,
  type Line,
  type ListItem,
  nothingRead,
  type Reading,
  takeLine,
} from './blocks.ts';
import type { Token } from './highlight.ts';
import { parseInline } from './inline.ts';
import { rowOfSpans, rowsOfSpans, type Span, spansFor } from './spans.ts';
import { tableRows } from './table.ts';

export interface MarkdownView {
  readonly cols: number;
  readonly look: Look;
}

/** How far a growing text was read, and what is open there. */
export interface ReadText {
  /** Code units from the start of the text. */
  readonly to: number;
  /** Behind `to` the line goes on whose beginning was read. */
  readonly isInLine: boolean;
  readonly reading: Reading;
}

export const noTextRead: ReadText = { to: 0, isInLine: false, reading: nothingRead() };

/** A longer line is read in pieces: one that still grows is laid out again in each frame. */
const LONGEST_LINE = 16 * 1024;

const INDENT = '  ';
const NARROW_BELOW = 60;
/** Below it, nested lists are set in by one column. */
const NARROWEST = 40;
/** What is left for text however deep it stands. */
const LEAST_TEXT = 10;
const RULE_COLUMNS = 20;
/** Of a growing table so many rows are seen. */
const MOST_OPEN_TABLE_ROWS = 12;
/** A paragraph was broken by its writer at a width between these, or its breaks mean something. */
const NARROWEST_WRAPPED = 60;
const WIDEST_WRAPPED = 100;
const LONGEST_LANGUAGE = 24;

/** The rows that nothing behind them can change any more, and how far they reach. */
export function readOn(text: string, from: ReadText, view: MarkdownView): { rows: string[]; read: ReadText } {
  const rows: string[] = [];
  const emit = writing(rows, view);
  const reading = copyOf(from.reading);
  let { to, isInLine } = from;
  for (;;) {
    const end = text.indexOf('\n', to);
    const length = (end < 0 ? text.length : end) - to;
    if (length > LONGEST_LINE) {
      const cut = cutOf(text, to);
      takeLine(reading, text.slice(to, cut), isInLine, emit);
      to = cut;
      isInLine = true;
    } else {
      if (end < 0) break;
      takeLine(reading, withoutReturn(text.slice(to, end)), isInLine, emit);
      to = end + 1;
      isInLine = false;
    }
  }
  return { rows, read: { to, isInLine, reading } };
}

/** The rows behind those, as they are if the text ends here. `isOpen`: it may go on. */
export function restOf(text: string, from: ReadText, view: MarkdownView, isOpen: boolean): string[] {
  const rows: string[] = [];
  const emit = writing(rows, view);
  const reading = copyOf(from.reading);
  if (from.to < text.length) takeLine(reading, withoutReturn(text.slice(from.to)), from.isInLine, emit);
  closeAll(reading, isOpen, emit);
  return rows;
}

/** All rows of a text. */
export function markdownRows(text: string, view: MarkdownView): string[] {
  const { rows, read } = readOn(text, noTextRead, view);
  return [...rows, ...restOf(text, read, view, false)];
}

/** A growing text for who shows all of it each time: what stays is kept. */
export interface GrownRows {
  readonly cols: number;
  readonly settled: readonly string[];
  readonly read: ReadText;
}

export function grownRows(
  text: string,
  known: GrownRows | null,
  view: MarkdownView,
): { rows: string[]; grown: GrownRows } {
  const before = known?.cols === view.cols ? known : { cols: view.cols, settled: [], read: noTextRead };
  const { rows, read } = readOn(text, before.read, view);
  const settled = rows.length === 0 ? before.settled : [...before.settled, ...rows];
  return { rows: [...settled, ...restOf(text, read, view, true)], grown: { cols: view.cols, settled, read } };
}

function withoutReturn(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

/** Behind a blank if there is one, and never inside of a character. */
function cutOf(text: string, from: number): number {
  const limit = from + LONGEST_LINE;
  const blank = text.lastIndexOf(' ', limit);
  if (blank > from) return blank + 1;
  return (text.charCodeAt(limit) & 0xfc00) === 0xdc00 ? limit - 1 : limit;
}

// ---------------------------------------------------------------------------------------------------------- blocks

function writing(rows: string[], view: MarkdownView): Emit {
  return (block, containers) => {
    const lead = leadOf(containers, block.kind === 'blank', view);
    blockRows(block, lead.width, view).forEach((row, index) => {
      const before = index === 0 ? lead.first : lead.rest;
      // A row of nothing but blanks is an empty one.
      rows.push(row === '' ? (before.trimEnd() === '' ? '' : (INDENT + before).trimEnd()) : INDENT + before + row);
    });
  };
}

interface Lead {
  readonly first: string;
  readonly rest: string;
  readonly width: number;
}

/** What stands before the rows of a block: marks of quotes, and of the items that begin with it. */
function leadOf(containers: readonly Container[], isBlank: boolean, { cols, look }: MarkdownView): Lead {
  let [first, rest, width] = ['', '', 0];
  const lastItem = containers.findLastIndex(({ kind }) => kind === 'item');
  const room = Math.max(0, cols - 1 - INDENT.length - LEAST_TEXT);
  containers.forEach((container, index) => {
    const mark = container.kind === 'quote' ? '> ' : markOf(container);
    const isNew = container.kind === 'item' && !container.isMarked && !isBlank;
    const hangs = container.kind === 'item' && index < lastItem && cols < NARROWEST && !isNew ? 1 : mark.length;
    if (width + (isNew ? mark.length : hangs) > room) return;
    if (container.kind === 'quote') {
      const shown = `${paint(look, 'dim', '>')} `;
      first += shown;
      rest += shown;
    } else {
      first += isNew ? mark : ' '.repeat(hangs);
      rest += ' '.repeat(isNew ? mark.length : hangs);
    }
    width += isNew ? mark.length : hangs;
  });
  return { first, rest, width };
}

function markOf({ mark, number, task }: ListItem): string {
  if (number !== null) return `${number}${mark.kind} `;
  return task === '' ? '- ' : `${task} `;
}

/** `inset`: the columns that the marks before it take. */
function blockRows(block: Block, inset: number, view: MarkdownView): string[] {
  const { cols, look } = view;
  const width = Math.max(LEAST_TEXT, proseWidth(cols) - inset);
  switch (block.kind) {
    case 'blank':
    case 'nothing':
      return [''];
    case 'heading':
      return headingRows(block.level, block.text, width, look);
    case 'paragraph':
      return rowsOfSpans(spansFor(parseInline(joinedLines(block.lines)), look), width, look);
    case 'rule': {
      const isPlain = look.style.depth === 'plain' || cols < NARROW_BELOW;
      return [isPlain ? '---' : paint(look, 'dim', look.glyphs.rule.repeat(RULE_COLUMNS))];
    }
    case 'language':
      return [INDENT + paint(look, 'dim', cutEnd(visible(block.name), LONGEST_LANGUAGE, look.glyphs.ellipsis))];
    case 'code':
      return [INDENT + codeRow(block.tokens, look)];
    case 'literal':
      return wrap(visible(block.text), width);
    case 'table':
      return tableRows(block, Math.max(LEAST_TEXT, cols - 1 - INDENT.length - inset), look);
    case 'open table':
      return block.lines.slice(-MOST_OPEN_TABLE_ROWS).map(visible);
  }
}

function headingRows(level: number, text: string, width: number, look: Look): string[] {
  const isPlain = look.style.depth === 'plain';
  const spans = spansFor(parseInline(isPlain ? `${'#'.repeat(level)} ${text}` : text), look);
  const rows = rowsOfSpans(spans.map(inBold), width, look);
  if (level !== 1 || isPlain || text === '') return rows;
  return [...rows, look.glyphs.rule.repeat(Math.max(...rows.map(cellWidth)))];
}

function inBold(span: Span): Span {
  return { ...span, roles: [...span.roles.filter((role) => role !== 'bold'), 'bold'] };
}

/** Lines of a paragraph: put together when their writer broke them to fit a page, else as they are. */
function joinedLines(lines: readonly Line[]): string {
  const widths = lines.map(({ text }) => cellWidth(text));
  const longest = Math.max(...widths);
  const isWrapped =
    longest >= NARROWEST_WRAPPED &&
    longest <= WIDEST_WRAPPED &&
    lines.every(({ text, isBroken }, index) => {
      const next = lines[index + 1];
      return next === undefined || isBroken || isForced(widths[index]!, text, next.text, longest);
    });
  return lines
    .map(({ text, isBroken }, index) =>
      index === lines.length - 1 ? text : text + (isWrapped && !isBroken ? ' ' : '\n'),
    )
    .join('');
}

/** The first word of the next line had no room, and neither line looks as if it stood for itself. */
function isForced(width: number, text: string, next: string, longest: number): boolean {
  if (text.endsWith(':') || next.startsWith('**')) return false;
  return width + 1 + cellWidth(/^\S*/.exec(next)![0]) > longest;
}

function codeRow(tokens: readonly Token[], look: Look): string {
  const spans = tokens.map(
    ({ text, role }): Span => ({ text: visible(text), roles: role === null ? [] : [role], target: null }),
  );
  return rowOfSpans(spans, look);
}
