import { describe, expect, it } from 'vitest';
import type { SessionSummary } from '../../../../src/core/bus/index.ts';
import {
  chosen,
  emptyPicker,
  eraseFilter,
  matching,
  moveSelection,
  type ResumePicker,
  toggleScope,
  typeFilter,
  withSessions,
} from '../../../../src/ui/tui/resume/picker.ts';
import { type PickerScreen, pickerRows, previewCols } from '../../../../src/ui/tui/resume/picker-rows.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { plain, plainAscii } from '../view/session.ts';

const now = new Date(2026, 10, 20, 15, 0).getTime();
const HOUR = 3_600_000;

function session(id: string, title: string, ago: number, changes: Partial<SessionSummary> = {}): SessionSummary {
  return {
    session: id,
    path: `/r/${id}`,
    cwd: '/home/ana/src/app',
    title,
    startedAt: now - ago,
    changedAt: now - ago,
    turns: 3,
    state: 'ended',
    originator: 'codex_ts',
    ...changes,
  };
}

const sessions = [
  session('a', 'migrate the schema', 8 * HOUR, { state: 'lost', turns: 1 }),
  session('b', 'fix the tests and bump', 30_000, { state: 'open', turns: null }),
  session('c', 'rename bus events', 3 * 24 * HOUR, { turns: 14 }),
  session('d', 'sandbox question', 17 * 24 * HOUR, { turns: 8, originator: 'codex-tui' }),
  session('e', '', 20 * 24 * HOUR, { state: 'unreadable' }),
];
const picker: ResumePicker = { ...emptyPicker, sessions, total: 5, totalElsewhere: 214 };

const screen: PickerScreen = {
  cols: 80,
  rows: 24,
  look: plain,
  now,
  cwd: '/home/ana/src/app',
  isSearching: false,
  preview: [],
};
const preview = [
  '❯ fix the tests and bump the version',
  '',
  '✗ npm test · exit 1 · 12.4 s',
  '',
  '  One test failed because a slow client was closed.',
];

describe('the resume picker', () => {
  it('lists sessions with state, time, name and what there is to know at 80 columns', () => {
    expect(pickerRows(picker, { ...screen, preview })).toEqual([
      '  Sessions of ~/src/app · 4 of 5 · Ctrl-X a: all folders',
      '  > ▏',
      '  ▸ ⇣ live   now     fix the tests and bump',
      '    ∅ lost   today   migrate the schema · 1 turn',
      '      ended  Tue     rename bus events · 14 turns',
      '      ended  3 Nov   sandbox question · 8 turns · codex-tui',
      '  ── preview',
      ...preview.map((row) => `  ${row}`),
      '  unreadable (1)',
    ]);
  });

  it('shows what a session is about on a second row of the selected one at 40 columns', () => {
    expect(pickerRows(moveSelection(picker, 1), { ...screen, cols: 40, rows: 12 })).toEqual([
      '  Sessions of ~/src/app · 4 of 5',
      '  > ▏',
      '    ⇣ now    fix the tests and bump',
      '  ▸ ∅ today  migrate the schema',
      '      lost · 1 turn',
      '      Tue    rename bus events',
      '      3 Nov  sandbox question',
      '  unreadable (1)',
    ]);
  });

  it('shows the preview beside the list at 200 columns', () => {
    const rows = pickerRows(picker, { ...screen, cols: 200, preview });
    expect(previewCols(200, 24)).toBe(133);
    expect(rows[2]).toBe(
      `${'  ▸ ⇣ live   now     fix the tests and bump'.padEnd(64)}  ❯ fix the tests and bump the version`,
    );
    expect(rows[6]).toBe(`${' '.repeat(64)}  ${preview[4]}`);
  });

  it('speaks ASCII', () => {
    expect(pickerRows(picker, { ...screen, look: plainAscii }).join('\n')).not.toMatch(/[^\x20-\x7e\n]/);
  });

  it('names folders when it shows all of them', () => {
    const all = withSessions(
      toggleScope(picker),
      'all',
      [session('x', 'elsewhere', HOUR, { cwd: '/home/ana/src/other' })],
      214,
    );
    expect(pickerRows(all, screen)).toEqual([
      '  Sessions of all folders · 1 of 214 · Ctrl-X a: this folder',
      '  > ▏',
      '  ▸   ended  1 h     elsewhere · 3 turns · ~/src/other',
    ]);
  });

  it('filters as one types, by name, folder and id, and widens again', () => {
    const typed = typeFilter(picker, 'BUS ren');
    expect(matching(typed).map(({ session }) => session)).toEqual(['c']);
    expect(matching(typeFilter(picker, 'src/app bump'))).toHaveLength(1);
    expect(matching([...'BUS ren'].reduce((shorter) => eraseFilter(shorter), typed))).toHaveLength(4);
    expect(pickerRows(typeFilter(picker, 'zzz'), screen)[2]).toBe('  No session matches. Backspace widens the search.');
  });

  it('keeps the selection on its session while the list changes around it', () => {
    const selected = moveSelection(picker, 2);
    expect(chosen(selected)?.session).toBe('c');
    const more = withSessions(selected, 'folder', [session('new', 'newer', 0), ...sessions], 6);
    expect(chosen(more)?.session).toBe('c');
    expect(chosen(moveSelection(more, 100))?.session).toBe('d');
    expect(chosen(moveSelection(more, -100))?.session).toBe('b');
    expect(chosen(typeFilter(more, 'sandbox'))?.session).toBe('d');
  });

  it('says where there are sessions when this folder has none', () => {
    const none = { ...emptyPicker, totalElsewhere: 212 };
    expect(pickerRows(none, screen)[2]).toBe('  No sessions in this folder. Ctrl-X a shows 212 from elsewhere.');
    expect(pickerRows(none, { ...screen, isSearching: true })[2]).toBe('  Looking for sessions.');
    expect(chosen(none)).toBe(null);
  });

  it('ignores a listing that was asked for before the scope changed', () => {
    expect(withSessions(toggleScope(picker), 'folder', sessions, 5).sessions).toEqual([]);
  });

  it('fits its window at any size, the selected session always in sight', () => {
    const many = Array.from({ length: 300 }, (_, i) =>
      session(`s${i}`, `session number ${i} 日本語 ${'x'.repeat(i % 90)}`, i * HOUR),
    );
    for (const cols of [20, 40, 60, 80, 120, 200]) {
      for (const rows of [5, 8, 12, 24, 50]) {
        for (const at of [0, 7, 299]) {
          const shown = pickerRows(moveSelection({ ...emptyPicker, sessions: many, total: 300 }, at), {
            ...screen,
            cols,
            rows,
            preview,
          });
          expect(shown.length).toBeLessThanOrEqual(rows);
          for (const row of shown) expect(cellWidth(row)).toBeLessThan(cols);
          expect(shown.some((row) => row.includes('▸'))).toBe(true);
        }
      }
    }
  });
});
