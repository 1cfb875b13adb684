// The Responses API: items go out and come back as they are, but for what another server would not understand.

import type { ModelChoice } from '../config/providers.ts';
import { asFunction, asFunctionItem, knowsFreeform } from './freeform.ts';
import type { ModelRequest } from './provider.ts';
import type { Json, ResponseItem } from './response-item.ts';
import { readResponsesStream } from './responses-stream.ts';
import type { Wire } from './wire.ts';

/** Models that answer with reasoning only they can read, which must come back to them encrypted. */
const REASONING_MODELS = /(?:^|\/)(?:o\d|gpt-5|codex)/i;

export const responsesWire: Wire = { path: '/responses', body: responsesBody, read: readResponsesStream };

function responsesBody(choice: ModelChoice, request: ModelRequest): { readonly [key: string]: Json } {
  const { model, options } = choice;
  const tools = toolsOf(choice, request);
  return {
    model,
    instructions: request.instructions,
    input: inputOf(choice, request.input),
    ...(tools.length === 0 ? {} : { tools, tool_choice: 'auto', parallel_tool_calls: true }),
    store: false,
    stream: true,
    ...(REASONING_MODELS.test(model) ? { include: ['reasoning.encrypted_content'] } : {}),
    ...reasoningOf(choice),
    ...textOptions(choice, request),
    ...(options.maxOutputTokens === null ? {} : { max_output_tokens: options.maxOutputTokens }),
    ...(request.cacheKey === undefined ? {} : { prompt_cache_key: request.cacheKey }),
  };
}

/** A request without tools is not for searching either. */
function toolsOf(choice: ModelChoice, { tools }: ModelRequest): readonly Json[] {
  if (tools.length === 0) return [];
  const isKnown = knowsFreeform(choice.model);
  return [
    ...tools.map((tool): Json => (tool.type === 'custom' && !isKnown ? asFunction(tool) : { ...tool })),
    ...searchTool(choice),
  ];
}

/** Only where the provider has it, and a person wants it. */
function searchTool({ options, searches }: ModelChoice): readonly Json[] {
  if (!searches || options.webSearch === 'disabled') return [];
  const { context_size, allowed_domains, location } = options.search ?? {};
  return [
    {
      type: 'web_search',
      external_web_access: options.webSearch === 'live',
      ...(context_size === undefined ? {} : { search_context_size: context_size }),
      ...(allowed_domains === undefined ? {} : { filters: { allowed_domains } }),
      ...(location === undefined ? {} : { user_location: { type: 'approximate', ...definedOnly(location) } }),
    },
  ];
}

function definedOnly(fields: { readonly [name: string]: string | undefined }): { readonly [name: string]: string } {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
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

function inputOf({ model }: ModelChoice, items: readonly ResponseItem[]): readonly ResponseItem[] {
  const isKnown = knowsFreeform(model);
  return withOwnIds(items.filter((item) => canBeSentBack(item, model))).map((item) =>
    isKnown ? item : asFunctionItem(item),
  );
}

/**
 * Encrypted reasoning is for the model that wrote it, and readable reasoning for the server that named it. What is
 * neither is only a name of something the server did not store, or a thought of a model behind another protocol.
 */
function canBeSentBack(item: ResponseItem, model: string): boolean {
  if (item.type !== 'reasoning') return true;
  if (typeof item.encrypted_content === 'string') return REASONING_MODELS.test(model);
  return typeof item.id === 'string' && Array.isArray(item.content) && item.content.length > 0;
}

/** Some servers name several items alike, and others refuse a conversation in which two have one name. */
function withOwnIds(items: readonly ResponseItem[]): readonly ResponseItem[] {
  const seen = new Set<string>();
  return items.flatMap((item) => {
    const { id, ...rest } = item;
    if (typeof id !== 'string') return [item];
    const isFirst = !seen.has(id);
    seen.add(id);
    if (isFirst) return [item];
    // Without its name reasoning is nothing that a server takes; anything else is.
    return item.type === 'reasoning' ? [] : [{ ...rest, type: item.type }];
  });
}
