// Tools that take one text instead of arguments: who knows them, and what the others get in their place.

import type { ToolSchema } from './provider.ts';
import type { Json, ResponseItem } from './response-item.ts';

type Fields = { readonly [key: string]: Json };

/** OpenAI's models from GPT-5 on, also behind somebody who sells them on. */
const KNOWS_THEM = /(?:^|\/)(?:gpt-(?:[5-9]|\d\d)|codex)/i;

export function knowsFreeform(model: string): boolean {
  return KNOWS_THEM.test(model);
}

/** The arguments of a tool, where each has some. */
export function parametersOf(tool: ToolSchema): Fields {
  if (tool.type === 'function') return tool.parameters;
  return {
    type: 'object',
    properties: { input: { type: 'string', description: 'The whole text.' } },
    required: ['input'],
    additionalProperties: false,
  };
}

export function asFunction(tool: ToolSchema): Fields {
  const { name, description } = tool;
  return { type: 'function', name, description, strict: false, parameters: parametersOf(tool) };
}

/** A call of such a tool, or its answer, as one of a tool with arguments. */
export function asFunctionItem(item: ResponseItem): ResponseItem {
  if (item.type === 'custom_tool_call') {
    const { input = '', type: _type, ...rest } = item;
    return { ...rest, type: 'function_call', arguments: JSON.stringify({ input }) };
  }
  return item.type === 'custom_tool_call_output' ? { ...item, type: 'function_call_output' } : item;
}
