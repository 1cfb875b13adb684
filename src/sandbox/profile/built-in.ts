// Which profiles exist without any configuration.

import { assertNever } from '../../problem/index.ts';
import type { FileSystemEntry, NamedProfile } from './profile.ts';

/** The names a person can write without defining them. */
export const builtInProfileNames = [':read-only', ':workspace', ':danger-full-access'] as const;

export type BuiltInProfileName = (typeof builtInProfileNames)[number];

export function isBuiltInProfileName(name: string): name is BuiltInProfileName {
  return builtInProfileNames.some((known) => known === name);
}

const readEverything: FileSystemEntry = { path: { type: 'special', place: 'root' }, access: 'read' };

/**
 * A built-in profile by its name. What every managed profile closes besides (our keys, our sockets, protected names)
 * is added when it is bound, so that a profile of the person's own cannot forget it.
 */
export function builtInProfile(name: BuiltInProfileName): NamedProfile {
  switch (name) {
    case ':read-only':
      return { name, profile: { type: 'managed', entries: [readEverything], network: 'restricted', unixSockets: [] } };
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
          network: 'restricted',
          unixSockets: [],
        },
      };
    case ':danger-full-access':
      return { name, profile: { type: 'disabled' } };
    default:
      return assertNever(name);
  }
}
