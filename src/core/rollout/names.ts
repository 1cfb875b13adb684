// Which sessions have been given names? `session_index.jsonl`, which codex-cli shares: the last line for a session counts.

import { appendFileSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, parseJson, textIn } from './record.ts';

/** A name is a short line; a file this long is not the one we know. */
const LONGEST_INDEX_BYTES = 16 * 1024 * 1024;

function indexPath(codexHome: string): string {
  return join(codexHome, 'session_index.jsonl');
}

export function readNames(codexHome: string): Map<string, string> {
  const names = new Map<string, string>();
  let text = '';
  try {
    if (statSync(indexPath(codexHome)).size <= LONGEST_INDEX_BYTES) text = readFileSync(indexPath(codexHome), 'utf8');
  } catch {
    // Nothing has been named yet, or it may not be read: sessions are then known by their first message.
    return names;
  }
  for (const line of text.split('\n')) {
    const value = parseJson(line);
    if (!isObject(value)) continue;
    const [session, name] = [textIn(value, 'id'), textIn(value, 'thread_name')];
    if (session !== null && name !== null) names.set(session, name);
  }
  return names;
}

/** Throws as `node:fs` does. `now`: ms since 1970. */
export function appendName(codexHome: string, session: string, name: string, now: number): void {
  const line = { id: session, thread_name: name, updated_at: new Date(now).toISOString() };
  appendFileSync(indexPath(codexHome), `${JSON.stringify(line)}\n`, { mode: 0o600 });
}
