// Which real paths of this machine a profile opens and closes.

import * as path from 'node:path';
import { assertNever, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { composeAccess } from './compose.ts';
import { fixedPart, globMatches } from './globs.ts';
import { widenProfile } from './grant.ts';
import { hostPathFacts, linksOn, type PathFacts, resolveExistingPrefix } from './path-facts.ts';
import { isBelow, isWithin } from './paths.ts';
import type {
  Access,
  BindContext,
  BoundProfile,
  FileSystemEntry,
  Grant,
  NamedProfile,
  NetworkProfile,
  Profile,
  ProfilePath,
  ProxyRules,
  SpecialPlace,
} from './profile.ts';
import { type GuardedNames, guardedPaths } from './protected-names.ts';

/** Whoever connects to a server of the machine may name it like this. */
const LOOPBACK_HOSTS = ['localhost', '127.0.0.1', '::1'] as const;

/** Files below `$CODEX_HOME` that hold a person's keys: no command reads them, whatever it was granted. */
const keyFiles = ['auth.json', 'codex_ts/auth.json'] as const;

/** Places every sandbox makes anew: an entry for them would open the machine's own, or do nothing. */
const remadePlaces = ['/proc', '/sys', '/dev'] as const;

/**
 * How many foreign sockets are covered one by one at most, where some are open. Each cover is a mount of about 0.1 ms,
 * and bubblewrap takes 9000 arguments; a machine with more sockets in sight is told so instead.
 */
const coveredSocketsAtMost = 256;

const rank: Record<Access, number> = { read: 0, write: 1, deny: 2 };

/**
 * Binds a profile with its grants to the machine and session that run the command. Missing paths have no effect;
 * nothing is created. Fails where an entry cannot mean anything here (relative, below /proc or /dev), where a place
 * has no folder because the command has none, and where a glob names too many files to look at.
 */
export function bindProfile(
  named: NamedProfile,
  grants: readonly Grant[],
  around: BindContext,
  facts: PathFacts = hostPathFacts,
): Result<BoundProfile> {
  const widened = widenProfile(named.profile, grants);
  const { name } = named;
  const context = withRootsOf(named, around);
  if (named.profile.type !== 'managed' || widened.type === 'disabled')
    return ok(widened.type === 'external' ? { ...widened, name } : { type: 'disabled', name });
  if (widened.type !== 'managed') return ok({ ...widened, name });

  const own = resolveEntries(named.name, named.profile, context, facts);
  if (!own.ok) return own;
  const grantProfile = { ...named.profile, entries: grantEntries(grants) };
  const ownWritable = [...own.value.access].flatMap(([place, allowed]) => (allowed === 'write' ? [place] : []));
  const granted = resolveEntries(named.name, grantProfile, context, facts, ownWritable);
  if (!granted.ok) return granted;

  const access = overlay(own.value.access, granted.value.access);
  const codexHome = facts.realPath(context.codexHome);
  if (codexHome !== null && nearestOf(codexHome, access) === 'write') access.set(codexHome, 'read');
  // Only where the profile lets somebody work: nobody wants a folder of ours in a temp folder, or where a grant leads.
  const temporary = temporaryFolders(context, facts);
  const isWorkedIn = (folder: string): boolean =>
    folder !== '/' && own.value.access.get(folder) === 'write' && !temporary.has(folder);
  const ownHome = codexHome === null ? missingPart(context.codexHome, facts) : null;
  const guarded = guardNames(access, facts);
  const absentNames = [
    ...guarded.absent.filter((place) => isWorkedIn(path.dirname(place))),
    // Whoever makes our folder writes our configuration.
    ...(ownHome !== null && isWritableFolder(path.dirname(ownHome), access, facts) ? [ownHome] : []),
  ];
  const closed = closeOwnFiles(access, codexHome, context, facts);
  const { network } = widened;
  const isPlanted = (socket: string): boolean =>
    linksOn(socket, facts).some((link) => ownWritable.some((root) => isBelow(link, root)));
  const unixSockets = listedSockets(
    network.unixSockets.filter((socket) => !isPlanted(socket)),
    facts,
  );
  const deniedUnixSockets = listedSockets(network.deniedUnixSockets, facts);
  for (const socket of deniedUnixSockets) access.set(socket, 'deny');
  if (unixSockets.length > 0 && !network.allUnixSockets) {
    const foreign = foreignSockets(unixSockets, facts).filter((socket) => nearestOf(socket, access) !== 'deny');
    if (foreign.length > coveredSocketsAtMost) return fail(tooManySockets(named.name, foreign.length));
    for (const socket of foreign) access.set(socket, 'deny');
  }
  const composed = composeAccess(access, (place) => closed.has(place) || facts.kindOf(place) === 'folder');
  return ok({
    type: 'managed',
    name,
    ...composed,
    links: composed.readsEverything ? [] : own.value.links,
    deniedPatterns: own.value.patterns,
    absentNames: [...absentNames, ...own.value.absent].filter((place) => !access.has(place)),
    guardedLinks: guarded.links,
    keptFolder: codexHome,
    network: network.access,
    proxy: proxyRulesOf(named, grants),
    localBinding: network.localBinding,
    localPorts: network.access === 'enabled' ? [] : network.localPorts,
    unixSockets,
    deniedUnixSockets,
    allUnixSockets: network.allUnixSockets,
  });
}

/** The session's own folders, and those that the profile adds. */
function withRootsOf({ profile }: NamedProfile, around: BindContext): BindContext {
  const added = profile.type === 'managed' ? profile.workspaceRoots.map((root) => fromHome(root, around)) : [];
  return added.length === 0 ? around : { ...around, workspaceRoots: [...around.workspaceRoots, ...added] };
}

/** What the proxy of a command under this profile lets through; null where there is none. */
export function proxyRulesOf({ profile }: NamedProfile, grants: readonly Grant[]): ProxyRules | null {
  const widened = widenProfile(profile, grants);
  return widened.type === 'managed' && widened.network.access === 'proxied'
    ? proxyRules(widened.network, grants)
    : null;
}

function proxyRules(network: NetworkProfile, grants: readonly Grant[]): ProxyRules {
  const { hosts, mode, socks, upstreamProxy } = network;
  const granted = grants.flatMap((grant) => (grant.kind === 'host' ? [{ host: grant.host, port: grant.port }] : []));
  // Programs that ask the proxy for every address ask it for these servers too.
  const own = network.localPorts.flatMap((port) => LOOPBACK_HOSTS.map((host) => ({ host, port })));
  return { hosts, granted: [...granted, ...own], mode, socks, upstreamProxy };
}

/** The first name on the way to a place that is not there. */
function missingPart(place: string, facts: PathFacts): string {
  const whole = resolveExistingPrefix(place, facts);
  let missing = whole;
  while (missing !== '/' && facts.kindOf(path.dirname(missing)) === 'missing') missing = path.dirname(missing);
  return missing;
}

function temporaryFolders(context: BindContext, facts: PathFacts): ReadonlySet<string> {
  const folders = [...placeFolders('slash_tmp', context), ...placeFolders('tmpdir', context)];
  return new Set(folders.flatMap((folder) => facts.realPath(folder) ?? []));
}

function grantEntries(grants: readonly Grant[]): FileSystemEntry[] {
  return grants.flatMap((grant) =>
    grant.kind === 'write' || grant.kind === 'read'
      ? [{ path: { type: 'path', path: grant.path }, access: grant.kind } as const]
      : [],
  );
}

interface ResolvedEntries {
  readonly access: Map<string, Access>;
  readonly links: readonly { readonly path: string; readonly target: string }[];
  readonly patterns: readonly string[];
  /** Missing paths that something below a writable folder was to close. */
  readonly absent: readonly string[];
}

/** Entries as resolved paths; of several for one path, deny beats write and write beats read. */
function resolveEntries(
  name: string,
  profile: Extract<Profile, { type: 'managed' }>,
  context: BindContext,
  facts: PathFacts,
  writable: readonly string[] = [],
): Result<ResolvedEntries> {
  const access = new Map<string, Access>();
  const opened: OpenedPlace[] = [];
  const links: { path: string; target: string }[] = [];
  const patterns: string[] = [];
  const absent: string[] = [];
  const set = (real: string, wanted: Access): void => {
    const known = access.get(real);
    if (known === undefined || rank[wanted] > rank[known]) access.set(real, wanted);
  };
  for (const entry of profile.entries) {
    if (entry.path.type === 'special' && needsWorkspace(entry.path.place) && context.workspaceRoots.length === 0)
      return fail(noWorkspace(name));
    for (const place of placesOf(entry.path, context)) {
      if (!path.isAbsolute(place)) return fail(relativePath(name, place));
      if (entry.path.type === 'glob') {
        const matches = globMatches(place, profile.globScanMaxDepth, facts);
        if (matches.kind === 'too many') return fail(tooManyNames(name, place, matches.folder));
        if (matches.kind === 'unspeakable') return fail(unspeakableName(name, place, matches.folder));
        // A backend that matches by pattern compares real paths.
        const fixed = fixedPart(place);
        patterns.push(path.join(resolveExistingPrefix(fixed, facts), path.relative(fixed, place)));
        for (const match of matches.paths) {
          // A link is closed where it leads to; the link itself holds nothing.
          const real = facts.realPath(match);
          if (real !== null) set(real, 'deny');
        }
        continue;
      }
      const target = entry.path.type === 'special' && entry.path.place === 'minimal' ? facts.linkTarget(place) : null;
      if (target !== null) links.push({ path: place, target });
      const real = facts.realPath(place);
      if (real === null) {
        const closedAbove = entry.access === 'deny' ? closedFolderAbove(place, facts) : null;
        // What is in there cannot be seen, and a command may open it again.
        if (closedAbove !== null) set(closedAbove, 'deny');
        else if (entry.access !== 'write') absent.push(resolveExistingPrefix(place, facts));
        continue;
      }
      const remade = remadePlaces.find((it) => isWithin(real, it));
      if (remade !== undefined && entry.access !== 'read') return fail(remadePath(name, place, remade));
      if (entry.access === 'deny') set(real, 'deny');
      else opened.push({ real, access: entry.access, through: linksOn(place, facts) });
    }
  }
  for (const entry of withoutPlantedLinks(opened, writable)) set(entry.real, entry.access);
  return ok({
    access,
    links,
    patterns,
    absent: absent.filter((place) => isWritableFolder(path.dirname(place), access, facts)),
  });
}

/** A folder in which a command could make a name, so that something has to stand in its place. */
function isWritableFolder(folder: string, access: ReadonlyMap<string, Access>, facts: PathFacts): boolean {
  return nearestOf(folder, access) === 'write' && facts.kindOf(folder) === 'folder';
}

/** A place that an entry opens, and the links on the way from the entry's words to it. */
interface OpenedPlace {
  readonly real: string;
  readonly access: Access;
  readonly through: readonly string[];
}

/**
 * Without what is reached through a link in a folder that commands may write: an earlier command may have made the
 * link, and would choose what the next one may touch. `writable`: folders that are writable besides.
 */
function withoutPlantedLinks(opened: readonly OpenedPlace[], writable: readonly string[]): readonly OpenedPlace[] {
  const sound = opened.filter(({ through }) => through.length === 0);
  const roots = [...writable, ...sound.flatMap(({ real, access }) => (access === 'write' ? [real] : []))];
  return opened.filter(({ through }) => !through.some((link) => roots.some((root) => isBelow(link, root))));
}

/** The deepest folder above a place that this user cannot look into; null when the place is just not there. */
function closedFolderAbove(place: string, facts: PathFacts): string | null {
  for (let folder = path.dirname(place); folder !== '/'; folder = path.dirname(folder)) {
    const real = facts.realPath(folder);
    if (real !== null) return facts.list(real) === null ? real : null;
  }
  return null;
}

function placesOf(entry: ProfilePath, context: BindContext): readonly string[] {
  switch (entry.type) {
    case 'path':
      return [fromHome(entry.path, context)];
    case 'glob':
      return entry.place === undefined
        ? [fromHome(entry.pattern, context)]
        : placeFolders(entry.place, context).map((folder) => path.join(folder, entry.pattern));
    case 'special':
      return placeFolders(entry.place, context).map((folder) => path.join(folder, entry.subpath ?? '.'));
    default:
      return assertNever(entry);
  }
}

function fromHome(written: string, { home }: BindContext): string {
  return written === '~' || written.startsWith('~/') ? path.join(home, written.slice(1)) : written;
}

function needsWorkspace(place: SpecialPlace): boolean {
  return place === 'workspace_roots';
}

/** What a dynamically linked program, a shell and name look-ups need to run at all. */
const minimalPlaces = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/usr', '/etc', '/nix/store'] as const;

function placeFolders(place: SpecialPlace, context: BindContext): readonly string[] {
  switch (place) {
    case 'root':
      return ['/'];
    case 'minimal':
      return minimalPlaces;
    case 'workspace_roots':
      return context.workspaceRoots;
    case 'tmpdir':
      // An empty TMPDIR means none to every program, and a relative one another folder to each.
      return context.tmpdir !== null && path.isAbsolute(context.tmpdir) ? [context.tmpdir] : [];
    case 'slash_tmp':
      return ['/tmp'];
    default:
      return assertNever(place);
  }
}

/** Grants over the profile's own entries; a read grant takes no write away. */
function overlay(own: ReadonlyMap<string, Access>, granted: ReadonlyMap<string, Access>): Map<string, Access> {
  const access = new Map(own);
  for (const [place, wanted] of granted) {
    if (!(wanted === 'read' && access.get(place) === 'write')) access.set(place, wanted);
  }
  return access;
}

/** Closes the protected names that are there; returns those that are not, and the links. */
function guardNames(access: Map<string, Access>, facts: PathFacts): Omit<GuardedNames, 'present'> {
  const absent: string[] = [];
  const links: { path: string; target: string }[] = [];
  const writable = [...access].flatMap(([place, allowed]) => (allowed === 'write' ? [place] : []));
  for (const root of writable) {
    // A file that was granted by itself has no names in it.
    if (facts.kindOf(root) === 'file') continue;
    const names = guardedPaths(root, (place) => nearestOf(place, access) === 'write', facts);
    // Whoever names the very path in a profile or a grant means it.
    for (const guarded of names.present) if (!access.has(guarded)) access.set(guarded, 'read');
    absent.push(...names.absent);
    links.push(...names.links);
  }
  return { absent, links };
}

/** Closes our keys and our sockets, last and without exception. Returns the folders among them. */
function closeOwnFiles(
  access: Map<string, Access>,
  codexHome: string | null,
  context: BindContext,
  facts: PathFacts,
): ReadonlySet<string> {
  for (const name of codexHome === null ? [] : keyFiles) {
    const file = facts.realPath(path.join(codexHome ?? '', name));
    if (file !== null) access.set(file, 'deny');
  }
  const folders = context.runtimeFolders.flatMap((folder) => facts.realPath(folder) ?? []);
  for (const folder of folders) access.set(folder, 'deny');
  return new Set(folders);
}

function listedSockets(sockets: readonly string[], facts: PathFacts): string[] {
  const real = sockets.flatMap((socket) => facts.realPath(socket) ?? []);
  return [...new Set(real)].sort();
}

/** Every socket in sight that is not listed: with AF_UNIX open, only a cover keeps a command from it. */
function foreignSockets(listed: readonly string[], facts: PathFacts): string[] {
  const seen = facts.boundSockets().flatMap((socket) => {
    const real = resolveExistingPrefix(socket, facts);
    return facts.kindOf(real) === 'socket' ? [real] : [];
  });
  return [...new Set(seen)].filter(
    // Everything below /run is out of sight already.
    (socket) => !isWithin(socket, '/run') && !listed.some((open) => isWithin(socket, open)),
  );
}

function nearestOf(place: string, access: ReadonlyMap<string, Access>): Access {
  for (let folder = place; ; folder = path.dirname(folder)) {
    const allowed = access.get(folder);
    if (allowed !== undefined) return allowed;
    if (folder === '/') return 'read';
  }
}

function noWorkspace(name: string): Problem {
  return {
    what: `The profile ${name} speaks of the workspace, and this command has none.`,
    why: 'The folder this program happens to run in is never taken for it.',
    next: 'Give the command a working folder, or name whole paths in the profile.',
  };
}

function unspeakableName(name: string, glob: string, folder: string): Problem {
  return {
    what: `The profile ${name} closes ${glob}, and a name in ${folder} is no UTF-8.`,
    why: 'It cannot be matched, and would stay open.',
    next: 'Rename it, or close the folder by its path.',
  };
}

function tooManyNames(name: string, glob: string, folder: string): Problem {
  return {
    what: `The profile ${name} closes ${glob}, and there are too many files below ${folder} to find them all.`,
    why: 'A file that is not found would stay open.',
    next: 'Set glob_scan_max_depth, or name a deeper folder in the pattern.',
  };
}

function relativePath(name: string, place: string): Problem {
  return {
    what: `The profile ${name} names the relative path ${JSON.stringify(place)}.`,
    why: 'It would mean another place in every folder.',
    next: 'Write the whole path, from / on.',
  };
}

function remadePath(name: string, place: string, remade: string): Problem {
  return {
    what: `The profile ${name} cannot open or close ${place}.`,
    why: `Every sandbox has a ${remade} of its own.`,
    next: `Leave the entry out, or run this command without the sandbox.`,
  };
}

function tooManySockets(name: string, count: number): Problem {
  return {
    what: `The profile ${name} opens some unix sockets, and ${count} others would have to be closed one by one.`,
    why: `At most ${coveredSocketsAtMost} can be.`,
    next: 'Take "unix_sockets" out of the profile, or run this command without the sandbox.',
  };
}
