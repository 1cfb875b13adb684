// Which part of a process's output travels on the bus? All of it, except where more comes than anybody could watch.

import type { OutputRange, OutputStream } from '../../exec/index.ts';

/** Of a longer stretch only so much is told: its end, as much as a screen keeps. */
const TOLD_BYTES = 64 * 1024;

/** Between two events of a flood: nobody sees more than some twenty frames a second of it, and each frame costs it time. */
const PAUSE_MS = 50;

const ESCAPE = 0x1b;

export interface ToldOutput {
  /** `bytes` may be changed as soon as this returns. `isKept`: they can be read again, so that a part may be left out. */
  push(bytes: Uint8Array, from: number, stream: OutputStream, isKept: boolean): void;
  /** Tells what waits: before an event that must come after it. */
  flush(): void;
}

/**
 * `tell` gets bytes of its own, in order; a gap before them is what was left out. `read` gives the kept output. Nothing
 * that changes the state of a terminal is left out, only text.
 */
export function openToldOutput(
  read: (from: number, to: number) => OutputRange,
  tell: (bytes: Uint8Array, from: number, stream: OutputStream) => void,
): ToldOutput {
  let toldTo = 0;
  let toldAt = Number.NEGATIVE_INFINITY;
  let waiting: { to: number; stream: OutputStream } | null = null;
  let timer: NodeJS.Timeout | null = null;
  /** The last bytes may have begun an escape sequence that the next ones end. */
  let wasEscape = false;

  const tellNow = (bytes: Uint8Array, from: number, stream: OutputStream): void => {
    toldTo = from + bytes.length;
    toldAt = performance.now();
    tell(bytes, from, stream);
  };

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting === null) return;
    const { to, stream } = waiting;
    waiting = null;
    for (let at = Math.max(toldTo, to - TOLD_BYTES); at < to; ) {
      const { from, bytes } = read(at, to);
      if (bytes.length === 0) return;
      tellNow(bytes, from, stream);
      at = from + bytes.length;
    }
  };

  return {
    push(bytes, from, stream, isKept) {
      const isEscape = bytes.includes(ESCAPE);
      const isText = !isEscape && !wasEscape;
      wasEscape = isEscape;
      if (waiting !== null && waiting.stream !== stream) flush();
      const pause = PAUSE_MS - (performance.now() - toldAt);
      if (!isKept || !isText || (waiting === null && pause <= 0)) {
        flush();
        return tellNow(Uint8Array.from(bytes), from, stream);
      }
      waiting = { to: from + bytes.length, stream };
      timer ??= setTimeout(flush, pause);
    },
    flush,
  };
}
