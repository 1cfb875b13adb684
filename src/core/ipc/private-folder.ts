// Is a folder ours alone, and how is it worked in so that nobody can put another in its place meanwhile?

import * as fs from 'node:fs';
import path from 'node:path';
import { causeOf, errnoOf, fail, ok, type Result } from '../../problem/index.ts';

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW } = fs.constants;

/** Somebody who removes the folder between our making and our opening it gets this many chances. */
const ATTEMPTS = 3;

const ROOT_UID = 0;
const ALL_OF_OTHERS = 0o077;
const WRITABLE_FOR_OTHERS = 0o022;
const STICKY = 0o1000;
const PERMISSIONS = 0o7777;

export interface FolderClaim {
  /** Absolute. Its parent is there already. */
  readonly path: string;
  /** The effective one of this process. */
  readonly uid: number;
  readonly whenMissing: 'make' | 'refuse';
  /** `ours`: the parent must belong to us and be closed to others. `shared`: nobody else may rename what we put there. */
  readonly parent: 'ours' | 'shared';
}

/** A folder that is open: what is done through `at` happens in that folder, whatever its name stands for by now. */
export interface PrivateFolder {
  readonly path: string;
  /** The path by which this process reaches an entry. Short where there is a /proc, else the real path. */
  at(name: string): string;
  /** It was open to others, and is not any more. */
  readonly wasTightened: boolean;
  close(): void;
}

/**
 * Opens it with mode 0700. A folder of ours that is open to others is closed to them; anything else that is not ours is
 * refused with one sentence. Everything is asked of opened descriptors, so there is no time between check and use.
 */
export function openPrivateFolder(claim: FolderClaim): Result<PrivateFolder, string> {
  let parent: Opened;
  try {
    parent = openFolder(fs.realpathSync(path.dirname(claim.path)));
  } catch (error) {
    return fail(`${path.dirname(claim.path)} cannot be opened: ${causeOf(error)}.`);
  }
  try {
    const objection = objectionToParent(parent, claim);
    return objection === null ? openIn(parent, claim) : fail(objection);
  } catch (error) {
    return fail(`${claim.path} cannot be used: ${causeOf(error)}.`);
  } finally {
    fs.closeSync(parent.fd);
  }
}

interface Opened {
  readonly fd: number;
  /** Without symbolic links. */
  readonly path: string;
  /** Leads to the opened folder. */
  readonly base: string;
}

function openFolder(place: string, realPath = place): Opened {
  const fd = fs.openSync(place, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
  const link = `/proc/self/fd/${fd}`;
  // macOS has no /proc: there the name must do, which nobody else can change below a parent that passed.
  return { fd, path: realPath, base: fs.existsSync(link) ? link : realPath };
}

function objectionToParent(parent: Opened, { parent: kind, uid }: FolderClaim): string | null {
  if (kind === 'ours') {
    const { uid: owner, mode } = fs.fstatSync(parent.fd);
    if (owner !== uid) return `${parent.path} belongs to another user (uid ${owner}).`;
    if ((mode & ALL_OF_OTHERS) !== 0) return `${parent.path} is open to other users.`;
  }
  // Who can rename a folder on the way can put another one there.
  for (let at = parent.path; ; at = path.dirname(at)) {
    const { uid: owner, mode } = at === parent.path ? fs.fstatSync(parent.fd) : fs.lstatSync(at);
    if (owner !== ROOT_UID && owner !== uid) return `${at} belongs to another user (uid ${owner}).`;
    if ((mode & WRITABLE_FOR_OTHERS) !== 0 && (mode & STICKY) === 0) return `Other users can rename what is in ${at}.`;
    if (path.dirname(at) === at) return null;
  }
}

function openIn(parent: Opened, claim: FolderClaim): Result<PrivateFolder, string> {
  const name = path.basename(claim.path);
  const place = `${parent.base}/${name}`;
  for (let attempt = 1; ; attempt += 1) {
    try {
      if (claim.whenMissing === 'make') makeIfMissing(place);
      return checked(openFolder(place, path.join(parent.path, name)), claim);
    } catch (error) {
      const isGoneAgain = errnoOf(error) === 'ENOENT' && claim.whenMissing === 'make';
      if (!isGoneAgain || attempt === ATTEMPTS) return fail(whyNotOpened(place, claim, error));
    }
  }
}

function makeIfMissing(place: string): void {
  try {
    fs.mkdirSync(place, 0o700);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
  }
}

function checked(folder: Opened, claim: FolderClaim): Result<PrivateFolder, string> {
  const { uid, mode } = fs.fstatSync(folder.fd);
  if (uid !== claim.uid) {
    fs.closeSync(folder.fd);
    return fail(`${claim.path} belongs to another user (uid ${uid}).`);
  }
  // An umask may have taken bits from a new one; that is no news for anybody.
  if ((mode & PERMISSIONS) !== 0o700) fs.fchmodSync(folder.fd, 0o700);
  let isOpen = true;
  return ok({
    path: claim.path,
    at: (entry) => `${folder.base}/${entry}`,
    wasTightened: (mode & ALL_OF_OTHERS) !== 0,
    close() {
      if (isOpen) fs.closeSync(folder.fd);
      isOpen = false;
    },
  });
}

function whyNotOpened(place: string, claim: FolderClaim, error: unknown): string {
  const found = fs.lstatSync(place, { throwIfNoEntry: false });
  if (found === undefined) return `${claim.path} cannot be opened: ${causeOf(error)}.`;
  if (found.isSymbolicLink()) return `${claim.path} is a symbolic link.`;
  if (!found.isDirectory()) return `${claim.path} is not a folder.`;
  if (found.uid !== claim.uid) return `${claim.path} belongs to another user (uid ${found.uid}).`;
  return `${claim.path} cannot be opened: ${causeOf(error)}.`;
}
