// Which session somebody is about to take up again: what is listed, filtered and selected.

import type { SessionSummary } from '../../../core/bus/index.ts';

/** What an open session does, and what about: what it waits for, or runs. */
export interface SessionActivity {
  readonly state: 'idle' | 'running' | 'waiting';
  readonly about: string;
}

export interface ResumePicker {
  readonly scope: 'folder' | 'all';
  /** What was found so far, newest first. The order is final when it is first shown. */
  readonly sessions: readonly SessionSummary[];
  /** How many there are in this scope, and how many in all folders. */
  readonly total: number;
  readonly totalElsewhere: number;
  readonly filter: string;
  /** Of sessions that are open, by id. */
  readonly activities: ReadonlyMap<string, SessionActivity>;
  /** By id, so that the list may change around it. */
  readonly selected: string | null;
}

export const emptyPicker: ResumePicker = {
  scope: 'folder',
  sessions: [],
  total: 0,
  totalElsewhere: 0,
  filter: '',
  activities: new Map(),
  selected: null,
};

/** Asked for several times for each frame, with thousands of sessions. */
const matches = new WeakMap<ResumePicker, readonly SessionSummary[]>();

/** Sessions that match, live ones first; records nobody can read are counted, not listed. */
export function matching(picker: ResumePicker): readonly SessionSummary[] {
  const known = matches.get(picker);
  if (known !== undefined) return known;
  const words = picker.filter
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  const found = picker.sessions
    .filter(({ state }) => state !== 'unreadable')
    .filter((session) => words.every((word) => textOf(session).includes(word)));
  const sorted = [...found.filter(({ state }) => state === 'open'), ...found.filter(({ state }) => state !== 'open')];
  matches.set(picker, sorted);
  return sorted;
}

export function unreadable(picker: ResumePicker): number {
  return picker.sessions.filter(({ state }) => state === 'unreadable').length;
}

/** The session that Enter opens: the selected one while it matches, else the first. */
export function chosen(picker: ResumePicker): SessionSummary | null {
  const found = matching(picker);
  return found.find(({ session }) => session === picker.selected) ?? found[0] ?? null;
}

/** Up and down, a page, or to an end; `rows` is the number of sessions to go, negative upwards. */
export function moveSelection(picker: ResumePicker, rows: number): ResumePicker {
  const found = matching(picker);
  const at = Math.max(
    0,
    found.findIndex(({ session }) => session === chosen(picker)?.session),
  );
  const next = found[Math.max(0, Math.min(found.length - 1, at + rows))];
  return { ...picker, selected: next?.session ?? null };
}

export function typeFilter(picker: ResumePicker, text: string): ResumePicker {
  return { ...picker, filter: picker.filter + text.replace(/\s+/g, ' '), selected: null };
}

export function eraseFilter(picker: ResumePicker): ResumePicker {
  return { ...picker, filter: [...picker.filter].slice(0, -1).join(''), selected: null };
}

/** A listing arrived: that of the scope it was asked for. */
export function withSessions(
  picker: ResumePicker,
  scope: ResumePicker['scope'],
  sessions: readonly SessionSummary[],
  total: number,
): ResumePicker {
  if (scope !== picker.scope) return scope === 'all' ? { ...picker, totalElsewhere: total } : picker;
  return { ...picker, sessions, total, totalElsewhere: scope === 'all' ? total : picker.totalElsewhere };
}

/** This folder only, or every folder. The list has to be asked for anew. */
export function toggleScope(picker: ResumePicker): ResumePicker {
  return { ...picker, scope: picker.scope === 'folder' ? 'all' : 'folder', sessions: [], selected: null };
}

const texts = new WeakMap<SessionSummary, string>();

function textOf(summary: SessionSummary): string {
  const known = texts.get(summary);
  if (known !== undefined) return known;
  const text = `${summary.title} ${summary.cwd} ${summary.session}`.toLowerCase();
  texts.set(summary, text);
  return text;
}
