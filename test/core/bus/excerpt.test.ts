import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EXCERPT_SIDE_BYTES,
  Excerpt,
  type ExcerptValue,
  excerptOf,
  type OutputPiece,
} from '../../../src/core/bus/excerpt.ts';

/** Bytes that tell their position, with a newline now and then. */
function output(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i % 37 === 36 ? 10 : 33 + ((i * 7 + (i >> 8)) % 90)));
}

function cutAt(bytes: Uint8Array, cuts: readonly number[]): OutputPiece[] {
  const places = [0, ...[...cuts].filter((cut) => cut > 0 && cut < bytes.length).sort((a, b) => a - b), bytes.length];
  return places.slice(1).map((to, i) => ({ from: places[i]!, bytes: bytes.subarray(places[i]!, to) }));
}

/** The value with its bytes in a form that compares fast. */
function told(value: ExcerptValue) {
  return {
    ...value,
    head: Buffer.from(value.head).toString('latin1'),
    tail: Buffer.from(value.tail).toString('latin1'),
  };
}

const lengths = fc.oneof(
  fc.nat(3000),
  fc.integer({ min: EXCERPT_SIDE_BYTES - 5, max: EXCERPT_SIDE_BYTES + 5 }),
  fc.integer({ min: 2 * EXCERPT_SIDE_BYTES - 5, max: 2 * EXCERPT_SIDE_BYTES + 5 }),
  fc.integer({ min: 0, max: 5 * EXCERPT_SIDE_BYTES }),
);

describe('an excerpt of output', () => {
  it('is the same however the output was cut into pieces', () => {
    fc.assert(
      fc.property(lengths, fc.array(fc.nat(5 * EXCERPT_SIDE_BYTES), { maxLength: 60 }), (length, cuts) => {
        const bytes = output(length);
        const value = excerptOf(cutAt(bytes, cuts));
        const tailFrom = Math.max(Math.min(length, EXCERPT_SIDE_BYTES), length - EXCERPT_SIDE_BYTES);
        expect(value.bytes).toBe(length);
        expect(value.tailFrom).toBe(tailFrom);
        expect(Buffer.compare(value.head, bytes.subarray(0, EXCERPT_SIDE_BYTES))).toBe(0);
        expect(Buffer.compare(value.tail, bytes.subarray(tailFrom))).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  it('is the same live and replayed when the replay leaves out any part of the middle', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2 * EXCERPT_SIDE_BYTES, max: 6 * EXCERPT_SIDE_BYTES }),
        fc.nat(),
        fc.nat(),
        fc.array(fc.nat(6 * EXCERPT_SIDE_BYTES), { maxLength: 20 }),
        (length, a, b, cuts) => {
          const bytes = output(length);
          const middle = length - 2 * EXCERPT_SIDE_BYTES;
          const [from, to] = [a % (middle + 1), b % (middle + 1)].sort((x, y) => x - y) as [number, number];
          const first = cutAt(bytes.subarray(0, EXCERPT_SIDE_BYTES + from), cuts);
          const last = cutAt(bytes.subarray(EXCERPT_SIDE_BYTES + to), cuts).map((piece) => ({
            from: piece.from + EXCERPT_SIDE_BYTES + to,
            bytes: piece.bytes,
          }));
          expect(told(excerptOf([...first, ...last]))).toEqual(told(excerptOf(cutAt(bytes, cuts))));
        },
      ),
      { numRuns: 40 },
    );
  });

  it('counts lines when it holds everything, and does not pretend to when it does not', () => {
    const text = (value: string) => [{ from: 0, bytes: Buffer.from(value) }];
    expect(excerptOf(text('')).lines).toBe(0);
    expect(excerptOf(text('a\nb\n')).lines).toBe(2);
    expect(excerptOf(text('a\nb')).lines).toBe(2);
    expect(excerptOf([{ from: 0, bytes: output(200_000) }]).lines).toBe(null);
    expect(excerptOf([...text('a\n'), { from: 10, bytes: Buffer.from('z') }]).lines).toBe(null);
  });

  it('leaves a gap out and takes an overlap once', () => {
    const excerpt = new Excerpt();
    excerpt.add(0, Buffer.from('abc'));
    excerpt.add(1, Buffer.from('bcd'));
    excerpt.add(0, Buffer.from('ab'));
    excerpt.add(100, Buffer.from('yz'));
    const { head, tail, tailFrom, bytes } = excerpt.value();
    expect([Buffer.from(head).toString(), Buffer.from(tail).toString(), tailFrom, bytes]).toEqual([
      'abcd',
      'yz',
      100,
      102,
    ]);
  });

  it('gives the last bytes over the border of its two sides', () => {
    const bytes = output(EXCERPT_SIDE_BYTES + 10);
    const excerpt = new Excerpt();
    for (const piece of cutAt(bytes, [5, 70_000])) excerpt.add(piece.from, piece.bytes);
    expect(Buffer.compare(excerpt.last(30), bytes.subarray(-30))).toBe(0);
    expect(excerpt.last(1e9).length).toBe(bytes.length);
  });

  it('holds little for a short output and two sides at most for a flood', () => {
    const short = new Excerpt();
    short.add(0, Buffer.from('ok\n'));
    expect(short.heldBytes).toBeLessThanOrEqual(1024);
    const flood = new Excerpt();
    const block = output(256 * 1024);
    for (let i = 0; i < 200; i++) flood.add(i * block.length, block);
    expect(flood.heldBytes).toBe(2 * EXCERPT_SIDE_BYTES);
    expect(flood.bytes).toBe(200 * block.length);
    flood.release();
    expect([flood.heldBytes, flood.bytes, flood.value().tail.length]).toEqual([0, 200 * block.length, 0]);
  });
});
