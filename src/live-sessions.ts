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
  readNames,
  type SessionState,
  shownId,
  untilUnneeded,
  watchState,
} from './core/index.ts';
import { type Place, runtimePlaces, VERSION } from './place.ts';
import { fail, ok, type Problem, type Result } from './problem/index.ts';

const uid = (): number => process.geteuid?.() ?? 0;

/**
 * Lets other terminals of this user in, from the session's first event on. Null where that cannot be: the session runs
 * all the same, and `codex doctor` says why.
 */
async function letOthersIn(
  core: Core,
  state: () => SessionState,
  place: Place,
  onDefect: (error: unknown) => void,
): Promise<Listener | null> {
  const folder = openRuntimeFolder(runtimePlaces(place));
  if (!folder.ok) return null;
  const startedAt = Date.now();
  const listening = await listen({
    folder: folder.value,
    name: newSocketName(core.session),
    door: core.door,
    facts: () => ({ session: core.session, record: core.recordPath ?? '', cwd: place.cwd, startedAt, ...state() }),
    uid: uid(),
    version: VERSION,
    onDefect,
  });
  return listening.ok ? listening.value : null;
}

/** A session that others can reach, and how long it is of use without a screen of its own. */
export interface Reachable {
  readonly listening: Promise<Listener | null>;
  /** Null: nobody could reach it without its terminal, so it ends with it. */
  readonly outlive: () => Promise<void> | null;
}

export function makeReachable(core: Core, place: Place, onDefect: (error: unknown) => void): Reachable {
  const state = watchState(core.door);
  let listener: Listener | null = null;
  const listening = letOthersIn(core, state, place, onDefect).then((found) => {
    listener = found;
    return found;
  });
  const idleMs = place.config.detached_idle_seconds * 1000;
  return {
    listening,
    outlive() {
      const known = listener;
      if (known === null) return null;
      const attached = (): number => known.attached();
      return untilUnneeded(state, attached, idleMs === 0 ? Number.POSITIVE_INFINITY : idleMs);
    },
  };
}

/** A session that answers, and the socket it answers at. */
export interface LiveSession {
  readonly path: string;
  readonly facts: OwnerFacts;
}

/** A session that cannot be spoken to. */
export interface SilentSession {
  /** As it is shown. */
  readonly session: string;
  readonly pid: number;
  readonly why: 'silent' | 'closed';
}

export async function seenSessions(
  place: Place,
): Promise<{ readonly live: LiveSession[]; readonly silent: readonly SilentSession[] }> {
  const folders = openKnownRuntimeFolders(runtimePlaces(place));
  try {
    const listed = await Promise.all(folders.map((folder) => listLive(folder, { uid: uid(), version: VERSION })));
    const seen = listed.flat();
    return {
      live: seen.flatMap((one) => (one.kind === 'answering' ? [{ path: one.path, facts: one.facts }] : [])),
      silent: seen.flatMap((one) => {
        if (one.kind === 'answering') return [];
        const { session, pid } = one.name;
        return [{ session: shownId(session), pid, why: one.kind }];
      }),
    };
  } finally {
    for (const folder of folders) folder.close();
  }
}

export async function liveSessions(place: Place): Promise<LiveSession[]> {
  return (await seenSessions(place)).live;
}

/** As few letters of an id as may stand for it. */
const LEAST_ID_LENGTH = 4;

/** The open session whose id ends so; null: the only one, or the only one of this folder. */
export async function findLive(id: string | null, place: Place): Promise<Result<LiveSession>> {
  const { live, silent } = await seenSessions(place);
  const names = readNames(place.codexHome);
  const fitting = live.filter(
    ({ facts }) => id === null || fits(facts.session, id) || isNamed(names.get(facts.session), id),
  );
  const here = fitting.filter(({ facts }) => facts.cwd === place.cwd);
  const [only, other] = id === null && here.length === 1 ? here : fitting;
  if (only !== undefined && other === undefined) return ok(only);
  const mute = id === null ? silent[0] : silent.find(({ session }) => fits(session, id) || id.endsWith(session));
  if (only === undefined && mute !== undefined) return fail(notAnswering(mute));
  if (only === undefined) {
    return fail({
      what: id === null ? 'No session is open.' : `No session "${id}" is open.`,
      why: '',
      next:
        id === null ? 'codex starts one.' : `codex ps lists those that are; codex resume ${id} goes on from a record.`,
    });
  }
  return fail({
    what: id === null ? `${live.length} sessions are open.` : `"${id}" can mean ${fitting.length} sessions.`,
    why: fitting.map(({ facts }) => `${shownId(facts.session)} ${facts.cwd}`).join(', '),
    next: 'Name one by its id.',
  });
}

function isNamed(name: string | undefined, wanted: string): boolean {
  return name?.toLowerCase() === wanted.trim().toLowerCase();
}

function notAnswering({ session, pid, why }: SilentSession): Problem {
  return {
    what: `Session ${session} is open, and ${why === 'silent' ? 'does not answer' : 'lets nobody in'}.`,
    why: why === 'silent' ? `Its process ${pid} may have been stopped, with Ctrl-Z for example.` : '',
    next: `kill -CONT ${pid} lets it go on; kill -9 ${pid} ends it, and codex resume has what it recorded.`,
  };
}

function fits(session: string, id: string): boolean {
  const wanted = id.trim().toLowerCase();
  return wanted.length >= LEAST_ID_LENGTH && session.endsWith(wanted);
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
