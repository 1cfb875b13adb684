// Where does an exec-server listen that only this user reaches? On a socket in a folder of theirs alone: the folder and
// the socket's mode are the authentication.

import * as fs from 'node:fs';
import { connect, type Server } from 'node:net';
import path from 'node:path';
import { openPrivateFolder, type PrivateFolder } from './core/ipc/private-folder.ts';
import { openRuntimeFolder, type RuntimePlaces } from './core/ipc/runtime-folder.ts';
import { fitsSocketPath, newHiddenName, ownStartTicks } from './core/ipc/socket-name.ts';
import { linked, ownSocket, removeDead } from './core/ipc/sockets.ts';
import { causeOf, errnoOf, fail, ok, type Result } from './problem/index.ts';

export interface OwnSocket {
  readonly path: string;
  /** Takes it away. */
  close(): void;
}

const OPEN_TO_OTHERS = 0o077;

/**
 * Binds the server. `place` null: a fresh name in the user's folder for sockets. The folder of a path is taken as it
 * is: it has to belong to the user and be closed to others already.
 */
export async function openOwnSocket(
  server: Server,
  place: string | null,
  places: RuntimePlaces,
): Promise<Result<OwnSocket, string>> {
  const opened = place === null ? freshFolder(places) : folderOf(place, places.uid);
  if (!opened.ok) return opened;
  const folder = opened.value;
  const name = place === null ? `exec-${process.pid}-${ownStartTicks().toString(36)}.sock` : path.basename(place);
  const published = await publish(server, folder, name, places.uid);
  if (!published.ok) {
    folder.close();
    return published;
  }
  return ok({
    path: path.join(folder.path, name),
    close() {
      const found = ownSocket(folder, name, places.uid);
      if (found?.inode === published.value) removeDead(folder, name, found);
      folder.close();
    },
  });
}

function freshFolder(places: RuntimePlaces): Result<PrivateFolder, string> {
  const folder = openRuntimeFolder(places);
  return folder.ok ? folder : fail(`no folder for a socket: ${folder.problem.why}`);
}

function folderOf(place: string, uid: number): Result<PrivateFolder, string> {
  const folder = path.dirname(place);
  try {
    if ((fs.statSync(folder).mode & OPEN_TO_OTHERS) !== 0)
      return fail(`${folder} is open to other users; chmod 700 ${folder}`);
  } catch (error) {
    return fail(`${folder} cannot be used: ${causeOf(error)}`);
  }
  return openPrivateFolder({ path: folder, uid, whenMissing: 'refuse', parent: 'shared' });
}

/**
 * Under a hidden name until it listens: before that it refuses as a dead one does. A dead one of ours is replaced, a
 * living one never. Returns the socket's inode.
 */
async function publish(
  server: Server,
  folder: PrivateFolder,
  name: string,
  uid: number,
): Promise<Result<bigint, string>> {
  const hidden = newHiddenName('new');
  if (!fitsSocketPath(folder.at(hidden)) || !fitsSocketPath(folder.at(name)))
    return fail(`${path.join(folder.path, name)} is too long for a socket`);
  const trouble = await bind(server, folder.at(hidden));
  if (trouble !== null) return fail(`failed to bind a socket in ${folder.path}: ${causeOf(trouble)}`);
  try {
    fs.chmodSync(folder.at(hidden), 0o600);
    const { ino } = fs.lstatSync(folder.at(hidden), { bigint: true });
    if (linked(folder, hidden, name)) return ok(ino);
    const earlier = ownSocket(folder, name, uid);
    if (earlier !== null && (await isDead(folder.at(name)))) removeDead(folder, name, earlier);
    return linked(folder, hidden, name) ? ok(ino) : fail(`${path.join(folder.path, name)} is in use`);
  } catch (error) {
    return fail(`failed to publish a socket in ${folder.path}: ${causeOf(error)}`);
  } finally {
    fs.rmSync(folder.at(hidden), { force: true });
  }
}

function bind(server: Server, place: string): Promise<Error | null> {
  return new Promise((resolve) => {
    server.once('error', resolve);
    server.listen(place, () => {
      server.off('error', resolve);
      resolve(null);
    });
  });
}

/** Nobody listens there, and nobody ever will. */
function isDead(place: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(place);
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', (error) => resolve(errnoOf(error) === 'ECONNREFUSED'));
  });
}
