// Which models a server has, how much they hold, and which of them is meant where nobody named one.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { ModelChoice, UnpickedChoice } from '../config/providers.ts';
import { countOf, type Fields, fieldsOf, listOf, textOf } from './loose-fields.ts';

export interface ListedModel {
  readonly id: string;
  /** Tokens; null where the server does not say. */
  readonly window: number | null;
  /** It is in memory, and would answer at once. */
  readonly isLoaded: boolean;
}

/** Asks for the JSON at a path below the server's address, or at one of its root (`/…`). Fails as a request does. */
export type GetJson = (path: string, signal: AbortSignal) => Promise<unknown>;

/** A server of this machine has a list at once; nobody waits longer for it. */
export const LIST_PATIENCE_MS = 5000;

/** What is no model to talk to. */
const OTHER_KINDS = /embed|rerank|whisper|\btts\b|speech|moderation|dall-e|\bbge-|\bclip\b|stable-diffusion/i;

/** A name goes to the screen and into the settings: a server could write anything there. */
const NAME = /^[^\p{Cc}\p{Cf}]{1,200}$/u;

/** Where servers of a person's own say more than the list that all have. */
const MORE: Readonly<Record<string, { readonly path: string; readonly read: (value: unknown) => ListedModel[] }>> = {
  ollama: {
    path: '/api/ps',
    read: (value) => listOf(fieldsOf(value).models).map((it) => listed(it, fieldsOf(it).context_length, true)),
  },
  lmstudio: {
    path: '/api/v0/models',
    read: (value) =>
      listOf(fieldsOf(value).data).map((it) => {
        const { state, loaded_context_length, max_context_length } = fieldsOf(it);
        return listed(it, loaded_context_length ?? max_context_length, state === 'loaded');
      }),
  },
  llamacpp: {
    path: '/props',
    read: (value) => [listed({}, fieldsOf(fieldsOf(value).default_generation_settings).n_ctx, true)],
  },
};

/** Throws what `get` throws for the list itself; what only some servers say more is left out in silence. */
export async function listModels(provider: string, get: GetJson, signal: AbortSignal): Promise<readonly ListedModel[]> {
  const more = MORE[provider];
  const [list, details] = await Promise.all([
    get('models', signal),
    // Not there in older versions.
    more === undefined ? [] : get(more.path, signal).then(more.read, () => []),
  ]);
  const models = listOf(fieldsOf(list).data ?? fieldsOf(list).models ?? list).map((it) =>
    listed(it, windowIn(it), false),
  );
  return models
    .filter(({ id }) => NAME.test(id))
    .map((model) => {
      // One that names no model speaks of the only one.
      const known = details.find(({ id }) => id === model.id) ?? details.find(({ id }) => id === '');
      if (known === undefined) return model;
      return { id: model.id, window: known.window ?? model.window, isLoaded: known.isLoaded };
    });
}

function listed(value: unknown, window: unknown, isLoaded: boolean): ListedModel {
  const { id, name, model } = fieldsOf(value);
  const tokens = countOf(window);
  return { id: textOf(id) || textOf(name) || textOf(model), window: tokens === 0 ? null : tokens, isLoaded };
}

/** vLLM, OpenRouter, Groq, llama.cpp. */
function windowIn(value: unknown): unknown {
  const fields: Fields = fieldsOf(value);
  const { n_ctx, n_ctx_train } = fieldsOf(fields.meta);
  return fields.max_model_len ?? fields.context_length ?? fields.context_window ?? n_ctx ?? n_ctx_train;
}

/** The only one there is; of several the one that was used last, that is loaded, or that the server names first. */
export function picked(
  choice: UnpickedChoice,
  models: readonly ListedModel[],
  preferred: string | null,
): Result<ModelChoice> {
  const talking = models.filter(({ id }) => !OTHER_KINDS.test(id));
  const model =
    talking.find(({ id }) => id === preferred) ?? talking.find(({ isLoaded }) => isLoaded) ?? talking.at(0) ?? null;
  if (model === null) return fail(noModel(choice));
  return ok({ ...choice, kind: 'model', model: model.id, contextWindow: choice.contextWindow ?? model.window });
}

const GET_ONE: Readonly<Record<string, string>> = {
  ollama: 'Get one: ollama pull gpt-oss:20b',
  lmstudio: 'Get one: lms get openai/gpt-oss-20b',
  llamacpp: 'Start it with one: llama-server -m MODEL.gguf',
  vllm: 'Start it with one: vllm serve MODEL',
};

function noModel({ id, name, baseUrl }: UnpickedChoice): Problem {
  return {
    what: `${name} has no model to talk to.`,
    why: `The list at ${baseUrl}/models is empty, or has only models for other things.`,
    next: GET_ONE[id] ?? 'Set model = "…" in config.toml.',
  };
}
