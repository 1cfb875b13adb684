// What does this machine's own configuration say about some keys? `environmentConfig/read`.

import { dirname, join } from 'node:path';
import type { TomlTable } from 'smol-toml';
import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, invalidParams, type RpcFailure } from '../protocol/failure.ts';
import type { ConfigLayers, Params, Results } from '../protocol/messages.ts';
import { nativePath, pathUri } from '../protocol/path-uri.ts';
import { readConfigFile, tomlText } from './config-file.ts';
import { requirementsOf } from './managed-requirements.ts';
import { projected, type TomlPath } from './project-toml.ts';

/** Where an administrator's files are. */
export const SYSTEM_FOLDER = '/etc/codex';

/** Absolute paths, and the name of this machine. */
export interface ConfigPlace {
  readonly home: string;
  readonly codexHome: string;
  readonly hostname: string;
  /** `SYSTEM_FOLDER`, but in tests. */
  readonly systemFolder: string;
}

/** A file, as much as was asked for of it. */
interface Layer {
  readonly source: string;
  readonly path: string;
  readonly part: TomlTable;
  /** Below what a client may have from elsewhere: the first layers are. */
  readonly isBelow: boolean;
}

/**
 * The layers that define one of the keys, cut down to them, least important first. Files of projects are not among
 * them, wherever `cwd` is: whether a project is trusted is for the client to say. A file that cannot be read or
 * understood fails the call, also when nothing in it was asked for.
 */
export async function readEnvironmentConfig(
  params: Params<'environmentConfig/read'>,
  { home, codexHome, hostname, systemFolder }: ConfigPlace,
): Promise<Result<Results['environmentConfig/read'], RpcFailure>> {
  const refusal = refusalOf(params);
  if (refusal !== null) return fail(invalidParams(refusal));
  const tables = await readTables({
    system: join(systemFolder, 'config.toml'),
    user: join(codexHome, 'config.toml'),
    managed: join(systemFolder, 'managed_config.toml'),
    required: join(systemFolder, 'requirements.toml'),
  });
  if (!tables.ok) return fail(internal(`failed to load executor-local config: ${tables.problem}`));
  const { system, user, managed, required } = tables.value;
  const managedRequirements = requirementsOf(managed.table);
  if (!managedRequirements.ok) {
    return fail(internal(`failed to load executor-local config: ${managed.path}: ${managedRequirements.problem}`));
  }
  const { configPaths, requirementsPaths } = params;
  const config = [
    { ...system, source: `system (${system.path})`, isBelow: true },
    { ...user, source: `user (${user.path})`, isBelow: false },
    { ...managed, source: `legacy managed_config.toml (${managed.path})`, isBelow: false },
  ];
  const requirements = [
    { ...required, source: required.path, isBelow: true },
    { ...managed, table: managedRequirements.value, source: managed.path, isBelow: false },
  ];
  return ok({
    userHomeDir: pathUri(home),
    codexHomeDir: pathUri(codexHome),
    hostname,
    config: await toldLayers(config.map((layer) => ({ ...layer, part: projected(layer.table, configPaths) }))),
    requirements: await toldLayers(
      requirements.map((layer) => ({ ...layer, part: projected(layer.table, requirementsPaths) })),
    ),
  });
}

function refusalOf({ cwd, configPaths, requirementsPaths }: Params<'environmentConfig/read'>): string | null {
  const paths: readonly TomlPath[] = [...configPaths, ...requirementsPaths];
  if (paths.length === 0) return 'at least one config or requirements path is required';
  if (paths.some((path) => path.length === 0)) return 'TOML paths must contain at least one key segment';
  const folder = nativePath(cwd);
  return folder.ok ? null : folder.problem.message;
}

interface ReadFile {
  readonly path: string;
  /** Empty when there is no such file. */
  readonly table: TomlTable;
}

async function readTables<Name extends string>(
  paths: Readonly<Record<Name, string>>,
): Promise<Result<Readonly<Record<Name, ReadFile>>, string>> {
  const read: [string, ReadFile][] = [];
  for (const [name, path] of Object.entries<string>(paths)) {
    const table = await readConfigFile(path);
    if (!table.ok) return table;
    read.push([name, { path, table: table.value ?? {} }]);
  }
  return ok(Object.fromEntries(read) as Record<Name, ReadFile>);
}

/** A layer that says nothing of what was asked for is left out. */
async function toldLayers(layers: readonly Layer[]): Promise<ConfigLayers> {
  const speaking = layers.filter(({ part }) => Object.keys(part).length > 0);
  const told = speaking.map(async ({ source, path, part }) => ({
    source,
    baseDir: pathUri(dirname(path)),
    toml: await tomlText(part),
  }));
  return { layers: await Promise.all(told), cloudInsertionIndex: speaking.filter(({ isBelow }) => isBelow).length };
}
