import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openUnreadOutput } from '../../../src/core/session/unread.ts';

/** Output that is kept from `dropped` on, and before that up to `head`; at most 1000 bytes a read. */
function kept(all: Buffer, head = all.length, dropped = 0) {
  return (from: number, to: number) => {
    const start = from < head ? from : Math.max(from, dropped);
    const end = Math.min(to, start + 1000, start < head ? head : all.length);
    return { from: start, bytes: all.subarray(start, Math.max(start, end)) };
  };
}

it('tells each byte once, in order, however it came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 4000 }), { maxLength: 30 }), fc.nat(29), (chunks, cut) => {
      const all = Buffer.concat(chunks);
      const unread = openUnreadOutput(kept(all));
      const told: Buffer[] = [];
      let end = 0;
      chunks.forEach((chunk, index) => {
        end += chunk.length;
        unread.reached(end);
        if (index === cut) {
          const { head, tail } = unread.take();
          told.push(head, tail);
        }
      });
      const { head, tail, omitted } = unread.take();
      told.push(head, tail);
      expect(omitted).toBe(0);
      expect(Buffer.concat(told).equals(all)).toBe(true);
    }),
  );
});

const MIB = 1024 * 1024;

it('tells the first and the last half MiB of a flood and counts what is between', () => {
  const all = Buffer.from(Uint8Array.from({ length: 6 * MIB }, (_, at) => at / 65_536));
  const unread = openUnreadOutput(kept(all));
  unread.reached(all.length);
  const { head, tail, omitted, total } = unread.take();
  expect(total).toBe(all.length);
  expect(head.equals(all.subarray(0, MIB / 2))).toBe(true);
  expect(tail.equals(all.subarray(-MIB / 2))).toBe(true);
  expect(omitted).toBe(5 * MIB);
});

it('counts what is no longer kept as left out', () => {
  const all = Buffer.from(Uint8Array.from({ length: 5000 }, (_, at) => at / 20));
  const unread = openUnreadOutput(kept(all, 1000, 4500));
  unread.reached(all.length);
  const { head, tail, omitted } = unread.take();
  expect([head.length, omitted, tail.length]).toEqual([1000, 3500, 500]);
  expect(tail.equals(all.subarray(4500))).toBe(true);
});

it('begins anew with an attempt', () => {
  const all = Buffer.from('second');
  const unread = openUnreadOutput(kept(all));
  unread.reached(100);
  unread.restart();
  unread.reached(6);
  expect(unread.take().head.toString()).toBe('second');
});
