// Which profile a configuration asks for, the older spelling included.

import path from 'node:path';
import { assertNever } from '../../problem/index.ts';
import {
  builtInProfile,
  type FileSystemEntry,
  type NamedProfile,
  profileNamed,
  readProfiles,
} from '../../sandbox/index.ts';
import type { Config } from './config.ts';

/** Where relative and `~` paths of the configuration start. Both absolute. */
export interface ConfigPlace {
  readonly cwd: string;
  readonly home: string;
}

/**
 * `default_permissions` wins over `sandbox_mode`; neither means `:workspace`. The table `sandbox_workspace_write`
 * belongs to the older spelling: it counts unless `default_permissions` is said.
 */
export function sandboxOf(config: Config, place: ConfigPlace): NamedProfile {
  if (config.default_permissions !== null)
    return (
      profileNamed(config.default_permissions, readProfiles(config.permissions).profiles) ??
      builtInProfile(':read-only')
    );
  const mode = config.sandbox_mode ?? 'workspace-write';
  switch (mode) {
    case 'read-only':
      return builtInProfile(':read-only');
    case 'danger-full-access':
      return builtInProfile(':danger-full-access');
    case 'workspace-write':
      return widenedWorkspace(config.sandbox_workspace_write, place);
    default:
      return assertNever(mode);
  }
}

function widenedWorkspace(table: Config['sandbox_workspace_write'], place: ConfigPlace): NamedProfile {
  const workspace = builtInProfile(':workspace');
  const isPlain =
    table.writable_roots.length === 0 &&
    !table.network_access &&
    !table.exclude_slash_tmp &&
    !table.exclude_tmpdir_env_var;
  if (isPlain || workspace.profile.type !== 'managed') return workspace;
  const entries = workspace.profile.entries.filter(
    (entry) =>
      !(table.exclude_slash_tmp && isPlace(entry, 'slash_tmp')) &&
      !(table.exclude_tmpdir_env_var && isPlace(entry, 'tmpdir')),
  );
  const roots = table.writable_roots.map(
    (root): FileSystemEntry => ({ path: { type: 'path', path: absolute(root, place) }, access: 'write' }),
  );
  return {
    // Not `:workspace`: whoever reads that name may rely on what it says.
    name: 'workspace-write',
    profile: {
      ...workspace.profile,
      entries: [...entries, ...roots],
      network: table.network_access ? { ...workspace.profile.network, access: 'enabled' } : workspace.profile.network,
    },
  };
}

function isPlace(entry: FileSystemEntry, place: 'slash_tmp' | 'tmpdir'): boolean {
  return entry.path.type === 'special' && entry.path.place === place;
}

function absolute(written: string, place: ConfigPlace): string {
  if (written === '~') return place.home;
  if (written.startsWith('~/')) return path.join(place.home, written.slice(2));
  return path.resolve(place.cwd, written);
}
