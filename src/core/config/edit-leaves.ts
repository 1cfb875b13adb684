// Which keys of a profile say these grants, which are said already, and which may not be written because it closes them?

import path from 'node:path';
import { assertNever, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type Grant, isBuiltInProfileName, type Profile, type ProfilePath, widenProfile } from '../../sandbox/index.ts';
import { judgeHost, parseDomainPolicy } from '../network/domain-policy.ts';
import { canonicalHost } from '../network/host-name.ts';
import type { Leaf } from './edit-places.ts';
import { isTable, type Tables, valueAt } from './edit-tables.ts';

type ManagedProfile = Extract<Profile, { type: 'managed' }>;

/** A key, and the grant it says: as the configuration can say it, which is every port of a host. */
export interface GrantLeaf extends Leaf {
  readonly grant: WrittenGrant;
}

export type WrittenGrant = Exclude<Grant, { kind: 'unsandboxed' }>;

/** What is written about the profile now. */
export interface Written {
  readonly name: string;
  /** As it is read, with what it extends. */
  readonly profile: ManagedProfile;
  /** The table `permissions` as it is written. */
  readonly permissions: Tables;
  /** On which line a key stands, from 1. */
  readonly lineOf: (path: readonly string[]) => number | null;
}

/** The keys for all grants, whatever the file says. Fails for what no key can say. */
export function leavesOf(name: string, grants: readonly Grant[]): Result<readonly GrantLeaf[]> {
  const leaves = new Map<string, GrantLeaf>();
  for (const grant of grants) {
    const leaf = leafOf(['permissions', name], grant);
    if (!leaf.ok) return leaf;
    const key = JSON.stringify(leaf.value.path);
    // Writing is reading too.
    if (leaves.get(key)?.value !== 'write') leaves.set(key, leaf.value);
  }
  return ok([...leaves.values()]);
}

function leafOf(table: readonly string[], grant: Grant): Result<GrantLeaf> {
  switch (grant.kind) {
    case 'write':
    case 'read': {
      const place = plainPath(grant.path);
      if (place === null) return fail(noPath(grant.path));
      if (/[*?[]/.test(place)) return fail(patternPath(place));
      const plain = { kind: grant.kind, path: place };
      return ok({ path: [...table, 'filesystem', place], value: grant.kind, note: null, grant: plain });
    }
    case 'unix_socket': {
      const place = plainPath(grant.path);
      if (place === null) return fail(noPath(grant.path));
      const plain = { kind: grant.kind, path: place };
      return ok({ path: [...table, 'network', 'unix_sockets', place], value: 'allow', note: null, grant: plain });
    }
    case 'host': {
      const host = canonicalHost(grant.host);
      if (host === null) return fail(noHost(grant.host));
      const note = grant.port === null ? null : 'every port';
      const whole = { kind: grant.kind, host, port: null };
      return ok({ path: [...table, 'network', 'domains', host], value: 'allow', note, grant: whole });
    }
    case 'local_port': {
      const path = [...table, 'network', 'local_ports', String(grant.port)];
      return ok({ path, value: 'allow', note: null, grant });
    }
    case 'network':
      return ok({ path: [...table, 'network', 'enabled'], value: true, note: null, grant });
    case 'unsandboxed':
      return fail(noSandbox());
    default:
      return assertNever(grant);
  }
}

/** Without those that change nothing. Fails for what the profile closes by name: that is a person's word. */
export function missingLeaves(leaves: readonly GrantLeaf[], written: Written): Result<readonly GrantLeaf[]> {
  const missing: GrantLeaf[] = [];
  for (const leaf of leaves) {
    const state = stateOf(leaf, leaves, written);
    if (!state.ok) return state;
    if (state.value === 'missing') missing.push(leaf);
  }
  return ok(missing);
}

/** The profile with what these keys say. */
export function withLeaves(profile: ManagedProfile, leaves: readonly GrantLeaf[]): Profile {
  const hosts = leaves.flatMap(({ grant }) => (grant.kind === 'host' ? [grant.host] : []));
  const widened = widenProfile(
    profile,
    leaves.map(({ grant }) => grant),
  );
  if (widened.type !== 'managed' || hosts.length === 0) return widened;
  const { network } = widened;
  const others = network.hosts.filter(({ pattern }) => !hosts.includes(pattern));
  const opened = hosts.map((pattern) => ({ pattern, access: 'allow' }) as const);
  return { ...widened, network: { ...network, hosts: [...others, ...opened] } };
}

type State = 'said' | 'missing';

function stateOf({ grant }: GrantLeaf, all: readonly GrantLeaf[], written: Written): Result<State> {
  switch (grant.kind) {
    case 'write':
    case 'read':
      return fileState(grant, written);
    case 'unix_socket':
      return socketState(grant.path, written);
    case 'host': {
      // The whole network has the host, and a list of hosts would narrow it.
      const isWhole = all.some((leaf) => leaf.grant.kind === 'network');
      return isWhole ? ok('said') : hostState(grant.host, written);
    }
    case 'local_port':
      return portState(grant.port, written);
    case 'network':
      return networkState(written);
    default:
      return assertNever(grant);
  }
}

function fileState(grant: { kind: 'read' | 'write'; path: string }, written: Written): Result<State> {
  const said = written.profile.entries.flatMap((entry) => (placeOf(entry.path) === grant.path ? [entry.access] : []));
  if (said.includes('deny'))
    return fail(closed(written, grant.path, [['filesystem']], (it) => plainPath(it) === grant.path));
  return ok(said.includes('write') || said.includes(grant.kind) ? 'said' : 'missing');
}

function socketState(socket: string, written: Written): Result<State> {
  const { network } = written.profile;
  const covers = (listed: string): boolean => {
    const place = plainPath(listed);
    return place !== null && (socket === place || socket.startsWith(place === '/' ? '/' : `${place}/`));
  };
  // Of a folder and a socket in it the closed one counts, whichever is longer.
  if (network.deniedUnixSockets.some(covers))
    return fail(closed(written, socket, [['network', 'unix_sockets']], covers));
  return ok(network.allUnixSockets || network.unixSockets.some(covers) ? 'said' : 'missing');
}

function portState(port: number, written: Written): Result<State> {
  const { access, localPorts } = written.profile.network;
  if (access === 'enabled' || localPorts.includes(port)) return ok('said');
  const key = String(port);
  const isDenied = lineage(written).some(
    (name) => valueAt(written.permissions, [name, 'network', 'local_ports', key]) === 'deny',
  );
  return isDenied
    ? fail(closed(written, `localhost:${key}`, [['network', 'local_ports']], (it) => it === key))
    : ok('missing');
}

function hostState(host: string, written: Written): Result<State> {
  const { network } = written.profile;
  if (network.access === 'enabled') return ok('said');
  const off = switchedOff(written);
  if (off !== null) return fail(off);
  const policy = parseDomainPolicy(network.hosts.map(({ pattern, access }) => [pattern, access]));
  if (!policy.ok) return policy;
  // Any port: the list knows none.
  const verdict = judgeHost(policy.value, { host, port: 443 });
  if (verdict.decision === 'allowed') return ok('said');
  if (verdict.reason !== 'denied') return ok('missing');
  const closes = (pattern: string): boolean => {
    const alone = parseDomainPolicy([[pattern, 'deny']]);
    return alone.ok && isDenied(judgeHost(alone.value, { host, port: 443 }));
  };
  return fail(closed(written, host, [['network', 'domains']], closes));
}

function isDenied(verdict: ReturnType<typeof judgeHost>): boolean {
  return verdict.decision === 'blocked' && verdict.reason === 'denied';
}

function networkState(written: Written): Result<State> {
  const { access } = written.profile.network;
  if (access === 'enabled') return ok('said');
  const off = switchedOff(written);
  if (off !== null) return fail(off);
  return access === 'proxied' ? fail(listed(written.name)) : ok('missing');
}

/** `enabled = false`, in the profile or what it extends, when it is in force. */
function switchedOff(written: Written): Problem | null {
  for (const name of lineage(written)) {
    const enabled = valueAt(written.permissions, [name, 'network', 'enabled']);
    if (enabled === true) return null;
    if (enabled === false) return closed(written, 'the network', [['network']], (key) => key === 'enabled');
  }
  return null;
}

// --------------------------------------------------------------------------------------------------- looking it up

/** The profile and those it extends, nearest first. */
function lineage({ name, permissions }: Written): readonly string[] {
  const names: string[] = [];
  for (let next: unknown = name; typeof next === 'string' && !isBuiltInProfileName(next) && !names.includes(next); ) {
    names.push(next);
    next = valueAt(permissions, [next, 'extends']);
  }
  return names;
}

const CLOSING: readonly unknown[] = ['deny', 'none', false];

/** The line that closes it, in the profile or one it extends, as a problem. */
function closed(
  written: Written,
  target: string,
  tables: readonly (readonly string[])[],
  isMeant: (key: string) => boolean,
): Problem {
  for (const name of lineage(written)) {
    for (const table of tables) {
      const keys = valueAt(written.permissions, [name, ...table]);
      if (!isTable(keys)) continue;
      const key = Object.keys(keys).find((it) => isMeant(it) && CLOSING.includes(keys[it]));
      if (key === undefined) continue;
      const line = written.lineOf(['permissions', name, ...table, key]);
      const place = line === null ? '' : `line ${line}: `;
      return closedBy(written.name, target, `${place}"${key}" = ${JSON.stringify(keys[key])} in [permissions.${name}]`);
    }
  }
  return closedBy(written.name, target, `an entry of [permissions.${written.name}]`);
}

/** What an entry names, when that is one path that can be known without the machine. */
function placeOf(entry: ProfilePath): string | null {
  if (entry.type === 'path') return plainPath(entry.path);
  return entry.type === 'special' && entry.place === 'root' ? plainPath(`/${entry.subpath ?? ''}`) : null;
}

/** One spelling for a path: without doubled slashes, dots and a slash at the end. Null when it is relative. */
function plainPath(written: string): string | null {
  if (written !== '~' && !written.startsWith('~/') && !written.startsWith('/')) return null;
  const plain = path.posix.normalize(written);
  return plain === '/' ? plain : plain.replace(/\/$/, '');
}

// -------------------------------------------------------------------------------------------------------- the words

function closedBy(name: string, target: string, by: string): Problem {
  return {
    what: `The profile ${name} closes ${target}, and that is not undone by adding a line.`,
    why: `It is closed by ${by}.`,
    next: 'Change that line yourself if it is no longer meant.',
  };
}

function listed(name: string): Problem {
  return {
    what: `The profile ${name} lists the hosts that commands may reach, so it cannot open the whole network as well.`,
    why: 'With a list, enabled = true opens nothing more.',
    next: 'Take "domains" and "mode" out of the profile, and write enabled = true in its table network.',
  };
}

function patternPath(place: string): Problem {
  return {
    what: `The path ${JSON.stringify(place)} cannot be written into a profile.`,
    why: 'It would be read as a pattern, and a pattern can only close.',
    next: 'Grant the folder above, or answer for this session only.',
  };
}

function noPath(place: string): Problem {
  return { what: `${JSON.stringify(place)} is no whole path.`, why: '', next: 'Write it from / on.' };
}

function noHost(host: string): Problem {
  return { what: `${JSON.stringify(host)} is no host.`, why: '', next: 'Write it like example.com.' };
}

function noSandbox(): Problem {
  return {
    what: 'Running without the sandbox is not written into a profile.',
    why: 'It would open everything to every later command.',
    next: 'Answer it each time it is asked.',
  };
}
