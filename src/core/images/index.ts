// Pictures for a model: which files are some, and the form in which a provider gets them.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Json } from '../agent/index.ts';
import { imageFacts } from './formats.ts';

/** Larger ones are refused by providers, or cut down by them without a word. */
export const MOST_IMAGE_BYTES = 20 * 1024 * 1024;

/** A part of a message's content. `shown`: the file as a person names it. */
export function imagePart(bytes: Uint8Array, shown: string): Result<Json> {
  if (bytes.length > MOST_IMAGE_BYTES) return fail(tooLarge(shown));
  const facts = imageFacts(bytes);
  if (facts === null) return fail(noImage(shown));
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return ok({ type: 'input_image', image_url: `data:${facts.mime};base64,${data}` });
}

export function tooLarge(shown: string): Problem {
  return {
    what: `${shown} is larger than 20 MiB.`,
    why: '',
    next: 'Make it smaller, or cut out the part that matters.',
  };
}

function noImage(shown: string): Problem {
  return { what: `${shown} is no picture that a model can see.`, why: 'PNG, JPEG, GIF and WebP are.', next: '' };
}
