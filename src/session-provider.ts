// Who answers in a session of this program's own: what flags, configuration, environment and login say together, and
// the model a server has where nobody named one.

import {
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
  { model, hasTerminal, outputSchema }: ProviderWishes,
  memory: () => Promise<OwnSettings>,
): Promise<Result<Provider>> {
  const { config, env, codexHome, cwd } = place;
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

/** The provider, asked for answers of this form. */
function answeringAs(provider: Provider, outputSchema: ProviderWishes['outputSchema']): Provider {
  if (outputSchema === undefined) return provider;
  return { ...provider, respond: (request, signal) => provider.respond({ ...request, outputSchema }, signal) };
}
