// Which provider a configuration and an environment ask for, or what is missing for it.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type BuiltInProvider, builtInProviders } from './built-in-providers.ts';
import type { Config, ProviderTable } from './config.ts';
import { keyText } from './key-text.ts';
import { knownWindow } from './known-windows.ts';
import { nearestName } from './nearest.ts';

/** A server and how it is spoken to. Holds the name of the key's variable, never the key. */
export interface ModelChoice {
  readonly kind: 'model';
  readonly wire: 'responses' | 'chat';
  readonly id: string;
  /** For the screen. */
  readonly name: string;
  readonly model: string;
  readonly baseUrl: string;
  /** The variable that holds the key, which is set; null: no key is sent. */
  readonly key: { readonly env: string } | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: Readonly<Record<string, string>>;
  readonly requestRetries: number;
  readonly streamRetries: number;
  readonly idleTimeoutMs: number;
  readonly contextWindow: number | null;
  readonly options: ModelOptions;
  /** Whether its server can search the web. */
  readonly searches: boolean;
}

/** What a model is asked for beside an answer. Null: as the server likes. */
export interface ModelOptions {
  readonly effort: string | null;
  readonly summary: 'auto' | 'concise' | 'detailed' | 'none';
  readonly verbosity: string | null;
  readonly maxOutputTokens: number | null;
  readonly webSearch: 'disabled' | 'cached' | 'indexed' | 'live';
}

export type ProviderChoice = { readonly kind: 'shell' } | ModelChoice;

type Variables = Readonly<Record<string, string | undefined>>;

const SHELL = 'shell';

/** A key in the environment is enough; without any there is no model, which is a way to work and no failure. */
export function resolveProvider(config: Config, env: Variables): Result<ProviderChoice> {
  const id = config.model_provider ?? (isSet(env, 'OPENAI_API_KEY') ? 'openai' : SHELL);
  if (id === SHELL) return ok({ kind: 'shell' });
  const written = ownValue(config.model_providers, id);
  const builtIn = ownValue(builtInProviders, id);
  if (written === null && builtIn === null) return fail(unknownProvider(id, config));
  return choose(id, written, builtIn, config, env);
}

/** Every variable this configuration takes a key or a secret header from: no command inherits them. */
export function keyNamesOf(config: Config): readonly string[] {
  const tables = Object.values(config.model_providers);
  const builtIn = Object.values(builtInProviders).map((provider) => provider.keyEnv);
  const named = tables.flatMap((table) => [table.env_key, ...Object.values(table.env_http_headers)]);
  const ofServers = Object.values(config.mcp_servers).flatMap((table) => [
    table.bearer_token_env_var,
    ...Object.values(table.env_http_headers),
  ]);
  return [...new Set([...builtIn, ...named, ...ofServers].filter((name) => name !== null))];
}

function choose(
  id: string,
  written: ProviderTable | null,
  builtIn: BuiltInProvider | null,
  config: Config,
  env: Variables,
): Result<ModelChoice> {
  const at = `[${keyText(['model_providers', id])}]`;
  const baseUrl = written?.base_url ?? movedTo(builtIn, env) ?? builtIn?.baseUrl ?? null;
  if (baseUrl === null) {
    return fail({ what: `Model provider ${id} has no address.`, why: '', next: `Set base_url in ${at}.` });
  }
  if (!isWebAddress(baseUrl)) {
    return fail({
      what: `The address of model provider ${id} is not possible: ${baseUrl}`,
      why: '',
      next: `Set base_url in ${at} to one that begins with http:// or https://.`,
    });
  }
  const model = config.model ?? builtIn?.model ?? null;
  if (model === null) {
    return fail({
      what: `No model is named for ${written?.name ?? builtIn?.name ?? id}.`,
      why: '',
      next: 'Set model = "…" in config.toml to one that its server has.',
    });
  }
  const keyEnv = keyVariable(written, builtIn);
  if (keyEnv !== null && !isSet(env, keyEnv)) {
    return fail({
      what: `${keyEnv} is not set; model provider ${id} takes its key from it.`,
      why: '',
      next: `Set it (export ${keyEnv}=…) and start again.`,
    });
  }
  return ok({
    kind: 'model',
    wire: written?.wire_api ?? builtIn?.wire ?? 'responses',
    id,
    name: written?.name ?? builtIn?.name ?? id,
    model,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    key: keyEnv === null ? null : { env: keyEnv },
    headers: {
      ...fromVariables(builtIn?.envHeaders ?? {}, env),
      ...written?.http_headers,
      ...fromVariables(written?.env_http_headers ?? {}, env),
    },
    query: written?.query_params ?? {},
    requestRetries: written?.request_max_retries ?? 4,
    streamRetries: written?.stream_max_retries ?? 5,
    idleTimeoutMs: written?.stream_idle_timeout_ms ?? 300_000,
    contextWindow: config.model_context_window ?? knownWindow(model),
    options: {
      effort: config.model_reasoning_effort,
      summary: config.model_reasoning_summary,
      verbosity: config.model_verbosity,
      maxOutputTokens: config.model_max_output_tokens,
      webSearch: config.web_search ?? 'cached',
    },
    searches: id === 'openai' && written?.base_url == null,
  });
}

/**
 * A table that moves a built-in provider to another server must say which key it gets: a key that was meant for the
 * first one is not sent to the second by default.
 */
function keyVariable(written: ProviderTable | null, builtIn: BuiltInProvider | null): string | null {
  if (written?.env_key != null) return written.env_key;
  if (written?.requires_openai_auth === true) return 'OPENAI_API_KEY';
  return written?.base_url == null ? (builtIn?.keyEnv ?? null) : null;
}

function movedTo(builtIn: BuiltInProvider | null, env: Variables): string | null {
  const name = builtIn?.baseUrlEnv ?? null;
  return name !== null && isSet(env, name) ? (env[name] ?? null) : null;
}

/** A variable that is not set adds no header. */
function fromVariables(names: Readonly<Record<string, string>>, env: Variables): Record<string, string> {
  return Object.fromEntries(
    Object.entries(names).flatMap(([header, name]) => (isSet(env, name) ? [[header, env[name] ?? '']] : [])),
  );
}

function isSet(env: Variables, name: string): boolean {
  return (env[name] ?? '').trim() !== '';
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

function ownValue<T>(record: Readonly<Record<string, T>>, key: string): T | null {
  return Object.hasOwn(record, key) ? (record[key] ?? null) : null;
}

function unknownProvider(id: string, config: Config): Problem {
  const known = [...new Set([SHELL, ...Object.keys(builtInProviders), ...Object.keys(config.model_providers)])];
  const meant = nearestName(id, known);
  return {
    what: `There is no model provider "${id}".`,
    why: `There are ${known.join(', ')}.`,
    next:
      meant === null
        ? `Add [${keyText(['model_providers', id])}] with its base_url, or name another one in model_provider.`
        : `Did you mean model_provider = "${meant}"?`,
  };
}
