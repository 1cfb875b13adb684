// What will the files be after this patch? Everything is matched against what was read before anything is written.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type FileLine, type FileText, inFormOf, readFileText, writtenText } from './file-text.ts';
import type { FileChange, Hunk, Patch } from './parse-patch.ts';

/** One file, from before the whole patch to after it. Paths are absolute. */
export interface FileEffect {
  readonly path: string;
  /** Null: it is not there. */
  readonly before: Uint8Array | null;
  readonly after: Uint8Array | null;
}

export interface PatchPlan {
  /** In the order in which the patch first names them. */
  readonly effects: readonly FileEffect[];
  /** What the patch says was done, in its order. */
  readonly steps: readonly PatchStep[];
}

export interface PatchStep {
  readonly kind: 'add' | 'delete' | 'update';
  readonly path: string;
  readonly movedTo: string | null;
  /** A file that was there was replaced by it. */
  readonly replaced: boolean;
}

/** Every file a patch names, for whoever reads them. `resolve` makes a path absolute. */
export function filesOf(patch: Patch, resolve: (path: string) => string): readonly string[] {
  const named = patch.changes.flatMap((change) =>
    change.kind === 'update' && change.movedTo !== null ? [change.path, change.movedTo] : [change.path],
  );
  return [...new Set(named.map(resolve))];
}

/** `read`: what each file of `filesOf` holds; null where there is none. */
export function matchPatch(
  patch: Patch,
  resolve: (path: string) => string,
  read: ReadonlyMap<string, Uint8Array | null>,
): Result<PatchPlan> {
  const now = new Map(read);
  const steps: PatchStep[] = [];
  for (const change of patch.changes) {
    const step = applied(change, resolve, now);
    if (!step.ok) return step;
    steps.push(step.value);
  }
  const effects = [...now].map(([path, after]) => ({ path, before: read.get(path) ?? null, after }));
  return ok({ effects: effects.filter(({ before, after }) => !isSame(before, after)), steps });
}

function applied(
  change: FileChange,
  resolve: (path: string) => string,
  now: Map<string, Uint8Array | null>,
): Result<PatchStep> {
  const path = resolve(change.path);
  const there = now.get(path) ?? null;
  switch (change.kind) {
    case 'add': {
      now.set(path, Buffer.from(change.lines.map((line) => `${line}\n`).join(''), 'utf8'));
      return ok({ kind: 'add', path, movedTo: null, replaced: there !== null });
    }
    case 'delete': {
      if (there === null) return fail(nothingThere('delete', change.path));
      now.set(path, null);
      return ok({ kind: 'delete', path, movedTo: null, replaced: false });
    }
    case 'update': {
      if (there === null) return fail(nothingThere('change', change.path));
      const changed = withHunks(readFileText(there), change.hunks, change.path);
      if (!changed.ok) return changed;
      const target = change.movedTo === null ? path : resolve(change.movedTo);
      const isMoved = target !== path;
      const replaced = isMoved && (now.get(target) ?? null) !== null;
      if (isMoved) now.set(path, null);
      now.set(target, change.hunks.length === 0 ? there : changed.value);
      return ok({ kind: 'update', path, movedTo: isMoved ? target : null, replaced });
    }
  }
}

/** Changes are looked for from where the one before them ended; what is only put in goes to the end. */
function withHunks(file: FileText, hunks: readonly Hunk[], path: string): Result<Uint8Array> {
  let lines: readonly FileLine[] = file.lines;
  const appended: FileLine[] = [];
  let from = 0;
  for (const hunk of hunks) {
    const place = placeOf(lines, hunk, from, file);
    if (!place.ok) return fail(notFound(path, place.problem, lines));
    if (place.value === 'end') {
      appended.push(...putLines([], hunk.rows, file));
      continue;
    }
    const { at, length, rows } = place.value;
    const put = putLines(lines.slice(at, at + length), rows, file);
    lines = [...lines.slice(0, at), ...put, ...lines.slice(at + length)];
    from = at + put.length;
  }
  return ok(writtenText(ended([...lines, ...appended], file), file.isBinary));
}

/** A file that was changed ends with a line end. */
function ended(lines: readonly FileLine[], file: FileText): readonly FileLine[] {
  return lines.map((line, index) =>
    line.end === '' || index < lines.length - 1 ? { ...line, end: line.end || file.end } : line,
  );
}

interface Place {
  readonly at: number;
  /** Lines of the file that the change stands for. */
  readonly length: number;
  readonly rows: Hunk['rows'];
}

/** The lines that are not there, for the model to see. */
interface Missing {
  readonly kind: 'context' | 'lines';
  readonly wanted: readonly string[];
}

function placeOf(lines: readonly FileLine[], hunk: Hunk, from: number, file: FileText): Result<Place | 'end', Missing> {
  let start = from;
  if (hunk.after !== null) {
    const at = seek(lines, [inFormOf(file, hunk.after)], start, false);
    if (at === null) return fail({ kind: 'context', wanted: [hunk.after] });
    start = at + 1;
  }
  const old = hunk.rows.filter(({ sign }) => sign !== '+').map(({ text }) => text);
  if (old.length === 0) return ok('end');
  const wanted = old.map((text) => inFormOf(file, text));
  const at = seek(lines, wanted, start, hunk.isAtEnd);
  if (at !== null) return ok({ at, length: old.length, rows: hunk.rows });
  // An empty line at the end of what was written is often not one of the file.
  if (old.at(-1) !== '') return fail({ kind: 'lines', wanted: old });
  const shorter = old.length === 1 ? start : seek(lines, wanted.slice(0, -1), start, hunk.isAtEnd);
  if (shorter !== null) return ok({ at: shorter, length: old.length - 1, rows: withoutLastEmpty(hunk.rows) });
  return fail({ kind: 'lines', wanted: old });
}

/** A lone empty line of context is put in, where it is not there. */
function withoutLastEmpty(rows: Hunk['rows']): Hunk['rows'] {
  const last = rows.findLastIndex(({ sign }) => sign !== '+');
  const isAlone = rows.filter(({ sign }) => sign !== '+').length === 1;
  return rows.flatMap((row, index) => {
    if (index !== last) return [row];
    return isAlone && row.sign === ' ' ? [{ sign: '+', text: '' }] : [];
  });
}

/** Kept lines are those of the file, whatever the patch wrote; put in ones end like their neighbours. */
function putLines(there: readonly FileLine[], rows: Hunk['rows'], file: FileText): readonly FileLine[] {
  let at = 0;
  return rows.flatMap((row): FileLine[] => {
    if (row.sign === '+') return [{ text: inFormOf(file, row.text), end: there[at]?.end || file.end }];
    const kept = there[at];
    at += 1;
    return row.sign === ' ' && kept !== undefined ? [kept] : [];
  });
}

/** How much two lines may differ and still be the same, the strictest first. */
const SAMENESS: readonly ((line: string) => string)[] = [
  (line) => line,
  (line) => line.trimEnd(),
  (line) => line.trim(),
  (line) => plainPunctuation(line.trim()),
];

/** Where these lines stand, at `from` or later; `isAtEnd`: at the end. */
function seek(lines: readonly FileLine[], wanted: readonly string[], from: number, isAtEnd: boolean): number | null {
  const last = lines.length - wanted.length;
  if (last < from) return null;
  const first = isAtEnd ? last : from;
  for (const form of SAMENESS) {
    const [head = '', ...rest] = wanted.map(form);
    for (let at = first; at <= last; at += 1) {
      if (form(lines[at]?.text ?? '') !== head) continue;
      if (rest.every((line, index) => form(lines[at + 1 + index]?.text ?? '') === line)) return at;
    }
  }
  return null;
}

/** Models write plain quotes, dashes and blanks where a text has typographic ones, and the other way round. */
function plainPunctuation(line: string): string {
  return line
    .replace(/[\u2010-\u2015\u2212]/g, '-')
    .replace(/[\u2018-\u201b]/g, "'")
    .replace(/[\u201c-\u201f]/g, '"')
    .replace(/[\u00a0\u2002-\u200a\u202f\u205f\u3000]/g, ' ');
}

function isSame(one: Uint8Array | null, other: Uint8Array | null): boolean {
  return one === null || other === null ? one === other : Buffer.compare(one, other) === 0;
}

function nothingThere(deed: string, path: string): Problem {
  return {
    what: `apply_patch changed nothing: there is no file ${path} to ${deed}.`,
    why: '',
    next: 'Look which files are there, and write a patch for those.',
  };
}

/** Of the lines that were not found so many are repeated. */
const MOST_SHOWN = 12;

function notFound(path: string, { kind, wanted }: Missing, lines: readonly FileLine[]): Problem {
  const shown = wanted.slice(0, MOST_SHOWN).map((line) => `  ${line}`);
  const more = wanted.length > MOST_SHOWN ? [`  … ${wanted.length - MOST_SHOWN} more`] : [];
  const near = nearest(wanted, lines);
  return {
    what: `apply_patch changed nothing: ${path} does not have ${kind === 'context' ? 'the line after @@' : 'these lines'} where the change would go:\n${[...shown, ...more].join('\n')}`,
    why:
      near === null
        ? ''
        : `Its first line is in line ${near} of the file, but not what follows, or not behind the change before.`,
    next: 'Read the file again and write the patch from what is there.',
  };
}

/** Where the first line that says anything stands. */
function nearest(wanted: readonly string[], lines: readonly FileLine[]): number | null {
  const first = wanted.find((line) => line.trim() !== '')?.trim() ?? '';
  const at = first === '' ? -1 : lines.findIndex(({ text }) => text.trim() === first);
  return at < 0 ? null : at + 1;
}
