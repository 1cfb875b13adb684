// What bubblewrap is told, and in which order: everything of a Linux sandbox but the command.

import * as path from 'node:path';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../probe/host.ts';
import { byDepth, foldersBetween, isBelow, isWithin, nearestFolder } from '../profile/paths.ts';
import type { BoundProfile, NetworkAccess } from '../profile/profile.ts';
import type { LaunchPlan, PreparedLoopback } from './plan.ts';
import { seccompFilter } from './seccomp.ts';

export type LinuxFacts = Extract<HostFacts, { platform: 'linux' }>;
type ManagedProfile = Extract<BoundProfile, { type: 'managed' }>;

/** Sockets of services live here, so every sandbox has an empty, closed one. */
const runFolder = '/run';

/**
 * Plans a Linux launch. Later mounts cover earlier ones, so the order is: the machine read-only (or, where not
 * everything is readable, an empty root), what is made anew (/dev, /proc, /run), then all entries with parents before
 * children, then everything made read-only at last.
 */
export function planLinux(
  profile: ManagedProfile,
  cwd: string,
  host: LinuxFacts,
  loopback: PreparedLoopback | null,
): Result<LaunchPlan> {
  if (!path.isAbsolute(cwd)) return fail(relativeFolder(cwd));
  const {
    type: _managed,
    name,
    readsEverything,
    writableRoots,
    denied,
    hidden,
    readable: _mountedBelow,
    links,
    // Their files of this moment are in `denied` and `hidden`; mounts cannot match later ones.
    deniedPatterns: _patterns,
    absentNames,
    // Mounts guard where they lead to; the engine looks after the links themselves.
    guardedLinks: _links,
    // It is in the lists like any other folder.
    keptFolder: _kept,
    network,
    // What the proxy lets through is the proxy's own to know.
    proxy: _rules,
    // The command's namespace has a loopback of its own, where servers always work.
    localBinding: _always,
    // They are opened on it by whoever prepared it.
    localPorts: _prepared,
    unixSockets,
    // They are among `denied`.
    deniedUnixSockets: _closed,
    allUnixSockets,
    ...rest
  } = profile;
  nothingLeft(rest);
  const closed = nearestFolder(cwd, [...hidden, ...denied]);
  const opened = nearestFolder(cwd, openPlaces(profile));
  const isClosed = closed !== null && (opened === null || opened.length < closed.length);
  if (isClosed || (!readsEverything && opened === null)) return fail(closedFolder(name, cwd));

  const mounts = entryMounts(profile, cwd, host);
  // Whoever may reach every socket finds the services where they are.
  const isRunOpened = allUnixSockets || mounts.some((mount) => mount.place === runFolder);
  const isRootWritable = writableRoots.some((root) => root.path === '/');
  const root = readsEverything
    ? [isRootWritable ? '--bind' : '--ro-bind', '/', '/']
    : ['--tmpfs', '/', ...links.flatMap((link) => ['--symlink', link.target, link.path])];
  const placeholders = absentNames.flatMap((place) => [...permissions('555', host), '--tmpfs', place]);
  const options = [
    ...namespaceOptions(host, loopback === null ? network : 'joined'),
    '--new-session',
    '--die-with-parent',
    ...capabilityOptions(host.uid),
    ...root,
    '--dev',
    '/dev',
    ...procMounts(host),
    ...(isRunOpened ? [] : ['--tmpfs', runFolder, ...backInRun(network, host)]),
    ...mounts.flatMap((mount) => mount.options),
    ...placeholders,
    ...(isRunOpened ? [] : ['--remount-ro', runFolder]),
    ...mounts.flatMap((mount) => (mount.isClosedLast ? ['--remount-ro', mount.place] : [])),
    ...absentNames.flatMap((place) => ['--remount-ro', place]),
    ...(readsEverything ? [] : ['--remount-ro', '/']),
    '--chdir',
    cwd,
  ];
  const canMakeSockets = allUnixSockets || unixSockets.length > 0;
  const filter = seccompFilter(host.arch, { unixSockets: canMakeSockets, asRoot: host.uid === 0 });
  return ok({
    backend: 'bubblewrap',
    program: host.bubblewrap.path,
    options,
    filter,
    setsid: host.setsid,
  });
}

/** A field of a profile that is not named above does not compile here. */
function nothingLeft(_rest: Readonly<Record<string, never>>): void {}

/**
 * Root does without a user namespace. Inside one only uid 0 exists, and root's honest work (unpacking an archive,
 * writing a file of another user in the workspace) ends in EINVAL and EACCES that look like the command's own fault.
 * An ordinary user needs the namespace to be allowed the others; named by itself, because `--unshare-all` alone goes
 * on silently where it cannot be had.
 */
export function namespaceOptions(host: Pick<LinuxFacts, 'uid'>, network: NetworkAccess | 'joined'): string[] {
  // With nothing on its loopback a proxied command has an empty network.
  const isOwn = network === 'restricted' || network === 'proxied';
  if (host.uid === 0) {
    const own = ['--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'];
    return isOwn ? [...own, '--unshare-net'] : own;
  }
  return ['--unshare-user', '--unshare-all', ...(isOwn ? [] : ['--share-net'])];
}

/**
 * With all of its capabilities root mounts everything writable again. These five are what unpacking, changing owners
 * and changing users need; what they reach is still only what the mounts leave writable.
 */
export function capabilityOptions(uid: number): string[] {
  const kept = ['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_SETUID', 'CAP_SETGID'];
  return ['--cap-drop', 'ALL', ...(uid === 0 ? kept.flatMap((capability) => ['--cap-add', capability]) : [])];
}

/**
 * Uid 0 owns /proc/sys whatever capabilities it has left, so that is mounted read-only for root. The memory of
 * process 1, the sandbox's own init, is closed for everybody: it runs as the command's user.
 */
function procMounts(host: LinuxFacts): string[] {
  // Without a procfs of its own the sandbox sees the machine's, read-only. Process 1 there is not the sandbox's init.
  if (!host.canMountProc) return ['--ro-bind', '/proc', '/proc'];
  const init = ['/proc/1/mem', '/proc/1/task/1/mem'].flatMap(cover);
  if (host.uid !== 0) return ['--proc', '/proc', ...init];
  return ['--proc', '/proc', '--ro-bind', '/proc/sys', '/proc/sys', ...init, ...host.procMasks.flatMap(cover)];
}

function cover(file: string): string[] {
  return ['--ro-bind', '/dev/null', file];
}

function backInRun(network: NetworkAccess, host: LinuxFacts): string[] {
  const nameServers = network === 'enabled' && host.resolvConf !== null ? [host.resolvConf] : [];
  return [...nameServers, ...host.keptBelowRun].flatMap((place) => ['--ro-bind', place, place]);
}

/** The mode of the folder that is mounted next, where this bubblewrap can set it. */
function permissions(mode: string, host: LinuxFacts): string[] {
  return host.bubblewrap.flags.includes('--perms') ? ['--perms', mode] : [];
}

interface EntryMount {
  readonly place: string;
  readonly options: readonly string[];
  /** A folder of ours in memory: it becomes read-only only when everything below it has been mounted. */
  readonly isClosedLast: boolean;
}

function entryMounts(profile: ManagedProfile, cwd: string, host: LinuxFacts): EntryMount[] {
  const mounts = new Map<string, EntryMount>();
  const add = (place: string, options: readonly string[], isClosedLast = false): void => {
    mounts.set(place, { place, options, isClosedLast });
  };
  const carveOuts = profile.writableRoots.flatMap((root) => root.readOnly);
  const opened = openPlaces(profile);
  for (const root of profile.writableRoots) if (root.path !== '/') add(root.path, ['--bind', root.path, root.path]);
  for (const place of [...carveOuts, ...profile.readable]) add(place, ['--ro-bind', place, place]);
  // The folder a command starts in is there for it, also below /run, where nothing else is.
  if (
    isBelow(cwd, runFolder) &&
    nearestFolder(
      cwd,
      opened.filter((it) => isWithin(it, runFolder)),
    ) === null
  ) {
    add(cwd, ['--ro-bind', cwd, cwd]);
  }
  const places = [...mounts.keys()];
  const isOutOfSight = (place: string): boolean =>
    isBelow(place, runFolder) && !places.some((it) => isWithin(it, runFolder) && isWithin(place, it));
  for (const file of profile.denied) if (!isOutOfSight(file)) add(file, cover(file));
  for (const folder of profile.hidden) {
    if (isOutOfSight(folder)) continue;
    // Without any right nothing below could be reached either, so what is opened again there needs the way to it.
    const mode = [...opened, ...profile.unixSockets].some((it) => isBelow(it, folder)) ? '111' : '000';
    add(folder, [...permissions(mode, host), '--tmpfs', folder], true);
  }
  for (const pin of pinsOf(profile, [...mounts.keys()])) if (!mounts.has(pin)) add(pin, ['--bind', pin, pin]);
  const writable = new Set(profile.writableRoots.map((root) => root.path));
  for (const socket of profile.allUnixSockets ? [] : profile.unixSockets) {
    const above = nearestFolder(socket, [...mounts.keys()]);
    if (above === null || !writable.has(above)) add(socket, ['--bind', socket, socket]);
  }
  return [...mounts.values()].sort((a, b) => byDepth(a.place, b.place));
}

/**
 * A mount guards a name in its folder, not the way to it: the folder above could be renamed and a new one made in its
 * place. So every folder between a writable root and what is closed inside it becomes a mount of its own, which
 * cannot be renamed. Direct children of a root need none.
 */
function pinsOf(profile: ManagedProfile, places: readonly string[]): string[] {
  const closed = [
    ...profile.writableRoots.flatMap((root) => root.readOnly),
    ...profile.denied,
    ...profile.hidden,
    ...profile.absentNames,
  ];
  const roots = new Set(profile.writableRoots.map((root) => root.path));
  return closed.flatMap((place) => {
    const above = nearestFolder(
      place,
      [...places, ...roots].filter((it) => it !== place),
    );
    return above !== null && roots.has(above) ? foldersBetween(above, place) : [];
  });
}

function openPlaces(profile: ManagedProfile): string[] {
  return [...profile.writableRoots.flatMap((root) => [root.path, ...root.readOnly]), ...profile.readable];
}

function relativeFolder(cwd: string): Problem {
  return {
    what: `The working folder ${JSON.stringify(cwd)} is not an absolute path.`,
    why: 'A relative one would be taken from where this program happens to run.',
    next: 'Give the whole path, from / on.',
  };
}

function closedFolder(name: string, cwd: string): Problem {
  return {
    what: `A command cannot start in ${cwd}: the profile ${name} closes that folder.`,
    why: '',
    next: 'Start it in another folder, or take the "deny" entry out of the profile.',
  };
}
