// Which blocks is a text made of, line by line, while it still grows? A block is handed out as soon as no later line can
// change it, and what was handed out never depends on what follows: titles underlined on the next line and addresses
// defined further down are read as they stand. Otherwise CommonMark with GitHub's tables.

import { type Carry, highlightLine, NOTHING_OPEN, type Token } from './highlight.ts';
import { languageNamed } from './languages.ts';
import {
  type Alignment,
  alignmentsOf,
  cellsOf,
  endsFence,
  fenceOf,
  headingOf,
  indentAt,
  isRule,
  isUnderline,
  type ListMark,
  listMarkOf,
  literalOf,
  withoutTabs,
} from './line.ts';

/** What a block stands in, from the outside in. */
export type Container = { readonly kind: 'quote' } | ListItem;

export interface ListItem {
  readonly kind: 'item';
  /** Columns before its mark, and those that what belongs to it is set in. */
  readonly markAt: number;
  indent: number;
  readonly mark: ListMark;
  readonly number: number | null;
  /** `[ ]` or `[x]`; `''` when it is no task. */
  readonly task: string;
  /** Its mark was handed out with its first block. */
  isMarked: boolean;
}

export interface Line {
  readonly text: string;
  /** The writer wanted the break behind it. */
  readonly isBroken: boolean;
}

export interface Table {
  readonly names: readonly string[];
  readonly alignments: readonly Alignment[];
}

export type Block =
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph'; readonly lines: readonly Line[] }
  | { readonly kind: 'rule' }
  | { readonly kind: 'language'; readonly name: string }
  | { readonly kind: 'code'; readonly tokens: readonly Token[] }
  | { readonly kind: 'literal'; readonly text: string }
  /** `widthRows`: those whose widths count. `isFirst`: the names were not handed out yet. */
  | {
      readonly kind: 'table';
      readonly table: Table;
      readonly widthRows: readonly (readonly string[])[];
      readonly rows: readonly (readonly string[])[];
      readonly isFirst: boolean;
    }
  /** A table that still grows, as it was written. */
  | { readonly kind: 'open table'; readonly lines: readonly string[] }
  /** An item without anything in it. */
  | { readonly kind: 'nothing' }
  | { readonly kind: 'blank' };

type Leaf =
  | { readonly kind: 'none' }
  | { readonly kind: 'paragraph'; lines: Line[]; size: number }
  | {
      readonly kind: 'code';
      /** `''`: code by its indent. */
      readonly mark: string;
      readonly indent: number;
      readonly language: string;
      carry: Carry;
      lines: number;
      size: number;
    }
  | { readonly kind: 'literal'; readonly until: string; readonly holdsBlanks: boolean }
  | {
      readonly kind: 'table';
      readonly table: Table;
      widthRows: (readonly string[])[];
      rows: (readonly string[])[];
      raw: string[];
      isFirst: boolean;
    };

/** Where reading stands. `copyOf` before a line is read on trial. */
export interface Reading {
  containers: Container[];
  leaf: Leaf;
  /** Blank rows that are due before the next block, and how many containers they stand in. */
  owed: number;
  owedIn: number;
  hasBegun: boolean;
}

export type Emit = (block: Block, containers: readonly Container[]) => void;

/** Deeper ones are text: a line of nothing but marks must not cost the square of its length. */
const MOST_CONTAINERS = 12;
/** A longer paragraph is handed out and begins anew: what is open is laid out again in each frame. */
const LONGEST_PARAGRAPH = 16 * 1024;
/** Beyond it a table is handed out in parts, with the widths of what was there by then. */
/** Each row of a narrow window names them all: more columns are text. */
const MOST_COLUMNS = 64;
const MOST_OPEN_ROWS = 200;
const TABLE_PART = 50;
/** Beyond these code is shown plain. */
const MOST_COLOURED_LINES = 2000;
const MOST_COLOURED_CHARACTERS = 100_000;

export function nothingRead(): Reading {
  return { containers: [], leaf: { kind: 'none' }, owed: 0, owedIn: 0, hasBegun: false };
}

export function copyOf(reading: Reading): Reading {
  return {
    ...reading,
    containers: reading.containers.map((container) => ({ ...container })),
    leaf: copyOfLeaf(reading.leaf),
  };
}

function copyOfLeaf(leaf: Leaf): Leaf {
  switch (leaf.kind) {
    case 'paragraph':
      return { ...leaf, lines: [...leaf.lines] };
    case 'table':
      return { ...leaf, widthRows: [...leaf.widthRows], rows: [...leaf.rows], raw: [...leaf.raw] };
    default:
      return { ...leaf };
  }
}

/** Reads one line, without its line feed. `isRest`: the rest of a line whose beginning was read as one. */
export function takeLine(reading: Reading, written: string, isRest: boolean, emit: Emit): void {
  const line = withoutTabs(written);
  let { at, depth } = isRest ? { at: 0, depth: reading.containers.length } : matched(reading, line);
  if (depth === reading.containers.length && goesOnInLeaf(reading, line, at, isRest, emit)) return;
  if (isRest) return takeText(reading, line, emit);

  let hasOpened = false;
  for (;;) {
    const indent = indentAt(line, at);
    const body = line.slice(at + indent);
    if (indent > 3 || depth >= MOST_CONTAINERS) break;
    if (body.startsWith('>')) {
      closeTo(reading, depth, emit);
      reading.containers.push({ kind: 'quote' });
      at += indent + (body[1] === ' ' ? 2 : 1);
    } else {
      const mark = isRule(body) ? null : listMarkOf(body);
      const isInText = reading.leaf.kind === 'paragraph' && depth === reading.containers.length;
      if (mark === null || (isInText && (mark.isEmpty || (mark.number ?? 1) !== 1))) break;
      const item = itemOf(mark, indent, body, reading.containers[depth]);
      closeTo(reading, depth, emit);
      reading.containers.push(item);
      at += indent + mark.width + (item.task === '' ? 0 : item.task.length + 1);
    }
    depth += 1;
    hasOpened = true;
  }
  if (line.slice(at).trim() === '') return takeBlank(reading, depth, emit);
  takeContent(reading, line, at, depth, hasOpened, emit);
}

/** How many of the open containers the line belongs to, and where in it their content begins. */
function matched({ containers, leaf }: Reading, line: string): { at: number; depth: number } {
  let at = 0;
  let depth = 0;
  const isBlank = (): boolean => line.slice(at).trim() === '';
  for (const container of containers) {
    const indent = indentAt(line, at);
    if (container.kind === 'quote') {
      if (indent > 3 || line[at + indent] !== '>') break;
      at += indent + (line[at + indent + 1] === ' ' ? 2 : 1);
    } else if (indent >= container.indent) at += container.indent;
    else if (!isBlank()) {
      if (!isSetInLess(container, indent, line.slice(at + indent), leaf)) break;
      container.indent = indent;
      at += indent;
    }
    depth += 1;
  }
  return { at, depth };
}

/** Bullets below a number are meant to belong to it, though many set them in by two columns only. */
function isSetInLess(item: ListItem, indent: number, body: string, leaf: Leaf): boolean {
  if (indent < item.markAt + 2 || leaf.kind === 'code' || leaf.kind === 'literal') return false;
  return item.number !== null && listMarkOf(body)?.number === null;
}

function itemOf(mark: ListMark, markAt: number, body: string, sibling: Container | undefined): ListItem {
  const isNext = sibling?.kind === 'item' && sibling.mark.kind === mark.kind && sibling.number !== null;
  const number = mark.number === null ? null : isNext ? sibling.number + 1 : mark.number;
  const task = mark.number === null ? (/^\[[ xX]\](?= +\S)/.exec(body.slice(mark.width))?.[0].toLowerCase() ?? '') : '';
  return { kind: 'item', markAt, indent: markAt + mark.width, mark, number, task, isMarked: false };
}

/** Lines of code and what is shown as written; true when the line was one. */
function goesOnInLeaf(reading: Reading, line: string, at: number, isRest: boolean, emit: Emit): boolean {
  const { leaf } = reading;
  const indent = indentAt(line, at);
  const body = line.slice(at + indent);
  if (leaf.kind === 'literal') {
    if (body === '') return false;
    put(reading, { kind: 'literal', text: line.slice(at).trimEnd() }, emit);
    if (endsLiteral(body, leaf.until)) reading.leaf = { kind: 'none' };
    return true;
  }
  if (leaf.kind !== 'code' || (leaf.mark === '' && indent < leaf.indent && body !== '' && !isRest)) return false;
  if (leaf.mark !== '' && indent <= 3 && !isRest && endsFence(body, leaf.mark)) closeLeaf(reading, emit);
  else if (body === '') owe(reading, reading.containers.length, reading.owed + 1);
  else takeCode(reading, leaf, line.slice(at + (isRest ? 0 : Math.min(indent, leaf.indent))), emit);
  return true;
}

function endsLiteral(body: string, until: string): boolean {
  return until !== '' && body.toLowerCase().includes(until);
}

function takeCode(reading: Reading, leaf: Extract<Leaf, { kind: 'code' }>, text: string, emit: Emit): void {
  leaf.lines += 1;
  leaf.size += text.length;
  const isColoured = leaf.lines <= MOST_COLOURED_LINES && leaf.size <= MOST_COLOURED_CHARACTERS;
  const language = isColoured ? languageNamed(leaf.language) : null;
  const { tokens, carry } = highlightLine(language, text, leaf.carry);
  leaf.carry = carry;
  put(reading, { kind: 'code', tokens }, emit);
}

function takeBlank(reading: Reading, depth: number, emit: Emit): void {
  if (depth < reading.containers.length) closeTo(reading, depth, emit);
  const { leaf } = reading;
  if (leaf.kind === 'paragraph' || leaf.kind === 'table' || (leaf.kind === 'literal' && !leaf.holdsBlanks))
    closeLeaf(reading, emit);
  owe(reading, depth, Math.max(1, reading.owed));
}

function owe(reading: Reading, depth: number, rows: number): void {
  reading.owedIn = depth;
  reading.owed = rows;
}

/** What is left of a line behind its containers. `hasOpened`: some of them begin on it. */
function takeContent(reading: Reading, line: string, at: number, depth: number, hasOpened: boolean, emit: Emit): void {
  const indent = indentAt(line, at);
  const body = line.slice(at + indent);
  const isInPlace = depth === reading.containers.length;
  const isInText = reading.leaf.kind === 'paragraph' && !hasOpened;
  if (indent > 3) {
    if (isInText) return takeText(reading, body, emit);
    closeTo(reading, depth, emit);
    const leaf = { kind: 'code', mark: '', indent: 4, language: '', carry: NOTHING_OPEN, lines: 0, size: 0 } as const;
    reading.leaf = { ...leaf };
    return takeCode(reading, reading.leaf, line.slice(at + 4), emit);
  }
  const heading = headingOf(body);
  if (heading !== null) {
    closeTo(reading, depth, emit);
    return put(reading, { kind: 'heading', ...heading }, emit);
  }
  const fence = fenceOf(body);
  if (fence !== null) {
    closeTo(reading, depth, emit);
    if (fence.language !== '') put(reading, { kind: 'language', name: fence.language }, emit);
    reading.leaf = { kind: 'code', ...fence, indent, carry: NOTHING_OPEN, lines: 0, size: 0 };
    return;
  }
  if (isRule(body) || (isInText && isInPlace && isUnderline(body))) {
    closeTo(reading, depth, emit);
    return put(reading, { kind: 'rule' }, emit);
  }
  const literal = literalOf(body, isInText);
  if (literal !== null) {
    closeTo(reading, depth, emit);
    put(reading, { kind: 'literal', text: body.trimEnd() }, emit);
    // The formula's own mark does not end it.
    if (!endsLiteral(body.slice(literal.until === '$$' ? 2 : 0), literal.until))
      reading.leaf = { kind: 'literal', ...literal };
    return;
  }
  if (isInPlace && takesTable(reading, body, emit)) return;
  if (!isInText) closeTo(reading, depth, emit);
  takeText(reading, body, emit);
}

/** A row of the open table, or the line that makes a table of the line before it. */
function takesTable(reading: Reading, body: string, emit: Emit): boolean {
  const { leaf } = reading;
  if (leaf.kind === 'table') {
    if (!body.includes('|')) return false;
    leaf.rows.push(cellsOf(body));
    leaf.raw.push(body.trimEnd());
    if (leaf.rows.length > MOST_OPEN_ROWS || (!leaf.isFirst && leaf.rows.length >= TABLE_PART))
      putTable(reading, leaf, emit);
    return true;
  }
  const above = leaf.kind === 'paragraph' ? leaf.lines.at(-1) : undefined;
  const alignments = above?.text.includes('|') === true ? alignmentsOf(body) : null;
  if (leaf.kind !== 'paragraph' || above === undefined || alignments === null) return false;
  const names = cellsOf(above.text);
  if (names.length !== alignments.length || names.length > MOST_COLUMNS) return false;
  leaf.lines.pop();
  closeLeaf(reading, emit);
  const table = { names, alignments };
  const raw = [above.text, body.trimEnd()];
  reading.leaf = { kind: 'table', table, widthRows: [], rows: [], raw, isFirst: true };
  return true;
}

function putTable(reading: Reading, leaf: Extract<Leaf, { kind: 'table' }>, emit: Emit): void {
  if (leaf.isFirst) leaf.widthRows = leaf.rows;
  const { table, widthRows, rows, isFirst } = leaf;
  put(reading, { kind: 'table', table, widthRows, rows, isFirst }, emit);
  leaf.isFirst = false;
  leaf.rows = [];
  leaf.raw = [];
}

function takeText(reading: Reading, body: string, emit: Emit): void {
  const isBroken = /(?: {2}|[^\\]\\)$/.test(body);
  const text = (isBroken && body.endsWith('\\') ? body.slice(0, -1) : body).trim();
  const { leaf } = reading;
  if (leaf.kind === 'paragraph') {
    leaf.lines.push({ text, isBroken });
    leaf.size += text.length;
  } else reading.leaf = { kind: 'paragraph', lines: [{ text, isBroken }], size: text.length };
  if (reading.leaf.kind === 'paragraph' && reading.leaf.size > LONGEST_PARAGRAPH) closeLeaf(reading, emit);
}

/** Hands out what is open. `isOpen`: the text still grows, and a table is shown as it was written. */
export function closeAll(reading: Reading, isOpen: boolean, emit: Emit): void {
  const { leaf } = reading;
  if (isOpen && leaf.kind === 'table') {
    if (leaf.raw.length > 0) put(reading, { kind: 'open table', lines: leaf.raw }, emit);
    reading.leaf = { kind: 'none' };
  }
  closeTo(reading, 0, emit);
}

/** Ends the open leaf, and the containers that the line at hand does not belong to. */
function closeTo(reading: Reading, depth: number, emit: Emit): void {
  closeLeaf(reading, emit);
  while (reading.containers.length > depth) {
    const last = reading.containers.at(-1);
    if (last?.kind === 'item' && !last.isMarked) put(reading, { kind: 'nothing' }, emit);
    reading.containers.pop();
  }
  reading.owedIn = Math.min(reading.owedIn, depth);
}

function closeLeaf(reading: Reading, emit: Emit): void {
  const { leaf } = reading;
  reading.leaf = { kind: 'none' };
  if (leaf.kind === 'paragraph' && leaf.lines.length > 0) put(reading, { kind: 'paragraph', lines: leaf.lines }, emit);
  else if (leaf.kind === 'table' && (leaf.isFirst || leaf.rows.length > 0)) putTable(reading, leaf, emit);
  else if (leaf.kind === 'code') reading.owed = Math.min(1, reading.owed);
}

function put(reading: Reading, block: Block, emit: Emit): void {
  const { containers } = reading;
  const isFirstInItem = containers.some((container) => container.kind === 'item' && !container.isMarked);
  if (block.kind === 'heading' && !isFirstInItem && reading.owed === 0) owe(reading, containers.length, 1);
  if (reading.hasBegun) {
    const around = containers.slice(0, reading.owedIn);
    for (; reading.owed > 0; reading.owed -= 1) emit({ kind: 'blank' }, around);
  }
  reading.owed = 0;
  reading.hasBegun = true;
  emit(block, containers);
  for (const container of containers) if (container.kind === 'item') container.isMarked = true;
}
