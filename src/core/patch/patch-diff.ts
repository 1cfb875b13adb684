// What is different in each file, line by line? For whoever looks at a patch before or after it is carried out.

import { assertNever } from '../../problem/index.ts';
import type { FileEffect, PatchPlan } from './patch-plan.ts';

/** A stretch of lines of the old file that others of the new one stand for. Counted from 0, ends not included. */
export interface Edit {
  readonly oldFrom: number;
  readonly oldTo: number;
  readonly newFrom: number;
  readonly newTo: number;
}

export interface FileDiff {
  readonly kind: FileEffect['kind'];
  readonly path: string;
  readonly shown: string;
  readonly movedTo: { readonly path: string; readonly shown: string } | null;
  /** Something else was in the place of what is added or moved. */
  readonly replaced: boolean;
  /** It is no text: there are no lines to show. */
  readonly isBinary: boolean;
  /** Lines with what ends them, one character for each byte. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly edits: readonly Edit[];
  readonly added: number;
  readonly removed: number;
}

export interface PatchDiff {
  readonly files: readonly FileDiff[];
}

/** One row: a line that stays, goes or comes, with its numbers from 1. */
export interface DiffLine {
  readonly sign: ' ' | '-' | '+';
  readonly old: number | null;
  readonly new: number | null;
  /** With what ends it. */
  readonly text: string;
}

/** Changes close to each other, with the lines around them. Numbers from 1; `skipped` lines lie before it. */
export interface Hunk {
  readonly oldStart: number;
  readonly oldCount: number;
  readonly newStart: number;
  readonly newCount: number;
  readonly skipped: number;
  readonly lines: readonly DiffLine[];
}

type DiffArrays = typeof import('diff').diffArrays;

/** What may be spent on one file. Past either, all that lies between the equal ends counts as replaced. */
const TIMEOUT_MS = 200;
const MOST_EDITS = 5000;

export async function diffOf({ effects }: PatchPlan): Promise<PatchDiff> {
  const { diffArrays } = await import('diff');
  return { files: effects.map((effect) => fileDiff(effect, diffArrays)) };
}

function fileDiff(effect: FileEffect, diffArrays: DiffArrays): FileDiff {
  const { kind, path, shown, replaced } = effect;
  const [old, now] = [effect.before ?? EMPTY, effect.after ?? EMPTY];
  const isBinary = looksBinary(old) || looksBinary(now);
  const before = isBinary ? [] : rawLines(old);
  const after = isBinary ? [] : rawLines(now);
  const edits = editsBetween(before, after, diffArrays);
  const sum = (length: (edit: Edit) => number): number => edits.reduce((all, edit) => all + length(edit), 0);
  return {
    kind,
    path,
    shown,
    movedTo: effect.kind === 'move' ? effect.movedTo : null,
    replaced,
    isBinary,
    before,
    after,
    edits,
    added: sum(({ newFrom, newTo }) => newTo - newFrom),
    removed: sum(({ oldFrom, oldTo }) => oldTo - oldFrom),
  };
}

const EMPTY = new Uint8Array(0);

/** As git looks at it: a NUL near the beginning. */
function looksBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 8000).includes(0);
}

function rawLines(bytes: Uint8Array): string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
  const lines = all.split('\n').map((line) => `${line}\n`);
  const last = lines.pop()?.slice(0, -1) ?? '';
  return last === '' ? lines : [...lines, last];
}

function editsBetween(before: readonly string[], after: readonly string[], diffArrays: DiffArrays): Edit[] {
  let start = 0;
  const shorter = Math.min(before.length, after.length);
  while (start < shorter && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;
  const [oldTo, newTo] = [before.length - end, after.length - end];
  const whole: Edit = { oldFrom: start, oldTo, newFrom: start, newTo };
  if (start === oldTo && start === newTo) return [];
  if (start === oldTo || start === newTo) return [whole];
  const options = { maxEditLength: MOST_EDITS, timeout: TIMEOUT_MS };
  const changes = diffArrays(before.slice(start, oldTo), after.slice(start, newTo), options);
  if (changes === undefined) return [whole];
  const edits: Edit[] = [];
  let [oldAt, newAt] = [start, start];
  for (const { added, removed, count } of changes) {
    const edit = {
      oldFrom: oldAt,
      oldTo: oldAt + (removed ? count : 0),
      newFrom: newAt,
      newTo: newAt + (added ? count : 0),
    };
    if (!added) oldAt += count;
    if (!removed) newAt += count;
    if (!added && !removed) continue;
    const last = edits.at(-1);
    // What goes and what comes in its place is one edit.
    if (last !== undefined && last.oldTo === edit.oldFrom && last.newTo === edit.newFrom)
      edits[edits.length - 1] = { ...last, oldTo: edit.oldTo, newTo: edit.newTo };
    else edits.push(edit);
  }
  return edits;
}

/** The hunks of a file, one after the other, so that who wants only the first ones pays for no more. */
export function* hunksOf({ before, after, edits }: FileDiff, context = 3): Generator<Hunk> {
  let shownTo = 0;
  for (let first = 0; first < edits.length; ) {
    let last = first;
    while (last + 1 < edits.length && gapAfter(edits, last) <= 2 * context) last += 1;
    const group = edits.slice(first, last + 1);
    const [head, tail] = [group[0], group.at(-1)];
    if (head === undefined || tail === undefined) return;
    const lead = Math.min(context, head.oldFrom);
    const trail = Math.min(context, before.length - tail.oldTo);
    const [oldFrom, newFrom] = [head.oldFrom - lead, head.newFrom - lead];
    const [oldTo, newTo] = [tail.oldTo + trail, tail.newTo + trail];
    yield {
      oldStart: oldTo === oldFrom ? oldFrom : oldFrom + 1,
      oldCount: oldTo - oldFrom,
      newStart: newTo === newFrom ? newFrom : newFrom + 1,
      newCount: newTo - newFrom,
      skipped: oldFrom - shownTo,
      lines: linesOf(group, before, after, { oldFrom, newFrom, oldTo }),
    };
    shownTo = oldTo;
    first = last + 1;
  }
}

function gapAfter(edits: readonly Edit[], index: number): number {
  return (edits[index + 1]?.oldFrom ?? 0) - (edits[index]?.oldTo ?? 0);
}

function linesOf(
  edits: readonly Edit[],
  before: readonly string[],
  after: readonly string[],
  { oldFrom, newFrom, oldTo }: { readonly oldFrom: number; readonly newFrom: number; readonly oldTo: number },
): DiffLine[] {
  const lines: DiffLine[] = [];
  let [oldAt, newAt] = [oldFrom, newFrom];
  const stay = (to: number): void => {
    for (; oldAt < to; oldAt += 1, newAt += 1)
      lines.push({ sign: ' ', old: oldAt + 1, new: newAt + 1, text: before[oldAt] ?? '' });
  };
  for (const edit of edits) {
    stay(edit.oldFrom);
    for (; oldAt < edit.oldTo; oldAt += 1)
      lines.push({ sign: '-', old: oldAt + 1, new: null, text: before[oldAt] ?? '' });
    for (; newAt < edit.newTo; newAt += 1)
      lines.push({ sign: '+', old: null, new: newAt + 1, text: after[newAt] ?? '' });
  }
  stay(oldTo);
  return lines;
}

/** `edit`, `add`, … as a person reads it above the rows. */
export function deedOf({ kind, replaced }: Pick<FileDiff, 'kind' | 'replaced'>): string {
  switch (kind) {
    case 'add':
      return replaced ? 'replace' : 'add';
    case 'update':
      return 'edit';
    case 'delete':
    case 'move':
      return kind;
    default:
      return assertNever(kind);
  }
}
