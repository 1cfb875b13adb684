// What a grant does to a profile, how it is said, and which grant makes another one needless.

import { assertNever } from '../../problem/index.ts';
import { isWithin, tildePath } from './paths.ts';
import type { Access, FileSystemEntry, Grant, Profile } from './profile.ts';

const rank: Record<Access, number> = { read: 0, write: 1, deny: 2 };

/**
 * The profile with its grants added. A grant beats an entry for the very same path, and narrower entries go on
 * beating the grant: opening a folder does not open what was closed inside it.
 */
export function widenProfile(profile: Profile, grants: readonly Grant[]): Profile {
  return grants.reduce(widenedBy, profile);
}

function widenedBy(profile: Profile, grant: Grant): Profile {
  if (grant.kind === 'unsandboxed') return { type: 'disabled' };
  switch (profile.type) {
    case 'disabled':
      return profile;
    case 'external':
      return grant.kind === 'network' ? { ...profile, network: 'enabled' } : profile;
    case 'managed':
      return widenedManaged(profile, grant);
    default:
      return assertNever(profile);
  }
}

function widenedManaged(
  profile: Extract<Profile, { type: 'managed' }>,
  grant: Exclude<Grant, { kind: 'unsandboxed' }>,
): Profile {
  const { network } = profile;
  switch (grant.kind) {
    case 'write':
    case 'read':
      return { ...profile, entries: withPath(profile.entries, grant.path, grant.kind) };
    case 'unix_socket': {
      const unixSockets = [...new Set([...network.unixSockets, grant.path])];
      return { ...profile, network: { ...network, unixSockets } };
    }
    case 'host':
      // The host itself travels with the grant: a rule knows no port.
      return network.access === 'restricted' ? { ...profile, network: { ...network, access: 'proxied' } } : profile;
    case 'local_port': {
      const localPorts = [...new Set([...network.localPorts, grant.port])];
      return { ...profile, network: { ...network, localPorts } };
    }
    case 'network':
      return { ...profile, network: { ...network, access: 'enabled' } };
    default:
      return assertNever(grant);
  }
}

function withPath(entries: readonly FileSystemEntry[], path: string, access: 'read' | 'write'): FileSystemEntry[] {
  const same = (entry: FileSystemEntry): boolean => entry.path.type === 'path' && entry.path.path === path;
  // What was denied there, besides, was not writable: a grant to read opens no more than that.
  const strictest = Math.max(-1, ...entries.filter(same).map((entry) => rank[entry.access]));
  const wasWritable = strictest === rank.write;
  const granted: FileSystemEntry = { path: { type: 'path', path }, access: wasWritable ? 'write' : access };
  return [...entries.filter((entry) => !same(entry)), granted];
}

/** True when `narrow` allows nothing that `wide` does not. */
export function grantCovers(wide: Grant, narrow: Grant): boolean {
  switch (wide.kind) {
    case 'unsandboxed':
      return true;
    case 'network':
      return narrow.kind === 'network' || narrow.kind === 'host' || narrow.kind === 'local_port';
    case 'host':
      return narrow.kind === 'host' && narrow.host === wide.host && (wide.port === null || wide.port === narrow.port);
    case 'local_port':
      return narrow.kind === 'local_port' && narrow.port === wide.port;
    case 'write':
      return (narrow.kind === 'write' || narrow.kind === 'read') && isWithin(narrow.path, wide.path);
    case 'read':
      return narrow.kind === 'read' && isWithin(narrow.path, wide.path);
    case 'unix_socket':
      return narrow.kind === 'unix_socket' && isWithin(narrow.path, wide.path);
    default:
      return assertNever(wide);
  }
}

/** A grant in the words of a question: `write ~/.npm and below`. `home` is the person's home folder. */
export function describeGrant(grant: Grant, home: string): string {
  switch (grant.kind) {
    case 'write':
    case 'read':
      return `${grant.kind} ${tildePath(grant.path, home)} and below`;
    case 'unix_socket':
      return `connect to the socket ${tildePath(grant.path, home)}`;
    case 'host':
      return `connect to ${hostText(grant)}`;
    case 'local_port':
      return `connect to localhost:${grant.port}`;
    case 'network':
      return 'use the network';
    case 'unsandboxed':
      return 'run without the sandbox';
    default:
      return assertNever(grant);
  }
}

/** `example.com:443`, `[::1]:80`, `example.com`. */
export function hostText({ host, port }: { readonly host: string; readonly port: number | null }): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === null ? name : `${name}:${port}`;
}
