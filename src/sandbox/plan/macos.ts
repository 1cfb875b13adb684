// What sandbox-exec is told: the Seatbelt policy and the parameters its paths come from.

import { ok, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../probe/host.ts';
import { byDepth, foldersBetween, isBelow } from '../profile/paths.ts';
import type { BoundProfile } from '../profile/profile.ts';
import { protectedNames } from '../profile/protected-names.ts';
import { policyBase, policyNetwork } from './macos-policy.ts';
import type { LaunchPlan } from './plan.ts';

type DarwinFacts = Extract<HostFacts, { platform: 'darwin' }>;
type ManagedProfile = Extract<BoundProfile, { type: 'managed' }>;

/** Paths reach the policy as parameters, so that no character of a path can become policy. */
interface Parameters {
  /** `(param "NAME")` for a value; equal lists give equal names. */
  of(name: string, value: string): string;
  readonly options: readonly string[];
}

function openParameters(): Parameters {
  const options: string[] = [];
  return {
    options,
    of(name, value) {
      options.push(`-D${name}=${value}`);
      return `(param "${name}")`;
    },
  };
}

/**
 * Plans a macOS launch. The policy is written from the general to the particular, since of rules for the same
 * operation the last one that matches decides. Protected names are guarded by pattern, absent ones too.
 */
export function planMacos(profile: ManagedProfile, host: DarwinFacts): Result<LaunchPlan> {
  const parameters = openParameters();
  const policy = [
    policyBase,
    '(allow file-read*)',
    ...writeRules(profile, parameters),
    ...denyRules(profile, parameters),
    ...reopenRules(profile, parameters),
    ...guardedAncestors(profile, parameters),
    ...networkRules(profile, host, parameters),
  ].join('\n');
  return ok({ backend: 'seatbelt', program: host.sandboxExec, options: ['-p', policy, ...parameters.options] });
}

function writeRules(profile: ManagedProfile, parameters: Parameters): string[] {
  return profile.writableRoots.map((root, index) => {
    const name = `WRITABLE_ROOT_${index}`;
    const opened = new Set(profile.writableRoots.map((it) => it.path));
    const excluded = root.readOnly.flatMap((place, number) => {
      const value = parameters.of(`${name}_EXCLUDED_${number}`, place);
      // `subpath` alone leaves a gap for the first creation of the folder itself.
      return [`(require-not (literal ${value}))`, `(require-not (subpath ${value}))`];
    });
    const names = protectedNames
      .filter((it) => !opened.has(`${root.path === '/' ? '' : root.path}/${it}`))
      .map((it) => `(require-not (regex #"${namePattern(root.path, it)}"))`);
    const within = `(subpath ${parameters.of(name, root.path)})`;
    return `(allow file-write* (require-all ${[within, ...excluded, ...names].join(' ')}))`;
  });
}

/** The name directly inside the root and everything below it, in any case: the usual file system ignores case. */
function namePattern(root: string, name: string): string {
  const anyCase = [...name]
    .map((it) => (/[a-z]/.test(it) ? `[${it}${it.toUpperCase()}]` : literalPattern(it)))
    .join('');
  return `^${literalPattern(root === '/' ? '' : root)}/${anyCase}(/.*)?$`;
}

/** A path inside a `#"…"` pattern; a quote would end the pattern, so any character stands for it. */
function literalPattern(text: string): string {
  return text.replaceAll('"', '.').replace(/[\\^$.*+?()[\]{}|]/g, (it) => (it === '.' ? '[.]' : `\\${it}`));
}

/** What is closed is closed for reading, for writing, and against being moved to where it is open. */
function denyRules(profile: ManagedProfile, parameters: Parameters): string[] {
  return [...profile.denied, ...profile.hidden].sort(byDepth).flatMap((place, index) => {
    const value = parameters.of(`DENIED_${index}`, place);
    return [
      `(deny file-read* file-write* (literal ${value}) (subpath ${value}))`,
      `(deny file-write-unlink (literal ${value}) (subpath ${value}))`,
    ];
  });
}

function reopenRules(profile: ManagedProfile, parameters: Parameters): string[] {
  const isBelowHidden = (place: string): boolean => profile.hidden.some((folder) => isBelow(place, folder));
  const read = (profile.readable ?? []).filter(isBelowHidden).map((place, index) => {
    return `(allow file-read* (subpath ${parameters.of(`READABLE_${index}`, place)}))`;
  });
  const written = profile.writableRoots
    .filter((root) => isBelowHidden(root.path))
    .map((root, index) => {
      return `(allow file-read* file-write* (subpath ${parameters.of(`REOPENED_${index}`, root.path)}))`;
    });
  return [...read, ...written];
}

/** A folder above something closed must not be renamed: its old name could then be filled anew. */
function guardedAncestors(profile: ManagedProfile, parameters: Parameters): string[] {
  const closed = [...profile.denied, ...profile.hidden, ...profile.writableRoots.flatMap((root) => root.readOnly)];
  const ancestors = profile.writableRoots.flatMap((root) =>
    closed.filter((place) => isBelow(place, root.path)).flatMap((place) => foldersBetween(root.path, place)),
  );
  return [...new Set(ancestors)].sort(byDepth).map((folder, index) => {
    return `(deny file-write-unlink (literal ${parameters.of(`ANCESTOR_${index}`, folder)}))`;
  });
}

function networkRules(profile: ManagedProfile, host: DarwinFacts, parameters: Parameters): string[] {
  const sockets = [...new Set(profile.unixSockets)].sort();
  const socketRules = sockets.flatMap((socket, index) => {
    const value = parameters.of(`UNIX_SOCKET_PATH_${index}`, socket);
    return [
      `(allow network-bind (local unix-socket (subpath ${value})))`,
      `(allow network-outbound (remote unix-socket (subpath ${value})))`,
    ];
  });
  const anySocket = sockets.length > 0 ? ['(allow system-socket (socket-domain AF_UNIX))'] : [];
  if (profile.network === 'restricted') return [...anySocket, ...socketRules];
  const cache = host.userCacheDir;
  const caches =
    cache === null ? [] : [`(allow file-write* (subpath ${parameters.of('DARWIN_USER_CACHE_DIR', cache)}))`];
  return [policyNetwork, ...caches, ...anySocket, ...socketRules];
}
