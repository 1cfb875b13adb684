// What is the same for all front ends: who is here, in which folder, with which configuration.

import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  type Config,
  type ConfigProblem,
  codexHome,
  type LoadedConfig,
  loadConfig,
  openKnownRuntimeFolders,
  openRuntimeFolder,
  type RuntimePlaces,
  sandboxOf,
  type Trust,
} from './core/index.ts';
import {
  type Environment,
  type FileHelper,
  type LocalEnvironment,
  openLocalEnvironment,
  openLocalPlace,
  ownProgramPlaces,
} from './exec/index.ts';
import { lockFolder } from './lock-folder.ts';
import { fail, ok, type Problem, problemText, type Result } from './problem/index.ts';
import type { BindContext } from './sandbox/index.ts';
import type { ConfigFlags } from './ui/cli/index.ts';

declare const __CODEX_VERSION__: string;

export const VERSION = __CODEX_VERSION__;

/** Exit codes, from sysexits where it has one. */
export const EXIT_OK = 0;
export const EXIT_FAILED = 1;
export const EXIT_DEFECT = 70;
export const EXIT_CONFIG = 78;

/** Everything that is the same for all front ends. */
export interface Place {
  readonly env: NodeJS.ProcessEnv;
  readonly home: string;
  readonly codexHome: string;
  readonly cwd: string;
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
  /** The person's own configuration file as a person writes its path. */
  readonly configFile: string;
  /** Whether what the folder brings along is used. */
  readonly trust: Trust;
  /** What was typed about the configuration. */
  readonly asked: ConfigFlags;
  /** Where each setting comes from. */
  readonly loaded: LoadedConfig;
}

/** Where the system's administrator writes. */
const SYSTEM_FOLDER = '/etc/codex';

const NOTHING_ASKED: ConfigFlags = { overrides: [], profile: null };

export function openPlace(folder: string | null, asked: ConfigFlags = NOTHING_ASKED): Result<Place> {
  const env = process.env;
  const home = env.HOME ?? homedir();
  const cwd = openFolder(folder);
  if (!cwd.ok) return cwd;
  const own = codexHome(env, home, cwd.value);
  const loaded = loadConfig({ ...asked, codexHome: own, home, cwd: cwd.value, systemFolder: SYSTEM_FOLDER });
  if (!loaded.ok) return loaded;
  const { config, problems, trust, userFile } = loaded.value;
  return ok({
    env,
    home,
    codexHome: own,
    cwd: cwd.value,
    config,
    problems,
    configFile: userFile,
    asked,
    trust,
    loaded: loaded.value,
  });
}

/** The folder to work in, absolute. It may have been removed under our feet. */
function openFolder(folder: string | null): Result<string> {
  let current: string;
  try {
    current = process.cwd();
  } catch {
    // ENOENT: our own folder was deleted. Only an absolute --cd helps then.
    current = '/';
    if (folder === null)
      return fail({
        what: 'The folder codex was started in does not exist any more.',
        why: '',
        next: 'cd to another one, or name one with --cd.',
      });
  }
  const chosen = path.resolve(current, folder ?? '.');
  if (statSync(chosen, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return fail({ what: `${chosen} is not a folder.`, why: '', next: 'Name an existing one with --cd.' });
  }
  return ok(chosen);
}

export function bindContextFor(place: Place): (cwd: string) => BindContext {
  const here = machineContext(place);
  return (cwd) => ({ ...here, workspaceRoots: [cwd] });
}

/** What symbolic places of a profile mean on this machine. */
function machineContext(place: Place): Omit<BindContext, 'workspaceRoots'> {
  return {
    home: place.home,
    tmpdir: place.env.TMPDIR ?? null,
    codexHome: place.codexHome,
    runtimeFolders: closedFolders(place),
  };
}

/** This machine as a session sees it. */
export function localPlaceOf(place: Place, engine: LocalEnvironment, shell: string): Environment {
  const { cwd, home, env } = place;
  const context = machineContext(place);
  return openLocalPlace({ engine, fileHelper, variables: env, context, shell, cwd, home });
}

/** What works on files inside a sandbox: a program of its own beside this one. */
function fileHelper(): FileHelper {
  const folder = path.join(__dirname, 'lib');
  return { argv: [process.execPath, path.join(folder, 'file-helper.cjs')], folder, ...ownProgramPlaces() };
}

/** Where sockets of this user's sessions lie or may lie. */
export function runtimePlaces({ env, codexHome }: Place): RuntimePlaces {
  return { env, uid: process.geteuid?.() ?? 0, codexHome };
}

/** Locks and sockets of ours. The folder for sockets is made first: a cover needs something to lie on. */
function closedFolders(place: Place): string[] {
  const locks = lockFolder(place.codexHome);
  const own = openRuntimeFolder(runtimePlaces(place));
  const folders = [...(own.ok ? [own.value] : []), ...openKnownRuntimeFolders(runtimePlaces(place))];
  for (const folder of folders) folder.close();
  return [...new Set([...(locks === null ? [] : [locks]), ...folders.map((folder) => folder.path)])];
}

/** Where commands can leave something: no program of ours is taken from there. */
export function writableFolders(place: Place): string[] {
  const { profile } = sandboxOf(place.config, place);
  const named = profile.type === 'managed' ? profile.entries : [];
  const written = named.flatMap(({ path: entry, access }) =>
    access === 'write' && entry.type === 'path' ? [entry.path.replace(/^~(?=\/|$)/, place.home)] : [],
  );
  const temporary = ['/tmp', ...(place.env.TMPDIR ? [place.env.TMPDIR] : [])];
  return [place.cwd, ...temporary, ...written];
}

export function openEnvironment(place: Place): LocalEnvironment {
  return openLocalEnvironment({
    path: place.env.PATH ?? '',
    writableRoots: writableFolders(place),
    lockFolder: lockFolder(place.codexHome),
    sideReader: path.join(__dirname, 'lib/side-reader.cjs'),
    ...(place.config.output_file_limit === null ? {} : { outputLimits: { fileBytes: place.config.output_file_limit } }),
  });
}

export function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  const own = {
    ...env,
    ...(env.CODEX_EXTRA_CA ? { NODE_EXTRA_CA_CERTS: env.CODEX_EXTRA_CA } : {}),
    CODEX_EXTRA_CA: undefined,
  };
  return Object.fromEntries(
    Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** A wrong value in these must not be replaced by a default that opens more, or asks less, than the person wrote. */
export function isAboutSafety({ key }: ConfigProblem): boolean {
  return (
    key === '' ||
    /^(sandbox|default_permissions|permissions|approval_policy|shell_environment_policy|hooks|profile$)/.test(key)
  );
}

export function complain(problem: Problem, code: number): number {
  process.stderr.write(`${problemText(problem)}\n`);
  return code;
}
