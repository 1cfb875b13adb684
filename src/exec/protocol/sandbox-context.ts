// What does a peer want a command or a call on files to be limited to? Its profile as it travels: symbolic, and bound by
// the machine that runs it.

import {
  boolean,
  count,
  list,
  object,
  oneOf,
  optional,
  type Read,
  type Reader,
  refuse,
  string,
  tagged,
  uri,
  withDefault,
} from './readers.ts';

/** A profile has no name on the wire; it needs one in sentences, written like those that are built in. */
export const REQUESTED_PROFILE = ':requested';

const place = tagged('kind', {
  root: {},
  minimal: {},
  project_roots: { subpath: optional(string) },
  current_working_directory: {},
  tmpdir: {},
  slash_tmp: {},
  /** Of a later version: kept, and grants nothing. */
  unknown: { path: optional(string), subpath: optional(string) },
});

const entryPath = tagged('type', {
  path: { path: uri },
  glob_pattern: { pattern: string },
  special: { value: place },
});

/** `none` is how earlier versions spelled `deny`. */
const access: Reader<'read' | 'write' | 'deny'> = (value) => {
  const said = oneOf('read', 'write', 'deny', 'none')(value);
  return said === 'none' ? 'deny' : said;
};

const entry = object({
  path: entryPath,
  access,
  missing_path_behavior: optional(oneOf('skip')),
});

const depth: Reader<number> = (value) => {
  const levels = count(value);
  return levels === 0 ? refuse('glob_scan_max_depth must not be 0') : levels;
};

const network = oneOf('restricted', 'enabled');

const permissions = tagged('type', {
  /** This machine enforces it. */
  managed: {
    file_system: tagged('type', {
      unrestricted: {},
      restricted: { entries: list(entry), glob_scan_max_depth: optional(depth) },
    }),
    network,
  },
  /** No sandbox. */
  disabled: {},
  /** Somebody else guards the files; the wish about the network is enforced. */
  external: { network },
});

export const sandboxContext = object({
  permissions,
  cwd: optional(uri),
  workspaceRoots: optional(list(uri)),
  userHomeDir: optional(uri),
  temporaryDirectories: optional(list(uri)),
  windowsSandboxLevel: oneOf('disabled', 'restricted-token', 'elevated', 'mxc'),
  windowsSandboxPrivateDesktop: optional(boolean),
  windowsSandboxProxySettingsMode: optional(oneOf('reconcile', 'preserve')),
  useLegacyLandlock: withDefault(optional(boolean), null),
});

export type SandboxContext = Read<typeof sandboxContext>;
export type WirePermissions = SandboxContext['permissions'];
export type WireEntry = Read<typeof entry>;
