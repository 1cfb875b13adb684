// The ids of sessions, for a shell that completes an operand.

import { growingList, readNames, shownId } from './core/index.ts';
import { liveSessions } from './live-sessions.ts';
import { EXIT_OK, type Place } from './place.ts';
import type { SessionIds } from './ui/cli/index.ts';

/** More than anybody looks through, and few enough to be there at once. */
const LISTED = 30;
const TITLE_LENGTH = 60;

/** One line each, the newest first: the id, a tab, what it is about. */
export async function listIds(which: SessionIds, place: Place): Promise<number> {
  const sessions = which === 'open' ? await open(place) : await listed(place);
  const lines = sessions.map(({ session, title }) => `${shownId(session)}\t${oneLine(title)}\n`);
  await new Promise((resolve) => process.stdout.write(lines.join(''), resolve));
  return EXIT_OK;
}

async function listed({ codexHome }: Place) {
  // The first page has the newest; whoever presses a key waits for no more than that.
  for await (const { sessions } of growingList({ codexHome, folder: null, limit: LISTED })) return sessions;
  return [];
}

async function open(place: Place) {
  const names = readNames(place.codexHome);
  const live = await liveSessions(place);
  return live.map(({ facts: { session, title } }) => ({ session, title: names.get(session) ?? title }));
}

/** Controls would act on the terminal; a shell shows the rest. */
function oneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, TITLE_LENGTH);
}
