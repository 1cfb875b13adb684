// Output of a process that its model has not been told yet: each byte is told once, the middle may be left out.

import type { OutputRange } from '../../exec/index.ts';

/** Told from the start and from the end of what is unread. Far above any answer's budget. */
const TOLD_EACH_SIDE = 512 * 1024;

export interface UnreadOutput {
  /** A new attempt began: what was unread of the one before is not told any more. */
  restart(): void;
  /** The attempt has printed everything before this byte. */
  reached(end: number): void;
  /** Everything since the last `take`: its first and last parts and how many bytes between them were left out. */
  take(): { readonly head: Buffer; readonly omitted: number; readonly tail: Buffer; readonly total: number };
}

/** `read` gives what is kept of the current attempt's output, as `RunningProcess.readOutput`. */
export function openUnreadOutput(read: (from: number, to: number) => OutputRange): UnreadOutput {
  let told = 0;
  let printed = 0;

  return {
    restart() {
      told = printed = 0;
    },
    reached(end) {
      printed = end;
    },
    take() {
      const from = told;
      const to = printed;
      told = to;
      const head = unbroken(read, from, Math.min(to, from + TOLD_EACH_SIDE));
      const tail = lastKept(read, Math.max(from + head.length, to - TOLD_EACH_SIDE), to);
      return { head, omitted: to - from - head.length - tail.length, tail, total: to - from };
    },
  };
}

/** From `from` on, as far as it is kept without a gap. */
function unbroken(read: (from: number, to: number) => OutputRange, from: number, to: number): Buffer {
  const parts: Uint8Array[] = [];
  for (let at = from; at < to; ) {
    const { from: start, bytes } = read(at, to);
    if (start !== at || bytes.length === 0) break;
    parts.push(bytes);
    at += bytes.length;
  }
  return Buffer.concat(parts);
}

/** What is kept without a gap up to `to`, from `from` or from a later byte on. */
function lastKept(read: (from: number, to: number) => OutputRange, from: number, to: number): Buffer {
  let parts: Uint8Array[] = [];
  for (let at = from; at < to; ) {
    const { from: start, bytes } = read(at, to);
    if (bytes.length === 0) break;
    if (start !== at) parts = [];
    parts.push(bytes);
    at = start + bytes.length;
  }
  return Buffer.concat(parts);
}
