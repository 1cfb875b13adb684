// How do messages leave? Built in one buffer each, and those of one turn of the loop in one write.

import type { Writable } from 'node:stream';
import type { Framing } from './framing.ts';

/** More than this not taken by the peer: what fills it faster than it is read has to wait. */
export const CONGESTED_BYTES = 1024 * 1024;

/** What is collected in one turn is written at once when it is this much: it would only wait in our memory. */
const WRITE_AT_BYTES = 256 * 1024;

export interface Outbox {
  /** One message, as text. */
  send(text: string): void;
  /** One message: `before`, the bytes in base64, `after`. Copies nothing else. `before` and `after` are in latin1. */
  sendBytes(before: string, bytes: Uint8Array, after: string): void;
  /** Bytes that the peer has not taken. */
  waitingBytes(): number;
  /** Writes what was collected, now. */
  flush(): void;
  /** Nothing is sent any more. */
  close(): void;
}

/** `congested` is told true once more than a MiB waits, and false when nothing does any more. */
export function openOutbox(target: Writable, framing: Framing, congested: (isCongested: boolean) => void): Outbox {
  let collected: Buffer[] = [];
  let collectedBytes = 0;
  let isScheduled = false;
  let isCongested = false;
  let isClosed = false;

  const flush = (): void => {
    isScheduled = false;
    if (collected.length === 0 || isClosed) return;
    const buffers = collected;
    collected = [];
    collectedBytes = 0;
    if (buffers.length > 1) target.cork();
    for (const buffer of buffers) target.write(buffer);
    if (buffers.length > 1) target.uncork();
  };

  const waitingBytes = (): number => target.writableLength + collectedBytes;

  const collect = (buffer: Buffer): void => {
    collected.push(buffer);
    collectedBytes += buffer.length;
    if (collectedBytes >= WRITE_AT_BYTES) flush();
    else if (!isScheduled) {
      isScheduled = true;
      setImmediate(flush);
    }
    if (isCongested || waitingBytes() <= CONGESTED_BYTES) return;
    // Written at once, so that the target tells when it has taken it.
    flush();
    if (waitingBytes() <= CONGESTED_BYTES) return;
    isCongested = true;
    congested(true);
  };

  target.on('drain', () => {
    if (!isCongested) return;
    isCongested = false;
    congested(false);
  });

  /** A buffer for a message of `length` bytes, which begins at the offset that is returned. */
  const framed = (length: number): { readonly buffer: Buffer; readonly at: number } => {
    const at = framing.headBytes(length);
    const buffer = Buffer.allocUnsafe(at + length + framing.tail.length);
    framing.writeHead(buffer, length);
    buffer.write(framing.tail, at + length, 'latin1');
    return { buffer, at };
  };

  return {
    send(text) {
      if (isClosed) return;
      const length = Buffer.byteLength(text);
      if (length > framing.pieceBytes) {
        for (const piece of framing.pieces(Buffer.from(text))) collect(piece);
        return;
      }
      const { buffer, at } = framed(length);
      buffer.write(text, at);
      collect(buffer);
    },
    sendBytes(before, bytes, after) {
      if (isClosed) return;
      const base64 = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
      const { buffer, at } = framed(before.length + base64.length + after.length);
      buffer.write(before, at, 'latin1');
      buffer.write(base64, at + before.length, 'latin1');
      buffer.write(after, at + before.length + base64.length, 'latin1');
      collect(buffer);
    },
    waitingBytes,
    flush,
    close() {
      isClosed = true;
      collected = [];
      collectedBytes = 0;
    },
  };
}
