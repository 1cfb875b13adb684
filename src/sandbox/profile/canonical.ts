// When do two spellings of a profile mean the same? When their canonical forms are equal.

import type { Access, FileSystemEntry, NetworkProfile, Profile, ProfilePath } from './profile.ts';

const rank: Record<Access, number> = { read: 0, write: 1, deny: 2 };

/**
 * The one spelling of everything that means this. Entries stand once and in order; of several for one place, deny
 * beats write and write beats read; an entry that says what the entry above it says is left out; what has no effect
 * (hosts where nothing is proxied, patterns below a closed folder) is gone. Symbolic places stay symbolic.
 */
export function canonicalProfile(profile: Profile): Profile {
  if (profile.type !== 'managed') return profile;
  const strongest = new Map<string, FileSystemEntry>();
  for (const written of profile.entries) {
    const entry = { path: canonicalPath(written.path), access: written.access };
    const key = JSON.stringify(entry.path);
    const known = strongest.get(key);
    if (known === undefined || rank[entry.access] > rank[known.access]) strongest.set(key, entry);
  }
  const entries = [...strongest.values()].sort((a, b) => compare(orderOf(a.path), orderOf(b.path)));
  const told = entries.filter((entry) => !isSaidAbove(entry, entries));
  const hasGlobs = told.some(({ path }) => path.type === 'glob');
  return {
    type: 'managed',
    entries: told,
    workspaceRoots: unique(profile.workspaceRoots),
    globScanMaxDepth: hasGlobs ? profile.globScanMaxDepth : null,
    network: canonicalNetwork(profile.network),
  };
}

function canonicalPath(path: ProfilePath): ProfilePath {
  switch (path.type) {
    case 'path':
      return path.path === '/' ? { type: 'special', place: 'root' } : { type: 'path', path: plain(path.path) };
    case 'special': {
      const subpath = plain(path.subpath ?? '.');
      const inside = subpath === '.' ? {} : { subpath };
      // A path below the root needs no special place.
      if (path.place === 'root' && subpath !== '.') return { type: 'path', path: `/${subpath}` };
      return { type: 'special', place: path.place, ...inside };
    }
    case 'glob':
      return path.place === undefined
        ? { type: 'glob', pattern: path.pattern }
        : { type: 'glob', place: path.place, pattern: path.pattern };
  }
}

/** Without doubled and trailing slashes and `.` parts. */
function plain(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  const joined = parts.join('/');
  return path.startsWith('/') ? `/${joined}` : joined || '.';
}

/** The nearest entry above says the same, and nothing that says otherwise can come to lie between them. */
function isSaidAbove(entry: FileSystemEntry, entries: readonly FileSystemEntry[]): boolean {
  const place = comparable(entry.path);
  if (place === null) return false;
  const isElsewhere = (other: FileSystemEntry): boolean => spaceOf(other.path) !== spaceOf(entry.path);
  if (entries.some((other) => other.access !== entry.access && isElsewhere(other))) return false;
  const above = entries
    .flatMap((other) => {
      const folder = comparable(other.path);
      const isAbove =
        folder !== null &&
        folder !== place &&
        (folder === '/' ? place.startsWith('/') : place.startsWith(`${folder}/`));
      return isAbove ? [{ folder, access: other.access }] : [];
    })
    .sort((a, b) => b.folder.length - a.folder.length);
  // Below /run every sandbox hides what is not said, and no deny entry is worth leaving out.
  return above[0]?.access === entry.access && entry.access !== 'deny' && !place.startsWith('/run/');
}

/** Places that can be compared without knowing the machine: whole paths, and paths within one special place. */
function comparable(path: ProfilePath): string | null {
  if (path.type === 'glob') return null;
  if (path.type === 'path') return path.path;
  if (path.place === 'root') return '/';
  return `:${path.place}${path.subpath === undefined ? '' : `/${path.subpath}`}`;
}

/** Where a symbolic place ends up is not known here, so only places of one kind are compared. */
function spaceOf(path: ProfilePath): string {
  return path.type === 'special' && path.place !== 'root' ? path.place : path.type === 'glob' ? 'glob' : 'path';
}

function canonicalNetwork(network: NetworkProfile): NetworkProfile {
  const isProxied = network.access === 'proxied';
  const hosts = new Map<string, 'allow' | 'deny'>();
  for (const { pattern, access } of network.hosts) if (hosts.get(pattern) !== 'deny') hosts.set(pattern, access);
  return {
    access: network.access,
    hosts: isProxied
      ? [...hosts].map(([pattern, access]) => ({ pattern, access })).sort((a, b) => compare(a.pattern, b.pattern))
      : [],
    mode: isProxied ? network.mode : 'full',
    socks: isProxied ? network.socks : true,
    upstreamProxy: isProxied ? network.upstreamProxy : true,
    localBinding: network.localBinding,
    // With the whole network they are reached anyway.
    localPorts: network.access === 'enabled' ? [] : [...new Set(network.localPorts)].sort((a, b) => a - b),
    unixSockets: network.allUnixSockets ? [] : unique(network.unixSockets),
    deniedUnixSockets: unique(network.deniedUnixSockets),
    allUnixSockets: network.allUnixSockets,
  };
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)].sort();
}

function orderOf(path: ProfilePath): string {
  return path.type === 'glob' ? `glob ${path.place ?? ''} ${path.pattern}` : `path ${comparable(path)}`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
