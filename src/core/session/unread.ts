// Output of a process that its model has not been told yet: each byte is told once, the middle may be left out.

/** Kept from the start and from the end of what is unread. Far above any answer's budget. */
const KEPT_EACH_SIDE = 512 * 1024;

export interface UnreadOutput {
  push(bytes: Uint8Array): void;
  /** Everything since the last `take`: its first and last parts and how many bytes between them were left out. */
  take(): { readonly head: Buffer; readonly omitted: number; readonly tail: Buffer; readonly total: number };
}

export function openUnreadOutput(): UnreadOutput {
  let head: Buffer[] = [];
  let headBytes = 0;
  let tail: Buffer[] = [];
  let tailBytes = 0;
  let total = 0;

  return {
    push(bytes) {
      total += bytes.length;
      let rest = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      if (headBytes < KEPT_EACH_SIDE) {
        const part = rest.subarray(0, KEPT_EACH_SIDE - headBytes);
        head.push(part);
        headBytes += part.length;
        rest = rest.subarray(part.length);
      }
      if (rest.length === 0) return;
      tail.push(rest);
      tailBytes += rest.length;
      while (tailBytes - tail[0]!.length >= KEPT_EACH_SIDE) tailBytes -= tail.shift()!.length;
    },
    take() {
      const whole = Buffer.concat(tail);
      const kept = whole.subarray(Math.max(0, whole.length - KEPT_EACH_SIDE));
      const taken = { head: Buffer.concat(head), omitted: total - headBytes - kept.length, tail: kept, total };
      head = [];
      tail = [];
      headBytes = tailBytes = total = 0;
      return taken;
    },
  };
}
