// A profile that has travelled closes and opens what it closes and opens here.

import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spellSandbox } from '../../../src/exec/client/index.ts';
import type { SandboxIntent } from '../../../src/exec/environments/environment.ts';
import { wireSandbox } from '../../../src/exec/environments/wire-profile.ts';
import { decode } from '../../../src/exec/protocol/readers.ts';
import { sandboxContext } from '../../../src/exec/protocol/sandbox-context.ts';
import { boundProfileOf } from '../../../src/exec/server/sandbox-intent.ts';
import {
  type BoundProfile,
  bindProfile,
  builtInProfile,
  closedNetwork,
  type FileSystemEntry,
  type Grant,
  type NamedProfile,
} from '../../../src/sandbox/index.ts';

let root: string;
let workspace: string;

beforeAll(() => {
  root = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-wire-'));
  for (const name of ['workspace/sub', 'workspace/.git', 'home/.codex', 'other/a', 'other/b'])
    mkdirSync(path.join(root, name), { recursive: true });
  workspace = path.join(root, 'workspace');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

const contextOf = () => ({
  home: path.join(root, 'home'),
  tmpdir: null,
  codexHome: path.join(root, 'home/.codex'),
  runtimeFolders: [],
});

/** As it is bound there. */
function travelled(intent: SandboxIntent): BoundProfile {
  const wire = wireSandbox(intent, { cwd: workspace, home: path.join(root, 'home') });
  if (!wire.ok) throw new Error(wire.problem.what);
  if (wire.value.context === null) return { type: 'disabled', name: '' };
  const read = decode(sandboxContext, JSON.parse(JSON.stringify(spellSandbox(wire.value.context))));
  if (!read.ok) throw new Error(read.problem.message);
  const bound = boundProfileOf(read.value, contextOf(), null);
  if (!bound.ok) throw new Error(bound.problem.message);
  return bound.value;
}

function here({ profile, grants, workspaceRoots }: SandboxIntent): BoundProfile {
  const bound = bindProfile(profile, grants, { ...contextOf(), workspaceRoots });
  if (!bound.ok) throw new Error(bound.problem.what);
  return bound.value;
}

/**
 * What it lets a command touch, without its name and the order of its parts. Names that are not there are left out: on
 * the wire a grant is part of the profile, and they are guarded where it leads, too.
 */
function meaning(profile: BoundProfile): unknown {
  if (profile.type !== 'managed') return profile.type;
  const sorted = (list: readonly string[]): string[] => [...new Set(list)].sort();
  return {
    readsEverything: profile.readsEverything,
    writable: profile.writableRoots
      .map(({ path: place, readOnly }) => ({ place, readOnly: sorted(readOnly) }))
      .sort((a, b) => (a.place < b.place ? -1 : 1)),
    denied: sorted(profile.denied),
    hidden: sorted(profile.hidden),
    readable: sorted(profile.readable),
    network: profile.network,
  };
}

const place = fc.constantFrom('workspace/sub', 'other', 'other/a', 'other/b', 'home', 'workspace');
const entry: fc.Arbitrary<() => FileSystemEntry> = fc.oneof(
  fc.record({ place, access: fc.constantFrom('read', 'write', 'deny') }).map(
    ({ place: name, access }) =>
      () =>
        ({ path: { type: 'path', path: path.join(root, name) }, access }) as const,
  ),
  fc
    .record({
      special: fc.constantFrom('root', 'workspace_roots', 'slash_tmp', 'minimal'),
      access: fc.constantFrom('read', 'write'),
    })
    .map(
      ({ special, access }) =>
        () =>
          ({ path: { type: 'special', place: special }, access }) as const,
    ),
  fc.constant(() => ({ path: { type: 'special', place: 'workspace_roots', subpath: 'sub' }, access: 'read' }) as const),
  fc.constant(() => ({ path: { type: 'path', path: '~/.codex' }, access: 'deny' }) as const),
);
const grant: fc.Arbitrary<() => Grant> = fc.oneof(
  fc.record({ place, kind: fc.constantFrom('read', 'write') }).map(
    ({ place: name, kind }) =>
      () =>
        ({ kind, path: path.join(root, name) }) as const,
  ),
  fc.constant(() => ({ kind: 'network' }) as const),
);

describe('a profile that travels', () => {
  it.each([':read-only', ':workspace', ':danger-full-access'] as const)('%s means the same there', (name) => {
    const intent = { profile: builtInProfile(name), grants: [], workspaceRoots: [workspace] };
    expect(meaning(travelled(intent))).toEqual(meaning(here(intent)));
  });

  it('stays closed for writing where it was denied, and granted for reading only', () => {
    const entries: readonly FileSystemEntry[] = [
      { path: { type: 'special', place: 'workspace_roots' }, access: 'write' },
      { path: { type: 'path', path: workspace }, access: 'deny' },
    ];
    const profile = {
      type: 'managed',
      entries,
      workspaceRoots: [],
      globScanMaxDepth: null,
      network: closedNetwork,
    } as const;
    const intent: SandboxIntent = {
      profile: { name: 'own', profile },
      grants: [{ kind: 'read', path: workspace }],
      workspaceRoots: [workspace],
    };
    expect(meaning(travelled(intent))).toMatchObject({ readable: [workspace], writable: [] });
    expect(meaning(travelled(intent))).toEqual(meaning(here(intent)));
  });

  it('means the same there, whatever it says', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 5 }), fc.array(grant, { maxLength: 3 }), (entries, grants) => {
        const profile: NamedProfile = {
          name: 'own',
          profile: {
            type: 'managed',
            entries: entries.map((make) => make()),
            workspaceRoots: [],
            globScanMaxDepth: null,
            network: closedNetwork,
          },
        };
        const intent = { profile, grants: grants.map((make) => make()), workspaceRoots: [workspace] };
        expect(meaning(travelled(intent))).toEqual(meaning(here(intent)));
      }),
      { numRuns: 300 },
    );
  });

  it('says what it could not be told, and fails rather than open more', () => {
    const network = { ...closedNetwork, access: 'proxied', localPorts: [1], unixSockets: ['/s'] } as const;
    const of = (entries: readonly FileSystemEntry[]): SandboxIntent => ({
      profile: {
        name: 'own',
        profile: { type: 'managed', entries, workspaceRoots: [], globScanMaxDepth: null, network },
      },
      grants: [],
      workspaceRoots: [workspace],
    });
    const there = { cwd: workspace, home: '/h' };
    expect(wireSandbox(of([]), there)).toMatchObject({
      value: { staysClosed: ['listed hosts', 'local_ports', 'unix_sockets'] },
    });
    const below = { path: { type: 'special', place: 'tmpdir', subpath: 'x' }, access: 'deny' } as const;
    expect(wireSandbox(of([below]), there)).toMatchObject({ ok: false });
  });
});
