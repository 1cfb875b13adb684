// When are bytes that were read handed on? Few large blocks instead of many reads.

import type { OutputStream } from '../environment.ts';

/**
 * A PTY gives at most 4 KiB a read; everything behind (log, judge, screen) pays per block. A larger block would leave
 * the processor's cache before they have all looked at it.
 */
const BLOCK_BYTES = 64 * 1024;

/** A read this large is handed on from where it is. */
const LARGE_READ_BYTES = BLOCK_BYTES / 2;

/**
 * How long bytes wait for more when others were handed on just before. A first byte never waits; a flood gives some
 * 250 blocks a second at most.
 */
const GATHER_MS = 4;

/** Collects what is read and hands it on in order. The memory of what was handed on is used again afterwards. */
export interface Gatherer {
  /** Bytes that were read elsewhere; they may be reused as soon as this returns. */
  add(bytes: Uint8Array, stream: OutputStream): void;
  /** Where the next bytes of `stream` may be read to directly; never empty. Follow with `filled`. */
  space(stream: OutputStream): Buffer;
  filled(length: number, stream: OutputStream): void;
  /** Hands on everything now: before an exit is told, and at the end. */
  flush(): void;
}

/** `isAwaited`: somebody waits for each piece, so that none waits for more. */
export function openGatherer(deliver: (bytes: Uint8Array, stream: OutputStream) => void, isAwaited = false): Gatherer {
  let block: Buffer | null = null;
  let length = 0;
  let current: OutputStream = 'pty';
  let deliveredAt = Number.NEGATIVE_INFINITY;
  let isArmed = false;
  let timer: NodeJS.Timeout | null = null;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    isArmed = false;
    if (length === 0 || block === null) return;
    const bytes = block.subarray(0, length);
    length = 0;
    deliver(bytes, current);
    deliveredAt = performance.now();
  };

  const arm = (): void => {
    if (isArmed) return;
    isArmed = true;
    if (isAwaited || performance.now() - deliveredAt > GATHER_MS) setImmediate(() => isArmed && flush());
    else timer = setTimeout(flush, GATHER_MS);
  };

  const space = (stream: OutputStream): Buffer => {
    if (stream !== current || length === BLOCK_BYTES) flush();
    current = stream;
    block ??= Buffer.allocUnsafeSlow(BLOCK_BYTES);
    return block.subarray(length);
  };

  const filled = (count: number, stream: OutputStream): void => {
    current = stream;
    length += count;
    if (length === BLOCK_BYTES) flush();
    else if (length > 0) arm();
  };

  return {
    add(bytes, stream) {
      if (bytes.length >= LARGE_READ_BYTES) {
        flush();
        deliver(bytes, stream);
        deliveredAt = performance.now();
        return;
      }
      let rest = bytes;
      while (rest.length > 0) {
        const target = space(stream);
        const count = Math.min(target.length, rest.length);
        target.set(rest.subarray(0, count));
        filled(count, stream);
        rest = rest.subarray(count);
      }
    },
    space,
    filled,
    flush,
  };
}
