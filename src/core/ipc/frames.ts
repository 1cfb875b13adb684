// How do texts travel on the socket? One a line; one that is too long for a line travels in parts.

import * as v from 'valibot';
import { decode } from '../bus/codec.ts';

/** One line. Whatever is longer, 4 MiB of output in base64 apart, is rare enough to be put together from parts. */
export const FRAME_BYTES = 8 * 1024 * 1024;

/** Before somebody has proven who they are they have little to say. */
export const FIRST_FRAMES_BYTES = 64 * 1024;

/** All parts of one text: a pasted text of 16 MB, each of its characters spelled with six. */
const TEXT_CHARS = 128 * 1024 * 1024;

/** Spelled as JSON in JSON, each character of a part takes 3 bytes at most (6 where a pair was cut). */
const PART_CHARS = 1024 * 1024;

const PART_START = '{"t":"part",';
const Part = v.object({ t: v.literal('part'), isLast: v.boolean(), text: v.string() });

const NEWLINE = 10;

/** The bytes of one text, ready to be written; always whole lines. */
export function spellFrames(text: string): Buffer {
  // A character takes 3 bytes at most, so short texts need not be measured.
  if (text.length * 3 < FRAME_BYTES || Buffer.byteLength(text) < FRAME_BYTES) return Buffer.from(`${text}\n`);
  const lines: string[] = [];
  for (let from = 0; from < text.length; from += PART_CHARS) {
    const part = text.slice(from, from + PART_CHARS);
    lines.push(`${JSON.stringify({ t: 'part', isLast: from + PART_CHARS >= text.length, text: part })}\n`);
  }
  return Buffer.from(lines.join(''));
}

export interface FrameReader {
  /** Calls back for each text that is complete. Does nothing any more once something was wrong. */
  push(chunk: Buffer): void;
  /** Lines of the full length from now on. */
  trust(): void;
}

export interface FrameListener {
  text(text: string): void;
  wrong(what: 'too_large' | 'garbage'): void;
}

export function openFrameReader(listener: FrameListener): FrameReader {
  let limit = FIRST_FRAMES_BYTES;
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let parts: string[] = [];
  let partChars = 0;
  let isBroken = false;

  const giveUp = (what: 'too_large' | 'garbage'): void => {
    isBroken = true;
    waiting = [];
    parts = [];
    listener.wrong(what);
  };

  const takeLine = (line: string): void => {
    if (!line.startsWith(PART_START)) return listener.text(line);
    const decoded = decode(line);
    const part = decoded.ok ? v.safeParse(Part, decoded.value) : null;
    if (part === null || !part.success) return giveUp('garbage');
    partChars += part.output.text.length;
    if (partChars > TEXT_CHARS) return giveUp('too_large');
    parts.push(part.output.text);
    if (!part.output.isLast) return;
    const text = parts.join('');
    parts = [];
    partChars = 0;
    listener.text(text);
  };

  return {
    push(chunk) {
      let start = 0;
      while (!isBroken) {
        const end = chunk.indexOf(NEWLINE, start);
        const piece = chunk.subarray(start, end < 0 ? chunk.length : end);
        waitingBytes += piece.length;
        if (waitingBytes > limit) return giveUp('too_large');
        if (end < 0) {
          if (piece.length > 0) waiting.push(piece);
          return;
        }
        const line = waiting.length === 0 ? piece : Buffer.concat([...waiting, piece]);
        waiting = [];
        waitingBytes = 0;
        start = end + 1;
        takeLine(line.toString('utf8'));
      }
    },
    trust() {
      limit = FRAME_BYTES;
    },
  };
}
