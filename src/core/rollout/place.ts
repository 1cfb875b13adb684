// Where is the file of a session, and what does a file's name say?

import { basename, join } from 'node:path';
import { timeOfUuid7 } from './uuid7.ts';

const NAME = /^rollout-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-([0-9a-f-]{36})(?:_[^/]*)?\.jsonl(?:\.zst)?$/;

export function sessionsFolder(codexHome: string): string {
  return join(codexHome, 'sessions');
}

/** Where codex-cli puts records that are out of the list; without folders for dates. */
export function archiveFolder(codexHome: string): string {
  return join(codexHome, 'archived_sessions');
}

/** Files of long outputs. */
export function outputFolder(codexHome: string, session: string): string {
  return join(codexHome, 'codex_ts', 'output', session);
}

/** An id may come out of a file that anybody wrote, and names of files are made of it. */
export function isSessionId(text: string): boolean {
  return /^[\w-]{1,64}$/.test(text);
}

/** Folder and name carry the local time at which the session was opened, as codex-cli has it. `startedAt`: ms. */
export function rolloutPath(codexHome: string, session: string, startedAt: number): string {
  const date = new Date(startedAt);
  const two = (number: number): string => String(number).padStart(2, '0');
  const year = String(date.getFullYear()).padStart(4, '0');
  const month = two(date.getMonth() + 1);
  const day = two(date.getDate());
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join('-');
  const name = `rollout-${year}-${month}-${day}T${time}-${session}.jsonl`;
  return join(sessionsFolder(codexHome), year, month, day, name);
}

/** The session a file's name gives; null for a name of another form. Its time comes from the id, which is in UTC. */
export function sessionOfPath(path: string): { session: string; startedAt: number } | null {
  const session = NAME.exec(basename(path))?.[1];
  return session === undefined ? null : { session, startedAt: timeOfUuid7(session) ?? 0 };
}

/** codex-cli can compress a record that is at rest; Node 20 cannot read that form. */
export function isCompressed(path: string): boolean {
  return path.endsWith('.zst');
}
