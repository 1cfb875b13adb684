// What is the socket of a session called? By a name that no other process, and no later one, ever takes.
//
// `s-<end of the session's id>-<pid>-<start of the process>-<host>-<random>.sock`: a name that is dead stays dead, which
// is what makes it safe to remove.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { startTicks } from '../rollout/owner.ts';

/** sun_path holds 108 bytes on Linux and 104 on macOS, with its NUL: unix(7). Node cuts what is longer, and says nothing. */
const SOCKET_PATH_BYTES = process.platform === 'darwin' ? 103 : 107;

/** The longest name below, with room for pids and start times of 64 bits. */
const SOCKET_NAME_BYTES = 56;

/** Of a UUID v7 the beginning is the time, which sessions of one minute share; the end is random. */
const SESSION_CHARS = 12;

const NAME = /^s-([0-9A-Za-z]{1,12})-([1-9]\d{0,9})-([0-9a-z]{1,11})-([0-9a-f]{6})-[0-9a-f]{8}\.sock$/;

/** Of a socket that is being published (`.n-`), or taken out of the way to be removed (`.d-`). */
const HIDDEN_NAME = /^\.[nd]-[0-9a-f]{16}$/;

export interface SocketName {
  /** The last characters of its id. */
  readonly session: string;
  readonly pid: number;
  /** Start of the process in ticks since boot: tells it from a later one of that pid. 0 where the system does not say. */
  readonly startTicks: number;
  /** Bound on this machine. A home on the network shows sockets of others, which refuse here and live there. */
  readonly isOfThisHost: boolean;
}

/** A new name for a socket of this process. */
export function newSocketName(session: string): string {
  const end = session.replace(/[^0-9A-Za-z]/g, '').slice(-SESSION_CHARS) || '0';
  return `s-${end}-${process.pid}-${ownStartTicks().toString(36)}-${hostTag()}-${randomBytes(4).toString('hex')}.sock`;
}

export function newHiddenName(kind: 'new' | 'dead'): string {
  return `.${kind === 'new' ? 'n' : 'd'}-${randomBytes(8).toString('hex')}`;
}

/** Null for a name that is none of ours. */
export function readSocketName(name: string): SocketName | null {
  const [, session, pid, ticks, host] = NAME.exec(name) ?? [];
  if (session === undefined || pid === undefined || ticks === undefined) return null;
  return {
    session,
    pid: Number(pid),
    startTicks: Number.parseInt(ticks, 36),
    isOfThisHost: host === hostTag(),
  };
}

export function isHiddenName(name: string): boolean {
  return HIDDEN_NAME.test(name);
}

/** Whether a socket of any of our names can be bound in a folder. */
export function hasRoomForSockets(folder: string): boolean {
  return Buffer.byteLength(folder) + 1 + SOCKET_NAME_BYTES <= SOCKET_PATH_BYTES;
}

/** Whether the kernel takes the path of a socket whole. */
export function fitsSocketPath(path: string): boolean {
  return Buffer.byteLength(path) <= SOCKET_PATH_BYTES;
}

export function ownStartTicks(): number {
  try {
    return startTicks(readFileSync('/proc/self/stat', 'utf8'));
  } catch {
    // No /proc (macOS): the pid and the random part must do.
    return 0;
  }
}

function hostTag(): string {
  return createHash('sha256').update(hostname()).digest('hex').slice(0, 6);
}
