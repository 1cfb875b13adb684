import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FIRST_FRAMES_BYTES, FRAME_BYTES, openFrameReader, spellFrames } from '../../../src/core/ipc/frames.ts';

function read(chunks: Iterable<Buffer>, isTrusted = true): { texts: string[]; wrong: string[] } {
  const texts: string[] = [];
  const wrong: string[] = [];
  const reader = openFrameReader({ text: (text) => texts.push(text), wrong: (what) => wrong.push(what) });
  if (isTrusted) reader.trust();
  for (const chunk of chunks) reader.push(chunk);
  return { texts, wrong };
}

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

describe('frames', () => {
  it('come out as they went in, however they are cut', () => {
    const text = fc.json();
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(text), sizes, (texts, pieces) => {
        const bytes = Buffer.concat(texts.map(spellFrames));
        expect(read(cut(bytes, pieces))).toEqual({ texts, wrong: [] });
      }),
    );
  });

  it('carry a text that is longer than a line, with pairs that the parts cut', () => {
    const text = JSON.stringify(`a${'🙂"\\\u0001'.repeat(3_000_000)}`);
    const bytes = spellFrames(text);
    const longest = bytes
      .toString('latin1')
      .split('\n')
      .reduce((most, line) => Math.max(most, line.length), 0);
    expect(longest).toBeLessThan(FRAME_BYTES);
    const { texts, wrong } = read(cut(bytes, [65_536]));
    expect([texts.length, texts[0] === text, wrong]).toEqual([1, true, []]);
  });

  it('are refused when a line is too long, with no more of it kept', () => {
    const flood = Buffer.alloc(1024 * 1024, 'x');
    expect(read(Array.from({ length: 9 }, () => flood))).toEqual({ texts: [], wrong: ['too_large'] });
    expect(read(cut(Buffer.alloc(FIRST_FRAMES_BYTES + 1, 'x'), [5000]), false).wrong).toEqual(['too_large']);
    expect(read([Buffer.alloc(FIRST_FRAMES_BYTES, 'x'), Buffer.from('\n')], false).wrong).toEqual([]);
  });

  it('are refused when the parts never end, or are none', () => {
    const part = Buffer.from(`{"t":"part","isLast":false,"text":"${'y'.repeat(1024 * 1024)}"}\n`);
    expect(read(Array.from({ length: 129 }, () => part)).wrong).toEqual(['too_large']);
    expect(read([Buffer.from('{"t":"part","text":1}\n{"t":"x"}\n')])).toEqual({ texts: [], wrong: ['garbage'] });
  });
});
