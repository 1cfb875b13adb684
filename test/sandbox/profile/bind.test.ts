// What a profile opens and closes once it is bound to real folders.

import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accessTo } from '../../../src/sandbox/denial/closed-access.ts';
import {
  type BoundProfile,
  bindProfile,
  builtInProfile,
  closedNetwork,
  type Grant,
  type NamedProfile,
} from '../../../src/sandbox/index.ts';
import { composeAccess } from '../../../src/sandbox/profile/compose.ts';
import type { Access, FileSystemEntry } from '../../../src/sandbox/profile/profile.ts';
import { bound, contextOf, nothingOpen, openPlace, type Place } from '../sandboxed.ts';

type Managed = Extract<BoundProfile, { type: 'managed' }>;

let place: Place;
beforeEach(() => {
  place = openPlace(process.getuid?.() ?? 0);
});
afterEach(() => place[Symbol.dispose]());

function managed(profile: BoundProfile): Managed {
  if (profile.type !== 'managed') throw new Error('expected a managed profile');
  return profile;
}

function rootAt(profile: BoundProfile, folder: string): readonly string[] | null {
  return managed(profile).writableRoots.find((root) => root.path === folder)?.readOnly ?? null;
}

function profileOf(entries: readonly FileSystemEntry[]): NamedProfile {
  const root: FileSystemEntry = { path: { type: 'special', place: 'root' }, access: 'read' };
  return {
    name: 'dev',
    profile: {
      type: 'managed',
      entries: [root, ...entries],
      workspaceRoots: [],
      globScanMaxDepth: null,
      network: closedNetwork,
    },
  };
}

const at = (name: string, access: Access): FileSystemEntry => ({ path: { type: 'path', path: name }, access });

describe('the built-in profiles', () => {
  it('open nothing for writing in :read-only', () => {
    const profile = bound(place.folder('ws'), { profile: builtInProfile(':read-only') });
    expect(managed(profile).writableRoots).toEqual([]);
    expect(managed(profile).network).toBe('restricted');
  });

  it('open the workspace, /tmp and $TMPDIR in :workspace', () => {
    const ws = place.folder('ws');
    const tmpdir = place.folder('scratch');
    const roots = managed(bound(ws, { context: { tmpdir } })).writableRoots.map((root) => root.path);
    expect(roots).toEqual(
      ['/tmp', tmpdir, ws].sort((a, b) => a.split('/').length - b.split('/').length || (a < b ? -1 : 1)),
    );
  });

  it('bind to no sandbox at all in :danger-full-access, whatever is granted', () => {
    const profile = bound('/', { profile: builtInProfile(':danger-full-access'), grants: [{ kind: 'network' }] });
    expect(profile).toEqual({ type: 'disabled', name: ':danger-full-access' });
  });
});

describe('protected names in a writable folder', () => {
  it('stay read-only when they exist, and are left alone when they do not', () => {
    const ws = place.folder('ws');
    for (const name of ['.git', '.agents']) mkdirSync(path.join(ws, name));
    expect(rootAt(bound(ws), ws)).toEqual([path.join(ws, '.agents'), path.join(ws, '.git')]);
  });

  it('guard a worktree pointer, its git folder and the folder it shares, where these can be written', () => {
    const ws = place.folder('ws');
    const repository = place.folder('ws/main/store.git');
    const linked = place.folder('ws/main/store.git/worktrees/wt');
    writeFileSync(path.join(linked, 'commondir'), '../..\n');
    const tree = place.folder('ws/wt');
    writeFileSync(path.join(tree, '.git'), `gitdir: ${linked}\n`);
    const both = bound(tree, { profile: profileOf([at(path.join(ws, 'main'), 'write'), at(tree, 'write')]) });
    expect(rootAt(both, path.join(ws, 'main'))).toEqual([repository]);
    expect(rootAt(both, tree)).toEqual([path.join(tree, '.git')]);
  });

  it('guard the target of a link that lies in a writable folder, and no target outside', () => {
    const ws = place.folder('ws');
    const target = place.folder('ws/real-git');
    symlinkSync('real-git', path.join(ws, '.git'));
    symlinkSync(place.folder('outside'), path.join(ws, '.agents'));
    symlinkSync('nowhere', path.join(ws, '.codex'));
    expect(rootAt(bound(ws), ws)).toEqual([target]);
  });

  it('open when a grant names the very folder, and not when it names the one above', () => {
    const ws = place.folder('ws');
    const git = place.folder('ws/.git');
    const open = managed(bound(ws, { grants: [{ kind: 'write', path: git }] }));
    expect(accessTo(path.join(git, 'index'), open)).toBe('write');
    const above = managed(bound(ws, { grants: [{ kind: 'write', path: place.path }] }));
    expect(accessTo(path.join(git, 'index'), above)).toBe('read');
  });
});

it('looks for no protected names below a file that is granted by itself', () => {
  const file = path.join(place.folder('other'), 'file');
  writeFileSync(file, '');
  const context = contextOf(place.folder('ws'));
  const profile = bindProfile(builtInProfile(':workspace'), [{ kind: 'write', path: file }], context);
  if (!profile.ok) throw new Error(profile.problem.what);
  const { absentNames, writableRoots } = managed(profile.value);
  expect(writableRoots.map((root) => root.path)).toContain(file);
  expect(absentNames.filter((name) => name.startsWith(file))).toEqual([]);
});

describe('our own folder', () => {
  it.each(['/', 'home'])('stays read-only and its keys unreadable when %s is a writable root', (root) => {
    const home = place.folder('home');
    const codexHome = place.folder('home/.codex');
    place.folder('home/.codex/codex_ts');
    for (const name of ['auth.json', 'codex_ts/auth.json']) writeFileSync(path.join(codexHome, name), '{}');
    const profile = managed(bound(root === '/' ? '/' : home, { context: { codexHome } }));
    expect(accessTo(path.join(home, 'notes'), profile)).toBe('write');
    expect(accessTo(path.join(codexHome, 'config.toml'), profile)).toBe('read');
    expect(accessTo(path.join(codexHome, 'auth.json'), profile)).toBe('deny');
    expect(accessTo(path.join(codexHome, 'codex_ts/auth.json'), profile)).toBe('deny');
  });

  it('keeps its keys closed against every grant, and itself against a grant for all of it', () => {
    const codexHome = place.folder('codex');
    const key = path.join(codexHome, 'auth.json');
    writeFileSync(key, '{}');
    const grants: Grant[] = [
      { kind: 'read', path: key },
      { kind: 'write', path: key },
      { kind: 'write', path: codexHome },
    ];
    const profile = managed(bound(place.folder('ws'), { grants, context: { codexHome } }));
    expect(accessTo(key, profile)).toBe('deny');
    expect(accessTo(path.join(codexHome, 'config.toml'), profile)).toBe('read');
  });

  it('hides the folder of our sockets in every managed profile', () => {
    const runtimeDir = place.folder('run');
    for (const name of [':read-only', ':workspace'] as const) {
      const profile = bound(place.folder('ws'), {
        profile: builtInProfile(name),
        context: { runtimeFolders: [runtimeDir] },
      });
      expect(managed(profile).hidden).toEqual([runtimeDir]);
    }
  });
});

describe('entries', () => {
  it('let the longest path win, in either direction', () => {
    const ws = place.folder('ws');
    const docs = place.folder('ws/docs');
    const draft = place.folder('ws/docs/draft');
    const profile = managed(bound(ws, { profile: profileOf([at(ws, 'write'), at(docs, 'read'), at(draft, 'write')]) }));
    expect(profile.writableRoots).toEqual([
      { path: ws, readOnly: [docs] },
      { path: draft, readOnly: [] },
    ]);
  });

  it('prefer deny to write and write to read for one path', () => {
    const ws = place.folder('ws');
    const secret = place.folder('ws/secret');
    const entries = [at(ws, 'write'), at(secret, 'read'), at(secret, 'deny'), at(secret, 'write')];
    expect(managed(bound(ws, { profile: profileOf(entries) })).hidden).toEqual([secret]);
  });

  it('tell closed files from closed folders, and open what a grant reads below a closed folder', () => {
    const secret = place.folder('secret');
    writeFileSync(path.join(secret, 'open.txt'), '');
    writeFileSync(path.join(place.path, 'key.pem'), '');
    const entries = [at(secret, 'deny'), at(path.join(place.path, 'key.pem'), 'deny')];
    const profile = managed(
      bound(place.folder('ws'), {
        profile: profileOf(entries),
        grants: [{ kind: 'read', path: path.join(secret, 'open.txt') }],
      }),
    );
    expect(profile.denied).toEqual([path.join(place.path, 'key.pem')]);
    expect(profile.hidden).toEqual([secret]);
    expect(profile.readable).toEqual([path.join(secret, 'open.txt')]);
  });

  it('are bound by their real paths, and missing ones have no effect', () => {
    const ws = place.folder('ws');
    symlinkSync('ws', path.join(place.path, 'link'));
    const profile = bound(path.join(place.path, 'link'), {
      grants: [{ kind: 'write', path: path.join(place.path, 'none') }],
    });
    expect(managed(profile).writableRoots.map((root) => root.path)).toEqual(['/tmp', ws]);
  });

  it('apply to a subpath of every workspace root', () => {
    const one = place.folder('one');
    const two = place.folder('two');
    const docs = [place.folder('one/docs'), place.folder('two/docs')];
    const entries: FileSystemEntry[] = [
      { path: { type: 'special', place: 'workspace_roots' }, access: 'write' },
      { path: { type: 'special', place: 'workspace_roots', subpath: 'docs' }, access: 'read' },
    ];
    const profile = managed(bound(one, { profile: profileOf(entries), context: { workspaceRoots: [one, two] } }));
    expect(profile.writableRoots.flatMap((root) => root.readOnly)).toEqual(docs);
  });

  it.each<[string, NamedProfile]>([
    ['a relative path', profileOf([at('src', 'write')])],
    ['a path below /proc', profileOf([at('/proc/self', 'write')])],
  ])('are refused with a problem that names the profile: %s', (_, profile) => {
    const result = bindProfile(profile, [], contextOf(place.folder('ws')));
    expect(result.ok ? '' : result.problem.what).toContain('dev');
  });

  it('give every path the access of its longest entry, whatever the table', () => {
    const name = fc.constantFrom('a', 'b', 'c');
    const paths = fc.array(name, { minLength: 1, maxLength: 4 }).map((names) => `/${names.join('/')}`);
    const tables = fc.array(fc.tuple(paths, fc.constantFrom<Access>('read', 'write', 'deny')), { maxLength: 8 });
    fc.assert(
      fc.property(tables, paths, fc.boolean(), (entries, asked, isRootWritable) => {
        const table = new Map<string, Access>([['/', isRootWritable ? 'write' : 'read'], ...entries]);
        const composed = composeAccess(table, () => true);
        const profile: Managed = { ...nothingOpen, ...composed };
        let longest = '/';
        for (const entry of table.keys())
          if (`${asked}/`.startsWith(`${entry}/`) && entry.length > longest.length) longest = entry;
        expect(accessTo(asked, profile)).toBe(table.get(longest));
      }),
    );
  });
});
