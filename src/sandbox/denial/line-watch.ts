// Which of all printed lines may tell of a refusal, however much is printed and wherever the chunks are cut.

import { stripVTControlCharacters } from 'node:util';
import { type NeedleScan, prepareNeedleScan } from '../../bytes/index.ts';
import { everydayTexts, type RefusalText, refusalTexts, shortTexts } from './errno-texts.ts';

/** A line that holds one of the texts, without control characters, and the line or two before it. */
export interface KeptLine {
  readonly text: string;
  readonly before: string;
}

export interface LineWatch {
  read(bytes: Uint8Array): void;
  /** All kept lines in order. Looks at an unfinished last line too. */
  lines(): readonly KeptLine[];
}

/** The first refusals tell the cause, the last ones what it came to; what lies between repeats them. */
const firstLinesKept = 200;
const lastLinesKept = 100;

/** Of a longer line only the surroundings of the text are kept: a path has at most 4096 bytes. */
const aroundBytes = 4096;
const beforeBytes = 512;

/** When so many lines of one chunk were kept, only its end is looked at any more: a flood of refusals stays cheap. */
const hitsPerChunk = 32;
const chunkEndBytes = 8192;

/** Lines that ordinary failures print too are kept only until there are so many: they must not crowd out the others. */
const everydayLinesKept = 60;
const everydayHitsPerChunk = 8;

const lineFeed = 10;
const nothing = Buffer.alloc(0);

/** The texts without their first letter, which a program may write small or large. */
const scanFor = (texts: readonly RefusalText[]): NeedleScan =>
  prepareNeedleScan(texts.map(({ text }) => Buffer.from([...text].slice(1).join(''), 'utf8')));
const refusalScan = scanFor(refusalTexts);
const everydayScan = scanFor([...refusalTexts, ...everydayTexts]);

const refusalNeedles = refusalTexts.map(({ text }) => [...text].slice(1).join('').toLowerCase());

/** `withEveryday`: also keep the first lines that say what ordinary failures say as well. */
export function openLineWatch({ withEveryday = false } = {}): LineWatch {
  let everydayLeft = withEveryday ? everydayLinesKept : 0;
  const first: KeptLine[] = [];
  const last: KeptLine[] = [];
  const seen = new Set<string>();
  /** What followed the last line feed, and what came just before that. */
  let unfinished: Buffer = nothing;
  let context: Buffer = nothing;

  /** False for a line that says no more than ordinary failures do. */
  const keep = (raw: Buffer, before: Buffer): boolean => {
    const text = plainText(raw);
    const isEveryday = withEveryday && !isRefusal(text);
    if (text === '' || seen.has(text)) return !isEveryday;
    const line = { text, before: plainText(before) };
    if (isEveryday) {
      if (everydayLeft > 0) {
        everydayLeft -= 1;
        seen.add(text);
        first.push(line);
      }
      return false;
    }
    if (first.length < firstLinesKept) {
      seen.add(text);
      first.push(line);
      return true;
    }
    last.push(line);
    if (last.length > lastLinesKept) last.shift();
    return true;
  };

  /** Lines at the very end that hold no more than a code. */
  const shortlyTold = (end: Buffer): KeptLine[] => {
    const known = new Set([...first, ...last].map(({ text }) => text));
    const lines = plainText(end).split('\n');
    // The first may have lost its beginning.
    const whole = end.length < beforeBytes ? lines : lines.slice(1);
    return whole.filter((it) => shortText.test(it) && !known.has(it)).map((text) => ({ text, before: '' }));
  };

  /** `ahead` is what came before `bytes`, for a line at their start. */
  const lookAt = (bytes: Buffer, from: number, to: number, ahead: Buffer): void => {
    let hits = 0;
    let everydayHits = 0;
    let isWide = everydayLeft > 0;
    let search = (isWide ? everydayScan : refusalScan).over(bytes, from, to);
    for (let at = search.next(from); at !== -1; ) {
      const start = Math.max(from, bytes.lastIndexOf(lineFeed, at) + 1, at - aroundBytes);
      const feed = bytes.indexOf(lineFeed, at);
      const end = feed === -1 || feed > to ? to : feed;
      const before =
        start < beforeBytes
          ? Buffer.concat([ahead, bytes.subarray(0, start)]).subarray(-beforeBytes)
          : bytes.subarray(start - beforeBytes, start);
      if (keep(bytes.subarray(start, Math.min(end, at + aroundBytes)), before)) hits += 1;
      else everydayHits += 1;
      const next = hits === hitsPerChunk ? Math.max(end, to - chunkEndBytes) : end;
      if (isWide && (everydayLeft === 0 || everydayHits === everydayHitsPerChunk)) {
        isWide = false;
        search = refusalScan.over(bytes, next, to);
      }
      at = search.next(next);
    }
  };

  const read = (chunk: Uint8Array): void => {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const feed = bytes.indexOf(lineFeed);
    const headEnd = feed === -1 ? bytes.length : feed;
    // The line that began in an earlier chunk: only so much of it is joined as a text across the cut needs.
    const joined = Buffer.concat([context, unfinished, bytes.subarray(0, Math.min(headEnd, aroundBytes))]);
    if (feed === -1 && joined.length <= 2 * aroundBytes) {
      unfinished = Buffer.concat([unfinished, bytes]);
      return;
    }
    const ahead = Buffer.concat([context, unfinished]);
    lookAt(joined, context.length, joined.length, nothing);
    if (headEnd > aroundBytes) lookAt(bytes, 0, headEnd, ahead);
    if (feed === -1) {
      context = nothing;
      // The end stays, whichever chunks it came in, so that a text across the next cut is still whole.
      unfinished = Buffer.concat([ahead, bytes.subarray(-aroundBytes)]).subarray(-aroundBytes);
      return;
    }
    const lastFeed = bytes.lastIndexOf(lineFeed);
    lookAt(bytes, feed + 1, lastFeed, ahead);
    context = Buffer.from(
      lastFeed > beforeBytes
        ? bytes.subarray(lastFeed + 1 - beforeBytes, lastFeed + 1)
        : Buffer.concat([ahead, bytes.subarray(0, lastFeed + 1)]).subarray(-beforeBytes),
    );
    unfinished = Buffer.from(bytes.subarray(Math.max(lastFeed + 1, bytes.length - aroundBytes)));
  };

  const lines = (): readonly KeptLine[] => {
    const end = Buffer.concat([context, unfinished]);
    lookAt(end, context.length, end.length, nothing);
    return [...first, ...last, ...shortlyTold(end)];
  };
  return { read, lines };
}

const shortText = new RegExp(`\\b(?:${shortTexts.map(({ text }) => text).join('|')})\\b`);

function isRefusal(text: string): boolean {
  const small = text.toLowerCase();
  return refusalNeedles.some((needle) => small.includes(needle));
}

/** As a person sees it: no colours, and of a line that was drawn over and over its last state. */
function plainText(raw: Buffer): string {
  return stripVTControlCharacters(raw.toString('utf8'))
    .split('\n')
    .map((line) => line.replace(/\r+$/, ''))
    .map((line) => line.slice(line.lastIndexOf('\r') + 1))
    .join('\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
    .trim();
}
