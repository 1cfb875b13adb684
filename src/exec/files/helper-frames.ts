// How do calls travel to a helper and answers back? A head in JSON and a block of bytes as they are, each with its length.

import { LIMITS } from '../protocol/messages.ts';

/** Whole numbers of 4 bytes, big end first: the length of the head and of the block. */
const LENGTHS_BYTES = 8;

/** Nothing that fits into a message of the wire is longer, without its base64. */
const FRAME_BYTES = LIMITS.messageBytes;

/** `value` is params or a result; its `bytes`, where it has them, are the block. */
interface Head {
  readonly about: unknown;
  readonly value: unknown;
  readonly hasBytes: boolean;
}

/** The pieces of one frame, in order. `value.bytes`, where there are any, travel as they are. */
export function spellFrame(about: unknown, value: Readonly<Record<string, unknown>>): readonly Uint8Array[] {
  const { bytes, ...rest } = value;
  const block = bytes instanceof Uint8Array ? bytes : null;
  const spelled: Head = { about, value: block === null ? value : rest, hasBytes: block !== null };
  const head = Buffer.from(JSON.stringify(spelled));
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  lengths.writeUInt32BE(head.length, 0);
  lengths.writeUInt32BE(block?.length ?? 0, 4);
  return [lengths, head, ...(block === null ? [] : [block])];
}

export interface FrameListener {
  /** `about` and `value` are JSON of the other side; `value` has its `bytes` again. */
  frame(about: unknown, value: unknown): void;
  /** What comes is no frame. Told once, and nothing after it. */
  broken(): void;
}

/** Puts frames together. What is pushed is copied: its memory may be used again. */
export function openFrameReader(listener: FrameListener): { push(chunk: Uint8Array): void } {
  const lengths = Buffer.alloc(LENGTHS_BYTES);
  let target: Buffer = lengths;
  let filled = 0;
  let isBroken = false;

  const giveUp = (): void => {
    isBroken = true;
    listener.broken();
  };

  const complete = (): void => {
    const headLength = lengths.readUInt32BE(0);
    if (target === lengths) {
      const length = headLength + lengths.readUInt32BE(4);
      if (headLength === 0 || length > FRAME_BYTES) return giveUp();
      target = Buffer.allocUnsafe(length);
    } else {
      const frame = target;
      target = lengths;
      const read = readFrame(frame.subarray(0, headLength), frame.subarray(headLength));
      if (read === null) return giveUp();
      listener.frame(read.about, read.value);
    }
    filled = 0;
  };

  return {
    push(chunk) {
      for (let from = 0; from < chunk.length && !isBroken; ) {
        const piece = chunk.subarray(from, from + target.length - filled);
        target.set(piece, filled);
        filled += piece.length;
        from += piece.length;
        if (filled === target.length) complete();
      }
    },
  };
}

function readFrame(head: Buffer, block: Buffer): { readonly about: unknown; readonly value: unknown } | null {
  let read: unknown;
  try {
    read = JSON.parse(head.toString());
  } catch {
    return null;
  }
  if (typeof read !== 'object' || read === null) return null;
  const { about, value, hasBytes } = read as Partial<Head>;
  if (hasBytes !== true) return { about, value };
  return typeof value === 'object' && value !== null ? { about, value: { ...value, bytes: block } } : null;
}
