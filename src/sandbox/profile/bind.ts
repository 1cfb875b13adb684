// Which real paths of this machine a profile opens and closes.

import * as path from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { composeAccess } from './compose.ts';
import { widenProfile } from './grant.ts';
import { hostPathFacts, type PathFacts, resolveExistingPrefix } from './path-facts.ts';
import { isWithin } from './paths.ts';
import type { Access, BindContext, BoundProfile, FileSystemEntry, Grant, NamedProfile } from './profile.ts';
import { guardedPaths } from './protected-names.ts';

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
 * nothing is created. Fails where an entry cannot mean anything here (relative, below /proc or /dev), and where the
 * profile does not open `/` for reading, which no backend carries out yet.
 */
export function bindProfile(
  named: NamedProfile,
  grants: readonly Grant[],
  context: BindContext,
  facts: PathFacts = hostPathFacts,
): Result<BoundProfile> {
  const widened = widenProfile(named.profile, grants);
  if (named.profile.type === 'disabled' || widened.type === 'disabled')
    return ok({ type: 'disabled', name: named.name });

  const own = resolveEntries(named, named.profile.entries, context, facts);
  if (!own.ok) return own;
  const granted = resolveEntries(named, grantEntries(grants), context, facts);
  if (!granted.ok) return granted;
  if (own.value.get('/') !== 'read' && own.value.get('/') !== 'write') return fail(unreadableRoot(named.name));

  const access = overlay(own.value, granted.value);
  const codexHome = facts.realPath(context.codexHome);
  if (codexHome !== null) access.set(codexHome, 'read');
  guardNames(access, facts);
  const closed = closeOwnFiles(access, codexHome, context, facts);
  const unixSockets = listedSockets(widened.unixSockets, facts);
  if (unixSockets.length > 0) {
    const foreign = foreignSockets(unixSockets, facts).filter((socket) => nearestOf(socket, access) !== 'deny');
    if (foreign.length > coveredSocketsAtMost) return fail(tooManySockets(named.name, foreign.length));
    for (const socket of foreign) access.set(socket, 'deny');
  }
  return ok({
    type: 'managed',
    name: named.name,
    ...composeAccess(access, (place) => closed.has(place) || facts.kindOf(place) === 'folder'),
    ...(codexHome === null ? {} : { keptFolder: codexHome }),
    network: widened.network,
    unixSockets,
  });
}

function grantEntries(grants: readonly Grant[]): FileSystemEntry[] {
  return grants.flatMap((grant) =>
    grant.kind === 'write' || grant.kind === 'read'
      ? [{ path: { type: 'path', path: grant.path }, access: grant.kind } as const]
      : [],
  );
}

/** Entries as resolved paths; of several for one path, deny beats write and write beats read. */
function resolveEntries(
  named: NamedProfile,
  entries: readonly FileSystemEntry[],
  context: BindContext,
  facts: PathFacts,
): Result<Map<string, Access>> {
  const access = new Map<string, Access>();
  for (const entry of entries) {
    for (const place of placesOf(entry, context)) {
      if (!path.isAbsolute(place)) return fail(relativePath(named.name, place));
      const real = facts.realPath(place);
      if (real === null) continue;
      const remade = remadePlaces.find((it) => isWithin(real, it));
      if (remade !== undefined && entry.access !== 'read') return fail(remadePath(named.name, place, remade));
      const known = access.get(real);
      if (known === undefined || rank[entry.access] > rank[known]) access.set(real, entry.access);
    }
  }
  return ok(access);
}

function placesOf(entry: FileSystemEntry, context: BindContext): readonly string[] {
  if (entry.path.type === 'path') return [entry.path.path];
  const subpath = entry.path.subpath ?? '.';
  return placeFolders(entry.path.place, context).map((folder) => path.join(folder, subpath));
}

function placeFolders(
  place: 'root' | 'workspace_roots' | 'tmpdir' | 'slash_tmp',
  context: BindContext,
): readonly string[] {
  switch (place) {
    case 'root':
      return ['/'];
    case 'workspace_roots':
      return context.workspaceRoots;
    case 'tmpdir':
      // An empty TMPDIR means none to every program, and a relative one another folder to each.
      return context.tmpdir !== null && path.isAbsolute(context.tmpdir) ? [context.tmpdir] : [];
    case 'slash_tmp':
      return ['/tmp'];
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

function guardNames(access: Map<string, Access>, facts: PathFacts): void {
  const writable = [...access].flatMap(([place, allowed]) => (allowed === 'write' ? [place] : []));
  for (const root of writable) {
    for (const guarded of guardedPaths(root, (place) => nearestOf(place, access) === 'write', facts)) {
      // Whoever names the very path in a profile or a grant means it.
      if (!access.has(guarded)) access.set(guarded, 'read');
    }
  }
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
  const runtime = context.runtimeDir === null ? null : facts.realPath(context.runtimeDir);
  if (runtime === null) return new Set();
  access.set(runtime, 'deny');
  return new Set([runtime]);
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

function unreadableRoot(name: string): Problem {
  return {
    what: `The profile ${name} does not open / for reading, which this version cannot carry out.`,
    why: 'A command that sees only some folders needs its programs and libraries listed one by one.',
    next: 'Add ":root" = "read" to the profile, and "deny" entries for what has to stay closed.',
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
