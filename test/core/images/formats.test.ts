// Which files are pictures, how large are they, and which are not all there?

import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageFacts } from '../../../src/core/images/formats.ts';
import { imagePart, MOST_IMAGE_BYTES } from '../../../src/core/images/index.ts';

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'latin1'), data]);
  const frame = Buffer.alloc(8);
  frame.writeUInt32BE(data.length, 0);
  frame.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
}

function png(width: number, height: number): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const rows = Buffer.alloc((width + 1) * Math.min(height, 64));
  return Buffer.concat([
    signature,
    chunk('IHDR', head),
    chunk('tEXt', Buffer.from('IEND is not the end')),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

const gif = Buffer.from('R0lGODlhAgADAIAAAAAAAP///yH5BAEAAAAALAAAAAACAAMAAAIDRI4FADs=', 'base64');
const webp = Buffer.from('UklGRiQAAABXRUJQVlA4IBgAAAAwAQCdASoBAAEAAwA0JaQAA3AA/vuUAAA=', 'base64');

/** A segment with a small picture of its own, as cameras write one, and then the frame. */
function jpeg(width: number, height: number): Buffer {
  const inner = Buffer.from([0xff, 0xd8, 0xff, 0xd9]);
  const app = Buffer.concat([Buffer.from([0xff, 0xe1, 0, 2 + inner.length]), inner]);
  const frame = Buffer.from([0xff, 0xc2, 0, 11, 8, 0, 0, 0, 0, 1, 0x11, 0, 0]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([
    Buffer.from([0xff, 0xd8]),
    app,
    Buffer.from([0xff, 0xff]),
    frame.subarray(1),
    Buffer.from([1, 2, 0xff, 0xd9]),
  ]);
}

function webpOf(kind: string, data: readonly number[]): Buffer {
  const file = Buffer.concat([
    Buffer.from('RIFF\0\0\0\0WEBP', 'latin1'),
    Buffer.from(`${kind}\0\0\0\0`, 'latin1'),
    Buffer.from(data),
    Buffer.alloc(20),
  ]);
  file.writeUInt32LE(file.length - 8, 4);
  return file;
}

const pictures: readonly (readonly [string, Buffer, object])[] = [
  ['PNG', png(640, 480), { mime: 'image/png', width: 640, height: 480, isWhole: true }],
  ['GIF', gif, { mime: 'image/gif', width: 2, height: 3, isWhole: true }],
  ['JPEG', jpeg(300, 200), { mime: 'image/jpeg', width: 300, height: 200, isWhole: true }],
  ['WebP', webp, { mime: 'image/webp', width: 1, height: 1, isWhole: true }],
  [
    'lossless WebP',
    webpOf('VP8L', [0x2f, 0x03, 0x40, 0, 0]),
    { mime: 'image/webp', width: 4, height: 2, isWhole: true },
  ],
  [
    'extended WebP',
    webpOf('VP8X', [0, 0, 0, 0, 9, 0, 0, 19, 0, 0]),
    { mime: 'image/webp', width: 10, height: 20, isWhole: true },
  ],
];

describe('a picture', () => {
  it.each(pictures)('as %s is known with its size', (_kind, bytes, facts) => {
    expect(imageFacts(bytes)).toEqual(facts);
    // As a part of other memory, too.
    const around = Buffer.concat([Buffer.alloc(7, 0xff), bytes, Buffer.alloc(3)]);
    expect(imageFacts(around.subarray(7, 7 + bytes.length))).toEqual(facts);
  });

  it.each(pictures)('as %s that is cut off anywhere is none, or is known not to be whole', (_kind, bytes) => {
    for (let length = 0; length < bytes.length; length += 1) {
      const facts = imageFacts(bytes.subarray(0, length));
      if (facts !== null) expect(facts.isWhole, `${length} of ${bytes.length}`).toBe(false);
    }
  });

  it('with something behind its end is whole', () => {
    for (const bytes of [png(1, 1), jpeg(1, 1), webp]) {
      expect(imageFacts(Buffer.concat([bytes, Buffer.from('more')]))?.isWhole).toBe(true);
    }
    expect(imageFacts(Buffer.concat([gif, Buffer.alloc(2)]))?.isWhole).toBe(true);
  });

  it('is looked for in any bytes without an error and without an end', () => {
    const beginnings = fc.constantFrom(...pictures.map(([, bytes]) => bytes));
    const near = fc
      .tuple(beginnings, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }))
      .map(([bytes, changes]) => {
        const changed = Buffer.from(bytes);
        for (const [place, value] of changes) changed[place % changed.length] = value;
        return changed;
      });
    const behind = fc
      .tuple(beginnings, fc.uint8Array({ maxLength: 300 }))
      .map(([bytes, more]) => Buffer.concat([bytes.subarray(0, 12), more]));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 400 }), near, behind), (bytes) => {
        const facts = imageFacts(bytes);
        if (facts !== null) expect(Math.min(facts.width, facts.height)).toBeGreaterThan(0);
      }),
      { numRuns: 3_000 },
    );
  });

  it('of parts without length comes to an end at once', () => {
    const before = performance.now();
    expect(imageFacts(Buffer.concat([Buffer.from([0xff, 0xd8]), Buffer.alloc(MOST_IMAGE_BYTES - 2, 0xff)]))).toBe(null);
    expect(imageFacts(Buffer.concat([png(1, 1).subarray(0, 33), Buffer.alloc(MOST_IMAGE_BYTES - 40)]))?.isWhole).toBe(
      false,
    );
    expect(performance.now() - before).toBeLessThan(1_000);
  });
});

describe('a picture for a model', () => {
  it('is a part with its bytes', () => {
    expect(imagePart(gif, 'a.gif')).toEqual({
      ok: true,
      value: { type: 'input_image', image_url: `data:image/gif;base64,${gif.toString('base64')}` },
    });
  });

  it.each([
    [Buffer.alloc(0), 'a.png is empty.'],
    [Buffer.from('<svg/>'), 'a.png is no picture that a model can see.'],
    [png(9, 9).subarray(0, 60), 'a.png ends in the middle of its picture.'],
    [png(40_000, 1), 'a.png has 40000x1 cells, more than a model can see.'],
    [Buffer.concat([png(1, 1), Buffer.alloc(MOST_IMAGE_BYTES)]), 'a.png is larger than 20 MiB.'],
  ])('is refused with a sentence when it cannot be seen (%#)', (bytes, what) => {
    expect(imagePart(bytes, 'a.png')).toMatchObject({ ok: false, problem: { what } });
  });
});
