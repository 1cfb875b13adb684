// The Responses API: items go out and come back as they are.

import type { ModelChoice } from '../config/providers.ts';
import type { ModelRequest } from './provider.ts';
import type { Json, ResponseItem } from './response-item.ts';
import { readResponsesStream } from './responses-stream.ts';
import type { Wire } from './wire.ts';

/** Models that answer with reasoning only they can read, which must come back to them encrypted. */
const REASONING_MODELS = /^(?:o\d|gpt-5|codex)/;

export const responsesWire: Wire = { path: '/responses', body: responsesBody, read: readResponsesStream };

function responsesBody(choice: ModelChoice, request: ModelRequest): { readonly [key: string]: Json } {
  const { model, options } = choice;
  return {
    model,
    instructions: request.instructions,
    input: request.input.filter(canBeSentBack),
    tools: [...request.tools.map((tool) => ({ ...tool })), ...searchTool(choice)],
    tool_choice: 'auto',
    parallel_tool_calls: true,
    store: false,
    stream: true,
    ...(REASONING_MODELS.test(model) ? { include: ['reasoning.encrypted_content'] } : {}),
    ...reasoningOf(choice),
    ...textOptions(choice, request),
    ...(options.maxOutputTokens === null ? {} : { max_output_tokens: options.maxOutputTokens }),
    ...(request.cacheKey === undefined ? {} : { prompt_cache_key: request.cacheKey }),
  };
}

/** Only where the provider has it, and a person wants it. */
function searchTool({ options, searches }: ModelChoice): readonly { readonly [key: string]: Json }[] {
  if (!searches || options.webSearch === 'disabled') return [];
  return [{ type: 'web_search', external_web_access: options.webSearch === 'live' }];
}

/** A model that does not think refuses to be told how. */
function reasoningOf({ model, options: { effort, summary } }: ModelChoice): { readonly reasoning?: Json } {
  if (effort === null && !REASONING_MODELS.test(model)) return {};
  return {
    reasoning: {
      ...(effort === null ? {} : { effort }),
      ...(summary === 'none' ? {} : { summary }),
    },
  };
}

function textOptions({ options }: ModelChoice, { outputSchema }: ModelRequest): { readonly text?: Json } {
  const format =
    outputSchema === undefined
      ? {}
      : { format: { type: 'json_schema', name: 'answer', strict: true, schema: outputSchema } };
  const verbosity = options.verbosity === null ? {} : { verbosity: options.verbosity };
  const text = { ...format, ...verbosity };
  return Object.keys(text).length === 0 ? {} : { text };
}

/** Reasoning that is neither readable nor encrypted is only a name of something the server did not store. */
function canBeSentBack(item: ResponseItem): boolean {
  if (item.type !== 'reasoning') return true;
  const hasContent = Array.isArray(item.content) && item.content.length > 0;
  return hasContent || typeof item.encrypted_content === 'string';
}
