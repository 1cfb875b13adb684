// Equal meaning, equal value.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { accessTo } from '../../../src/sandbox/denial/closed-access.ts';
import {
  builtInProfile,
  canonicalProfile,
  closedNetwork,
  type FileSystemEntry,
  type Profile,
} from '../../../src/sandbox/index.ts';
import { composeAccess } from '../../../src/sandbox/profile/compose.ts';
import type { Access, ProfilePath } from '../../../src/sandbox/profile/profile.ts';
import { nothingOpen } from '../sandboxed.ts';

type Managed = Extract<Profile, { type: 'managed' }>;

const name = fc.constantFrom('a', 'b');
const wholePath = fc.array(name, { maxLength: 3 }).map((names) => `/${names.join('/')}`);
const place: fc.Arbitrary<ProfilePath> = fc.oneof(
  { weight: 4, arbitrary: wholePath.map((path): ProfilePath => ({ type: 'path', path })) },
  fc.constantFrom<ProfilePath>({ type: 'special', place: 'root' }, { type: 'special', place: 'slash_tmp' }),
  name.map((subpath): ProfilePath => ({ type: 'special', place: 'workspace_roots', subpath })),
  fc.constant<ProfilePath>({ type: 'glob', pattern: '/a/**/*.env' }),
);
const access = fc.constantFrom<Access>('read', 'write', 'deny');
const entries = fc.array(
  fc
    .tuple(place, access)
    .map(([path, allowed]): FileSystemEntry => ({ path, access: path.type === 'glob' ? 'deny' : allowed })),
  { maxLength: 8 },
);

function profileOf(written: readonly FileSystemEntry[]): Managed {
  return { type: 'managed', entries: written, workspaceRoots: [], globScanMaxDepth: null, network: closedNetwork };
}

function managed(profile: Profile): Managed {
  if (profile.type !== 'managed') throw new Error('expected a managed profile');
  return profile;
}

/** The same place, written otherwise. */
function respelled(entry: FileSystemEntry, how: number): FileSystemEntry {
  const { path } = entry;
  if (path.type === 'path' && path.path === '/') return { ...entry, path: { type: 'special', place: 'root' } };
  if (path.type === 'path' && how % 2 === 0)
    return { ...entry, path: { ...path, path: `${path.path.replaceAll('/', '//')}/` } };
  if (path.type === 'special' && path.place === 'root') return { ...entry, path: { type: 'path', path: '/' } };
  if (path.type === 'special') return { ...entry, path: { ...path, subpath: `./${path.subpath ?? '.'}/` } };
  return entry;
}

it('is the same for every order, repetition and spelling', () => {
  fc.assert(
    fc.property(entries, fc.array(fc.nat(), { minLength: 8, maxLength: 8 }), (written, shuffle) => {
      const otherwise = written
        .flatMap((entry, index) => [entry, respelled(entry, shuffle[index] ?? 0)])
        .map((entry, index) => ({ entry, at: shuffle[index % shuffle.length] ?? 0 }))
        .sort((a, b) => a.at - b.at)
        .map(({ entry }) => entry);
      expect(canonicalProfile(profileOf(otherwise))).toEqual(canonicalProfile(profileOf(written)));
    }),
  );
});

it('is the canonical form of itself', () => {
  fc.assert(
    fc.property(entries, (written) => {
      const once = canonicalProfile(profileOf(written));
      expect(canonicalProfile(once)).toEqual(once);
    }),
  );
});

const places = { slash_tmp: '/tmp', workspace_roots: '/a' } as const;

/** Whole paths of the entries on a machine whose workspace is /a. */
function table(profile: Managed): Map<string, Access> {
  const rank: Record<Access, number> = { read: 0, write: 1, deny: 2 };
  const found = new Map<string, Access>();
  for (const { path, access: allowed } of profile.entries) {
    if (path.type === 'glob') continue;
    const root =
      path.type === 'path'
        ? path.path
        : path.place === 'root'
          ? '/'
          : places[path.place === 'slash_tmp' ? 'slash_tmp' : 'workspace_roots'];
    const whole = path.type === 'special' && path.subpath !== undefined ? `${root}/${path.subpath}` : root;
    const known = found.get(whole);
    if (known === undefined || rank[allowed] > rank[known]) found.set(whole, allowed);
  }
  return found;
}

it('opens and closes exactly what was opened and closed before, wherever the places turn out to be', () => {
  fc.assert(
    fc.property(entries, wholePath, (written, asked) => {
      const root: FileSystemEntry = { path: { type: 'special', place: 'root' }, access: 'read' };
      const profile = profileOf([root, ...written.filter(({ path }) => !(path.type === 'path' && path.path === '/'))]);
      const before = { ...nothingOpen, ...composeAccess(table(profile), () => true) };
      const after = { ...nothingOpen, ...composeAccess(table(managed(canonicalProfile(profile))), () => true) };
      expect(accessTo(asked, after)).toBe(accessTo(asked, before));
    }),
  );
});

it('keeps closed, wide open and foreign apart', () => {
  const wide = profileOf([{ path: { type: 'special', place: 'root' }, access: 'write' }]);
  const all: readonly Profile[] = [wide, { type: 'disabled' }, { type: 'external', network: 'restricted' }];
  expect(new Set(all.map((profile) => JSON.stringify(canonicalProfile(profile)))).size).toBe(3);
  expect(canonicalProfile(builtInProfile(':workspace').profile)).not.toEqual(canonicalProfile(wide));
});

it('leaves out what has no effect', () => {
  const hosts = [{ pattern: 'a.test', access: 'allow' } as const];
  const closed = {
    ...profileOf([]),
    globScanMaxDepth: 3,
    network: { ...closedNetwork, hosts, mode: 'limited' as const },
  };
  expect(canonicalProfile(closed)).toEqual(canonicalProfile(profileOf([])));
});
