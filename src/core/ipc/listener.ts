// How does a session let other terminals of its user in? By a socket that appears under its name only when it answers.

import * as fs from 'node:fs';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import { causeOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Door } from '../bus/index.ts';
import { openPeer, type Peer } from './peer.ts';
import type { PrivateFolder } from './private-folder.ts';
import { openSessionLog } from './session-log.ts';
import { fitsSocketPath, newHiddenName, ownStartTicks } from './socket-name.ts';
import { ask, linked, ownSocket, removeDead } from './sockets.ts';
import type { ByeReason, OwnerFacts } from './wire.ts';

/** Terminals of one person, and programs that ask. */
const CONNECTIONS = 32;

/** Of those that have not proven who they are. */
const UNPROVEN = 8;

export interface ListenOptions {
  /** It stays open while the session listens. */
  readonly folder: PrivateFolder;
  /** Of the socket in it: see `newSocketName`. */
  readonly name: string;
  readonly door: Door;
  /** Asked whenever somebody comes. */
  readonly facts: () => Omit<OwnerFacts, 'pid' | 'startTicks' | 'version' | 'attached'>;
  /** The effective one of this process. */
  readonly uid: number;
  /** Of this program. */
  readonly version: string;
  readonly onDefect: (error: unknown) => void;
}

export interface Listener {
  readonly path: string;
  /** How many clients are attached. */
  attached(): number;
  /** Says goodbye with what the clients have not heard yet, and takes the socket away. Takes a second at most. */
  close(reason: ByeReason): Promise<void>;
}

/**
 * Listens, from the first events of the session on: whoever attaches later is told of all of them. Fails when these
 * are gone already, when the name is in use, and when the folder takes no sockets.
 */
export async function listen(options: ListenOptions): Promise<Result<Listener>> {
  const { folder, name, uid, version, door } = options;
  const log = openSessionLog();
  const peers = new Set<Peer>();
  const proven = new Set<Peer>();
  let isFromTheStart: boolean | null = null;

  const stopHearing = door.subscribe(1, (event) => {
    isFromTheStart ??= event.seq === 1;
    log.take(event);
    for (const peer of proven) peer.pump();
  });
  // An empty log is that of a session which says its first words later.
  if (isFromTheStart === false) {
    stopHearing();
    return fail(cannotListen('Its first events are gone.'));
  }

  const server = createServer((socket) => {
    const peer: Peer = openPeer(socket, {
      door,
      log,
      folder,
      uid,
      version,
      facts: () => ({
        ...options.facts(),
        pid: process.pid,
        startTicks: ownStartTicks(),
        version,
        attached: proven.size,
      }),
      onProven: () => proven.add(peer),
      onLeft: () => void proven.delete(peer),
      onClosed: () => void peers.delete(peer),
      onDefect: options.onDefect,
    });
    peers.add(peer);
    if (peers.size > CONNECTIONS || peers.size - proven.size > UNPROVEN) peer.turnAway('full', 'Too many are here.');
  });
  const bound = await publish(server, options);
  if (!bound.ok) {
    stopHearing();
    server.close();
    return bound;
  }
  server.on('error', options.onDefect);

  return ok({
    path: path.join(folder.path, name),
    attached: () => proven.size,
    close: (reason) =>
      new Promise((resolve) => {
        unpublish(options, bound.value);
        stopHearing();
        server.close(() => resolve());
        for (const peer of peers) peer.end(reason);
      }),
  });
}

/** Inode of the published socket. */
type Published = bigint;

/**
 * Between bind(2) and listen(2) a socket refuses as a dead one does, and would be taken for one. So it is bound under a
 * hidden name, and gets its own when it listens.
 */
async function publish(server: Server, options: ListenOptions): Promise<Result<Published>> {
  const { folder, name, uid } = options;
  const hidden = newHiddenName('new');
  if (!fitsSocketPath(folder.at(hidden)) || !fitsSocketPath(folder.at(name))) {
    return fail(cannotListen(`${folder.path} is too long for a socket.`));
  }
  const trouble = await bind(server, folder.at(hidden));
  if (trouble !== null) return fail(cannotListen(causeOf(trouble)));
  try {
    fs.chmodSync(folder.at(hidden), 0o600);
    const inode = fs.lstatSync(folder.at(hidden), { bigint: true }).ino;
    if (linked(folder, hidden, name)) return ok(inode);
    const earlier = ownSocket(folder, name, uid);
    const entered = await ask(folder, name, options);
    if (entered.kind === 'welcome') entered.socket.destroy();
    if (earlier !== null && entered.kind === 'dead') removeDead(folder, name, earlier);
    return linked(folder, hidden, name) ? ok(inode) : fail(cannotListen('Another process listens in its name.'));
  } catch (error) {
    return fail(cannotListen(causeOf(error)));
  } finally {
    fs.rmSync(folder.at(hidden), { force: true });
  }
}

function bind(server: Server, place: string): Promise<Error | null> {
  return new Promise((resolve) => {
    const failed = (error: Error): void => resolve(error);
    server.once('error', failed);
    server.listen(place, () => {
      server.off('error', failed);
      resolve(null);
    });
  });
}

function unpublish({ folder, name, uid }: ListenOptions, published: Published): void {
  const found = ownSocket(folder, name, uid);
  if (found !== null && found.inode === published) removeDead(folder, name, found);
}

function cannotListen(why: string): Problem {
  return {
    what: 'This session cannot be attached from another terminal.',
    why,
    next: 'Everything else works.',
  };
}
