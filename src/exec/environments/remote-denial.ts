// What did the sandbox of another machine stop? Its own verdict in full where it gives one, and else what can be seen from
// here.

import { ok, type Result } from '../../problem/index.ts';
import {
  type BoundProfile,
  type Denial,
  type DenialJudge,
  type Grant,
  type Operation,
  type OutsideFacts,
  openDenialJudge,
  protectedNames,
  widenProfile,
} from '../../sandbox/index.ts';
import type { RemoteExit } from '../client/index.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import { nativePath, readPathUri } from '../protocol/path-uri.ts';
import { count, decode, list, object, oneOf, optional, type Reader, refuse, string } from '../protocol/readers.ts';
import { REQUESTED_PROFILE } from '../protocol/sandbox-context.ts';
import type { CommandStart } from './environment.ts';

/** Reads along, because an older server says no more than that something was stopped. */
export interface RemoteVerdict {
  read(bytes: Uint8Array): void;
  denialOf(exit: RemoteExit): Promise<Denial | null>;
}

export interface VerdictSurroundings {
  /** Of the other machine. */
  readonly home: string;
  /** Whether something of that name is there. */
  readonly exists: (place: string) => Promise<boolean>;
}

export function openRemoteVerdict(
  environment: string,
  start: CommandStart,
  { home, exists }: VerdictSurroundings,
): RemoteVerdict {
  const missing = new Set<string>();
  const judge = openGuess(start, home, missing);

  /** A file that is not there yet needs another grant than one that is. */
  const guess = async (code: number): Promise<Denial | null> => {
    const first = judge.judge(code);
    const written = [first, ...(first?.also ?? [])].flatMap((it) => (it?.operation === 'write' ? [it.target] : []));
    await Promise.all(
      written.slice(0, PLACES_ASKED).map(async (place) => {
        if (!(await exists(place))) missing.add(place);
      }),
    );
    return missing.size === 0 ? first : judge.judge(code);
  };

  return {
    read: (bytes) => judge.read(bytes),
    async denialOf({ sandboxDenied, denial, code }) {
      if (sandboxDenied !== true) return null;
      const told = denial === null ? null : readDenial(denial);
      if (told?.ok === true) return named(told.value, start.sandbox.profile.name);
      return (await guess(code)) ?? { ...UNNAMED, target: start.argv[0], because: `the sandbox of ${environment}` };
    },
  };
}

/** A person knows the profile by the name that it has here. */
function named(denial: Denial, profile: string): Denial {
  return { ...denial, because: denial.because.replace(REQUESTED_PROFILE, () => profile) };
}

/** Of a denial that names more, the first ones are what a person decides on. */
const PLACES_ASKED = 4;

const UNNAMED: Omit<Denial, 'target' | 'because'> = {
  operation: 'privilege',
  certainty: 'likely',
  evidence: '',
  grants: [],
  also: [],
};

/** The other machine has said that its sandbox stopped something: whatever a line names would have worked without it. */
export function withoutSandbox(missing: ReadonlySet<string>): OutsideFacts {
  return {
    wouldWork: () => true,
    readOnlyFileSystem: () => false,
    exists: (name) => !missing.has(name),
    isFolder: () => false,
    isSocket: (name) => name.endsWith('.sock'),
    resolve: (name) => name,
    listens: () => true,
    isRoot: false,
    answersNotPermitted: false,
  };
}

function openGuess({ sandbox, argv, cwd }: CommandStart, home: string, missing: ReadonlySet<string>): DenialJudge {
  const [, , command = argv.join(' ')] = argv;
  const outside = withoutSandbox(missing);
  return openDenialJudge({ profile: seenFromHere(sandbox, home), command, argv, cwd, home, outside });
}

/** The profile as far as it can be bound without the machine. */
export function seenFromHere({ profile, grants, workspaceRoots }: CommandStart['sandbox'], home: string): BoundProfile {
  const widened = widenProfile(profile.profile, grants);
  if (widened.type !== 'managed') return { type: 'disabled', name: profile.name };
  const places = widened.entries.flatMap(({ path, access }) => {
    if (path.type === 'path') return [{ place: path.path.replace(/^~(?=\/|$)/, home), access }];
    if (path.type !== 'special' || path.subpath !== undefined) return [];
    if (path.place === 'workspace_roots') return workspaceRoots.map((place) => ({ place, access }));
    return path.place === 'slash_tmp' ? [{ place: '/tmp', access }] : [];
  });
  const having = (wanted: string): string[] =>
    places.flatMap(({ place, access }) => (access === wanted ? [place] : []));
  const { network } = widened;
  const named = new Set(places.map(({ place }) => place));
  // The other machine is told so, or does so by itself.
  const guarded = (root: string): string[] =>
    workspaceRoots.includes(root)
      ? protectedNames.map((name) => `${root}/${name}`).filter((place) => !named.has(place))
      : [];
  return {
    type: 'managed',
    name: profile.name,
    readsEverything: widened.entries.some(({ path }) => path.type === 'special' && path.place === 'root'),
    writableRoots: having('write').map((path) => ({ path, readOnly: guarded(path) })),
    denied: having('deny'),
    hidden: [],
    readable: having('read'),
    links: [],
    deniedPatterns: [],
    absentNames: [],
    guardedLinks: [],
    keptFolder: null,
    network: network.access === 'enabled' ? 'enabled' : 'restricted',
    proxy: null,
    localBinding: false,
    localPorts: [],
    unixSockets: [],
    deniedUnixSockets: [],
    allUnixSockets: false,
  };
}

const operation = oneOf('write', 'create', 'delete', 'read', 'connect', 'unix_socket', 'privilege');

/** An absolute path of a machine whose paths look like ours. */
const place: Reader<string> = (value) => {
  const uri = readPathUri(string(value));
  const native = uri.ok ? nativePath(uri.value) : uri;
  return native.ok ? native.value : refuse(native.problem.message);
};

const access: Reader<{ operation: Operation; target: string }> = (value) => {
  const read = object({ operation, target: string })(value);
  const isPlain = read.operation === 'connect' || read.operation === 'privilege';
  return isPlain ? read : { ...read, target: place(read.target) };
};

const grant: Reader<Grant> = (value) => {
  const { kind } = object({
    kind: oneOf('write', 'read', 'unix_socket', 'host', 'local_port', 'network', 'unsandboxed'),
  })(value);
  switch (kind) {
    case 'write':
    case 'read':
    case 'unix_socket':
      return { kind, path: object({ path: place })(value).path };
    case 'host':
      return { kind, ...object({ host: string, port: optional(count) })(value) };
    case 'local_port':
      return { kind, port: object({ port: count })(value).port };
    case 'network':
    case 'unsandboxed':
      return { kind };
  }
};

const details = object({
  certainty: oneOf('certain', 'likely'),
  evidence: string,
  because: string,
  grants: list(grant),
  also: list(access),
});

function readDenial(value: unknown): Result<Denial, RpcFailure> {
  const main = decode(access, value);
  if (!main.ok) return main;
  const rest = decode(details, value);
  return rest.ok ? ok({ ...main.value, ...rest.value }) : rest;
}
