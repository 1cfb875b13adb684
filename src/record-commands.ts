// `codex rename`, `archive`, `unarchive`, `delete`, `export`: what can be done with a record without opening its session.

import { createWriteStream, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  appendName,
  archiveSession,
  deleteSession,
  findSession,
  readAll,
  type SessionSummary,
  shownId,
  unarchiveSession,
} from './core/index.ts';
import { loadEmulator } from './emulator.ts';
import { complain, EXIT_FAILED, EXIT_OK, type Place } from './place.ts';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from './problem/index.ts';
import type { Invocation } from './ui/cli/index.ts';
import { asciicastOf, markdownOf } from './ui/export/index.ts';
import { visible } from './ui/tui/index.ts';

type Change = Extract<Invocation, { kind: 'rename' | 'archive' | 'unarchive' | 'delete' }>;

export async function changeRecord(change: Change, place: Place): Promise<number> {
  const found = await findSession(place.codexHome, change.id, change.kind === 'unarchive' ? 'archived' : 'listed');
  if (!found.ok) return complain(found.problem, EXIT_FAILED);
  const done = await carryOut(change, found.value, place);
  if (!done.ok) return complain(done.problem, EXIT_FAILED);
  process.stdout.write(`${done.value}\n`);
  return EXIT_OK;
}

async function carryOut(change: Change, found: SessionSummary, { codexHome }: Place): Promise<Result<string>> {
  const id = shownId(found.session);
  switch (change.kind) {
    case 'rename': {
      const name = change.name.replace(/[\s\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
      if (name === '') return fail({ what: 'A name needs at least one letter.', why: '', next: '' });
      const other = await findSession(codexHome, name);
      if (other.ok && other.value.session !== found.session && other.value.session.endsWith(name.toLowerCase()))
        return fail({ what: `"${name}" is how another session's id ends.`, why: '', next: 'Take another name.' });
      return attempted(
        () => appendName(codexHome, found.session, name, Date.now()),
        `Session ${id} is named "${name}".`,
      );
    }
    case 'archive': {
      const moved = archiveSession(codexHome, found);
      return moved.ok ? ok(`Archived. codex unarchive ${id} puts it back.`) : moved;
    }
    case 'unarchive': {
      const moved = unarchiveSession(codexHome, found);
      return moved.ok ? ok(`It is back: codex resume ${id}`) : moved;
    }
    case 'delete': {
      if (!change.isForced && !(await isMeant(found))) return fail(notDeleted());
      const deleted = deleteSession(codexHome, found);
      return deleted.ok ? ok('Deleted.') : deleted;
    }
  }
}

function attempted(act: () => void, said: string): Result<string> {
  try {
    act();
    return ok(said);
  } catch (error) {
    return fail({ what: 'The name was not written.', why: causeOf(error), next: '' });
  }
}

/** Asks a person; where there is none, or where they end the question, nothing is meant. */
async function isMeant({ session, title, cwd }: SessionSummary): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  lines.on('SIGINT', () => lines.close());
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const named = visible(title.replace(/\s+/g, ' ').slice(0, 60));
  const question = `Delete session ${shownId(session)} "${named}" of ${visible(cwd)} for good? [y/N] `;
  // Closed, the question is never answered, or fails: then what was said is nothing.
  const answer = await Promise.race([lines.question(question).catch(() => ''), closed]);
  lines.close();
  return /^y(es)?$/i.test(answer.trim());
}

function notDeleted(): Problem {
  return { what: 'Not deleted.', why: '', next: 'codex delete --force ID does not ask; codex archive ID keeps it.' };
}

export async function exportRecord(
  { id, as, file, isFull, pane }: Extract<Invocation, { kind: 'export' }>,
  place: Place,
): Promise<number> {
  const listed = await findSession(place.codexHome, id);
  const found = listed.ok ? listed : await findSession(place.codexHome, id, 'archived');
  if (!found.ok) return complain(listed.ok ? found.problem : listed.problem, EXIT_FAILED);
  const read = readAll(found.value.path, {
    codexHome: place.codexHome,
    whenFileEnds: found.value.state === 'open' ? 'open' : 'lost',
  });
  if (!read.ok) return complain(read.problem, EXIT_FAILED);
  const { events } = read.value;
  if (pane !== null && !events.some((event) => event.type === 'process.started' && event.process === pane))
    return complain({ what: `The session has no command ${pane}.`, why: '', next: '' }, EXIT_FAILED);
  const { title, session, startedAt } = found.value;
  const pieces =
    as === 'markdown'
      ? markdownOf(events, { title, session, startedAt, isFull, factory: await loadEmulator() })
      : asciicastOf(events, { title, startedAt, process: pane });
  const written = await write(pieces, file);
  return written.ok ? EXIT_OK : complain(written.problem, EXIT_FAILED);
}

/** Private, as the record is. Never over a file that is there. */
async function write(pieces: Iterable<string>, file: string | null): Promise<Result<void>> {
  const target = file === null ? process.stdout : createWriteStream(file, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(Readable.from(pieces), target, { end: file !== null });
    return ok(undefined);
  } catch (error) {
    // Whoever reads has had enough (`codex export ID | head`).
    if (file === null && errnoOf(error) === 'EPIPE') return ok(undefined);
    // Half a document would stand in the way of the next try.
    if (file !== null && errnoOf(error) !== 'EEXIST') rmSync(file, { force: true });
    return fail({ what: `${file ?? 'The document'} was not written.`, why: causeOf(error), next: '' });
  }
}
