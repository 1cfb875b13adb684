import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { openToldOutput } from '../../../src/core/session/told-output.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

const BLOCK = 64 * 1024;

/** A process that prints `pieces`, and what is told of them. */
function printing() {
  let all = Buffer.alloc(0);
  const told: { from: number; bytes: Uint8Array; stream: string }[] = [];
  const output = openToldOutput(
    (from, to) => ({ from, bytes: all.subarray(from, to) }),
    (bytes, from, stream) => told.push({ from, bytes, stream }),
  );
  return {
    told,
    output,
    print(bytes: Buffer, stream: 'stdout' | 'stderr' = 'stdout', isKept = true) {
      const from = all.length;
      all = Buffer.concat([all, bytes]);
      // The memory is used again right away.
      const borrowed = Buffer.from(bytes);
      output.push(borrowed, from, stream, isKept);
      borrowed.fill(0x21);
    },
    printed: () => all,
  };
}

describe('output on the bus', () => {
  it('tells the first bytes after a quiet moment at once', () => {
    const { told, print } = printing();
    print(Buffer.from('one'));
    vi.advanceTimersByTime(1000);
    print(Buffer.from('two'));
    expect(told.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['one', 'two']);
  });

  it('leaves the middle of a flood out, and tells its end', () => {
    const { told, print, printed, output } = printing();
    for (let index = 0; index < 100; index++) print(Buffer.alloc(BLOCK, 0x20 + index));
    expect(told.length).toBe(1);
    output.flush();
    expect(told.length).toBe(2);
    expect(told[1]?.from).toBe(99 * BLOCK);
    expect(printed().subarray(-BLOCK).equals(told[1]!.bytes)).toBe(true);
  });

  it('tells the end of a flood although nothing follows', () => {
    const { told, print } = printing();
    for (let index = 0; index < 3; index++) print(Buffer.from('text'));
    vi.advanceTimersByTime(50);
    expect(told.map(({ from, bytes }) => [from, bytes.length])).toEqual([
      [0, 4],
      [4, 8],
    ]);
  });

  it('tells everything while it is kept nowhere else', () => {
    const { told, print } = printing();
    for (let index = 0; index < 10; index++) print(Buffer.alloc(BLOCK, index), 'stdout', false);
    expect(told.map(({ bytes }) => bytes[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('leaves no escape sequence out, also none that two blocks share', () => {
    const { told, print, output } = printing();
    print(Buffer.from('text'));
    print(Buffer.from('text'));
    print(Buffer.from('mode \x1b[?25'));
    print(Buffer.concat([Buffer.from('l'), Buffer.alloc(BLOCK, 0x61)]));
    print(Buffer.alloc(BLOCK, 0x62));
    print(Buffer.alloc(BLOCK, 0x63));
    output.flush();
    const starts = told.map(({ bytes }) => Buffer.from(bytes.subarray(0, 4)).toString());
    expect(starts).toEqual(['text', 'text', 'mode', 'laaa', 'cccc']);
  });

  it('keeps the streams apart and in order', () => {
    const { told, print, output } = printing();
    print(Buffer.from('a'));
    print(Buffer.from('b'), 'stderr');
    print(Buffer.from('c'), 'stderr');
    print(Buffer.from('d'));
    output.flush();
    expect(told.map(({ stream, bytes }) => `${stream} ${Buffer.from(bytes)}`)).toEqual([
      'stdout a',
      'stderr bc',
      'stdout d',
    ]);
  });
});
