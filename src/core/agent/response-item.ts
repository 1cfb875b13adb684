// What goes to a model and comes back from it: the items of the Responses API, as plain data.

/** What survives a trip through JSON. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * One item of a conversation. Every field the server sent is kept, known to us or not, because some (encrypted
 * reasoning, kinds that are newer than this program) have to go back exactly as they came.
 */
export interface ResponseItem {
  readonly type: string;
  readonly [field: string]: Json;
}

export interface MessageItem extends ResponseItem {
  readonly type: 'message';
  readonly role: string;
}

export interface FunctionCallItem extends ResponseItem {
  readonly type: 'function_call';
  readonly name: string;
  /** JSON text, as the model wrote it: it may be broken. */
  readonly arguments: string;
  readonly call_id: string;
}

export interface FunctionCallOutputItem extends ResponseItem {
  readonly type: 'function_call_output';
  readonly call_id: string;
}

/** Deeper than anything that means something, and shallow enough for whatever walks over it. */
const DEEPEST = 200;

export function isJson(value: unknown, depth = 0): value is Json {
  if (value === null) return true;
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'number':
      return true;
    case 'object': {
      if (depth >= DEEPEST) return false;
      const parts: readonly unknown[] = Array.isArray(value) ? value : Object.values(value);
      return parts.every((part) => isJson(part, depth + 1));
    }
    default:
      return false;
  }
}

/** The item in a parsed JSON value, or null when it is none. */
export function responseItemFrom(value: unknown): ResponseItem | null {
  return isJson(value) && isItem(value) ? value : null;
}

function isItem(value: Json): value is ResponseItem {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}

export function isMessage(item: ResponseItem): item is MessageItem {
  return item.type === 'message' && typeof item.role === 'string';
}

export function isFunctionCallOutput(item: ResponseItem): item is FunctionCallOutputItem {
  return item.type === 'function_call_output' && typeof item.call_id === 'string';
}

/** The text of a message, its parts joined; `''` for anything that has none. */
export function textOf(item: ResponseItem): string {
  const content = item.content;
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content.map(textOfPart).join('');
}

function textOfPart(part: Json): string {
  if (typeof part !== 'object' || part === null || !('text' in part)) return '';
  return typeof part.text === 'string' ? part.text : '';
}

/** `parts`: what goes with the text, an image for example. */
export function userMessage(text: string, parts: readonly Json[] = []): MessageItem {
  return { type: 'message', role: 'user', content: [{ type: 'input_text', text }, ...parts] };
}

/** What a model calls, whichever kind of tool it is. */
export interface MadeCall {
  readonly call: string;
  readonly name: string;
  /** JSON text of a function's arguments, or the text that a freeform tool takes: as the model wrote it. */
  readonly input: string;
}

/** The call in an item; null for any other item. */
export function callOf(item: ResponseItem): MadeCall | null {
  const { type, call_id: call, name } = item;
  const input = type === 'function_call' ? item.arguments : type === 'custom_tool_call' ? item.input : null;
  if (typeof call !== 'string' || typeof name !== 'string' || typeof input !== 'string') return null;
  return { call, name, input };
}

/** The answer to a call, of the kind that the call asks for. */
export function callOutput(call: ResponseItem, output: string | readonly Json[]): ResponseItem {
  const type = call.type === 'custom_tool_call' ? 'custom_tool_call_output' : 'function_call_output';
  return { type, call_id: call.call_id ?? '', output };
}

export function functionCall(name: string, args: { readonly [key: string]: Json }, callId: string): FunctionCallItem {
  return { type: 'function_call', name, arguments: JSON.stringify(args), call_id: callId };
}

export function functionCallOutput(callId: string, output: string): FunctionCallOutputItem {
  return { type: 'function_call_output', call_id: callId, output };
}

/** The name of the call that an item answers; null for any other item. */
export function answeredCall({ type, call_id: call }: ResponseItem): string | null {
  return type.endsWith('_call_output') && typeof call === 'string' ? call : null;
}

/**
 * A conversation that a server accepts: each call has exactly one output. A call without one (its owner died) gets
 * `missing` as its output, directly behind it.
 */
export function withAnsweredCalls(items: readonly ResponseItem[], missing: string): readonly ResponseItem[] {
  const answered = new Set(items.map(answeredCall));
  return items.flatMap((item) => {
    const made = callOf(item);
    return made !== null && !answered.has(made.call) ? [item, callOutput(item, missing)] : [item];
  });
}
