// The profiles of the table, bound to a world the way a session binds its own.

import path from 'node:path';
import {
  type Access,
  type BoundProfile,
  bindProfile,
  builtInProfile,
  type FileSystemEntry,
  type Grant,
  hostPathFacts,
  type NamedProfile,
} from '../../../src/sandbox/index.ts';
import { closedNetwork } from '../../../src/sandbox/profile/built-in.ts';
import type { NetworkProfile } from '../../../src/sandbox/profile/profile.ts';
import type { ProfileName } from './accesses.ts';

type ManagedProfile = Extract<BoundProfile, { type: 'managed' }>;

export function boundFor(name: ProfileName, root: string): ManagedProfile {
  const { profile, grants = [] } = said(name, root);
  const at = (it: string): string => path.join(root, it);
  const context = {
    workspaceRoots: [at('ws')],
    home: at('home'),
    tmpdir: at('tmp'),
    codexHome: at('home/.codex'),
    runtimeFolders: [at('runtime')],
  };
  // Sockets of the machine that only root can see cannot be covered for another user, who cannot reach them either.
  const boundSockets = (): readonly string[] => hostPathFacts.boundSockets().filter((it) => it.startsWith(root));
  const bound = bindProfile(profile, grants, context, { ...hostPathFacts, boundSockets });
  if (!bound.ok) throw new Error(bound.problem.what);
  if (bound.value.type !== 'managed') throw new Error('nothing is managed');
  return bound.value;
}

interface Said {
  readonly profile: NamedProfile;
  readonly grants?: readonly Grant[];
}

function said(name: ProfileName, root: string): Said {
  const at = (it: string): string => path.join(root, it);
  const sockets = {
    unixSockets: ['sock/listed.sock', 'sock/dir', 'sock/dir/shut.d/again.sock', 'ws/run', 'secret/in.sock'].map(at),
    deniedUnixSockets: ['sock/dir/shut.sock', 'sock/dir/shut.d'].map(at),
  };
  switch (name) {
    case 'workspace':
      return { profile: builtInProfile(':workspace') };
    case 'readOnly':
      return { profile: builtInProfile(':read-only') };
    case 'dev':
      return {
        profile: managed([
          ...open,
          ['second', 'write'],
          ['ws/docs', 'read'],
          ['ws/planned', 'read'],
          ['ws/a/b/docs', 'read'],
          ['ws/a/key', 'deny'],
          ['ws/vault', 'deny'],
          ['ws/vault/open', 'write'],
          ['ws/vault/open/shut', 'deny'],
          ['ws/vault/shown', 'read'],
          ['ws/env.d/keys.env/public', 'write'],
          ['secret', 'deny'],
          ['secret/open', 'read'],
          ['ws/**/*.env', 'deny'],
        ]),
      };
    case 'restricted':
      return {
        profile: managed([
          [{ type: 'special', place: 'minimal' }, 'read'],
          [{ type: 'special', place: 'workspace_roots' }, 'write'],
          ['ws/docs', 'read'],
          ['ws/a/key', 'deny'],
          ['shown', 'read'],
        ]),
      };
    case 'sockets':
      return { profile: managed([...open, ['secret', 'deny']], sockets) };
    case 'allSockets':
      return {
        profile: managed([...open, ['sock/closed-file.sock', 'deny']], {
          deniedUnixSockets: sockets.deniedUnixSockets,
          allUnixSockets: true,
        }),
      };
    case 'enabled':
      return { profile: managed(open, { access: 'enabled' }) };
    case 'enabledWithSockets':
      return { profile: managed(open, { access: 'enabled', ...sockets }) };
    case 'proxied':
    case 'proxiedWithoutProxy':
      return {
        profile: managed(open, { access: 'proxied', hosts: [{ pattern: 'example.com', access: 'allow' }] }),
      };
    case 'ownServers':
      return { profile: managed(open, { localBinding: true }) };
    case 'noServers':
      return { profile: managed(open, { localBinding: false }) };
    case 'gitGranted':
      return { profile: builtInProfile(':workspace'), grants: [{ kind: 'write', path: at('ws/.git') }] };
    case 'codexGranted':
      return {
        profile: builtInProfile(':workspace'),
        grants: [
          { kind: 'write', path: at('home') },
          { kind: 'write', path: at('home/.codex') },
          { kind: 'read', path: at('home/.codex/auth.json') },
        ],
      };
  }

  function managed(entries: readonly Entry[], network: Partial<NetworkProfile> = {}): NamedProfile {
    return {
      name,
      profile: {
        type: 'managed',
        entries: entries.map(([place, access]): FileSystemEntry => {
          if (typeof place !== 'string') return { path: place, access };
          return {
            path: place.includes('*') ? { type: 'glob', pattern: at(place) } : { type: 'path', path: at(place) },
            access,
          };
        }),
        workspaceRoots: [],
        globScanMaxDepth: null,
        network: { ...closedNetwork, localBinding: false, ...network },
      },
    };
  }
}

type Entry = readonly [string | FileSystemEntry['path'], Access];

const open: readonly Entry[] = [
  [{ type: 'special', place: 'root' }, 'read'],
  [{ type: 'special', place: 'workspace_roots' }, 'write'],
];
