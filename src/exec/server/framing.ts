// What is around one message on its way out: the head of WebSocket frames (RFC 6455, 5.2), or a line feed.

import { LIMITS } from '../protocol/messages.ts';

/** How a message of so many bytes is laid out. Server frames are not masked, so bytes are written where they stay. */
export interface Framing {
  /** Bytes before the message. */
  headBytes(length: number): number;
  writeHead(target: Buffer, length: number): void;
  /** After it. */
  readonly tail: string;
  /** The largest message that goes out in one piece; `pieces` cuts a larger one. */
  readonly pieceBytes: number;
  /** Everything of a message that is larger, heads included. */
  pieces(message: Buffer): readonly Buffer[];
}

const FINAL = 0x80;
const TEXT = 0x1;
const CONTINUATION = 0x0;

/** Lengths up to this stand in the second byte; larger ones in two or eight bytes behind it. */
const SHORT = 125;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

export const webSocketFraming: Framing = {
  headBytes,
  writeHead: (target, length) => writeHead(target, FINAL | TEXT, length),
  tail: '',
  pieceBytes: LIMITS.frameBytes,
  pieces(message) {
    const pieces: Buffer[] = [];
    for (let from = 0; from < message.length; from += LIMITS.frameBytes) {
      const part = message.subarray(from, from + LIMITS.frameBytes);
      const isLast = from + part.length === message.length;
      const head = Buffer.allocUnsafe(headBytes(part.length));
      writeHead(head, (isLast ? FINAL : 0) | (from === 0 ? TEXT : CONTINUATION), part.length);
      pieces.push(head, part);
    }
    return pieces;
  },
};

export const lineFraming: Framing = {
  headBytes: () => 0,
  writeHead() {
    // A line has nothing in front.
  },
  tail: '\n',
  pieceBytes: Number.POSITIVE_INFINITY,
  pieces: (message) => [message],
};

function headBytes(length: number): number {
  return length <= SHORT ? 2 : length <= 0xffff ? 4 : 10;
}

function writeHead(target: Buffer, first: number, length: number): void {
  target[0] = first;
  if (length <= SHORT) {
    target[1] = length;
  } else if (length <= 0xffff) {
    target[1] = TWO_BYTES;
    target.writeUInt16BE(length, 2);
  } else {
    target[1] = EIGHT_BYTES;
    target.writeBigUInt64BE(BigInt(length), 2);
  }
}
