// Which pastes are folded into one character, what stands for them and for images on the screen, and what is sent?

import { emptied, type Folded, type FoldedImage, insertWhole, replaceRange, type TextBuffer } from './text-buffer.ts';

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
  return insertFolded(buffer, { kind: 'text', content: pasted }, pasted);
}

/** Inserts an image at the cursor, as one step of undo. */
export function insertImage(buffer: TextBuffer, image: FoldedImage): TextBuffer {
  return insertFolded(buffer, image, image.label);
}

/** One character that stands for `folded`; `instead` where none is free any more. */
function insertFolded(buffer: TextBuffer, folded: Folded, instead: string): TextBuffer {
  const placeholder = freePlaceholder(buffer, folded.kind === 'text' ? folded.content : '');
  if (placeholder === null) return insertWhole(buffer, instead);
  // Inserted first: as an unknown character it passes, and only then stands for something.
  const inserted = insertWhole(buffer, placeholder);
  return { ...inserted, folded: new Map([...buffer.folded, [placeholder, folded]]) };
}

function freePlaceholder({ text, folded }: TextBuffer, content: string): string | null {
  for (let code = FIRST_PLACEHOLDER; code <= LAST_PLACEHOLDER; code += 1) {
    const character = String.fromCodePoint(code);
    if (!folded.has(character) && !text.includes(character) && !content.includes(character)) return character;
  }
  return null;
}

/** The folded paste the cursor stands on or directly behind; null when there is none. */
function pasteAtCursor({
  text,
  cursor,
  folded,
}: TextBuffer): { readonly start: number; readonly content: string } | null {
  for (const start of [cursor, cursor - 2]) {
    if (start < 0 || start >= text.length) continue;
    const found = folded.get(String.fromCodePoint(text.codePointAt(start)!));
    if (found?.kind === 'text') return { start, content: found.content };
  }
  return null;
}

/** Puts the folded paste at the cursor into the text; unchanged when there is none. */
export function expandPaste(buffer: TextBuffer): TextBuffer {
  const found = pasteAtCursor(buffer);
  if (found === null) return buffer;
  return replaceRange(buffer, found.start, found.start + 2, found.content);
}

/**
 * The text with every paste at its full length and every image by its label: what is sent, edited outside, kept in the
 * history.
 */
export function fullText({ text, folded }: Pick<TextBuffer, 'text' | 'folded'>): string {
  if (folded.size === 0) return text;
  const labels = labelsOf(text, folded);
  return text.replace(PLACEHOLDERS, (character) => {
    const found = folded.get(character);
    if (found === undefined) return character;
    return found.kind === 'text' ? found.content : (labels.get(character) ?? '');
  });
}

const PLACEHOLDERS = /[\u{f0000}-\u{fffff}]/gu;

/** Images of the text, in its order. */
export function imagesOf({ text, folded }: Pick<TextBuffer, 'text' | 'folded'>): readonly FoldedImage[] {
  if (folded.size === 0) return [];
  return (text.match(PLACEHOLDERS) ?? []).flatMap((character) => {
    const found = folded.get(character);
    return found?.kind === 'image' ? [found] : [];
  });
}

export interface TakenText {
  readonly text: string;
  readonly images: readonly FoldedImage[];
  readonly buffer: TextBuffer;
}

/** Takes the text out to be sent, see `emptied`. */
export function takeText(buffer: TextBuffer): TakenText {
  return { text: fullText(buffer), images: imagesOf(buffer), buffer: emptied(buffer) };
}

/** What stands on the screen for each placeholder of the text: images are numbered, pastes when there are several. */
export function labelsOf(text: string, folded: ReadonlyMap<string, Folded>): ReadonlyMap<string, string> {
  const present = [...new Set(text.match(PLACEHOLDERS) ?? [])].flatMap((character) => {
    const found = folded.get(character);
    return found === undefined ? [] : [{ character, found }];
  });
  const pastes = present.filter(({ found }) => found.kind === 'text').length;
  let [paste, image] = [0, 0];
  return new Map(
    present.map(({ character, found }) => {
      if (found.kind === 'image') {
        image += 1;
        return [character, `[image ${image}: ${found.label}]`];
      }
      paste += 1;
      return [character, pasteLabel(found.content, pastes > 1 ? paste : null)];
    }),
  );
}

/** Replaces a part of the text by one that names images by their labels: those of `known` are images again. */
export function replaceWithImages(
  buffer: TextBuffer,
  [start, end]: readonly [number, number],
  by: string,
  known: readonly FoldedImage[],
): TextBuffer {
  const added = new Map<string, Folded>();
  const text = by.replace(/\[image \d{1,3}: ([^\]\n]{1,300})\]/g, (shown, label) => {
    const image = known.find((one) => one.label === label);
    const placeholder =
      image === undefined ? null : freePlaceholder({ ...buffer, folded: new Map([...buffer.folded, ...added]) }, by);
    if (image === undefined || placeholder === null) return shown;
    added.set(placeholder, image);
    return placeholder;
  });
  const made = replaceRange(buffer, start, end, text);
  return added.size === 0 ? made : { ...made, folded: new Map([...made.folded, ...added]) };
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
