// Is the one at the other end of a socket the same user?
//
// Node cannot ask the kernel who connected, and /proc/net/unix does not say who holds the other end. So each side does
// something that only this user can do. The owner names a file; the other end makes it in the folder of the sockets;
// the owner looks at who made it, removes it, and only then lets it in. The other end looks that it is gone.
//
// Proven: the peer can write, with our uid, to a folder that only our uid (and root) can enter; the owner can do so too.
// So somebody who got hold of a connected descriptor, or of a folder that once stood open, is still refused, and so is
// root with a user's session before it (root can become that user on purpose). Not proven: which program it is. Whatever
// runs with our uid and reaches the folder is us; a sandboxed command is kept away by its sandbox, not by this. And a
// connection that was let in belongs to whoever holds it afterwards.

import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import type { PrivateFolder } from './private-folder.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = fs.constants;

/** Nobody may make us create a file of a name they choose. */
const CHALLENGE = /^c-[0-9a-f]{32}$/;

export function newChallenge(): string {
  return `c-${randomBytes(16).toString('hex')}`;
}

/** What the one who connects does. The owner removes the file. */
export function giveProof(folder: PrivateFolder, challenge: string): Result<null, string> {
  if (!CHALLENGE.test(challenge)) return fail('It asked for a file of an odd name.');
  try {
    fs.closeSync(fs.openSync(folder.at(challenge), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600));
    return ok(null);
  } catch (error) {
    return fail(causeOf(error));
  }
}

/** Whether the owner took the proof, as only somebody who can write to the folder can. Leaves nothing behind. */
export function wasTaken(folder: PrivateFolder, challenge: string): boolean {
  return !removeProof(folder, challenge);
}

/** What the owner does: null when the file is there and was made by `uid`, else why it is not believed. */
export function takeProof(folder: PrivateFolder, challenge: string, uid: number): string | null {
  try {
    // A pipe in its place must not keep us waiting.
    const fd = fs.openSync(folder.at(challenge), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    try {
      const made = fs.fstatSync(fd);
      if (!made.isFile() || made.nlink !== 1 || made.size !== 0) return 'What was made is no new file.';
      return made.uid === uid ? null : `It was made by another user (uid ${made.uid}).`;
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    return causeOf(error);
  } finally {
    removeProof(folder, challenge);
  }
}

/** True when it was there. */
export function removeProof(folder: PrivateFolder, challenge: string): boolean {
  try {
    fs.unlinkSync(folder.at(challenge));
    return true;
  } catch {
    // Nearly always: it was never made, or is gone already. One that stays is an empty file nobody asks for.
    return false;
  }
}
