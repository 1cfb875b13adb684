// What is in the composer, and what does each editing step make of it? Pure: every function gives a new buffer.
//
// A folded paste or an image is one character of the text, taken from Unicode's private planes, with what it stands for
// beside it: so it moves, is deleted, killed, yanked and undone like any other character.

import { clusterEnd, clusterStart } from '../terminal/cells.ts';

/** Steps of undo that are kept. */
const UNDO_STEPS = 500;
/** Entries and characters of the kill ring. */
const KILL_ENTRIES = 16;
const KILL_CHARACTERS = 1024 * 1024;

export interface Snapshot {
  readonly text: string;
  readonly cursor: number;
}

/** What the newest step was: it decides whether the next one joins it. */
type LastStep =
  | { readonly kind: 'other' }
  | { readonly kind: 'typing' }
  | { readonly kind: 'kill' }
  /** The text was taken out to be sent: the next edit forgets how it came about. */
  | { readonly kind: 'sent' }
  | { readonly kind: 'yank'; readonly start: number; readonly entry: number }
  /** Moving up or down: the column that is aimed at, in cells. */
  | { readonly kind: 'vertical'; readonly column: number };

/** An image that goes with the message. */
export interface FoldedImage {
  readonly kind: 'image';
  /** Absolute. */
  readonly path: string;
  /** Its name, and how large the picture is. */
  readonly label: string;
}

/** What a placeholder character stands for. */
export type Folded = { readonly kind: 'text'; readonly content: string } | FoldedImage;

export interface TextBuffer extends Snapshot {
  /** Code unit position of the cursor, always between two clusters. */
  readonly cursor: number;
  /** By their placeholder character. */
  readonly folded: ReadonlyMap<string, Folded>;
  /** Newest first. */
  readonly kills: readonly string[];
  readonly undoSteps: readonly Snapshot[];
  readonly redoSteps: readonly Snapshot[];
  readonly last: LastStep;
}

const other: LastStep = { kind: 'other' };

export const emptyBuffer: TextBuffer = {
  text: '',
  cursor: 0,
  folded: new Map(),
  kills: [],
  undoSteps: [],
  redoSteps: [],
  last: other,
};

/** A change of the text. `joins` says that it continues the step before and needs no step of its own in undo. */
function changed(buffer: TextBuffer, text: string, cursor: number, last: LastStep, joins = false): TextBuffer {
  if (text === buffer.text) return { ...buffer, cursor, last };
  const before: Snapshot = { text: buffer.text, cursor: buffer.cursor };
  if (buffer.last.kind === 'sent') {
    const folded = stillReachable(buffer.folded, [text, ...buffer.kills]);
    return { ...buffer, text, cursor, last, folded, undoSteps: [before], redoSteps: [] };
  }
  const undoSteps = joins ? buffer.undoSteps : [...buffer.undoSteps.slice(1 - UNDO_STEPS), before];
  return { ...buffer, text, cursor, last, undoSteps, redoSteps: [] };
}

/** What something still stands for: a sent paste of megabytes must not stay for ever. */
function stillReachable(folded: ReadonlyMap<string, Folded>, texts: readonly string[]): ReadonlyMap<string, Folded> {
  if (folded.size === 0) return folded;
  return new Map([...folded].filter(([character]) => texts.some((text) => text.includes(character))));
}

function moved(buffer: TextBuffer, cursor: number): TextBuffer {
  return { ...buffer, cursor, last: buffer.last.kind === 'sent' ? buffer.last : other };
}

function replaced(buffer: TextBuffer, start: number, end: number, text: string): string {
  return buffer.text.slice(0, start) + text + buffer.text.slice(end);
}

/** Inserts typed text at the cursor. A word typed in one go is one step of undo. */
export function insert(buffer: TextBuffer, typed: string): TextBuffer {
  if (typed === '') return buffer;
  const text = withoutPlaceholders(buffer, typed);
  const isWordPart = buffer.last.kind === 'typing' && !/^\s/.test(text);
  const cursor = buffer.cursor + text.length;
  return changed(buffer, replaced(buffer, buffer.cursor, buffer.cursor, text), cursor, { kind: 'typing' }, isWordPart);
}

/** Inserts text as one step of its own: a completion, a short paste. */
export function insertWhole(buffer: TextBuffer, whole: string): TextBuffer {
  const text = withoutPlaceholders(buffer, whole);
  return changed(buffer, replaced(buffer, buffer.cursor, buffer.cursor, text), buffer.cursor + text.length, other);
}

/** Replaces a part of the text (positions in code units) and puts the cursor behind it. */
export function replaceRange(buffer: TextBuffer, start: number, end: number, by: string): TextBuffer {
  const text = withoutPlaceholders(buffer, by);
  return changed(buffer, replaced(buffer, start, end, text), start + text.length, other);
}

/** Replaces everything: an entry of the history, what an editor saved. Undo brings back what was there. */
export function replaceAll(buffer: TextBuffer, by: string): TextBuffer {
  return replaceRange(buffer, 0, buffer.text.length, by);
}

/** Shows a text this buffer had before, folded pastes included: the draft, after a walk through the history. */
export function restoreSnapshot(buffer: TextBuffer, snapshot: Snapshot): TextBuffer {
  return changed(buffer, snapshot.text, snapshot.cursor, other);
}

/** Takes everything out to be sent. Undo brings it back as a draft until the next edit; kills stay. */
export function emptied(buffer: TextBuffer): TextBuffer {
  if (buffer.text === '') return buffer;
  const before: Snapshot = { text: buffer.text, cursor: buffer.cursor };
  const undoSteps = [...buffer.undoSteps.slice(1 - UNDO_STEPS), before];
  return { ...buffer, text: '', cursor: 0, undoSteps, redoSteps: [], last: { kind: 'sent' } };
}

/** Text from outside must not contain a character that stands for a paste here. */
function withoutPlaceholders(buffer: TextBuffer, text: string): string {
  if (buffer.folded.size === 0 || !/[\u{f0000}-\u{fffff}]/u.test(text)) return text;
  return text.replace(/[\u{f0000}-\u{fffff}]/gu, (character) => (buffer.folded.has(character) ? '\ufffd' : character));
}

export function moveLeft(buffer: TextBuffer): TextBuffer {
  return moved(buffer, clusterStart(buffer.text, buffer.cursor));
}

export function moveRight(buffer: TextBuffer): TextBuffer {
  return moved(buffer, nextBoundary(buffer));
}

function nextBoundary({ text, cursor }: Snapshot): number {
  return cursor >= text.length ? text.length : clusterEnd(text, cursor);
}

export function moveTo(buffer: TextBuffer, position: number): TextBuffer {
  return moved(buffer, Math.max(0, Math.min(buffer.text.length, position)));
}

export function moveWordLeft(buffer: TextBuffer): TextBuffer {
  return moved(buffer, wordStart(buffer.text, buffer.cursor));
}

export function moveWordRight(buffer: TextBuffer): TextBuffer {
  return moved(buffer, wordEnd(buffer.text, buffer.cursor));
}

/** Start of the line; when the cursor is there already, start of the text. */
export function moveHome(buffer: TextBuffer): TextBuffer {
  const start = lineStart(buffer);
  return moved(buffer, start === buffer.cursor ? 0 : start);
}

/** End of the line; when the cursor is there already, end of the text. */
export function moveEnd(buffer: TextBuffer): TextBuffer {
  const end = lineEnd(buffer);
  return moved(buffer, end === buffer.cursor ? buffer.text.length : end);
}

function lineStart({ text, cursor }: Snapshot): number {
  return cursor === 0 ? 0 : text.lastIndexOf('\n', cursor - 1) + 1;
}

function lineEnd({ text, cursor }: Snapshot): number {
  const end = text.indexOf('\n', cursor);
  return end < 0 ? text.length : end;
}

export function deleteBack(buffer: TextBuffer): TextBuffer {
  const start = clusterStart(buffer.text, buffer.cursor);
  return changed(buffer, replaced(buffer, start, buffer.cursor, ''), start, other);
}

export function deleteForward(buffer: TextBuffer): TextBuffer {
  return changed(buffer, replaced(buffer, buffer.cursor, nextBoundary(buffer), ''), buffer.cursor, other);
}

/** To the start of the word, punctuation being no part of it (Alt-Backspace). */
export function killWordBack(buffer: TextBuffer): TextBuffer {
  return kill(buffer, wordStart(buffer.text, buffer.cursor), buffer.cursor);
}

/** Back to a blank (Ctrl-W). */
export function killBlankBack(buffer: TextBuffer): TextBuffer {
  let start = buffer.cursor;
  while (start > 0 && isBlank(buffer.text, start - 1)) start -= 1;
  while (start > 0 && !isBlank(buffer.text, start - 1)) start -= 1;
  return kill(buffer, start, buffer.cursor);
}

export function killWordForward(buffer: TextBuffer): TextBuffer {
  return kill(buffer, buffer.cursor, wordEnd(buffer.text, buffer.cursor));
}

/** To the start of the line; at the start, the line break before it. */
export function killToHome(buffer: TextBuffer): TextBuffer {
  const start = lineStart(buffer);
  return kill(buffer, start === buffer.cursor ? Math.max(0, start - 1) : start, buffer.cursor);
}

/** To the end of the line; at the end, the line break behind it. */
export function killToEnd(buffer: TextBuffer): TextBuffer {
  const end = lineEnd(buffer);
  return kill(buffer, buffer.cursor, end === buffer.cursor ? Math.min(buffer.text.length, end + 1) : end);
}

/** Empties the composer into the kill ring. */
export function clear(buffer: TextBuffer): TextBuffer {
  return kill({ ...buffer, last: other }, 0, buffer.text.length);
}

/** Deletes into the kill ring; kills that follow each other become one entry and one step of undo. */
function kill(buffer: TextBuffer, start: number, end: number): TextBuffer {
  if (start >= end) return buffer;
  const killed = buffer.text.slice(start, end);
  const joins = buffer.last.kind === 'kill';
  const [newest = '', ...older] = buffer.kills;
  // What was killed backward stood before what was killed earlier.
  const joined = start < buffer.cursor ? killed + newest : newest + killed;
  const kills = joins ? [joined, ...older] : [killed, ...buffer.kills];
  return {
    ...changed(buffer, replaced(buffer, start, end, ''), start, { kind: 'kill' }, joins),
    kills: bounded(kills),
  };
}

function bounded(kills: readonly string[]): readonly string[] {
  let characters = 0;
  return kills.slice(0, KILL_ENTRIES).filter((entry, index) => {
    characters += entry.length;
    return index === 0 || characters <= KILL_CHARACTERS;
  });
}

/** Inserts the newest kill. */
export function yank(buffer: TextBuffer): TextBuffer {
  const [newest] = buffer.kills;
  if (newest === undefined) return buffer;
  const { cursor } = buffer;
  return changed(buffer, replaced(buffer, cursor, cursor, newest), cursor + newest.length, {
    kind: 'yank',
    start: cursor,
    entry: 0,
  });
}

/** Directly after a yank: puts the kill before that in its place, around the ring. */
export function yankRotate(buffer: TextBuffer): TextBuffer {
  if (buffer.last.kind !== 'yank') return buffer;
  const { start } = buffer.last;
  const entry = (buffer.last.entry + 1) % buffer.kills.length;
  const text = buffer.kills[entry] ?? '';
  return changed(
    buffer,
    replaced(buffer, start, buffer.cursor, text),
    start + text.length,
    { kind: 'yank', start, entry },
    true,
  );
}

export function undo(buffer: TextBuffer): TextBuffer {
  const step = buffer.undoSteps.at(-1);
  if (step === undefined) return buffer;
  const now: Snapshot = { text: buffer.text, cursor: buffer.cursor };
  return {
    ...buffer,
    ...step,
    undoSteps: buffer.undoSteps.slice(0, -1),
    redoSteps: [...buffer.redoSteps, now],
    last: other,
  };
}

export function redo(buffer: TextBuffer): TextBuffer {
  const step = buffer.redoSteps.at(-1);
  if (step === undefined) return buffer;
  const now: Snapshot = { text: buffer.text, cursor: buffer.cursor };
  return {
    ...buffer,
    ...step,
    undoSteps: [...buffer.undoSteps, now],
    redoSteps: buffer.redoSteps.slice(0, -1),
    last: other,
  };
}

function isBlank(text: string, at: number): boolean {
  return /\s/.test(text.charAt(at));
}

function isWordCharacter(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code < 0x80) return /[0-9A-Za-z_]/.test(text.charAt(at));
  // Marks, joiners and surrogates belong to what they stand beside; blanks and punctuation beyond ASCII do not.
  return !/[\s\p{P}]/u.test(text.charAt(at));
}

function wordStart(text: string, cursor: number): number {
  let at = cursor;
  while (at > 0 && !isWordCharacter(text, at - 1)) at -= 1;
  while (at > 0 && isWordCharacter(text, at - 1)) at -= 1;
  return at;
}

function wordEnd(text: string, cursor: number): number {
  let at = cursor;
  while (at < text.length && !isWordCharacter(text, at)) at += 1;
  while (at < text.length && isWordCharacter(text, at)) at += 1;
  return at;
}
