// Who answers in a session of this program's own: what flags, configuration, environment and login say together, and
// the model a server has where nobody named one.

import {
  type Config,
  createModelProvider,
  createShellProvider,
  createUnpickedProvider,
  type Json,
  type OwnSettings,
  type Provider,
  pickModel,
  resolveProvider,
  storedLogin,
} from './core/index.ts';
import type { Place } from './place.ts';
import { ok, type Problem, type Result } from './problem/index.ts';

export interface ProviderWishes {
  /** As a flag says it, or null. */
  readonly model: string | null;
  /** A server on this machine is meant. */
  readonly isLocal: boolean;
  /** False: a program reads what a person's own commands print, so they get pipes. */
  readonly hasTerminal: boolean | undefined;
  /** A JSON schema that every answer must fulfil. */
  readonly outputSchema: { readonly [key: string]: Json } | undefined;
  /** Somebody is there who can start a server that is not: the session does not wait for it. */
  readonly isAttended: boolean;
}

export interface ProviderOfSession {
  readonly provider: Provider;
  /** Null: there is none, or none is picked yet. */
  readonly model: string | null;
  /** To be said once. */
  readonly notices: readonly Problem[];
}

/** A screen is not held up for longer by a server that does not say which models it has. */
const START_PATIENCE_MS = 1000;

/** Models of OpenAI: the last one used is taken again only where it can be had. */
const OPENAI_MODEL = /^(?:gpt-(?!oss)|o\d|codex|chatgpt|ft:)/;

/** `memory` is asked only where neither flag nor configuration names a model. */
export async function providerOfSession(
  place: Place,
  { model, isLocal, hasTerminal, outputSchema, isAttended }: ProviderWishes,
  memory: () => Promise<OwnSettings>,
): Promise<Result<ProviderOfSession>> {
  const { env, codexHome, cwd } = place;
  const config = isLocal ? await withLocalServer(place.config, env) : place.config;
  const named = model ?? config.model;
  const login = storedLogin(codexHome);
  const choice = resolveProvider({ ...config, model: named }, env, login, cwd);
  if (!choice.ok) return choice;
  if (choice.value.kind === 'shell') {
    const isUnused = login.kind === 'chatgpt' && config.model_provider === null;
    const provider = createShellProvider(undefined, hasTerminal);
    return ok({ provider, model: null, notices: isUnused ? [unusedLogin(login.file)] : [] });
  }
  const last = named === null ? (await memory()).lastModel() : null;
  const options = { env };
  if (choice.value.kind === 'unpicked') {
    const picking = { preferred: last, ...(isAttended ? { patienceMs: START_PATIENCE_MS } : {}) };
    const picked = await pickModel(choice.value, options, picking);
    if (picked.ok) return answering(createModelProvider(picked.value, options), picked.value.model);
    if (!isAttended) return picked;
    const onPicked = (found: string): void => void memory().then((settings) => settings.rememberModel(found));
    return answering(createUnpickedProvider(choice.value, { ...options, preferred: last, onPicked }), null);
  }
  const again =
    last !== null && OPENAI_MODEL.test(last) ? resolveProvider({ ...config, model: last }, env, login, cwd) : choice;
  const taken = again.ok && again.value.kind === 'model' ? again.value : choice.value;
  return answering(createModelProvider(taken, options), taken.model);

  function answering(provider: Provider, taken: string | null): Result<ProviderOfSession> {
    return ok({ provider: answeringAs(provider, outputSchema), model: taken, notices: [] });
  }
}

function unusedLogin(file: string): Problem {
  return {
    what: `The ChatGPT login in ${file} cannot be used here: there is no model.`,
    why: '',
    next: 'Log in with an API key: codex login. Without one, model_provider = "shell" in config.toml is what is meant.',
  };
}

/** Servers that people run on their own machine, the commonest first. */
const LOCAL_SERVERS = ['ollama', 'lmstudio', 'llamacpp', 'vllm'] as const;

/** A configured model is one of the configured provider. Where none answers, the first one's problem says what to do. */
async function withLocalServer(config: Config, env: Place['env']): Promise<Config> {
  const at = (id: string): Config => ({
    ...config,
    model_provider: id,
    model: config.model_provider === id ? config.model : null,
  });
  if (config.oss_provider !== null) return at(config.oss_provider);
  const answers = await Promise.all(
    LOCAL_SERVERS.map(async (id) => {
      const choice = resolveProvider({ ...at(id), model: null }, env);
      return choice.ok && choice.value.kind === 'unpicked' && (await pickModel(choice.value, { env })).ok;
    }),
  );
  return at(LOCAL_SERVERS.find((_, index) => answers[index] === true) ?? LOCAL_SERVERS[0]);
}

/** The provider, asked for answers of this form. */
function answeringAs(provider: Provider, outputSchema: ProviderWishes['outputSchema']): Provider {
  if (outputSchema === undefined) return provider;
  return { ...provider, respond: (request, signal) => provider.respond({ ...request, outputSchema }, signal) };
}
