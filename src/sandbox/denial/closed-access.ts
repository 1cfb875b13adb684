// Whether a profile closes an access, and in which sentence that is said.

import * as path from 'node:path';
import { byDepth, foldersBetween, isBelow, isWithin, nearestFolder, tildePath } from '../profile/paths.ts';
import type { Access, BoundProfile } from '../profile/profile.ts';
import type { Operation } from './denial.ts';
import { isLoopback, portOf } from './hosts-in-text.ts';

export type ManagedProfile = Extract<BoundProfile, { type: 'managed' }>;

/** What the profile says of a resolved path. The longest of its paths decides, of equal ones the last list. */
export function accessTo(place: string, profile: ManagedProfile): Access {
  const { writableRoots, denied, hidden, readable, absentNames } = profile;
  const lists: readonly (readonly [Access, readonly string[]])[] = [
    ['read', writableRoots.flatMap((root) => root.readOnly)],
    ['read', [...readable, ...absentNames]],
    ['write', writableRoots.map((root) => root.path)],
    ['deny', denied],
    ['deny', hidden],
  ];
  let access: Access = profile.readsEverything ? 'read' : 'deny';
  let longest = -1;
  for (const [allowed, folders] of lists) {
    const nearest = nearestFolder(place, folders);
    if (nearest !== null && nearest.length >= longest) {
      access = allowed;
      longest = nearest.length;
    }
  }
  return access;
}

/** The places that are mounts of their own and so can be neither removed nor renamed. */
export function isMountPlace(place: string, profile: ManagedProfile): boolean {
  const closed = [...profile.writableRoots.flatMap((root) => root.readOnly), ...profile.denied, ...profile.hidden];
  if (closed.includes(place) || profile.writableRoots.some((root) => root.path === place)) return true;
  return profile.writableRoots.some((root) =>
    closed.some((it) => isBelow(it, root.path) && foldersBetween(root.path, it).includes(place)),
  );
}

export function isClosed(operation: Operation, place: string, profile: ManagedProfile): boolean {
  switch (operation) {
    case 'write':
    case 'create':
      return accessTo(place, profile) !== 'write';
    case 'delete':
      return (
        accessTo(place, profile) !== 'write' ||
        accessTo(path.dirname(place), profile) !== 'write' ||
        isMountPlace(place, profile)
      );
    case 'read':
      return accessTo(place, profile) === 'deny';
    case 'connect':
      return profile.network !== 'enabled' && !isOpenServer(place, profile);
    case 'unix_socket':
      return (
        profile.deniedUnixSockets.some((socket) => isWithin(place, socket)) ||
        !(profile.allUnixSockets || profile.unixSockets.some((socket) => isWithin(place, socket)))
      );
    case 'privilege':
      return true;
  }
}

/** A server of the machine whose port is open: what is refused there is refused by nobody of ours. */
function isOpenServer(host: string, { localPorts }: ManagedProfile): boolean {
  const port = portOf(host);
  return port !== null && isLoopback(host) && localPorts.includes(port);
}

/** How many folders a sentence names before it counts the rest. */
const foldersNamed = 3;

/** One sentence: what of the profile closes this. */
export function reasonFor(operation: Operation, target: string, profile: ManagedProfile, home: string): string {
  const name = profile.name;
  switch (operation) {
    case 'connect':
      if (isLoopback(target)) return `commands have a loopback of their own (profile ${name})`;
      return profile.network === 'proxied'
        ? `${name} lets commands reach listed hosts only`
        : `no network for commands (profile ${name})`;
    case 'unix_socket':
      if (profile.deniedUnixSockets.some((socket) => isWithin(target, socket)))
        return `${name} closes ${tildePath(target, home)}`;
      return profile.unixSockets.length === 0
        ? `no unix sockets for commands (profile ${name})`
        : `${name} opens ${listed(profile.unixSockets, home)} only`;
    case 'privilege':
      return `no privileges over the machine for commands (profile ${name})`;
    case 'read':
      if (closedPlace(target, profile) === null)
        return `${name} opens ${listed([...profile.readable, ...profile.writableRoots.map((root) => root.path)], home)} only`;
      return `${name} closes ${tildePath(closedPlace(target, profile) ?? target, home)}`;
    case 'write':
    case 'create':
    case 'delete': {
      if (accessTo(target, profile) === 'deny' && closedPlace(target, profile) !== null)
        return `${name} closes ${tildePath(closedPlace(target, profile) ?? target, home)}`;
      const guarded = nearestFolder(target, [
        ...profile.writableRoots.flatMap((root) => root.readOnly),
        ...profile.absentNames,
      ]);
      if (guarded !== null && accessTo(target, profile) === 'read')
        return `${name} keeps ${tildePath(guarded, home)} read-only`;
      const roots = profile.writableRoots.map((root) => root.path);
      if (operation === 'delete' && isMountPlace(target, profile))
        return `${name} keeps ${tildePath(target, home)} in its place`;
      return roots.length === 0
        ? `${name} opens nothing for writing`
        : `${name} opens ${listed(roots, home)} for writing only`;
    }
  }
}

function closedPlace(target: string, profile: ManagedProfile): string | null {
  return nearestFolder(target, [...profile.denied, ...profile.hidden]);
}

function listed(places: readonly string[], home: string): string {
  // The folder a person works in lies deeper than the temp folders and tells more.
  const sorted = [...places].sort((a, b) => byDepth(b, a)).map((place) => tildePath(place, home));
  const named = sorted.slice(0, foldersNamed);
  const rest = sorted.length - named.length;
  if (rest > 0) return `${named.join(', ')} and ${rest} more`;
  return named.length < 2 ? named.join('') : `${named.slice(0, -1).join(', ')} and ${named.at(-1) ?? ''}`;
}
