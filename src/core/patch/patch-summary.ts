// What does a patch want, for somebody who is asked before any file is looked at?

import { parsePatch } from './parse-patch.ts';
import type { FilePatch } from './patch.ts';

export interface PatchSummary {
  /** `apply_patch src/a.ts (+2 -1), b.ts (new, +10)`. */
  readonly line: string;
  /** All that it says, file by file, without colours. */
  readonly rows: readonly string[];
}

/** A line names so many files, and counts the rest. */
const NAMED_FILES = 4;
const MOST_ROWS = 4000;

/** Of any text: one that cannot be read is said to be that. */
export function patchSummary(text: string): PatchSummary {
  const parsed = parsePatch(text);
  if (!parsed.ok) return { line: 'apply_patch (a patch that cannot be read)', rows: [parsed.problem.what] };
  const { files } = parsed.value;
  const named = files.slice(0, NAMED_FILES).map(summaryOf);
  const rest = files.length - named.length;
  const rows = files.flatMap(rowsOf);
  return {
    line: `apply_patch ${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
    rows: rows.length > MOST_ROWS ? [...rows.slice(0, MOST_ROWS), `… ${rows.length - MOST_ROWS} more rows`] : rows,
  };
}

function summaryOf(file: FilePatch): string {
  switch (file.kind) {
    case 'add':
      return `${plain(file.path)} (new, +${file.lines.length})`;
    case 'delete':
      return `${plain(file.path)} (deleted)`;
    case 'update': {
      const count = (sign: string): number =>
        file.changes.reduce((sum, { lines }) => sum + lines.filter((line) => line.sign === sign).length, 0);
      const counts = [['+', count('+')] as const, ['-', count('-')] as const]
        .flatMap(([sign, lines]) => (lines > 0 ? [`${sign}${lines}`] : []))
        .join(' ');
      const name = file.movedTo === null ? plain(file.path) : `${plain(file.path)} → ${plain(file.movedTo)}`;
      return counts === '' ? name : `${name} (${counts})`;
    }
  }
}

function rowsOf(file: FilePatch): string[] {
  const head = summaryOf(file);
  switch (file.kind) {
    case 'add':
      return [head, ...file.lines.map((line) => `  + ${plain(line)}`)];
    case 'delete':
      return [head];
    case 'update':
      return [
        head,
        ...file.changes.flatMap(({ anchors, lines }, index) => [
          ...(index > 0 ? [''] : []),
          ...anchors.map((anchor) => `  … ${plain(anchor)}`),
          ...lines.map(({ sign, text }) => `  ${sign} ${plain(text)}`.trimEnd()),
        ]),
      ];
  }
}

/** Without anything that a terminal would obey, and in the order in which it is stored. */
function plain(text: string): string {
  return text
    .replaceAll('\t', '    ')
    .replace(/[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, '\ufffd');
}
