// Open sessions for people who like commands: `codex ps` and `codex kill`.

import { readNames, shownId } from './core/index.ts';
import { attachTo, findLive, liveSessions, seenSessions } from './live-sessions.ts';
import { complain, EXIT_FAILED, EXIT_OK, type Place } from './place.ts';
import { cellWidth, visible } from './ui/tui/index.ts';

const SILENT_WORDS = { silent: 'not answering', closed: 'lets nobody in' } as const;

const WORDS = { idle: 'idle', running: 'running', waiting: 'needs an answer' } as const;

export async function listOpen(place: Place): Promise<number> {
  const { live, silent } = await seenSessions(place);
  const names = readNames(place.codexHome);
  if (live.length === 0 && silent.length === 0) {
    process.stdout.write('No session is open.\n');
    return EXIT_OK;
  }
  const rows = live
    .sort((a, b) => a.facts.startedAt - b.facts.startedAt)
    .map(({ facts }) => [
      shownId(facts.session),
      `${WORDS[facts.state]} ${ageOf(facts.since)}${facts.state === 'waiting' && facts.about !== '' ? `: ${oneLine(facts.about)}` : ''}`,
      facts.attached === 0 ? '' : `+${facts.attached}`,
      visible(facts.cwd),
      oneLine(names.get(facts.session) ?? facts.title),
    ])
    .concat(silent.map(({ session, pid, why }) => [session, SILENT_WORDS[why], '', '', `process ${pid}`]));
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => cellWidth(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - cellWidth(cell))))
      .join('  ')
      .trimEnd();
  process.stdout.write(`${rows.map(line).join('\n')}\n\ncodex attach ID shows one here too, codex kill ID ends one.\n`);
  return EXIT_OK;
}

/** Ends an open session as its person would by leaving it: what runs is ended, and the record closed. */
export async function endOpen(id: string, place: Place): Promise<number> {
  const found = await findLive(id, place);
  if (!found.ok) return complain(found.problem, EXIT_FAILED);
  const { session, record } = found.value.facts;
  const door = await attachTo(session, place, (error) => {
    throw error;
  });
  if (door !== null && !door.ok) return complain(door.problem, EXIT_FAILED);
  const ack = await door?.value.command({ type: 'close', reason: 'quit' });
  // It may go before its answer is out, which is an answer too.
  const isOver = ack === undefined || ack.ok || (await isGone(session, place));
  door?.value.close();
  if (!isOver && ack !== undefined && !ack.ok) return complain(ack.problem, EXIT_FAILED);
  process.stdout.write(record === '' ? 'Ended.\n' : `Ended. Its record stays: codex resume ${shownId(session)}\n`);
  return EXIT_OK;
}

async function isGone(session: string, place: Place): Promise<boolean> {
  return (await liveSessions(place)).every(({ facts }) => facts.session !== session);
}

function ageOf(since: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

function oneLine(text: string): string {
  return visible(text.replace(/\s+/g, ' ')).slice(0, 60);
}
