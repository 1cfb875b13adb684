// Which pastes are folded into one character, what stands for them on the screen, and what is sent?

import { emptied, insertWhole, replaceRange, type TextBuffer } from './text-buffer.ts';

/** What is still inserted as text; `false` never folds. */
export type PasteFold = { readonly lines: number; readonly chars: number } | false;

const FIRST_PLACEHOLDER = 0xf0000;
const LAST_PLACEHOLDER = 0xffffd;

/** Lines as an editor counts them: a line feed at the end begins no further one. */
export function countLines(text: string): number {
  if (text === '') return 0;
  let lines = text.endsWith('\n') ? 0 : 1;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** Inserts pasted text: as it is when it is short, else folded into one placeholder. One step of undo. */
export function insertPaste(buffer: TextBuffer, pasted: string, fold: PasteFold): TextBuffer {
  if (fold === false || (pasted.length <= fold.chars && countLines(pasted) <= fold.lines))
    return insertWhole(buffer, pasted);
  const placeholder = freePlaceholder(buffer, pasted);
  if (placeholder === null) return insertWhole(buffer, pasted);
  // Inserted first: as an unknown character it passes, and only then stands for the paste.
  const inserted = insertWhole(buffer, placeholder);
  return { ...inserted, pastes: new Map([...buffer.pastes, [placeholder, pasted]]) };
}

function freePlaceholder({ text, pastes }: TextBuffer, pasted: string): string | null {
  for (let code = FIRST_PLACEHOLDER; code <= LAST_PLACEHOLDER; code += 1) {
    const character = String.fromCodePoint(code);
    if (!pastes.has(character) && !text.includes(character) && !pasted.includes(character)) return character;
  }
  return null;
}

/** The folded paste the cursor stands on or directly behind; null when there is none. */
function pasteAtCursor({
  text,
  cursor,
  pastes,
}: TextBuffer): { readonly start: number; readonly content: string } | null {
  for (const start of [cursor, cursor - 2]) {
    if (start < 0 || start >= text.length) continue;
    const content = pastes.get(String.fromCodePoint(text.codePointAt(start)!));
    if (content !== undefined) return { start, content };
  }
  return null;
}

/** Puts the folded paste at the cursor into the text; unchanged when there is none. */
export function expandPaste(buffer: TextBuffer): TextBuffer {
  const found = pasteAtCursor(buffer);
  if (found === null) return buffer;
  return replaceRange(buffer, found.start, found.start + 2, found.content);
}

/** The text with every paste at its full length: what is sent, edited outside, kept in the history. */
export function fullText({ text, pastes }: Pick<TextBuffer, 'text' | 'pastes'>): string {
  if (pastes.size === 0) return text;
  return text.replace(/[\u{f0000}-\u{fffff}]/gu, (character) => pastes.get(character) ?? character);
}

/** Takes the text out to be sent, see `emptied`. */
export function takeText(buffer: TextBuffer): { readonly text: string; readonly buffer: TextBuffer } {
  return { text: fullText(buffer), buffer: emptied(buffer) };
}

/** What stands for a paste on the screen; `number` from 1 when there are several. */
export function pasteLabel(content: string, number: number | null): string {
  const lines = countLines(content);
  const count = `${String(lines).replace(/\B(?=(?:\d{3})+$)/g, ',')} ${lines === 1 ? 'line' : 'lines'}`;
  return `[pasted ${number === null ? '' : `#${number} `}${count}, ${sizeText(Buffer.byteLength(content))}]`;
}

function sizeText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
