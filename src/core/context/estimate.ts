// How many tokens is that, where nobody counted?

import type { ResponseItem } from '../agent/index.ts';

/** Four bytes of text are about one token of every model in use. */
const BYTES_PER_TOKEN = 4;

/** What a picture costs where a provider does not say: its data is no text, and counts by its size on a screen. */
const TOKENS_PER_IMAGE = 1_500;

const IMAGE = /"image_url":\s*"data:[^"]*"/g;

export function tokensOf(item: ResponseItem): number {
  const text = JSON.stringify(item);
  if (!text.includes('"image_url"')) return tokensOfText(text);
  const images = text.match(IMAGE) ?? [];
  return tokensOfText(text.replace(IMAGE, '')) + images.length * TOKENS_PER_IMAGE;
}

export function tokensOfText(text: string): number {
  return Math.ceil(Buffer.byteLength(text) / BYTES_PER_TOKEN);
}

export function tokensOfAll(items: readonly ResponseItem[]): number {
  return items.reduce((sum, item) => sum + tokensOf(item), 0);
}

/** The first and the last part of a text that is longer than so many tokens, with a line that says what is gone. */
export function withinTokens(text: string, most: number): string {
  const tokens = tokensOfText(text);
  if (tokens <= most) return text;
  // Half in units that are at most so many bytes, so that what is left is never more.
  const side = Math.max(0, Math.floor((most * BYTES_PER_TOKEN) / 2 / bytesPerUnit(text)));
  const head = text.slice(0, startOfPair(text, side));
  const tail = side === 0 ? '' : text.slice(startOfPair(text, text.length - side));
  return `${head}\n[${tokens - tokensOfText(head) - tokensOfText(tail)} tokens left out]\n${tail}`;
}

function bytesPerUnit(text: string): number {
  return Math.max(1, Buffer.byteLength(text) / text.length);
}

/** `at`, or one further when that would cut a surrogate pair. */
function startOfPair(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at + 1 : at;
}
