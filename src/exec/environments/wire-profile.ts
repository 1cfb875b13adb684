// How does a profile travel to the machine that will bind it? Symbolic places stay symbolic; nothing that closes is left
// out.

import { assertNever, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type FileSystemEntry, type Grant, type Profile, protectedNames, widenProfile } from '../../sandbox/index.ts';
import { pathUri } from '../protocol/path-uri.ts';
import type { SandboxContext, WireEntry } from '../protocol/sandbox-context.ts';
import type { SandboxIntent } from './environment.ts';

/** What the other machine is told, and what it cannot be told: those stay closed there. */
export interface WireSandbox {
  /** Null: no sandbox. */
  readonly context: SandboxContext | null;
  readonly staysClosed: readonly string[];
}

/** What of the other machine a profile needs. */
export interface WirePlace {
  readonly cwd: string;
  /** `~` of whoever runs the command there. */
  readonly home: string;
}

type Managed = Extract<Profile, { type: 'managed' }>;

/** Fails where something could be closed only here: the command would be given more than the profile says. */
export function wireSandbox({ profile, grants, workspaceRoots }: SandboxIntent, place: WirePlace): Result<WireSandbox> {
  const widened = widenProfile(profile.profile, grants);
  switch (widened.type) {
    case 'disabled':
      return ok({ context: null, staysClosed: [] });
    case 'external':
      return ok({
        context: contextOf({ tag: 'external', network: widened.network }, workspaceRoots, place),
        staysClosed: [],
      });
    case 'managed':
      return managedContext(keepingDenied(widened, { profile, grants, workspaceRoots }, place), workspaceRoots, place);
    default:
      return assertNever(widened);
  }
}

/**
 * What was denied and is granted for reading stays closed for writing, also where another entry opens the same place:
 * a binding of ours knows what was granted, on the wire it is an entry like any other.
 */
function keepingDenied(
  widened: Managed,
  { profile, grants, workspaceRoots }: SandboxIntent,
  place: WirePlace,
): Managed {
  if (profile.profile.type !== 'managed') return widened;
  const roots = [...workspaceRoots, ...widened.workspaceRoots.map((root) => fromHome(root, place))];
  const { entries } = profile.profile;
  const denied = new Set(
    entries.filter(({ access }) => access === 'deny').flatMap(({ path }) => placesOf(path, roots, place)),
  );
  const granted = (kind: Grant['kind'], at: string): boolean =>
    grants.some((grant) => grant.kind === kind && 'path' in grant && grant.path === at);
  const isClosed = (at: string): boolean => denied.has(at) && granted('read', at) && !granted('write', at);
  return {
    ...widened,
    entries: widened.entries.flatMap((entry) => {
      const places = entry.access === 'write' ? placesOf(entry.path, roots, place) : [];
      if (!places.some(isClosed)) return [entry];
      return places
        .filter((at) => !isClosed(at))
        .map((at): FileSystemEntry => ({ path: { type: 'path', path: at }, access: 'write' }));
    }),
  };
}

/** Of the roots and of paths; nothing else is the same place under two names. */
function placesOf(path: FileSystemEntry['path'], roots: readonly string[], place: WirePlace): string[] {
  if (path.type === 'path') return [fromHome(path.path, place)];
  if (path.type !== 'special' || path.place !== 'workspace_roots') return [];
  return roots.map((root) => (path.subpath === undefined ? root : `${root}/${path.subpath}`));
}

function managedContext(profile: Managed, roots: readonly string[], place: WirePlace): Result<WireSandbox> {
  const allRoots = [...roots, ...profile.workspaceRoots.map((root) => fromHome(root, place))];
  const entries: WireEntry[] = [];
  for (const entry of profile.entries) {
    const spelled = entriesOf(entry, allRoots, place);
    if (spelled === null) return fail(cannotTravel(entry));
    entries.push(...spelled);
  }
  const said = new Set(entries.flatMap(({ path }) => (path.tag === 'path' ? [path.path] : [])));
  // Every binding of ours adds them by itself; other machines have to be told. What cannot be written needs no guard, and
  // one would open it for reading.
  const rootsAre = (access: WireEntry['access']): boolean =>
    entries.some((entry) => entry.access === access && isForRoots(entry, allRoots));
  const guarded =
    rootsAre('write') && !rootsAre('deny')
      ? protectedNames.filter((name) => !allRoots.some((root) => said.has(pathUri(`${root}/${name}`)))).map(guardOf)
      : [];
  const { access } = profile.network;
  const permissions: SandboxContext['permissions'] = {
    tag: 'managed',
    file_system: {
      tag: 'restricted',
      entries: [...entries, ...guarded],
      glob_scan_max_depth: profile.globScanMaxDepth,
    },
    network: access === 'enabled' ? 'enabled' : 'restricted',
  };
  return ok({ context: contextOf(permissions, allRoots, place), staysClosed: untold(profile) });
}

function isForRoots({ path }: WireEntry, roots: readonly string[]): boolean {
  if (path.tag === 'path') return roots.some((root) => pathUri(root) === path.path);
  return path.tag === 'special' && path.value.tag === 'project_roots' && path.value.subpath === null;
}

function contextOf(
  permissions: SandboxContext['permissions'],
  roots: readonly string[],
  { cwd }: WirePlace,
): SandboxContext {
  return {
    permissions,
    cwd: pathUri(cwd),
    workspaceRoots: roots.map((root) => pathUri(root)),
    userHomeDir: null,
    temporaryDirectories: null,
    windowsSandboxLevel: 'disabled',
    windowsSandboxPrivateDesktop: null,
    windowsSandboxProxySettingsMode: null,
    useLegacyLandlock: false,
  };
}

/** Null where the protocol has no word for it. */
function entriesOf({ path, access }: FileSystemEntry, roots: readonly string[], place: WirePlace): WireEntry[] | null {
  const entry = (spelled: WireEntry['path']): WireEntry => ({ path: spelled, access, missing_path_behavior: null });
  switch (path.type) {
    case 'path':
      return [entry({ tag: 'path', path: pathUri(fromHome(path.path, place)) })];
    case 'glob': {
      const patterns =
        path.place === undefined ? [fromHome(path.pattern, place)] : roots.map((root) => `${root}/${path.pattern}`);
      return patterns.map((pattern) => entry({ tag: 'glob_pattern', pattern }));
    }
    case 'special': {
      const subpath = path.subpath ?? null;
      if (path.place === 'workspace_roots')
        return [entry({ tag: 'special', value: { tag: 'project_roots', subpath } })];
      if (subpath === null) return [entry({ tag: 'special', value: { tag: path.place } })];
      const known = { root: '', slash_tmp: '/tmp', minimal: null, tmpdir: null }[path.place];
      return known === null ? null : [entry({ tag: 'path', path: pathUri(`${known}/${subpath}`) })];
    }
    default:
      return assertNever(path);
  }
}

function guardOf(name: string): WireEntry {
  return {
    path: { tag: 'special', value: { tag: 'project_roots', subpath: name } },
    access: 'read',
    missing_path_behavior: 'skip',
  };
}

/** Opened by the profile, and nothing of it can be said on the wire. */
function untold({ network }: Managed): string[] {
  const { access, localPorts, unixSockets, allUnixSockets } = network;
  return [
    ...(access === 'proxied' ? ['listed hosts'] : []),
    ...(localPorts.length > 0 ? ['local_ports'] : []),
    ...(unixSockets.length > 0 || allUnixSockets ? ['unix_sockets'] : []),
  ];
}

function fromHome(place: string, { home }: WirePlace): string {
  return place === '~' ? home : place.startsWith('~/') ? `${home}${place.slice(1)}` : place;
}

function cannotTravel({ path, access }: FileSystemEntry): Problem {
  const where = path.type === 'special' ? `:${path.place}/${path.subpath ?? ''}` : '';
  return {
    what: `The entry ${where} = "${access}" of this profile means nothing on another machine.`,
    why: 'The protocol has no word for a folder below it, and leaving it out would change what is closed.',
    next: 'Name the folder by its path, or use another profile there.',
  };
}
