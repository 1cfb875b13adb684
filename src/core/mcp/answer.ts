// What a tool answered, as a model gets it: text and pictures, bounded.

import { isJsonObject, type JsonObject, wellFormed } from './json.ts';

export interface McpImage {
  readonly mime: string;
  readonly base64: string;
}

export interface McpAnswer {
  readonly text: string;
  readonly images: readonly McpImage[];
  readonly isError: boolean;
}

/** Characters here; a MiB of what is mostly ASCII. */
const TEXT_CHARACTERS = 1024 * 1024;
const IMAGES = 8;
const IMAGE_CHARACTERS = 8 * 1024 * 1024;
const BLOCKS = 1_000;

/** What providers take. */
const IMAGE_TYPES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp']);

export function failedAnswer(text: string): McpAnswer {
  return { text, images: [], isError: true };
}

export function answerOf(result: JsonObject): McpAnswer {
  const content: readonly unknown[] = Array.isArray(result.content) ? result.content : [];
  const images: McpImage[] = [];
  const texts: string[] = [];
  for (const block of content.slice(0, BLOCKS)) {
    const image = imageOf(block);
    if (image !== null && images.length < IMAGES) images.push(image);
    else texts.push(textOf(block));
  }
  if (content.length > BLOCKS) texts.push(`[${content.length - BLOCKS} further parts are left out]`);
  // The texts are to say the same; some servers say it there alone.
  const isStructuredAlone = content.length === 0 && isJsonObject(result.structuredContent);
  if (isStructuredAlone) texts.push(spelled(result.structuredContent));
  return { text: cutMiddle(wellFormed(texts.join('\n')), TEXT_CHARACTERS), images, isError: result.isError === true };
}

function textOf(block: unknown): string {
  if (!isJsonObject(block)) return '[a part that is no object]';
  switch (block.type) {
    case 'text':
      return typeof block.text === 'string' ? block.text : '';
    case 'image':
    case 'audio':
      return `[${block.type} ${String(block.mimeType).slice(0, 100)}, which cannot be shown]`;
    case 'resource': {
      const resource = isJsonObject(block.resource) ? block.resource : {};
      if (typeof resource.text === 'string') return resource.text;
      return `[resource ${String(resource.uri).slice(0, 2_000)}, which is no text]`;
    }
    case 'resource_link':
      return `[resource ${String(block.name).slice(0, 200)}: ${String(block.uri).slice(0, 2_000)}]`;
    default:
      return spelled(block);
  }
}

function imageOf(block: unknown): McpImage | null {
  if (!isJsonObject(block) || block.type !== 'image') return null;
  const { mimeType, data } = block;
  if (typeof mimeType !== 'string' || typeof data !== 'string' || !IMAGE_TYPES.has(mimeType)) return null;
  const isBase64 = data.length > 0 && data.length <= IMAGE_CHARACTERS && /^[A-Za-z0-9+/]+={0,2}$/.test(data);
  return isBase64 ? { mime: mimeType, base64: data } : null;
}

function spelled(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '[a part that is too deep]';
  }
}

export function cutMiddle(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const half = Math.floor(limit / 2);
  const note = `\n[${text.length - 2 * half} characters in the middle are left out]\n`;
  return wellFormed(text.slice(0, half) + note + text.slice(-half));
}
