// What has been typed in earlier sessions? `history.jsonl`, in the form and place that codex-cli has it; only appended to.

import * as fs from 'node:fs';
import { join } from 'node:path';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { makeFolders } from './disk.ts';
import { readRange, withFile } from './lines.ts';
import { isObject, parseJson, textIn } from './record.ts';

/** Of a longer file the newest part is read: nobody goes further back with an arrow key. */
export const HISTORY_BYTES = 8 * 1024 * 1024;
export const HISTORY_ENTRIES = 10_000;

function historyPath(codexHome: string): string {
  return join(codexHome, 'history.jsonl');
}

/** `now`: ms since 1970. A message that begins with a space is not kept, nor an empty one: shells do the same. */
export function rememberMessage(codexHome: string, session: string, text: string, now: number): Result<void> {
  if (text === '' || text.startsWith(' ')) return ok(undefined);
  const line = { session_id: session, ts: Math.floor(now / 1000), text };
  const { O_APPEND, O_CREAT, O_WRONLY, O_NOFOLLOW } = fs.constants;
  try {
    makeFolders(codexHome);
    const fd = fs.openSync(historyPath(codexHome), O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
    try {
      // One write: two programs that append at once do not mix their lines.
      fs.writeSync(fd, `${JSON.stringify(line)}\n`);
    } finally {
      fs.closeSync(fd);
    }
    return ok(undefined);
  } catch (error) {
    return fail({ what: 'Messages are not remembered for later sessions.', why: causeOf(error), next: '' });
  }
}

/** Oldest first, adjacent equals once; at most the newest 10,000 of the last 8 MiB. Empty when there is none. */
export function readMessages(codexHome: string): string[] {
  let text = '';
  try {
    text = withFile(historyPath(codexHome), (file) => {
      const from = Math.max(0, file.size - HISTORY_BYTES);
      return readRange(file, from, file.size).toString('utf8');
    });
  } catch {
    // No message has been sent yet, or the file may not be read: then there is nothing to go back to.
    return [];
  }
  const texts: string[] = [];
  // A first line that was cut is no JSON and falls out by itself.
  for (const line of text.split('\n')) {
    const value = parseJson(line);
    const message = isObject(value) ? textIn(value, 'text') : null;
    if (message !== null && message !== '' && message !== texts.at(-1)) texts.push(message);
  }
  return texts.slice(-HISTORY_ENTRIES);
}
