// Pictures for a model: which files are some, and the form in which a provider gets them.

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Json } from '../agent/index.ts';
import { imageFacts } from './formats.ts';

export { withoutRefusedImages } from './refused-images.ts';

/** Larger ones are refused by providers, or cut down by them without a word. */
export const MOST_IMAGE_BYTES = 20 * 1024 * 1024;

/** No provider takes a picture with a side longer than that. */
const LONGEST_SIDE = 30_000;

/** A part of a message's content. `shown`: the file as a person names it. */
export function imagePart(bytes: Uint8Array, shown: string): Result<Json> {
  if (bytes.length > MOST_IMAGE_BYTES) return fail(tooLarge(shown));
  const facts = imageFacts(bytes);
  if (facts === null) return fail(noImage(shown, bytes.length));
  if (!facts.isWhole) return fail(notWhole(shown));
  if (Math.max(facts.width, facts.height) > LONGEST_SIDE) return fail(tooWide(shown, facts.width, facts.height));
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  return ok({ type: 'input_image', image_url: `data:${facts.mime};base64,${data}` });
}

const SMALLER = 'Make it smaller, or cut out the part that matters.';

export function tooLarge(shown: string): Problem {
  return { what: `${shown} is larger than 20 MiB.`, why: '', next: SMALLER };
}

function tooWide(shown: string, width: number, height: number): Problem {
  return { what: `${shown} has ${width}x${height} cells, more than a model can see.`, why: '', next: SMALLER };
}

function noImage(shown: string, length: number): Problem {
  if (length === 0) return { what: `${shown} is empty.`, why: '', next: '' };
  return { what: `${shown} is no picture that a model can see.`, why: 'PNG, JPEG, GIF and WebP are.', next: '' };
}

function notWhole(shown: string): Problem {
  return {
    what: `${shown} ends in the middle of its picture.`,
    why: 'It was cut off, or it is still being written.',
    next: 'Make it again, or wait until it is whole.',
  };
}
