// Is a frame on its way in larger than a peer may send? Told from its head, before it fills our memory.

/** A frame's head is at most so long: two bytes, eight of length, four of mask (RFC 6455, 5.2). */
const HEAD_BYTES = 14;

export interface FrameGuard {
  /** Reads along with everything that arrives after the upgrade. False: a frame is too large. */
  read(bytes: Buffer): boolean;
}

export function openFrameGuard(limitBytes: number): FrameGuard {
  const head = Buffer.alloc(HEAD_BYTES);
  let headLength = 0;
  /** Of the payload that is still to come. */
  let rest = 0;

  return {
    read(bytes) {
      let at = 0;
      while (at < bytes.length) {
        if (rest > 0) {
          const skipped = Math.min(rest, bytes.length - at);
          rest -= skipped;
          at += skipped;
          continue;
        }
        head[headLength++] = bytes[at++] ?? 0;
        const length = headLength < 2 ? null : payloadLength(head, headLength);
        if (length === null) continue;
        if (length > limitBytes) return false;
        rest = length;
        headLength = 0;
      }
      return true;
    },
  };
}

/** Null while the head is not whole. */
function payloadLength(head: Buffer, known: number): number | null {
  const second = head[1] ?? 0;
  const short = second & 0x7f;
  const lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0;
  const maskBytes = (second & 0x80) === 0 ? 0 : 4;
  if (known < 2 + lengthBytes + maskBytes) return null;
  if (lengthBytes === 2) return head.readUInt16BE(2);
  return lengthBytes === 8 ? Number(head.readBigUInt64BE(2)) : short;
}
