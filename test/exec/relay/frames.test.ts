// Are frames written as other programs write them, and is nothing taken for a frame that is none?

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeFrame, encodeFrame, type FrameBody, type RelayFrame, streamOf } from '../../../src/exec/relay/frames.ts';

const STREAM = 'd7146180-99bd-4d1c-9604-24c34ff796c5';

const payload = fc.uint8Array({ maxLength: 300 });
const count = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const body: fc.Arbitrary<FrameBody> = fc.oneof(
  fc.record({ kind: fc.constant('data' as const), seq: count, payload }),
  fc.constant({ kind: 'ack' as const }),
  fc.record({ kind: fc.constant('resume' as const), nextSeq: count }),
  fc.record({ kind: fc.constant('reset' as const), reason: fc.string({ maxLength: 60 }) }),
  fc.constant({ kind: 'heartbeat' as const }),
  fc.record({ kind: fc.constant('handshake' as const), payload }),
);
const frame: fc.Arbitrary<RelayFrame> = fc.record({ stream: fc.uuid(), ack: count, body });

/** Whatever kind of bytes holds it. */
function plain({ body: content, ...rest }: RelayFrame) {
  return { ...rest, body: 'payload' in content ? { ...content, payload: [...content.payload] } : content };
}

describe('a frame', () => {
  it('of a new stream is the 42 bytes that other programs send', () => {
    const written = encodeFrame({ stream: STREAM, ack: 0, body: { kind: 'resume', nextSeq: 0 } });
    expect(Buffer.from(written).toString('hex')).toBe(`08011224${Buffer.from(STREAM).toString('hex')}3a00`);
  });

  it('is read as it was written, and its stream without reading the rest', () => {
    fc.assert(
      fc.property(frame, (sent) => {
        const written = encodeFrame(sent);
        const read = decodeFrame(written);
        expect(read.ok && plain(read.value)).toEqual(plain(sent));
        expect(streamOf(written)).toBe(sent.stream);
      }),
    );
  });

  it('may have fields of a later version', () => {
    const trace = Buffer.concat([Buffer.from([0x5a, 3]), Buffer.from('abc')]);
    const fixed = Buffer.from([0x7d, 1, 2, 3, 4, 0x79, 1, 2, 3, 4, 5, 6, 7, 8]);
    const written = encodeFrame({ stream: STREAM, ack: 3, body: { kind: 'ack' } });
    expect(decodeFrame(Buffer.concat([written, trace, fixed]))).toMatchObject({ ok: true, value: { ack: 3 } });
  });

  it.each([
    ['nothing', ''],
    ['another version', '0802120161'],
    ['no stream', '08013200'],
    ['a stream without a name', '0801120032003200'],
    ['a name that is no name', '08011201073200'],
    ['no content', '0801120161'],
    ['a length beyond its end', '0801120161327f'],
    ['a number without an end', '08ffffffffffffffffffff'],
    ['a field 0', '0001'],
    ['a group', '0b'],
    ['a piece of a message', '0801120161' + '2a0410011802'],
  ])('is not %s', (_what, hex) => {
    expect(decodeFrame(Buffer.from(hex, 'hex')).ok).toBe(false);
  });

  it('is never more than it may be, and any bytes are an answer', () => {
    expect(decodeFrame(new Uint8Array(256 * 1024 + 1)).ok).toBe(false);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const read = decodeFrame(bytes);
        if (!read.ok) return;
        const again = decodeFrame(encodeFrame(read.value));
        expect(again.ok && plain(again.value)).toEqual(plain(read.value));
      }),
      { numRuns: 2_000 },
    );
  });
});
