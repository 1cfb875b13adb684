// `codex rename`, `archive`, `unarchive`, `delete`, `export`: what can be done with a record without opening its session.

import { createWriteStream } from 'node:fs';
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
      const name = change.name.replace(/[\s\p{Cc}]+/gu, ' ').trim();
      if (name === '') return fail({ what: 'A name needs at least one letter.', why: '', next: '' });
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

/** Asks a person; where there is none, nothing is meant. */
async function isMeant({ session, title, cwd }: SessionSummary): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return false;
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const named = title.replace(/[\s\p{Cc}]+/gu, ' ').slice(0, 60);
  try {
    const answer = await lines.question(`Delete session ${shownId(session)} "${named}" of ${cwd} for good? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
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
  const read = readAll(found.value.path, { codexHome: place.codexHome, whenFileEnds: 'open' });
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
    return fail({ what: `${file ?? 'The document'} was not written.`, why: causeOf(error), next: '' });
  }
}
