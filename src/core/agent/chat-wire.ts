// Chat Completions: a conversation of items as messages, for servers that speak nothing newer.

import type { ModelChoice } from '../config/providers.ts';
import { readChatStream } from './chat-stream.ts';
import { asFunctionItem, parametersOf } from './freeform.ts';
import type { ModelRequest, ToolSchema } from './provider.ts';
import { answeredCall, callOf, isMessage, type Json, type ResponseItem, textOf } from './response-item.ts';
import type { Wire } from './wire.ts';

export const chatWire: Wire = { path: '/chat/completions', body: chatBody, read: readChatStream };

type Fields = { readonly [key: string]: Json };

/** OpenAI's own reasoning models refuse the older name, most other servers know no newer one. */
const NEWER_LIMIT = /(?:^|\/)(?:o\d|gpt-5|codex)/i;

function chatBody({ model, options }: ModelChoice, request: ModelRequest): Fields {
  const { tools, outputSchema } = request;
  const limit = NEWER_LIMIT.test(model) ? 'max_completion_tokens' : 'max_tokens';
  return {
    model,
    messages: messagesOf(request),
    stream: true,
    stream_options: { include_usage: true },
    ...(tools.length === 0 ? {} : { tools: tools.map(toolOf), tool_choice: 'auto', parallel_tool_calls: true }),
    ...(options.effort === null ? {} : { reasoning_effort: options.effort }),
    ...(options.verbosity === null ? {} : { verbosity: options.verbosity }),
    ...(options.maxOutputTokens === null ? {} : { [limit]: options.maxOutputTokens }),
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

function toolOf(tool: ToolSchema): Fields {
  const { name, description } = tool;
  return { type: 'function', function: { name, description, parameters: parametersOf(tool) } };
}

/**
 * Servers of small models make a text of the messages by a template, and many templates refuse what is out of order:
 * a second system message, two messages of a person in a row, anything between calls and their answers.
 */
function messagesOf({ instructions, input }: ModelRequest): readonly Fields[] {
  const messages: Fields[] = [];
  const system = [instructions];
  /** The thoughts that belong to the next call; those of earlier turns are of no use to anybody. */
  let thoughts = '';
  const turn = input.findLastIndex((item) => isMessage(item) && item.role === 'user');
  for (const [index, item] of input.entries()) {
    const answered = answeredCall(item);
    if (callOf(item) !== null) {
      addCall(messages, item, thoughts);
      thoughts = '';
    } else if (answered !== null) {
      messages.push(...answerMessages(answered, item.output ?? ''));
    } else if (isMessage(item)) {
      const isOurs = item.role === 'system' || item.role === 'developer';
      if (isOurs && messages.length === 0) system.push(textOf(item));
      else messages.push({ role: isOurs ? 'user' : item.role, content: contentOf(item) });
    } else if (item.type === 'reasoning' && index > turn) {
      thoughts += readableThoughts(item);
    }
    // Other items, searches for example, are for the server that made them.
  }
  return joined([{ role: 'system', content: system.join('\n\n') }, ...inOrder(messages)]);
}

/** Calls of one response stand in one message, behind what was said with them. */
function addCall(messages: Fields[], item: ResponseItem, thoughts: string): void {
  const { call_id: id = '', name = '', arguments: args = '' } = asFunctionItem(item);
  const made: Fields = { id, type: 'function', function: { name, arguments: validArguments(String(args)) } };
  const last = messages.at(-1);
  const thought = thoughts === '' ? {} : { reasoning_content: thoughts };
  if (last?.role !== 'assistant') {
    messages.push({ role: 'assistant', content: null, ...thought, tool_calls: [made] });
    return;
  }
  messages[messages.length - 1] = { ...last, ...thought, tool_calls: [...callsOf(last), made] };
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

/** An answer is a text here; what else is in it follows as a person's message. */
function answerMessages(call: string, output: Json): Fields[] {
  const parts = Array.isArray(output) ? output : [{ type: 'input_text', text: output }];
  const text = parts.map((part) => (isFields(part) && typeof part.text === 'string' ? part.text : '')).join('');
  const images = parts.flatMap(imageOf);
  const answer: Fields = { role: 'tool', tool_call_id: call, content: text };
  return images.length === 0 ? [answer] : [answer, { role: 'user', content: images }];
}

const NO_ANSWER = 'No answer: it was interrupted.';

/** Each message with calls is followed by exactly their answers; what came between comes behind them. */
function inOrder(messages: readonly Fields[]): Fields[] {
  const ordered: Fields[] = [];
  const left = [...messages];
  for (let message = left.shift(); message !== undefined; message = left.shift()) {
    // An answer without its call: the call was left out of a conversation that was made shorter.
    if (message.role === 'tool') continue;
    ordered.push(message);
    for (const call of callsOf(message)) {
      const id = isFields(call) ? (call.id ?? '') : '';
      const at = left.findIndex((other) => other.role === 'tool' && other.tool_call_id === id);
      const [answer] = at < 0 ? [] : left.splice(at, 1);
      ordered.push(answer ?? { role: 'tool', tool_call_id: id, content: NO_ANSWER });
    }
  }
  return ordered;
}

/** Messages of one side in a row are one. */
function joined(messages: readonly Fields[]): readonly Fields[] {
  const all: Fields[] = [];
  for (const message of messages) {
    const last = all.at(-1);
    const canJoin = message.role === 'user' || (message.role === 'assistant' && callsOf(last ?? {}).length === 0);
    if (last === undefined || last.role !== message.role || !canJoin) all.push(message);
    else all[all.length - 1] = { ...message, ...last, ...callsIn(message), content: contents(last, message) };
  }
  return all;
}

function callsIn(message: Fields): Fields {
  const calls = callsOf(message);
  return calls.length === 0 ? {} : { tool_calls: calls };
}

function contents({ content: first = '' }: Fields, { content: second = '' }: Fields): Json {
  if (first === null || first === '') return second;
  if (second === null || second === '') return first;
  if (typeof first === 'string' && typeof second === 'string') return `${first}\n\n${second}`;
  return [...partsOf(first), ...partsOf(second)];
}

function partsOf(content: Json): readonly Json[] {
  return Array.isArray(content) ? content : [{ type: 'text', text: content }];
}

function callsOf({ tool_calls: calls }: Fields): readonly Json[] {
  return Array.isArray(calls) ? calls : [];
}

function readableThoughts({ content }: ResponseItem): string {
  const parts = Array.isArray(content) ? content : [];
  return parts.map((part) => (isFields(part) && typeof part.text === 'string' ? part.text : '')).join('\n\n');
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
