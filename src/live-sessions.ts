// Sessions that are open: how this program lets other terminals in, and how it finds those of others.

import {
  type AttachedDoor,
  attach,
  type Core,
  type Listener,
  listen,
  listLive,
  newSocketName,
  type OwnerFacts,
  openKnownRuntimeFolders,
  openRuntimeFolder,
  watchState,
} from './core/index.ts';
import { type Place, runtimePlaces, VERSION } from './place.ts';
import type { Result } from './problem/index.ts';

const uid = (): number => process.geteuid?.() ?? 0;

/**
 * Lets other terminals of this user in, from the session's first event on. Null where that cannot be: the session runs
 * all the same, and `codex doctor` says why.
 */
export async function letOthersIn(
  core: Core,
  place: Place,
  onDefect: (error: unknown) => void,
): Promise<Listener | null> {
  const state = watchState(core.door);
  const folder = openRuntimeFolder(runtimePlaces(place));
  if (!folder.ok) return null;
  const startedAt = Date.now();
  const listening = await listen({
    folder: folder.value,
    name: newSocketName(core.session),
    door: core.door,
    facts: () => ({ session: core.session, cwd: place.cwd, startedAt, ...state() }),
    uid: uid(),
    version: VERSION,
    onDefect,
  });
  return listening.ok ? listening.value : null;
}

/** A session that answers, and the socket it answers at. */
export interface LiveSession {
  readonly path: string;
  readonly facts: OwnerFacts;
}

export async function liveSessions(place: Place): Promise<LiveSession[]> {
  const folders = openKnownRuntimeFolders(runtimePlaces(place));
  try {
    const seen = await Promise.all(folders.map((folder) => listLive(folder, { uid: uid(), version: VERSION })));
    return seen.flat().flatMap((one) => (one.kind === 'answering' ? [{ path: one.path, facts: one.facts }] : []));
  } finally {
    for (const folder of folders) folder.close();
  }
}

/** The door of a session that another terminal has open; null when nobody answers for it. */
export async function attachTo(
  session: string,
  place: Place,
  onDefect: (error: unknown) => void,
): Promise<Result<AttachedDoor> | null> {
  const live = (await liveSessions(place)).find(({ facts }) => facts.session === session);
  return live === undefined ? null : attach(live.path, { uid: uid(), version: VERSION, onDefect });
}
