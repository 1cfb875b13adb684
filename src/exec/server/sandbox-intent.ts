// What may a command touch that a peer wants limited? Its profile, bound to this machine: the sandbox's own folder and
// the roots it names count, never what this server happens to run in.

import { existsSync } from 'node:fs';
import path from 'node:path';
import { assertNever, fail, ok, problemText, type Result } from '../../problem/index.ts';
import {
  type Access,
  type BindContext,
  type BoundProfile,
  bindProfile,
  closedNetwork,
  type FileSystemEntry,
  type NetworkProfile,
  type Profile,
} from '../../sandbox/index.ts';
import { invalidParams, type RpcFailure } from '../protocol/failure.ts';
import { nativePath, type PathUri } from '../protocol/path-uri.ts';
import {
  REQUESTED_PROFILE,
  type SandboxContext,
  type WireEntry,
  type WirePermissions,
} from '../protocol/sandbox-context.ts';

/** What this machine has for what a peer leaves open. */
export type SandboxDefaults = Omit<BindContext, 'workspaceRoots'>;

/** `localPorts`: of a proxy on this machine's loopback that the command has to reach. */
export interface NetworkNeeds {
  readonly localPorts: readonly number[];
}

/**
 * `cwd`: the folder that stands for the sandbox's own when it names none; null where there is no such folder either,
 * as with calls on files. Nothing is ever bound to less than was asked for: what cannot be said here is a failure.
 */
export function boundProfileOf(
  context: SandboxContext,
  defaults: SandboxDefaults,
  cwd: string | null,
  { localPorts }: NetworkNeeds = { localPorts: [] },
): Result<BoundProfile, RpcFailure> {
  const places = placesOf(context, defaults, cwd);
  if (!places.ok) return places;
  const profile = profileOf(context.permissions, places.value, localPorts);
  if (!profile.ok) return profile;
  const { workspaceRoots, home, tmpdir } = places.value;
  const bound = bindProfile({ name: REQUESTED_PROFILE, profile: profile.value }, [], {
    ...defaults,
    workspaceRoots,
    home,
    tmpdir,
  });
  return bound.ok ? bound : fail(invalidParams(`failed to prepare process sandbox: ${problemText(bound.problem)}`));
}

/** Native paths. `tmpdir` is the first of `temporaryFolders`. */
interface Places {
  readonly cwd: string | null;
  readonly workspaceRoots: readonly string[];
  readonly home: string;
  readonly tmpdir: string | null;
  readonly temporaryFolders: readonly string[];
}

function placesOf(context: SandboxContext, defaults: SandboxDefaults, cwd: string | null): Result<Places, RpcFailure> {
  const { cwd: ownCwd, workspaceRoots, userHomeDir, temporaryDirectories } = context;
  const own = ownCwd === null ? ok(cwd) : native(ownCwd);
  if (!own.ok) return own;
  const roots = allNative(workspaceRoots ?? []);
  if (!roots.ok) return roots;
  const home = userHomeDir === null ? ok(defaults.home) : native(userHomeDir);
  if (!home.ok) return home;
  const executors = defaults.tmpdir === null ? [] : [defaults.tmpdir];
  const temporary = temporaryDirectories === null ? ok(executors) : allNative(temporaryDirectories);
  if (!temporary.ok) return temporary;
  return ok({
    cwd: own.value,
    workspaceRoots: roots.value,
    home: home.value,
    tmpdir: temporary.value[0] ?? null,
    temporaryFolders: temporary.value,
  });
}

function profileOf(
  permissions: WirePermissions,
  places: Places,
  localPorts: readonly number[],
): Result<Profile, RpcFailure> {
  switch (permissions.tag) {
    case 'disabled':
      return ok({ type: 'disabled' });
    case 'external':
      // Nobody outside guards the network: where it is closed, that is ours to do.
      return permissions.network === 'enabled'
        ? ok({ type: 'external', network: 'enabled' })
        : ok(managed([WHOLE_DISK], null, networkOf('restricted', localPorts)));
    case 'managed': {
      const { file_system: files, network } = permissions;
      if (files.tag === 'unrestricted') return ok(managed([WHOLE_DISK], null, networkOf(network, localPorts)));
      const entries: FileSystemEntry[] = [];
      for (const entry of files.entries) {
        const bound = entriesOf(entry, places);
        if (!bound.ok) return bound;
        entries.push(...bound.value);
      }
      return ok(managed(entries, files.glob_scan_max_depth, networkOf(network, localPorts)));
    }
    default:
      return assertNever(permissions);
  }
}

const WHOLE_DISK: FileSystemEntry = { path: { type: 'special', place: 'root' }, access: 'write' };

function managed(
  entries: readonly FileSystemEntry[],
  globScanMaxDepth: number | null,
  network: NetworkProfile,
): Profile {
  return { type: 'managed', entries, workspaceRoots: [], globScanMaxDepth, network };
}

function networkOf(access: 'restricted' | 'enabled', localPorts: readonly number[]): NetworkProfile {
  return { ...closedNetwork, access, localPorts: access === 'enabled' ? [] : localPorts };
}

/** None for what means nothing here: a place of a later version grants nothing. */
function entriesOf(
  { path: place, access, missing_path_behavior: whenMissing }: WireEntry,
  places: Places,
): Result<readonly FileSystemEntry[], RpcFailure> {
  switch (place.tag) {
    case 'path': {
      const named = native(place.path);
      return named.ok ? ok(pathEntries([named.value], access, whenMissing)) : named;
    }
    case 'glob_pattern': {
      // A pattern can only close: which names it will match later, nobody knows.
      if (access !== 'deny') return fail(invalidParams(`glob pattern ${place.pattern} can only deny access`));
      const isWhole = place.pattern.startsWith('/') || /^~(?:\/|$)/.test(place.pattern);
      if (!isWhole && places.cwd === null) return fail(needsCwd());
      const pattern = isWhole ? place.pattern : path.join(places.cwd ?? '/', place.pattern);
      return ok([{ path: { type: 'glob', pattern }, access }]);
    }
    case 'special':
      return specialEntries(place.value, access, whenMissing, places);
    default:
      return assertNever(place);
  }
}

function specialEntries(
  place: Extract<WireEntry['path'], { tag: 'special' }>['value'],
  access: Access,
  whenMissing: WireEntry['missing_path_behavior'],
  places: Places,
): Result<readonly FileSystemEntry[], RpcFailure> {
  switch (place.tag) {
    case 'root':
    case 'minimal':
    case 'slash_tmp':
      return ok([{ path: { type: 'special', place: place.tag }, access }]);
    case 'tmpdir': {
      const [first, ...more] = places.temporaryFolders;
      if (first === undefined) return ok([]);
      return ok([{ path: { type: 'special', place: 'tmpdir' }, access }, ...pathEntries(more, access, whenMissing)]);
    }
    case 'project_roots': {
      if (places.cwd === null) return fail(needsCwd());
      const { subpath } = place;
      if (places.workspaceRoots.length === 0) return ok([]);
      if (subpath === null) return ok([{ path: { type: 'special', place: 'workspace_roots' }, access }]);
      const below = places.workspaceRoots.map((root) => path.join(root, subpath));
      return ok(pathEntries(below, access, whenMissing));
    }
    case 'current_working_directory':
      return places.cwd === null ? fail(needsCwd()) : ok(pathEntries([places.cwd], access, whenMissing));
    case 'unknown':
      return ok([]);
    default:
      return assertNever(place);
  }
}

function pathEntries(
  paths: readonly string[],
  access: Access,
  whenMissing: WireEntry['missing_path_behavior'],
): FileSystemEntry[] {
  const there = whenMissing === 'skip' ? paths.filter((place) => existsSync(place)) : paths;
  return there.map((place) => ({ path: { type: 'path', path: place }, access }));
}

function allNative(uris: readonly PathUri[]): Result<string[], RpcFailure> {
  const paths: string[] = [];
  for (const uri of uris) {
    const place = native(uri);
    if (!place.ok) return place;
    paths.push(place.value);
  }
  return ok(paths);
}

function native(uri: PathUri): Result<string, RpcFailure> {
  const place = nativePath(uri);
  if (place.ok) return place;
  return fail(
    invalidParams(`failed to prepare process sandbox: invalid sandbox permission path: ${place.problem.message}`),
  );
}

function needsCwd(): RpcFailure {
  return invalidParams('file system sandbox context with dynamic permissions requires cwd');
}
