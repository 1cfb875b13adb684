// Which profiles exist without any configuration.

import { assertNever } from '../../problem/index.ts';
import type { FileSystemEntry, NamedProfile, NetworkProfile } from './profile.ts';

/** The names a person can write without defining them. */
export const builtInProfileNames = [':read-only', ':workspace', ':danger-full-access', ':external'] as const;

/** Those that a profile of the person's own may extend. */
export const extensibleProfileNames = [':read-only', ':workspace'] as const;

export type BuiltInProfileName = (typeof builtInProfileNames)[number];

export function isBuiltInProfileName(name: string): name is BuiltInProfileName {
  return builtInProfileNames.some((known) => known === name);
}

/** No network but the command's own, and no socket of anybody else. */
export const closedNetwork: NetworkProfile = {
  access: 'restricted',
  hosts: [],
  mode: 'full',
  socks: true,
  upstreamProxy: true,
  localBinding: false,
  localPorts: [],
  unixSockets: [],
  deniedUnixSockets: [],
  allUnixSockets: false,
};

const readEverything: FileSystemEntry = { path: { type: 'special', place: 'root' }, access: 'read' };

/**
 * A built-in profile by its name. What every managed profile closes besides (our keys, our sockets, protected names)
 * is added when it is bound, so that a profile of the person's own cannot forget it.
 */
export function builtInProfile(name: BuiltInProfileName): NamedProfile {
  switch (name) {
    case ':read-only':
      return {
        name,
        profile: {
          type: 'managed',
          entries: [readEverything],
          workspaceRoots: [],
          globScanMaxDepth: null,
          network: closedNetwork,
        },
      };
    case ':workspace':
      return {
        name,
        profile: {
          type: 'managed',
          entries: [
            readEverything,
            { path: { type: 'special', place: 'workspace_roots' }, access: 'write' },
            { path: { type: 'special', place: 'slash_tmp' }, access: 'write' },
            { path: { type: 'special', place: 'tmpdir' }, access: 'write' },
          ],
          workspaceRoots: [],
          globScanMaxDepth: null,
          network: closedNetwork,
        },
      };
    case ':danger-full-access':
      return { name, profile: { type: 'disabled' } };
    case ':external':
      return { name, profile: { type: 'external', network: 'restricted' } };
    default:
      return assertNever(name);
  }
}
