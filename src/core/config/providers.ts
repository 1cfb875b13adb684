// Which provider a configuration and an environment ask for, or what is missing for it.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { KeySource, StoredLogin } from '../auth/index.ts';
import { type BuiltInProvider, builtInProviders } from './built-in-providers.ts';
import type { Config, ProviderTable } from './config.ts';
import { keyText } from './key-text.ts';
import { knownWindow } from './known-windows.ts';
import { nearestName } from './nearest.ts';
import type { SearchSettings } from './reference-model.ts';

/** A server and how it is spoken to. Says where the key is, and never holds it. */
export interface ModelChoice {
  readonly kind: 'model';
  readonly wire: 'responses' | 'chat';
  readonly id: string;
  /** For the screen. */
  readonly name: string;
  readonly model: string;
  readonly baseUrl: string;
  /** Null: no key is sent. */
  readonly key: KeySource | null;
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
  /** What the search is told besides. */
  readonly search?: SearchSettings;
}

/** The same where nobody named a model: its server is asked which it has, see `pickModel`. */
export interface UnpickedChoice extends Omit<ModelChoice, 'kind' | 'model'> {
  readonly kind: 'unpicked';
}

export type ProviderChoice = { readonly kind: 'shell' } | ModelChoice | UnpickedChoice;

type Variables = Readonly<Record<string, string | undefined>>;

const SHELL = 'shell';

/** codex-cli's own variable for a key, which wins over what is stored; that wins over the one of everybody. */
const OWN_KEY = 'CODEX_API_KEY';
const OPENAI_KEY = 'OPENAI_API_KEY';

/**
 * A key in the environment or in auth.json is enough; without any there is no model, which is a way to work and no
 * failure. A login of codex-cli that is of no use here is none.
 */
export function resolveProvider(
  config: Config,
  env: Variables,
  login: StoredLogin = { kind: 'none' },
  cwd = '.',
): Result<ProviderChoice> {
  const hasKey = isSet(env, OWN_KEY) || isSet(env, OPENAI_KEY) || login.kind === 'key' || login.kind === 'unusable';
  const id = config.model_provider ?? (hasKey ? 'openai' : SHELL);
  if (id === SHELL) return ok({ kind: 'shell' });
  const written = ownValue(config.model_providers, id);
  const builtIn = ownValue(builtInProviders, id);
  if (written === null && builtIn === null) return fail(unknownProvider(id, config));
  return choose({ id, written, builtIn, config, env, login, cwd });
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
  return [...new Set([OWN_KEY, ...builtIn, ...named, ...ofServers].filter((name) => name !== null))];
}

interface Asked {
  readonly id: string;
  readonly written: ProviderTable | null;
  readonly builtIn: BuiltInProvider | null;
  readonly config: Config;
  readonly env: Variables;
  readonly login: StoredLogin;
  readonly cwd: string;
}

function choose(asked: Asked): Result<ModelChoice | UnpickedChoice> {
  const { id, written, builtIn, config, env } = asked;
  const at = tableOf(id);
  const moved = id === 'openai' ? config.openai_base_url : null;
  const baseUrl = written?.base_url ?? moved ?? movedTo(builtIn, env) ?? builtIn?.baseUrl ?? null;
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
  const key = keySource(asked);
  if (!key.ok) return key;
  const model = config.model ?? builtIn?.model ?? null;
  const server = {
    wire: written?.wire_api ?? builtIn?.wire ?? 'responses',
    id,
    name: written?.name ?? builtIn?.name ?? id,
    baseUrl: baseUrl.replace(/\/+$/, ''),
    key: key.value,
    headers: {
      ...fromVariables(builtIn?.envHeaders ?? {}, env),
      ...written?.http_headers,
      ...fromVariables(written?.env_http_headers ?? {}, env),
    },
    query: written?.query_params ?? {},
    requestRetries: written?.request_max_retries ?? 4,
    streamRetries: written?.stream_max_retries ?? 5,
    idleTimeoutMs: written?.stream_idle_timeout_ms ?? 300_000,
    contextWindow: config.model_context_window ?? (model === null ? null : knownWindow(model)),
    options: {
      effort: config.model_reasoning_effort,
      summary: config.model_reasoning_summary,
      verbosity: config.model_verbosity,
      maxOutputTokens: config.model_max_output_tokens,
      webSearch: config.tools.web_search === false ? 'disabled' : (config.web_search ?? 'cached'),
      ...(isSearchSettings(config.tools.web_search) ? { search: config.tools.web_search } : {}),
    },
    searches: id === 'openai' && written?.base_url == null,
  } as const;
  return ok(model === null ? { kind: 'unpicked', ...server } : { kind: 'model', model, ...server });
}

/**
 * A table that moves a built-in provider to another server must say which key it gets: a key that was meant for the
 * first one is not sent to the second by default.
 */
function keySource(asked: Asked): Result<KeySource | null> {
  const { id, written, builtIn, env, cwd } = asked;
  const at = tableOf(id);
  const {
    command = null,
    args = [],
    timeout_ms = 5000,
    refresh_interval_ms = 0,
    cwd: folder = null,
  } = written?.auth ?? {};
  const named = written?.env_key ?? null;
  const bearer = written?.experimental_bearer_token ?? null;
  if (command !== null) {
    if (named !== null || bearer !== null || written?.requires_openai_auth === true)
      return fail({
        what: `${at} says more than one place for its key.`,
        why: '',
        next: 'Keep auth, or the other one.',
      });
    const program = {
      argv: [command, ...args] as const,
      cwd: folder ?? cwd,
      limitMs: timeout_ms,
      refreshMs: refresh_interval_ms,
    };
    return ok({ kind: 'program', at: `auth in ${at}`, program });
  }
  if (named !== null) return isSet(env, named) ? ok({ kind: 'variable', name: named }) : fail(notSet(named, asked));
  if (bearer !== null) return ok({ kind: 'written', at: `experimental_bearer_token in ${at}`, read: () => bearer });
  const wantsOpenAi =
    written?.requires_openai_auth === true || (builtIn?.keyEnv === OPENAI_KEY && written?.base_url == null);
  return wantsOpenAi ? openAiKey(asked) : ok(null);
}

/** In the order in which codex-cli looks. */
function openAiKey(asked: Asked): Result<KeySource> {
  const { env, login } = asked;
  if (isSet(env, OWN_KEY)) return ok({ kind: 'variable', name: OWN_KEY });
  if (login.kind === 'key') return ok({ kind: 'file', path: login.file });
  if (login.kind === 'unusable') return fail(login.problem);
  if (isSet(env, OPENAI_KEY)) return ok({ kind: 'variable', name: OPENAI_KEY });
  const problem = notSet(OPENAI_KEY, asked);
  if (login.kind === 'none') return fail(problem);
  return fail({
    ...problem,
    why: `The ChatGPT login in ${login.file} is codex-cli's alone; here it takes an API key.`,
  });
}

function notSet(name: string, { id, written }: Asked): Problem {
  const how = written?.env_key_instructions ?? '';
  const stored = name === OPENAI_KEY ? `, or store a key: printenv KEY | codex login --with-api-key` : '';
  return {
    what: `${name} is not set; model provider ${id} takes its key from it.`,
    why: how,
    next: `Set it (export ${name}=…) and start again${stored}.`,
  };
}

function isSearchSettings(value: SearchSettings | boolean | null): value is SearchSettings {
  return typeof value === 'object' && value !== null;
}

function tableOf(id: string): string {
  return `[${keyText(['model_providers', id])}]`;
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
