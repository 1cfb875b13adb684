// Where do the sockets of a user's sessions lie? In the first of a few folders that is theirs alone.

import path from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type FolderClaim, openPrivateFolder, type PrivateFolder } from './private-folder.ts';
import { hasRoomForSockets } from './socket-name.ts';

export interface RuntimePlaces {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The effective one of this process, never what a variable says: `sudo` keeps some of them. */
  readonly uid: number;
  /** The last resort, for a machine where somebody took the folders in the temp folders. Null: none. */
  readonly codexHome: string | null;
}

export interface RuntimeFolder extends PrivateFolder {
  /** What was passed over on the way, and why; and that it was open to others. */
  readonly warnings: readonly Problem[];
}

/**
 * Opens the first usable folder, and makes it when it is not there. Never throws. A problem means that the session
 * cannot be attached from elsewhere, and nothing else: the program goes on.
 */
export function openRuntimeFolder(places: RuntimePlaces): Result<RuntimeFolder> {
  const refusals: string[] = [];
  for (const { path: place, parent } of candidates(places)) {
    const opened = openCandidate({ path: place, parent, uid: places.uid, whenMissing: 'make' });
    if (!opened.ok) {
      refusals.push(opened.problem);
      continue;
    }
    const folder = opened.value;
    const warnings = refusals.map((why) => passedOver(why, folder.path));
    return ok({ ...folder, warnings: folder.wasTightened ? [...warnings, wasOpen(folder.path)] : warnings });
  }
  return fail({
    what: 'This session cannot be attached from another terminal.',
    why: refusals.join(' '),
    next: 'Everything else works. Set XDG_RUNTIME_DIR or TMPDIR to a folder of your own, and start anew.',
  });
}

/**
 * Every such folder that is there: another program of this user may have seen other variables. Whoever looks for a
 * session looks in all of them, and closes them.
 */
export function openKnownRuntimeFolders(places: RuntimePlaces): PrivateFolder[] {
  return candidates(places).flatMap(({ path: place, parent }) => {
    const opened = openCandidate({ path: place, parent, uid: places.uid, whenMissing: 'refuse' });
    return opened.ok ? [opened.value] : [];
  });
}

type Candidate = Pick<FolderClaim, 'path' | 'parent'>;

/** In the order in which they are tried. */
function candidates({ env, uid, codexHome }: RuntimePlaces): Candidate[] {
  const { XDG_RUNTIME_DIR: runtime, TMPDIR: temp } = env;
  const found: Candidate[] = [];
  if (isAbsolute(runtime)) found.push({ path: path.join(runtime, 'codex'), parent: 'ours' });
  if (isAbsolute(temp)) found.push({ path: path.join(temp, `codex-${uid}`), parent: 'shared' });
  found.push({ path: `/tmp/codex-${uid}`, parent: 'shared' });
  if (codexHome !== null) found.push({ path: path.join(codexHome, 'run'), parent: 'shared' });
  return found.filter((one, index) => found.findIndex((other) => other.path === one.path) === index);
}

function isAbsolute(place: string | undefined): place is string {
  return place !== undefined && path.isAbsolute(place);
}

function openCandidate(claim: FolderClaim): Result<PrivateFolder, string> {
  return hasRoomForSockets(claim.path) ? openPrivateFolder(claim) : fail(`${claim.path} is too long for a socket.`);
}

function passedOver(why: string, instead: string): Problem {
  return {
    what: 'A folder for sockets was passed over.',
    why,
    next: `${instead} is used instead; nothing needs to be done.`,
  };
}

function wasOpen(folder: string): Problem {
  return { what: `${folder} was open to other users.`, why: '', next: 'It is closed to them now.' };
}
