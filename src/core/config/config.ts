// What the layers of a configuration mean together: the settings in force, and everything in them that is wrong or has
// no effect.

import { knownNames, profileNamed, readProfiles } from '../../sandbox/index.ts';
import { ignoredSandboxSettings } from './ignored-settings.ts';
import { type Layer, layerOf, type SyntaxFault } from './layer.ts';
import { isAtLeastReadOnly } from './narrower.ts';
import { type ConfigProblem, openReading, type Provenance, type Reading } from './reading.ts';
import { configReference } from './reference.ts';
import { isSecretAt } from './reference-at.ts';
import type { ValuesOf } from './setting.ts';
import { valuesOf } from './walk.ts';

export type Config = ValuesOf<typeof configReference>;
export type ProviderTable = Config['model_providers'][string];
export type ShellEnvironmentPolicy = Config['shell_environment_policy'];

export interface ReadConfig {
  readonly config: Config;
  readonly problems: readonly ConfigProblem[];
}

export interface ReadLayers extends ReadConfig {
  /** Of every setting that some layer says something about. */
  readonly provenances: readonly Provenance[];
}

/** The settings of a person without a file. */
export function defaultConfig(): Config {
  return readLayers([]).config;
}

/** Reads the text of a file that is alone; `path` is how problems call it. */
export function readConfig(text: string, path: string): ReadConfig {
  const { layer, fault } = layerOf({ kind: 'user', place: path, start: null, text });
  const { config, problems } = readLayers([layer]);
  return { config, problems: fault === null ? problems : [syntaxProblem(fault, path)] };
}

/**
 * Reads layers, the lowest first. Nothing in them stops the program: a wrong value gives way to what the layers below
 * say, or to the narrowest value where safety hangs on it, and is reported.
 */
export function readLayers(layers: readonly Layer[]): ReadLayers {
  const reading = openReading((path) => isSecretAt(configReference, path));
  // The one place where the shape of the table, which the compiler knows, meets a walk over it, which it cannot follow:
  // `valuesOf` makes exactly one value for each key of its table.
  const said = valuesOf(configReference, layers, reading) as Config;
  const config = withKnownProfile(withOneSandbox(said, layers, reading), reading);
  return { config, problems: reading.problems(), provenances: reading.provenances() };
}

/** Of the two spellings of the sandbox the one of the higher layer is in force, and the newer one within a layer. */
function withOneSandbox(config: Config, layers: readonly Layer[], reading: Reading): Config {
  const newer = reading.recorded(['default_permissions']);
  const older = reading.recorded(['sandbox_mode']);
  const rankOf = (it: Provenance | null): number => {
    const [highest] = it?.taken ?? [];
    return highest === undefined ? -1 : layers.indexOf(highest.layer);
  };
  const [mode] = older?.taken ?? [];
  if (newer !== null && mode !== undefined && newer.taken.length > 0 && rankOf(older) > rankOf(newer)) {
    // A profile of the person's own may close what a mode opens: a project only makes it read-only.
    const isNarrower = config.sandbox_mode === 'read-only' && isAtLeastReadOnly(config.default_permissions);
    if (mode.layer.kind !== 'project' || isNarrower) {
      reading.record({ ...newer, value: null, taken: [], beaten: [], refused: otherSetting(newer) });
      return { ...config, default_permissions: null };
    }
    reading.ofProject(mode.layer, ['sandbox_mode']);
  }
  const ignored = ignoredSandboxSettings(config);
  const [by] = newer?.taken ?? [];
  if (ignored !== null && by !== undefined) reading.ignored(by.layer, ['default_permissions'], ignored);
  return config;
}

function otherSetting({ taken, beaten, refused }: Provenance): Provenance['refused'] {
  return [...[...taken, ...beaten].map((it) => ({ ...it, why: 'other setting' }) as const), ...refused];
}

/** Reports what is wrong in the profiles; a name that leads to none gives way to a narrower one. */
function withKnownProfile(config: Config, reading: Reading): Config {
  const { profiles, issues } = readProfiles(config.permissions);
  for (const issue of issues) {
    const layer = layerSaying(['permissions', ...issue.path], reading);
    if (layer !== null) reading.profile(layer, issue);
  }
  const name = config.default_permissions;
  if (name === null) {
    const layer = profiles.size > 0 ? layerSaying(['permissions'], reading) : null;
    if (layer !== null)
      reading.ignored(layer, ['permissions'], 'no profile is in force: default_permissions is not set.');
    return config;
  }
  if (profileNamed(name, profiles) !== null) return config;
  const from = reading.recorded(['default_permissions']);
  const [said] = from?.taken ?? [];
  const below = from?.beaten.map(({ value }) => value).find((it) => typeof it === 'string') ?? null;
  const isOwn = below !== null && !below.startsWith(':') && profileNamed(below, profiles) !== null;
  const inForce = isOwn ? below : ':read-only';
  const isWrong = issues.some(({ level, path }) => level === 'error' && path[0] === name);
  const what = isWrong ? 'names a profile with an error' : 'names a profile that is not there';
  if (from !== null && said !== undefined) {
    const next = `It ${what}. ${knownNames(profiles)} Until then it is ${JSON.stringify(inForce)}.`;
    reading.wrong(said.layer, ['default_permissions'], name, next);
    const refused = [{ ...said, why: 'wrong' } as const, ...from.refused];
    const taken = isOwn ? from.beaten.slice(0, 1) : [];
    reading.record({ ...from, value: inForce, taken, beaten: from.beaten.slice(taken.length), refused });
  }
  return { ...config, default_permissions: inForce };
}

/** The highest layer that says something there, or below it. */
function layerSaying(path: readonly string[], reading: Reading): Layer | null {
  const within = reading
    .provenances()
    .filter((it) => path.every((part, index) => it.path[index] === part) && it.taken.length > 0);
  const [first] = within.flatMap(({ taken }) => taken);
  if (first !== undefined) return first.layer;
  return path.length > 1 ? layerSaying(path.slice(0, -1), reading) : null;
}

export function syntaxProblem({ line, column, what }: SyntaxFault, path: string): ConfigProblem {
  const why = 'Nothing in the file is in force; commands may write nothing and a model must ask for each.';
  const problem = { what: `${path}:${line}:${column}: this is not TOML: ${what}.`, why, next: 'Correct that line.' };
  return { level: 'error', key: '', file: path, line, problem };
}
