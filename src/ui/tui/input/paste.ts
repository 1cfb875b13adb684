// Where does a bracketed paste end, and what was pasted?

import type { InputEvent } from './event.ts';

/** A longer one is refused with its size: it would be a file, and a message can name that. */
const PASTE_LIMIT_BYTES = 16 * 1024 * 1024;

const END = Buffer.from('\x1b[201~');

export interface PasteCollector {
  /** Takes bytes; the result says how many belonged to the paste when its end was among them, else null. */
  take(bytes: Uint8Array): number | null;
  /** The event for what was collected. */
  finish(isComplete: boolean): InputEvent;
}

/** Collects one paste as bytes. Its end may be cut anywhere between two reads. */
export function createPasteCollector(): PasteCollector {
  const chunks: Uint8Array[] = [];
  let kept = 0;
  let total = 0;
  /** The last bytes taken, when they might be the beginning of the end marker. */
  let tail: Buffer = Buffer.alloc(0);

  const keep = (bytes: Uint8Array): void => {
    total += bytes.length;
    if (total > PASTE_LIMIT_BYTES) {
      chunks.length = 0;
      kept = 0;
      return;
    }
    chunks.push(Uint8Array.from(bytes));
    kept += bytes.length;
  };

  return {
    take(bytes) {
      const joined = Buffer.concat([tail, bytes]);
      const end = joined.indexOf(END);
      if (end >= 0) {
        keep(joined.subarray(0, end));
        const taken = end + END.length - tail.length;
        tail = Buffer.alloc(0);
        return taken;
      }
      const from = beginningOfEnd(joined);
      keep(joined.subarray(0, from));
      tail = Buffer.from(joined.subarray(from));
      return null;
    },
    finish(isComplete) {
      keep(tail);
      if (total > PASTE_LIMIT_BYTES) return { kind: 'paste too large', bytes: total };
      const text = Buffer.concat(chunks, kept).toString('utf8');
      return { kind: 'paste', text: text.replace(/\r\n?/g, '\n'), isComplete };
    },
  };
}

/** Where a suffix begins that is a beginning of the end marker; the length when there is none. */
function beginningOfEnd(bytes: Buffer): number {
  for (let length = Math.min(END.length - 1, bytes.length); length > 0; length -= 1) {
    const from = bytes.length - length;
    if (bytes.subarray(from).equals(END.subarray(0, length))) return from;
  }
  return bytes.length;
}
