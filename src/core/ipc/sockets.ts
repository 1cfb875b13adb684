// Which sessions live in a folder of sockets? Each socket is asked, and only one that nobody will ever answer is removed.

import * as fs from 'node:fs';
import path from 'node:path';
import { errnoOf } from '../../problem/index.ts';
import { type Entered, enter } from './enter.ts';
import type { PrivateFolder } from './private-folder.ts';
import { isHiddenName, newHiddenName, readSocketName, type SocketName } from './socket-name.ts';
import type { OwnerFacts } from './wire.ts';

/** Asked at the same time: each costs a descriptor and a file, here and there. */
const AT_ONCE = 32;

/** For one answer. An owner in a flood needs some 20 ms. */
const ANSWER_MS = 300;

/** A socket that is being published is bound for microseconds before it listens. */
const PUBLISHING_MS = 60_000;

/** One that lives. */
export type SeenSocket =
  | { readonly kind: 'answering'; readonly path: string; readonly facts: OwnerFacts }
  /** Stopped, hung, or too busy to say more than that it is there. */
  | { readonly kind: 'silent'; readonly path: string; readonly name: SocketName }
  /** Of another version of the program, or one that lets nobody in: `why`. */
  | { readonly kind: 'closed'; readonly path: string; readonly name: SocketName; readonly why: string };

export interface LookOptions {
  /** The effective one of this process. */
  readonly uid: number;
  /** Of this program. */
  readonly version: string;
  /** For one answer. */
  readonly limitMs?: number;
}

/** Asks all sockets of a folder. What is no socket of ours by name, kind and owner is left alone. */
export async function listLive(folder: PrivateFolder, options: LookOptions): Promise<SeenSocket[]> {
  const names = entriesOf(folder);
  const seen: SeenSocket[] = [];
  const work = names.values();
  const worker = async (): Promise<void> => {
    for (const name of work) {
      const found = await look(folder, name, options);
      if (found !== null) seen.push(found);
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length) }, worker));
  return seen.sort((a, b) => (a.path < b.path ? -1 : 1));
}

async function look(folder: PrivateFolder, name: string, options: LookOptions): Promise<SeenSocket | null> {
  const said = readSocketName(name);
  const isHidden = isHiddenName(name);
  const found = said !== null || isHidden ? ownSocket(folder, name, options.uid) : null;
  if (found === null) return null;
  const place = path.join(folder.path, name);
  const entered = await ask(folder, name, options);
  if (entered.kind === 'welcome') entered.socket.destroy();
  if (isHidden) {
    if (entered.kind === 'dead' && found.ageMs > PUBLISHING_MS) removeDead(folder, name, found);
    return null;
  }
  if (said === null) return null;
  switch (entered.kind) {
    case 'welcome':
      return { kind: 'answering', path: place, facts: entered.facts };
    case 'dead':
      if (said.isOfThisHost) removeDead(folder, name, found);
      return null;
    case 'missing':
      return null;
    case 'silent':
      return { kind: 'silent', path: place, name: said };
    case 'turned_away':
      return { kind: 'closed', path: place, name: said, why: entered.message };
    case 'cut':
      return { kind: 'closed', path: place, name: said, why: 'It closed the connection.' };
    case 'odd':
      return { kind: 'closed', path: place, name: said, why: entered.why };
  }
}

/** Asks one socket, and leaves again. */
export function ask(folder: PrivateFolder, name: string, options: LookOptions): Promise<Entered> {
  const { version, limitMs = ANSWER_MS } = options;
  return enter({ folder, name, version, limitMs, onFrame: () => {}, onEnd: () => {} });
}

/** Tells one socket from a later one of the same name. */
export interface SocketIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  /** An inode is used again, but not with the time at which a socket was bound. */
  readonly boundAt: bigint;
  readonly ageMs: number;
}

/** Null when it is no socket, not ours, or gone. */
export function ownSocket(folder: PrivateFolder, name: string, uid: number): SocketIdentity | null {
  const found = fs.lstatSync(folder.at(name), { bigint: true, throwIfNoEntry: false });
  if (found === undefined || !found.isSocket() || found.uid !== BigInt(uid)) return null;
  return {
    device: found.dev,
    inode: found.ino,
    boundAt: found.mtimeNs,
    ageMs: Date.now() - Number(found.mtimeNs / 1_000_000n),
  };
}

/**
 * Removes a socket that was found dead. It is moved aside first and looked at there: should another one have taken its
 * name since it was asked, that one gets its name back.
 */
export function removeDead(folder: PrivateFolder, name: string, asked: SocketIdentity): void {
  const aside = newHiddenName('dead');
  try {
    fs.renameSync(folder.at(name), folder.at(aside));
    const moved = fs.lstatSync(folder.at(aside), { bigint: true });
    const isSame = moved.ino === asked.inode && moved.dev === asked.device && moved.mtimeNs === asked.boundAt;
    if (!isSame) fs.linkSync(folder.at(aside), folder.at(name));
    fs.unlinkSync(folder.at(aside));
  } catch (error) {
    // Somebody else removed it first; or a third one has the name by now, and the one aside stays where it is.
    if (errnoOf(error) !== 'ENOENT' && errnoOf(error) !== 'EEXIST') throw error;
  }
}

function entriesOf(folder: PrivateFolder): string[] {
  try {
    return fs.readdirSync(folder.at('.'));
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Gives a bound socket another name. False when something has the name already; it is never replaced. */
export function linked(folder: PrivateFolder, from: string, name: string): boolean {
  try {
    fs.linkSync(folder.at(from), folder.at(name));
    return true;
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}
