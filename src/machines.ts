// The machines of a session: this one, and those that `environments.toml` names.

import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import {
  type EnvironmentConfig,
  type Environments,
  type EnvironmentsConfig,
  environmentsOfVariable,
  holdsSecret,
  keyNamesOf,
  ONLY_LOCAL,
  openEnvironments,
  readEnvironments,
  type TokenSource,
} from './core/index.ts';
import {
  type Environment,
  findTelemetry,
  type LocalEnvironment,
  openMachine,
  type RemoteMachine,
} from './exec/index.ts';
import { definedOnly, localPlaceOf, type Place } from './place.ts';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from './problem/index.ts';

/** What is configured, or why nothing may be started. */
export function configuredMachines(place: Place): Result<EnvironmentsConfig> {
  const file = environmentsFile(place);
  const shown = file.startsWith(`${place.home}/`) ? `~${file.slice(place.home.length)}` : file;
  let text: string;
  let mode: number;
  try {
    text = readFileSync(file, 'utf8');
    mode = statSync(file).mode;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') return fail({ what: `${shown} cannot be read.`, why: causeOf(error), next: '' });
    const url = place.env.CODEX_EXEC_SERVER_URL;
    return ok(url === undefined ? ONLY_LOCAL : environmentsOfVariable(url));
  }
  const read = readEnvironments(text, shown);
  if (read.ok && holdsSecret(read.value) && (mode & 0o077) !== 0) return fail(isOpenToOthers(shown));
  return read;
}

export function environmentsFile({ codexHome }: Place): string {
  return path.join(codexHome, 'environments.toml');
}

/** Opens them for one session. Those with an address are connected to in the background, commands when they are needed. */
export function openMachines(
  config: EnvironmentsConfig,
  place: Place,
  engine: LocalEnvironment,
  shell: string,
): Environments {
  const local = config.includesLocal ? [localPlaceOf(place, engine, shell)] : [];
  const outputLimits = place.config.output_file_limit === null ? {} : { fileBytes: place.config.output_file_limit };
  const telemetry = findTelemetry(place.env.TRACEPARENT).then(({ client }) => client);
  const remote = config.environments.map((it) => openMachine(machineOf(it, place), { outputLimits, telemetry }));
  return openEnvironments([...local, ...remote], config.first);
}

/** One of them, for a single errand. The caller disposes of it. */
export function openMachineNamed(name: string, place: Place): Result<Environment> {
  const configured = configuredMachines(place);
  if (!configured.ok) return configured;
  const { environments } = configured.value;
  const found = environments.find((it) => it.name === name);
  if (found !== undefined) return ok(openMachine(machineOf(found, place)));
  const names = environments.map((it) => it.name).join(', ');
  return fail({
    what: `There is no machine ${name}.`,
    why: names === '' ? 'No environment is configured.' : `There are: ${names}.`,
    next: `Add it to ${environmentsFile(place)}.`,
  });
}

function machineOf(config: EnvironmentConfig, place: Place): RemoteMachine {
  const { name, initializeMs } = config;
  switch (config.kind) {
    case 'url': {
      const { url, token, connectMs } = config;
      return { kind: 'url', name, url, token: () => tokenOf(token, place), connectMs, initializeMs };
    }
    case 'program': {
      const { program, args } = config;
      const cwd = path.resolve(place.codexHome, config.cwd ?? '.');
      return {
        kind: 'program',
        name,
        program,
        args,
        env: { ...ownVariables(place), ...config.env },
        cwd,
        initializeMs,
      };
    }
  }
}

/** Read for each connection, so that a new token needs no restart. */
function tokenOf(source: TokenSource | null, { env, codexHome }: Place): Result<string | null, string> {
  switch (source?.kind) {
    case undefined:
      return ok(null);
    case 'text':
      return ok(source.token);
    case 'variable': {
      const token = env[source.name]?.trim() ?? '';
      return token === '' ? fail(`the variable ${source.name}, which should have its token, is not set`) : ok(token);
    }
    case 'file':
      try {
        return ok(readFileSync(path.resolve(codexHome, source.path), 'utf8').trim());
      } catch (error) {
        return fail(`the file with its token cannot be read: ${causeOf(error)}`);
      }
  }
}

/** What ssh and the like need of ours, without any key. */
function ownVariables({ env, config }: Place): Record<string, string> {
  const secrets = new Set(keyNamesOf(config));
  return Object.fromEntries(Object.entries(definedOnly(env)).filter(([name]) => !secrets.has(name)));
}

function isOpenToOthers(file: string): Problem {
  return {
    what: `${file} holds a token, and other users may read it.`,
    why: '',
    next: `chmod 600 ${file}, or name the token's own file or variable: auth_bearer_token_file, auth_bearer_token_env.`,
  };
}
