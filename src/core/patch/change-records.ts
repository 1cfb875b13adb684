// How is a patch written down, so that other programs that read the record know what it was?

import { asCharacters } from './file-lines.ts';
import { type FileDiff, hunksOf, type PatchDiff } from './patch-diff.ts';

/** One file in the record of a session, in the form that the programs which share it use. */
export type ChangeRecord =
  | { readonly type: 'add'; readonly content: string }
  | { readonly type: 'delete'; readonly content: string }
  | { readonly type: 'update'; readonly unified_diff: string; readonly move_path: string | null };

/** Of one file; more tells a reader nothing, and the record is read as a whole. */
const RECORDED_CHARS = 1024 * 1024;

/** By absolute path. What is too long ends with a line that says so. */
export function changeRecords({ files }: PatchDiff): Record<string, ChangeRecord> {
  return Object.fromEntries(files.map((file) => [file.path, changeRecord(file)]));
}

function changeRecord(file: FileDiff): ChangeRecord {
  const { kind, before, after, movedTo, replaced } = file;
  if (kind === 'add' && !replaced) return { type: 'add', content: bounded(after) };
  if (kind === 'delete') return { type: 'delete', content: bounded(before) };
  return { type: 'update', unified_diff: bounded(unifiedLines(file)), move_path: movedTo?.path ?? null };
}

function* unifiedLines(file: FileDiff): Generator<string> {
  for (const { oldStart, oldCount, newStart, newCount, lines } of hunksOf(file)) {
    yield `@@ -${range(oldStart, oldCount)} +${range(newStart, newCount)} @@\n`;
    for (const { sign, text } of lines) {
      yield `${sign}${text}`;
      if (!text.endsWith('\n')) yield '\n\\ No newline at end of file\n';
    }
  }
}

function range(start: number, count: number): string {
  return count === 1 ? `${start}` : `${start},${count}`;
}

function bounded(lines: Iterable<string>): string {
  const kept: string[] = [];
  let length = 0;
  for (const line of lines) {
    length += line.length;
    if (length > RECORDED_CHARS) return `${kept.map(asCharacters).join('')}… the rest is not recorded\n`;
    kept.push(line);
  }
  return kept.map(asCharacters).join('');
}
