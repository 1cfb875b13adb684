// `codex ps`: which sessions are open on this machine, and what do they wait for?

import { liveSessions } from './live-sessions.ts';
import { EXIT_OK, type Place } from './place.ts';

/** Ids are shown by their end: they begin with the time, which sessions of a minute share. */
const SHOWN_ID_LENGTH = 6;

const WORDS = { idle: 'idle', running: 'running', waiting: 'needs an answer' } as const;

export async function listOpen(place: Place): Promise<number> {
  const live = await liveSessions(place);
  if (live.length === 0) {
    process.stdout.write('No session is open.\n');
    return EXIT_OK;
  }
  const rows = live
    .sort((a, b) => a.facts.startedAt - b.facts.startedAt)
    .map(({ facts }) => [
      facts.session.slice(-SHOWN_ID_LENGTH),
      `${WORDS[facts.state]} ${ageOf(facts.since)}`,
      facts.attached === 0 ? '' : `+${facts.attached}`,
      facts.cwd,
      oneLine(facts.title),
    ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  process.stdout.write(`${rows.map(line).join('\n')}\n\ncodex resume ID attaches to one.\n`);
  return EXIT_OK;
}

function ageOf(since: number): string {
  const seconds = Math.max(0, Math.round((Date.now() - since) / 1000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  return `${Math.floor(seconds / 3600)} h`;
}

function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 60);
}
