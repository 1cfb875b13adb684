// What does a text look like when nothing in it may act on the terminal or hide?

import { escapeEnd } from './cells.ts';

// Controls, bidirectional controls, zero-width and filler characters, tags, lone surrogates. U+200D is looked at
// separately: between two pictures it makes one of them, anywhere else it hides.
const hidden =
  /[\u034f\x00-\x1f\x7f-\x9f\xad\u061c\u115f\u1160\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}\p{Cs}]/gu;

const pictureBefore = /\p{Extended_Pictographic}[\ufe0f\u{1f3fb}-\u{1f3ff}]?$/u;
const pictureAfter = /^\p{Extended_Pictographic}/u;

/**
 * The text with every character that would act or hide written out: `^C` for controls, `\u202e` for the rest.
 * Line feeds and tabs are controls too: who wants to keep them splits or expands first.
 */
export function visible(text: string): string {
  if (!/[^\x20-\x7e]/.test(text)) return text;
  return text.replace(hidden, (character: string, at: number) => {
    const code = character.codePointAt(0)!;
    if (code === 0x200d && joinsPictures(text, at)) return character;
    if (code < 0x20) return `^${String.fromCharCode(code + 0x40)}`;
    if (code === 0x7f) return '^?';
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function joinsPictures(text: string, at: number): boolean {
  return pictureBefore.test(text.slice(Math.max(0, at - 4), at)) && pictureAfter.test(text.slice(at + 1, at + 3));
}

/** The text without its escape sequences. */
export function withoutEscapes(text: string): string {
  let at = text.indexOf('\x1b');
  if (at < 0) return text;
  const parts: string[] = [];
  let from = 0;
  while (at >= 0) {
    parts.push(text.slice(from, at));
    from = escapeEnd(text, at);
    at = text.indexOf('\x1b', from);
  }
  parts.push(text.slice(from));
  return parts.join('');
}
