// Chat Completions: a conversation of items as messages, for servers that speak nothing newer.

import type { ModelChoice } from '../config/providers.ts';
import { readChatStream } from './chat-stream.ts';
import type { ModelRequest, ToolSchema } from './provider.ts';
import { callOf, isMessage, type Json, type ResponseItem, textOf } from './response-item.ts';
import type { Wire } from './wire.ts';

export const chatWire: Wire = { path: '/chat/completions', body: chatBody, read: readChatStream };

type Fields = { readonly [key: string]: Json };

function chatBody({ model, options }: ModelChoice, request: ModelRequest): Fields {
  const { tools, outputSchema } = request;
  return {
    model,
    messages: [{ role: 'system', content: request.instructions }, ...messagesOf(request.input)],
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length === 0 ? {} : { tools: tools.map(functionOf), tool_choice: 'auto', parallel_tool_calls: true }),
    ...(options.effort === null ? {} : { reasoning_effort: options.effort }),
    ...(options.verbosity === null ? {} : { verbosity: options.verbosity }),
    ...(options.maxOutputTokens === null ? {} : { max_tokens: options.maxOutputTokens }),
    ...(outputSchema === undefined
      ? {}
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: 'answer', strict: true, schema: outputSchema },
          },
        }),
  };
}

/** Here every tool takes arguments: one that takes a text takes it as its only one. */
function functionOf(tool: ToolSchema): Fields {
  const { name, description } = tool;
  const parameters: Json =
    tool.type === 'function'
      ? tool.parameters
      : {
          type: 'object',
          properties: { input: { type: 'string', description: 'The whole text.' } },
          required: ['input'],
          additionalProperties: false,
        };
  return { type: 'function', function: { name, description, parameters } };
}

/** Calls of one response stand in one message, and pictures in one of the person's: nothing else is taken. */
function messagesOf(items: readonly ResponseItem[]): Fields[] {
  const messages: Fields[] = [];
  for (const item of items) {
    const call = callOf(item);
    if (call !== null) addCall(messages, item, call);
    else if (item.type.endsWith('_call_output')) messages.push(...answerMessages(item));
    else if (isMessage(item)) messages.push({ role: roleOf(item.role), content: contentOf(item) });
    // Thoughts and searches are for the server that had them.
  }
  return answersBehindCalls(messages);
}

function addCall(
  messages: Fields[],
  { type }: ResponseItem,
  { call, name, input }: { readonly call: string; readonly name: string; readonly input: string },
): void {
  const args = type === 'custom_tool_call' ? JSON.stringify({ input }) : validArguments(input);
  const made = { id: call, type: 'function', function: { name, arguments: args } };
  const last = messages.at(-1);
  if (last?.role !== 'assistant') {
    messages.push({ role: 'assistant', content: null, tool_calls: [made] });
    return;
  }
  const before = Array.isArray(last.tool_calls) ? last.tool_calls : [];
  messages[messages.length - 1] = { ...last, tool_calls: [...before, made] };
}

/** Some servers refuse a whole conversation for one call that their own model wrote badly. */
function validArguments(text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    // The model is told what was wrong by the answer to the call.
    return '{}';
  }
}

function answerMessages({ call_id: call, output }: ResponseItem): Fields[] {
  const parts = Array.isArray(output) ? output : [{ type: 'input_text', text: output ?? '' }];
  const text = parts.map((part) => (isFields(part) && typeof part.text === 'string' ? part.text : '')).join('');
  const images = parts.flatMap(imageOf);
  const answer = { role: 'tool', tool_call_id: call ?? '', content: text };
  return images.length === 0 ? [answer] : [answer, { role: 'user', content: images }];
}

/** What a person's message among the answers would part comes behind all of them. */
function answersBehindCalls(messages: readonly Fields[]): Fields[] {
  const ordered: Fields[] = [];
  let waiting: Fields[] = [];
  let open = 0;
  for (const message of messages) {
    if (Array.isArray(message.tool_calls)) open = message.tool_calls.length;
    if (open > 0 && message.role === 'user') {
      waiting.push(message);
      continue;
    }
    ordered.push(message);
    if (message.role === 'tool') open -= 1;
    if (open > 0) continue;
    ordered.push(...waiting);
    waiting = [];
  }
  return [...ordered, ...waiting];
}

function roleOf(role: string): string {
  return role === 'developer' ? 'system' : role;
}

function contentOf(item: ResponseItem): Json {
  const parts = Array.isArray(item.content) ? item.content : [];
  const images = parts.flatMap(imageOf);
  const text = textOf(item);
  return images.length === 0 ? text : [{ type: 'text', text }, ...images];
}

function imageOf(part: Json): Fields[] {
  if (!isFields(part) || part.type !== 'input_image' || typeof part.image_url !== 'string') return [];
  return [{ type: 'image_url', image_url: { url: part.image_url } }];
}

function isFields(value: Json | undefined): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
