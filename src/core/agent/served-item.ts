// An item as a server sent it, made fit for the conversation: what is wrong with it would spoil every request after it.

import { fieldsOf, textOf } from './loose-fields.ts';
import { isJson, type ResponseItem, responseItemFrom } from './response-item.ts';

/** What holds the words of a call, by the kind of call. */
const INPUT_OF: Readonly<Record<string, string>> = { function_call: 'arguments', custom_tool_call: 'input' };

/** Null: it is no item, or a call that nobody can carry out. A call without an id has `''` for it. */
export function servedItem(value: unknown): ResponseItem | null {
  const item = responseItemFrom(value);
  if (item === null || item.type === '') return null;
  const inputName = INPUT_OF[item.type];
  if (inputName !== undefined) return servedCall(item, inputName);
  if (item.type !== 'message') return item;
  return { ...item, role: textOf(item.role) || 'assistant', content: contentOf(item.content) };
}

function servedCall(item: ResponseItem, inputName: string): ResponseItem | null {
  const name = textOf(item.name);
  const input = item[inputName];
  if (name === '') return null;
  const text = typeof input === 'string' ? input : input === undefined || input === null ? '' : JSON.stringify(input);
  const isEmpty = item.type === 'function_call' && text.trim() === '';
  return { ...item, name, [inputName]: isEmpty ? '{}' : text, call_id: textOf(item.call_id) };
}

/** A call that a limit cut off. */
export function isCutCall({ type, status }: ResponseItem): boolean {
  return INPUT_OF[type] !== undefined && status === 'incomplete';
}

/** A call of a tool that takes a text, made as one with arguments because its server knows no other. */
export function asFreeform(item: ResponseItem, freeform: ReadonlySet<string>): ResponseItem {
  const { type, name, arguments: args, ...rest } = item;
  if (type !== 'function_call' || typeof name !== 'string' || !freeform.has(name)) return item;
  return { ...rest, type: 'custom_tool_call', name, input: freeformInput(textOf(args)) };
}

/** The only argument of a tool that takes a text; what is no such argument is the text. */
export function freeformInput(written: string): string {
  try {
    const value: unknown = JSON.parse(written);
    if (typeof value === 'string') return value;
    const input = fieldsOf(value).input;
    return typeof input === 'string' ? input : written;
  } catch {
    // Written as it is meant.
    return written;
  }
}

function contentOf(content: unknown): ResponseItem['content'] & {} {
  if (typeof content === 'string') return [{ type: 'output_text', text: content, annotations: [] }];
  return Array.isArray(content) ? content.filter((part) => isJson(part) && fieldsOf(part) === part) : [];
}
