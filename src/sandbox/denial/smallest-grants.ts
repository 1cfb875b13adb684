// What it would have taken to let an access through, and no more.

import * as path from 'node:path';
import { grantCovers } from '../profile/grant.ts';
import { isWithin, nearestFolder } from '../profile/paths.ts';
import type { BoundProfile, Grant, HostRule, ProxyRules } from '../profile/profile.ts';
import { accessTo, type ManagedProfile } from './closed-access.ts';
import type { BlockedAccess } from './denial.ts';
import { isLoopback } from './hosts-in-text.ts';
import type { OutsideFacts } from './outside-facts.ts';

/** Sandboxes make these anew, so no path below them can be granted. */
const remadePlaces = ['/proc', '/sys', '/dev'] as const;

/**
 * The smallest grants that would have let all of `blocked` through: a file that exists, the folder something was to
 * be made in, both folders of what was to be moved, the host or (without a proxy) the network, a socket. Empty when the first of them needs what no
 * grant gives (privileges, our own keys, the root folder as a whole). Grants that cover each other are given once.
 */
export function smallestGrants(
  blocked: readonly BlockedAccess[],
  profile: BoundProfile,
  outside: Pick<OutsideFacts, 'exists' | 'isFolder'>,
): readonly Grant[] {
  if (profile.type !== 'managed') return [];
  const [main, ...rest] = blocked.map((access) => grantFor(access, profile, outside));
  if (main === undefined || main === null) return [];
  const grants: Grant[] = [];
  for (const grant of [main, ...rest]) {
    if (grant === null || grants.some((wide) => grantCovers(wide, grant))) continue;
    grants.splice(0, grants.length, ...grants.filter((narrow) => !grantCovers(grant, narrow)), grant);
  }
  return grants;
}

function grantFor(
  access: BlockedAccess,
  profile: ManagedProfile,
  outside: Pick<OutsideFacts, 'exists' | 'isFolder'>,
): Grant | null {
  const { operation, target } = access;
  switch (operation) {
    case 'privilege':
      return null;
    case 'connect':
      return hostGrant(target, profile);
    case 'unix_socket': {
      if (!path.isAbsolute(target)) return null;
      const place = existing(target, outside);
      return place === '/' ? null : { kind: 'unix_socket', path: place };
    }
    case 'read':
      return isKept(target, profile) || isRemade(target) ? null : { kind: 'read', path: target };
    case 'write':
    case 'create':
    case 'delete':
      return writeGrant(operation, target, profile, outside);
  }
}

function writeGrant(
  operation: 'write' | 'create' | 'delete',
  target: string,
  profile: ManagedProfile,
  outside: Pick<OutsideFacts, 'exists' | 'isFolder'>,
): Grant | null {
  if (accessTo(target, profile) === 'deny' && isKept(target, profile)) return null;
  const guarded = nearestFolder(
    target,
    profile.writableRoots.flatMap((root) => root.readOnly),
  );
  // Git replaces its files by renaming others over them, so less than its whole folder is of no use to it.
  const gitFolder = guarded !== null && isGitPath(guarded) && outside.isFolder(guarded) ? guarded : null;
  const place = gitFolder ?? placeToOpen(operation, target, outside);
  if (place === '/' || isRemade(place)) return null;
  // What stands in the place of a guarded name is a folder like any other, once it is opened.
  const absent = nearestFolder(target, profile.absentNames);
  if (absent !== null) return { kind: 'write', path: absent };
  return place === profile.keptFolder ? null : { kind: 'write', path: place };
}

/**
 * One host, through the proxy, or one port of the machine's own loopback. The whole network is needed by what is no
 * host (a program that did not say whom it wanted), and where the host is open already: then the program knows no
 * proxies.
 */
function hostGrant(target: string, { network, proxy }: ManagedProfile): Grant {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:\s]*[.\w]))(?::(\d+))?$/.exec(target) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || !(/[.:]/.test(host) || host === 'localhost')) return { kind: 'network' };
  const grant = { host: host.toLowerCase(), port: port === undefined ? null : Number(port) };
  if (isOwnServer(grant.host) && grant.port !== null) return { kind: 'local_port', port: grant.port };
  const isOwnMachine = network !== 'proxied' && isLoopback(grant.host);
  return isOwnMachine || isOpen(grant, proxy) ? { kind: 'network' } : { kind: 'host', ...grant };
}

/** The rest of 127.0.0.0/8 is answered by whoever asked for that very address. */
function isOwnServer(host: string): boolean {
  return ['localhost', '127.0.0.1', '::1', '0.0.0.0'].includes(host);
}

function isOpen(
  { host, port }: { readonly host: string; readonly port: number | null },
  rules: ProxyRules | null,
): boolean {
  const isGranted = rules?.granted.some((it) => it.host === host && (it.port === null || it.port === port)) === true;
  const matches = ({ pattern }: HostRule): boolean => {
    const domain = pattern.replace(/^\*\*?\.?/, '');
    if (domain === pattern) return host === pattern;
    return domain === '' || host.endsWith(`.${domain}`) || (pattern.startsWith('**') && host === domain);
  };
  const listed = rules?.hosts.filter(matches) ?? [];
  return isGranted || (listed.length > 0 && listed.every(({ access }) => access === 'allow'));
}

function isRemade(place: string): boolean {
  return remadePlaces.some((it) => isWithin(place, it));
}

function isGitPath(place: string): boolean {
  return place.split('/').some((name) => name.endsWith('.git'));
}

function placeToOpen(
  operation: 'write' | 'create' | 'delete',
  target: string,
  outside: Pick<OutsideFacts, 'exists' | 'isFolder'>,
): string {
  if (operation === 'write' && outside.exists(target)) return target;
  if (operation === 'create' && outside.isFolder(target)) return target;
  return existing(path.dirname(target), outside);
}

/** The path, or the nearest folder above it that is there to be opened. */
function existing(place: string, outside: Pick<OutsideFacts, 'exists'>): string {
  let nearest = place;
  while (nearest !== '/' && !outside.exists(nearest)) nearest = path.dirname(nearest);
  return nearest;
}

/** Our keys stay closed to a read grant: they are the only closed things in our own folder. */
function isKept(target: string, profile: ManagedProfile): boolean {
  return profile.keptFolder !== null && isWithin(target, profile.keptFolder);
}
