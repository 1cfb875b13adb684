// Which layers are there for a folder to work in, and what do they say together?

import path from 'node:path';
import { ok, type Result } from '../../problem/index.ts';
import { configPath } from './codex-home.ts';
import { type Config, type ReadLayers, readLayers, syntaxProblem } from './config.ts';
import { valueAt } from './edit-tables.ts';
import { type FolderFacts, readFolderFacts } from './folder-facts.ts';
import { type Layer, type LayerText, layerOf, profileIn, unreadable } from './layer.ts';
import { overrideLayers } from './override.ts';
import { projectFiles } from './project-files.ts';
import { readText } from './read-text.ts';
import type { ConfigProblem } from './reading.ts';
import { isTrustedAt, type Trust, trustOf } from './trust.ts';

/** Where and how somebody asks. All paths absolute; `cwd` exists. */
export interface ConfigAsked {
  readonly codexHome: string;
  readonly home: string;
  readonly cwd: string;
  /** The folder of the system's file. */
  readonly systemFolder: string;
  /** What `-c` was given, in this order. */
  readonly overrides: readonly string[];
  /** What `--profile` was given. */
  readonly profile: string | null;
}

export interface LoadedConfig extends ReadLayers {
  readonly trust: Trust;
  /** The lowest first. */
  readonly layers: readonly Layer[];
  /** Files of the project that were not read, because it is not trusted. */
  readonly unused: readonly string[];
  /** The person's own file as a person writes its path. */
  readonly userFile: string;
}

/** Fails for a `-c` that sets nothing; everything else that is wrong is a problem beside the configuration. */
export function loadConfig(asked: ConfigAsked): Result<LoadedConfig> {
  const overrides = overrideLayers(asked.overrides, { folder: asked.cwd, home: asked.home });
  if (!overrides.ok) return overrides;
  const found: ConfigProblem[] = [];
  const file = (kind: Layer['kind'], name: string): readonly Layer[] => readLayer(kind, name, asked, found);

  const system = file('system', path.join(asked.systemFolder, 'config.toml'));
  const user = file('user', configPath(asked.codexHome));
  const base = [...system, ...user];
  const profile = profileLayers(base, overrides.value, asked, file, found);
  const own = readLayers([...base, ...profile, ...overrides.value]);

  const facts = readFolderFacts(asked.cwd, own.config.project_root_markers);
  const trust = trustOf(own.config, facts);
  const { used, unused } = filesOf(own.config, facts, asked);
  const project = used.flatMap((name) => file('project', name));
  const layers = [...base, ...project, ...profile, ...overrides.value];
  const read = project.length === 0 ? own : readLayers(layers);

  found.push(...unused.map((name) => notUsed(name, trust, asked)));
  found.push(...unusedSystemFiles(asked));
  const userFile = shownPath(configPath(asked.codexHome), asked.home);
  return ok({ ...read, problems: [...found, ...read.problems], trust, layers, unused, userFile });
}

function filesOf(
  config: Config,
  facts: FolderFacts,
  asked: ConfigAsked,
): { readonly used: readonly string[]; readonly unused: readonly string[] } {
  const files = projectFiles(facts, asked.codexHome);
  const isUsed = (name: string): boolean => isTrustedAt(config, facts, path.dirname(path.dirname(name)));
  return { used: files.filter(isUsed), unused: files.filter((name) => !isUsed(name)) };
}

/** None when there is no such file. */
function readLayer(kind: Layer['kind'], name: string, asked: ConfigAsked, found: ConfigProblem[]): readonly Layer[] {
  const read = readText(name);
  if (read.kind === 'none') return [];
  const place = shownPath(name, asked.home);
  const about: Omit<LayerText, 'text'> = { kind, place, start: { folder: path.dirname(name), home: asked.home } };
  if (read.kind === 'unreadable') {
    found.push(unreadableProblem(place, read.why));
    return [unreadable(about)];
  }
  const { layer, fault } = layerOf({ ...about, text: read.text });
  if (fault !== null) found.push(syntaxProblem(fault, place));
  return [layer];
}

// ------------------------------------------------------------------------------------------------------ the profile

/** A name that is one of a file as well. */
const FILE_NAME = /^[A-Za-z0-9_-]{1,64}$/;

function profileLayers(
  base: readonly Layer[],
  overrides: readonly Layer[],
  asked: ConfigAsked,
  file: (kind: Layer['kind'], name: string) => readonly Layer[],
  found: ConfigProblem[],
): readonly Layer[] {
  const said = asked.profile === null ? chosenIn([...base, ...overrides]) : { name: asked.profile, layer: null };
  if (said === null) return [];
  const { name } = said;
  const inFiles = [...base, ...overrides].flatMap((layer) => profileIn(layer, name) ?? []);
  const own = FILE_NAME.test(name) ? file('profile', path.join(asked.codexHome, `${name}.config.toml`)) : [];
  const layers = [...inFiles, ...own.map((layer): Layer => ({ ...layer, profile: name }))];
  if (layers.length === 0) found.push(noProfile(name, said.layer, base, asked));
  return layers;
}

function chosenIn(layers: readonly Layer[]): { readonly name: string; readonly layer: Layer } | null {
  for (const layer of layers.toReversed()) {
    const name = valueAt(layer.tables, ['profile']);
    if (typeof name === 'string' && name !== '') return { name, layer };
  }
  return null;
}

function noProfile(name: string, by: Layer | null, base: readonly Layer[], asked: ConfigAsked): ConfigProblem {
  const names = base.flatMap((layer) => Object.keys(Object(valueAt(layer.tables, ['profiles']))));
  const user = shownPath(asked.codexHome, asked.home);
  const place = by === null ? '--profile' : by.place;
  const line = by?.lineOf(['profile']) ?? null;
  return {
    level: 'error',
    key: 'profile',
    file: place,
    line,
    problem: {
      what: `${line === null ? place : `${place}:${line}`}: there is no profile ${JSON.stringify(name)}.`,
      why: names.length === 0 ? 'There is none at all.' : `There are ${[...new Set(names)].join(', ')}.`,
      next: `Write [profiles.${name}] into ${user}/config.toml, or the file ${user}/${name}.config.toml.`,
    },
  };
}

// -------------------------------------------------------------------------------------------------------- the words

function shownPath(file: string, home: string): string {
  return file.startsWith(`${home}/`) ? `~${file.slice(home.length)}` : file;
}

function unreadableProblem(place: string, why: string): ConfigProblem {
  return {
    level: 'error',
    key: '',
    file: place,
    line: null,
    problem: {
      what: `${place} cannot be read.`,
      why,
      next: 'Until then commands may write nothing and a model must ask for each.',
    },
  };
}

/** Who said no need not hear of it each time. */
function notUsed(name: string, trust: Trust, asked: ConfigAsked): ConfigProblem {
  const place = shownPath(name, asked.home);
  const own = shownPath(configPath(asked.codexHome), asked.home);
  return {
    level: trust.state === 'untrusted' ? 'info' : 'warning',
    key: '',
    file: place,
    line: null,
    problem: {
      what: `${place} is not used: the folder it belongs to is not trusted.`,
      why: trust.reason,
      next: `To use it, write trust_level = "trusted" into [projects.${JSON.stringify(trust.folder)}] of ${own}.`,
    },
  };
}

/** What an administrator may have written for codex-cli, and would miss here. */
function unusedSystemFiles({ systemFolder }: ConfigAsked): ConfigProblem[] {
  return ['requirements.toml', 'managed_config.toml'].flatMap((name): ConfigProblem[] => {
    const file = path.join(systemFolder, name);
    if (readText(file, 0).kind === 'none') return [];
    const problem = { what: `${file} has no effect here.`, why: 'Only codex-cli reads it.', next: '' };
    return [{ level: 'warning', key: '', file, line: null, problem }];
  });
}
