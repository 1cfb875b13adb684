// Who answers in a session of this program's own: what flags, configuration, environment and login say together, and
// the model a server has where nobody named one.

import {
  type Config,
  createModelProvider,
  createShellProvider,
  type Json,
  type OwnSettings,
  type Provider,
  pickModel,
  resolveProvider,
  storedLogin,
} from './core/index.ts';
import type { Place } from './place.ts';
import { ok, type Result } from './problem/index.ts';

export interface ProviderWishes {
  /** As a flag says it, or null. */
  readonly model: string | null;
  /** A server on this machine is meant. */
  readonly isLocal: boolean;
  /** False: a program reads what a person's own commands print, so they get pipes. */
  readonly hasTerminal: boolean | undefined;
  /** A JSON schema that every answer must fulfil. */
  readonly outputSchema: { readonly [key: string]: Json } | undefined;
}

/** Models of OpenAI: the last one used is taken again only where it can be had. */
const OPENAI_MODEL = /^(?:gpt-(?!oss)|o\d|codex|chatgpt|ft:)/;

/** `memory` is asked only where neither flag nor configuration names a model. */
export async function providerOfSession(
  place: Place,
  { model, isLocal, hasTerminal, outputSchema }: ProviderWishes,
  memory: () => Promise<OwnSettings>,
): Promise<Result<Provider>> {
  const { env, codexHome, cwd } = place;
  const config = isLocal ? await withLocalServer(place.config, env) : place.config;
  const named = model ?? config.model;
  const login = storedLogin(codexHome);
  const choice = resolveProvider({ ...config, model: named }, env, login, cwd);
  if (!choice.ok) return choice;
  if (choice.value.kind === 'shell') return ok(createShellProvider(undefined, hasTerminal));
  const last = named === null ? (await memory()).lastModel() : null;
  const options = { env };
  if (choice.value.kind === 'unpicked') {
    const picked = await pickModel(choice.value, options, last);
    return picked.ok ? ok(answeringAs(createModelProvider(picked.value, options), outputSchema)) : picked;
  }
  const again =
    last !== null && OPENAI_MODEL.test(last) ? resolveProvider({ ...config, model: last }, env, login, cwd) : choice;
  const taken = again.ok && again.value.kind === 'model' ? again.value : choice.value;
  return ok(answeringAs(createModelProvider(taken, options), outputSchema));
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
