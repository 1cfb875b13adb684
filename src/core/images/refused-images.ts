// A server takes none of what is said while it refuses a picture in it. Which pictures are left out, and what stands there
// instead? Pure.

import type { Json, ResponseItem } from '../agent/index.ts';

const INSTEAD = '[a picture was here; the server refused it, so it cannot be seen]';

/**
 * The items without the pictures that came since the model last said something, which are those that no server has
 * taken yet; without any where that is none. Null: there is no picture.
 */
export function withoutRefusedImages(items: readonly ResponseItem[]): readonly ResponseItem[] | null {
  if (!items.some(holdsImage)) return null;
  const lastSaid = items.findLastIndex(isOfModel);
  const from = items.findIndex((item, index) => index > lastSaid && holdsImage(item));
  return items.map((item, index) => (index >= Math.max(0, from) && holdsImage(item) ? withoutImages(item) : item));
}

/** What somebody else says to it: a message, or the answer to one of its calls. */
function isOfModel(item: ResponseItem): boolean {
  return item.type === 'message' ? item.role === 'assistant' : !item.type.endsWith('_output');
}

function holdsImage(item: ResponseItem): boolean {
  return listOf(item.content).some(isImage) || listOf(item.output).some(isImage);
}

function withoutImages(item: ResponseItem): ResponseItem {
  const replaced = (parts: readonly Json[]): Json => parts.map((part) => (isImage(part) ? instead() : part));
  return {
    ...item,
    ...(Array.isArray(item.content) ? { content: replaced(listOf(item.content)) } : {}),
    ...(Array.isArray(item.output) ? { output: replaced(listOf(item.output)) } : {}),
  };
}

function instead(): Json {
  return { type: 'input_text', text: INSTEAD };
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function isImage(part: Json): boolean {
  return typeof part === 'object' && part !== null && 'type' in part && part.type === 'input_image';
}
