// Which everyday work does a denial belong to, and what does all of that work need?

import path from 'node:path';
import type { Denial, Grant } from '../../sandbox/index.ts';
import type { PresetValue } from '../bus/contract.ts';
import { isEnginePort } from './full-access.ts';

/** What the presets ask about the machine. Paths are absolute. */
export interface PresetFacts {
  readonly home: string;
  /** Where the denied command ran. */
  readonly cwd: string;
  exists(path: string): boolean;
  /** Null when it is no file that can be read. */
  readText(path: string): string | null;
  /** Without links; null when it is not there. */
  realPath(path: string): string | null;
  /** TCP ports of servers on the loopback of the machine, ascending. */
  portsOfLoopback(): readonly number[];
}

/** A grant for a folder that is not there has no effect, so `foldersToMake` come first. */
export interface OfferedPreset {
  readonly preset: PresetValue;
  readonly foldersToMake: readonly string[];
}

/** The preset that would have let this through, and the rest of its kind of work with it; null when there is none. */
export function presetFor(denial: Denial, facts: PresetFacts): OfferedPreset | null {
  switch (denial.operation) {
    case 'write':
    case 'create':
    case 'delete':
      return path.isAbsolute(denial.target)
        ? (cachePreset(denial.target, facts) ?? gitPreset(resolved(denial.target, facts), facts))
        : null;
    case 'unix_socket':
      return containerPreset(denial.target, facts);
    case 'connect':
      return serversPreset(denial, facts);
    case 'read':
    case 'privilege':
      return null;
  }
}

// ---------------------------------------------------------------------------------------------------------- caches

interface CacheFolders {
  readonly name: string;
  readonly meaning: string;
  /** Below the home folder. */
  readonly folders: readonly string[];
}

const caches: readonly CacheFolders[] = [
  { name: 'npm cache', meaning: cacheMeaning('npm', 'packages'), folders: ['.npm'] },
  { name: 'pip cache', meaning: cacheMeaning('pip', 'packages'), folders: ['.cache/pip'] },
  {
    name: 'uv cache',
    meaning: 'Commands may change what uv has downloaded, the Python versions and tools that it installed included.',
    folders: ['.cache/uv', '.local/share/uv'],
  },
  { name: 'cargo cache', meaning: cacheMeaning('cargo', 'crates'), folders: ['.cargo/registry', '.cargo/git'] },
  {
    name: 'go cache',
    meaning: cacheMeaning('go', 'modules and built packages'),
    folders: ['go/pkg', '.cache/go-build'],
  },
  {
    name: 'gradle folder',
    meaning:
      'Commands may change all that gradle keeps, the scripts and settings that it runs outside the sandbox included.',
    folders: ['.gradle'],
  },
  { name: 'yarn cache', meaning: cacheMeaning('yarn', 'packages'), folders: ['.cache/yarn'] },
  {
    name: 'pnpm cache',
    meaning: cacheMeaning('pnpm', 'packages'),
    folders: ['.local/share/pnpm', '.cache/pnpm'],
  },
];

function cacheMeaning(tool: string, what: string): string {
  return `Commands may change the ${what} that ${tool} keeps for all your projects.`;
}

function cachePreset(target: string, facts: PresetFacts): OfferedPreset | null {
  const folderOf = (name: string): string => path.join(facts.home, name);
  const holding = caches.filter(({ folders }) =>
    folders.some(
      (name) => isWithin(target, folderOf(name)) || isWithin(resolved(target, facts), resolved(folderOf(name), facts)),
    ),
  );
  // Nothing is there yet, so the first folder on the way is refused: `~/.cargo`, when it can be only one's.
  const onTheWay = facts.exists(target)
    ? []
    : caches.filter(({ folders }) => folders.some((name) => isWithin(folderOf(name), target)));
  const [cache, ...others] = holding.length > 0 ? holding : onTheWay;
  if (cache === undefined || others.length > 0) return null;
  const folders = cache.folders.map(folderOf);
  return {
    preset: { name: cache.name, meaning: cache.meaning, grants: folders.map(write) },
    foldersToMake: folders.filter((folder) => !facts.exists(folder)),
  };
}

// ------------------------------------------------------------------------------------------------------------- git

/**
 * Obeyed by git outside the sandbox, or (`worktrees`) leading it to what it obeys. Git replaces its files by renaming
 * others over them, so its folder has to be open as a whole, and these are closed again. Where worktrees are linked,
 * `git gc` stays refused: it writes in each of them.
 */
const closedInCheckout = ['hooks', 'config', 'config.worktree', 'info', 'modules', 'worktrees'] as const;

/** What a commit in a linked worktree writes in the folder that all worktrees share. */
const sharedByWorktrees = ['objects', 'refs', 'logs'] as const;

const closedInWorktree = ['commondir', 'gitdir', 'config.worktree'] as const;

/** `folder` is where git keeps this checkout's own files; `common` what a linked worktree shares, null for a checkout. */
interface GitPlace {
  readonly folder: string;
  readonly common: string | null;
}

function gitPreset(target: string, facts: PresetFacts): OfferedPreset | null {
  const place = gitPlaceOf(target, facts);
  if (place === null || hasOpenWorktreeConfig(place, facts)) return null;
  return place.common === null
    ? checkoutPreset(target, place.folder, facts)
    : worktreePreset(target, place.folder, place.common, facts);
}

function checkoutPreset(target: string, folder: string, facts: PresetFacts): OfferedPreset | null {
  const hooks = path.join(folder, 'hooks');
  const closed = closedInCheckout.map((name) => path.join(folder, name));
  // Closed here as well, and so is what git makes beside a file to replace it.
  if (closed.some((it) => isWithin(target, it) || target === `${it}.lock`)) return null;
  return {
    preset: {
      name: 'git commits',
      meaning:
        'Commands may commit and change branches and tags here, while the hooks and settings of git stay closed.',
      grants: [write(folder), ...closed.filter((it) => it === hooks || facts.exists(it)).map(read)],
    },
    // Where there is no such folder, a command could make one with hooks in it.
    foldersToMake: facts.exists(hooks) ? [] : [hooks],
  };
}

function worktreePreset(target: string, folder: string, common: string, facts: PresetFacts): OfferedPreset | null {
  const shared = sharedByWorktrees.map((name) => path.join(common, name));
  const open = [...shared, folder];
  const closed = closedInWorktree.map((name) => path.join(folder, name));
  if (!open.some((it) => isWithin(target, it))) return null;
  if (closed.some((it) => isWithin(target, it) || target === `${it}.lock`)) return null;
  return {
    preset: {
      name: 'git commits',
      meaning:
        'Commands may commit in this worktree and change branches and tags of its repository, while the hooks and settings of git stay closed.',
      grants: [...open.map(write), ...closed.filter((it) => facts.exists(it)).map(read)],
    },
    foldersToMake: shared.filter((it) => !facts.exists(it)),
  };
}

/** The place of the command's own checkout when the target lies in it, or else of the checkout the target lies in. */
function gitPlaceOf(target: string, facts: PresetFacts): GitPlace | null {
  const own = placeAround(facts.cwd, facts);
  if (own !== null && isWithin(target, own.common ?? own.folder)) return own;
  const names = target.split('/');
  const folder = names.slice(0, names.indexOf('.git') + 1).join('/');
  return folder !== '' && facts.exists(path.join(folder, 'HEAD')) ? { folder, common: null } : null;
}

/** From the nearest `.git` above: a folder, or the file of a linked worktree that says where its folder is. */
function placeAround(cwd: string, facts: PresetFacts): GitPlace | null {
  for (let root = cwd; ; root = path.dirname(root)) {
    const entry = path.join(root, '.git');
    const folder = facts.realPath(entry);
    if (folder !== null && facts.exists(path.join(folder, 'HEAD'))) return { folder, common: null };
    const pointer = facts.readText(entry);
    if (pointer !== null) return placeBehind(entry, pointer, facts);
    if (root === path.dirname(root)) return null;
  }
}

/**
 * The folder must name the pointer in turn: a pointer file is quickly written, and would offer the repository of
 * somebody else here.
 */
function placeBehind(entry: string, pointer: string, facts: PresetFacts): GitPlace | null {
  const named = /^gitdir: (.+?)\r?\n?$/.exec(pointer)?.[1];
  const folder = named === undefined ? null : facts.realPath(path.resolve(path.dirname(entry), named));
  if (folder === null) return null;
  const shared = facts.readText(path.join(folder, 'commondir'))?.trim() ?? '';
  const common = shared === '' ? null : facts.realPath(path.resolve(folder, shared));
  const back = facts.readText(path.join(folder, 'gitdir'))?.trim() ?? '';
  const isMeant = back !== '' && facts.realPath(path.resolve(folder, back)) === facts.realPath(entry);
  return common !== null && isMeant && path.dirname(folder) === path.join(common, 'worktrees')
    ? { folder, common }
    : null;
}

/** Git would obey settings that are not there yet, and what is not there cannot be closed. */
function hasOpenWorktreeConfig({ folder, common }: GitPlace, facts: PresetFacts): boolean {
  const settings = facts.readText(path.join(common ?? folder, 'config')) ?? '';
  const isObeyed = /^\s*worktreeconfig\b(?!\s*=\s*(?:false|no|off|0)\b)/im.test(settings);
  return isObeyed && !facts.exists(path.join(folder, 'config.worktree'));
}

// ------------------------------------------------------------------------------------------------------ containers

const engineSockets = ['docker.sock', 'podman.sock', 'containerd.sock'] as const;

function containerPreset(target: string, facts: PresetFacts): OfferedPreset | null {
  if (!path.isAbsolute(target) || !engineSockets.some((name) => name === path.basename(target))) return null;
  const socket = facts.realPath(target);
  if (socket === null) return null;
  // Engines without root keep theirs in the person's own folders.
  const isOwn = [facts.home, '/run/user'].some((folder) => isWithin(socket, resolved(folder, facts)));
  const meaning = isOwn
    ? 'Whoever reaches this socket can do everything that your account can on this machine, without any sandbox.'
    : 'Whoever reaches this socket is root on this machine, without any sandbox.';
  return {
    preset: { name: 'containers', meaning, grants: [{ kind: 'unix_socket', path: target }] },
    foldersToMake: [],
  };
}

// --------------------------------------------------------------------------------------------------------- servers

/** What a machine runs for itself (mail, printing, remote shells) has lower ports than what its users start. */
const FIRST_USER_PORT = 1024;

/** More is not shown in full. */
const SERVERS_SHOWN = 16;

/** The servers of this moment: one that is started later is asked about again. */
function serversPreset({ grants }: Denial, facts: PresetFacts): OfferedPreset | null {
  const wanted = grants.flatMap((grant) => (grant.kind === 'local_port' ? [grant.port] : []));
  if (wanted.length === 0 || wanted.some(isEnginePort)) return null;
  const running = facts.portsOfLoopback().filter((port) => port >= FIRST_USER_PORT && !isEnginePort(port));
  const ports = [...new Set([...wanted, ...running])].sort((a, b) => a - b);
  if (ports.length === wanted.length || ports.length > SERVERS_SHOWN) return null;
  return {
    preset: {
      name: 'localhost servers',
      meaning: 'Commands may connect to the servers that run on this machine now, with all that those let anybody do.',
      grants: ports.map((port) => ({ kind: 'local_port', port })),
    },
    foldersToMake: [],
  };
}

// ----------------------------------------------------------------------------------------------------------- paths

function write(folder: string): Grant {
  return { kind: 'write', path: folder };
}

function read(place: string): Grant {
  return { kind: 'read', path: place };
}

/** With the links of its part that is there resolved. */
function resolved(place: string, facts: PresetFacts): string {
  const real = facts.realPath(place);
  if (real !== null) return real;
  const above = path.dirname(place);
  return above === place ? place : path.join(resolved(above, facts), path.basename(place));
}

function isWithin(place: string, folder: string): boolean {
  return place === folder || place.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}
