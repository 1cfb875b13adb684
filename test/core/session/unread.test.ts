import fc from 'fast-check';
import { expect, it } from 'vitest';
import { openUnreadOutput } from '../../../src/core/session/unread.ts';

it('tells each byte once, in order, however it came', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 }), fc.nat(29), (chunks, cut) => {
      const unread = openUnreadOutput();
      const told: Buffer[] = [];
      chunks.forEach((chunk, index) => {
        unread.push(chunk);
        if (index === cut) {
          const { head, tail } = unread.take();
          told.push(head, tail);
        }
      });
      const { head, tail, omitted } = unread.take();
      told.push(head, tail);
      expect(omitted).toBe(0);
      expect(Buffer.concat(told).equals(Buffer.concat(chunks))).toBe(true);
    }),
  );
});

it('keeps the first and the last half MiB of a flood and counts what is between', () => {
  const unread = openUnreadOutput();
  const block = Buffer.alloc(65_536);
  for (let i = 0; i < 100; i++) {
    block.fill(i);
    unread.push(Buffer.from(block));
  }
  const { head, tail, omitted, total } = unread.take();
  expect(total).toBe(100 * 65_536);
  expect(head.length + omitted + tail.length).toBe(total);
  expect(head.length).toBe(512 * 1024);
  expect(tail.length).toBe(512 * 1024);
  expect([head[0], tail.at(-1)]).toEqual([0, 99]);
});
