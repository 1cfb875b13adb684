// Is a pasted or dropped text the path of an image? Terminals write it quoted, with backslashes, or as a `file:` address.

import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { visible } from '../terminal/visible.ts';
import { imageSize } from './image-size.ts';
import type { FoldedImage } from './text-buffer.ts';

/** Longer texts are no list of paths. */
const LONGEST = 16_384;
const MOST_FILES = 20;
/** What is enough to tell kind and size of an image. */
const HEAD_BYTES = 64 * 1024;

const IMAGE_NAME = /\.(?:png|jpe?g|gif|webp)$/i;

export function isImageName(name: string): boolean {
  return IMAGE_NAME.test(name);
}

/** All of the text, as paths of images that are there; null when any part of it is something else. */
export function pastedImages(text: string, home: string): readonly FoldedImage[] | null {
  const words = pathsIn(text.trim(), home);
  if (words === null) return null;
  const images = words.map(imageAt);
  return images.every((image) => image !== null) ? images : null;
}

/** The image in a file; null when there is none. */
export function imageAt(file: string): FoldedImage | null {
  let descriptor: number | null = null;
  try {
    // A pipe with such a name must not hold anything up.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    if (!fstatSync(descriptor).isFile()) return null;
    const head = Buffer.alloc(HEAD_BYTES);
    const size = imageSize(head.subarray(0, readSync(descriptor, head, 0, HEAD_BYTES, 0)));
    if (size === null) return null;
    const { width, height } = size;
    const shown = width > 0 && height > 0 ? ` ${width}x${height}` : '';
    // It stands in brackets.
    const name = visible(path.basename(file)).replaceAll(']', ')');
    return { kind: 'image', path: file, label: name + shown };
  } catch {
    // No such file, or not ours to read: what was pasted is text.
    return null;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** Absolute paths of a text that is made of nothing else; null otherwise. Reads no file. */
export function pathsIn(text: string, home: string): readonly string[] | null {
  if (text === '' || text.length > LONGEST) return null;
  const words = wordsIn(text);
  if (words === null || words.length > MOST_FILES) return null;
  const paths = words.map((word) => pathOf(word, home));
  if (paths.every((one) => one !== null && IMAGE_NAME.test(one))) return paths as readonly string[];
  // Some terminals write a path with blanks as it is.
  const whole = text.includes('\n') ? null : pathOf(text, home);
  return whole !== null && IMAGE_NAME.test(whole) && !/['"\\]/.test(whole) ? [whole] : null;
}

function pathOf(word: string, home: string): string | null {
  if (/^file:\/\//i.test(word)) {
    try {
      const url = new URL(word);
      return url.host === '' || url.host === 'localhost' ? fileURLToPath(`file://${url.pathname}`) : null;
    } catch {
      // No address after all.
      return null;
    }
  }
  if (word.startsWith('~/')) return path.join(home, word.slice(2));
  return path.isAbsolute(word) ? word : null;
}

/** The words as a shell would take them apart; null when a quote does not end. */
function wordsIn(text: string): readonly string[] | null {
  const words: string[] = [];
  let word: string | null = null;
  let quote = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (quote !== '') {
      if (character === quote) quote = '';
      else word = (word ?? '') + character;
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= '';
    } else if (character === '\\' && at + 1 < text.length) {
      at += 1;
      word = (word ?? '') + text.charAt(at);
    } else if (/\s/.test(character)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + character;
  }
  if (quote !== '') return null;
  return word === null ? words : [...words, word];
}
