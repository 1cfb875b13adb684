// What stands on the terminal when the screen is gone: how to come back.

import { shownId } from '../../../core/bus/index.ts';
import { causeOf } from '../../../problem/index.ts';
import type { ScreenApp } from './screen-app.ts';

/** The session that is left. */
export interface LeftSession {
  readonly session: string;
  /** Null: nothing is recorded. */
  readonly recordPath: string | null;
  /** Null: it is this program's own. */
  readonly attached: object | null;
}

export function leaveLines(opened: LeftSession | null, app: ScreenApp | null): readonly string[] {
  if (opened === null || !hasHistory(app)) return [];
  if (opened.attached !== null) return goesOn(opened);
  return [opened.recordPath === null ? 'Nothing of this session was recorded.' : `Session kept. ${wayBack(opened)}`];
}

export function goesOn(opened: LeftSession | null): readonly string[] {
  return [`The session goes on. ${wayBack(opened)}`];
}

function wayBack(opened: LeftSession | null): string {
  // Without a record only the living session can be come back to.
  return `Back with: codex ${opened?.recordPath === null ? 'attach' : 'resume'} ${shortId(opened)}`;
}

function shortId(opened: LeftSession | null): string {
  return opened === null ? '' : shownId(opened.session);
}

export function hasHistory(app: ScreenApp | null): boolean {
  return app !== null && app.transcript.items.length + app.transcript.live.length > 0;
}

/** What a defect leaves on the screen: where its report is, or the report. */
export function crashLines(opened: LeftSession | null, error: unknown, file: string | null): string[] {
  const lines = [`codex stopped because of a defect in it: ${causeOf(error)}`];
  if (opened?.recordPath != null) lines.push(`The session is kept: codex resume ${shortId(opened)}`);
  if (file !== null) lines.push(`Report: ${file}`);
  else lines.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return lines.flatMap((line) => line.split('\n'));
}
