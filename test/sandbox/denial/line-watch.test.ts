// Which lines are kept of a stream, wherever its chunks are cut and however much of it there is.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openLineWatch } from '../../../src/sandbox/denial/line-watch.ts';

const denial = (name: string): string => `touch: cannot touch '${name}': Read-only file system`;

function kept(chunks: readonly Uint8Array[]): string[] {
  const watch = openLineWatch();
  for (const chunk of chunks) watch.read(chunk);
  return watch.lines().map((line) => line.text);
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...new Set(at.map((it) => it % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('a line watch', () => {
  it('keeps the same lines wherever the chunks are cut', () => {
    const line = fc.oneof(
      fc.constantFrom(
        denial('/etc/a'),
        denial('/etc/ü'),
        'ping: h: Échec temporaire dans la résolution du nom',
        'x: 只读文件系统',
      ),
      fc.string({ maxLength: 30 }).map((it) => it.replaceAll(/[\n\r\u001b]/g, '')),
    );
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 12 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        (lines, cuts, isEnded) => {
          const bytes = Buffer.from(`${lines.join('\n')}${isEnded ? '\n' : ''}`);
          expect(kept(cut(bytes, cuts))).toEqual(kept([bytes]));
        },
      ),
    );
  });

  it('finds what scrolled by in a flood, at its start, in its middle and at its end', () => {
    const noise = Buffer.from('y\n'.repeat(500_000));
    const chunks = [
      Buffer.from(`${denial('/first')}\n`),
      noise,
      Buffer.from(`${denial('/middle')}\n`),
      noise,
      Buffer.from(denial('/last')),
    ];
    expect(kept(chunks)).toEqual([denial('/first'), denial('/middle'), denial('/last')]);
  });

  it('finds a text in a line of megabytes without a line feed', () => {
    const half = Buffer.alloc(1_000_000, 'x');
    const lines = kept([half, Buffer.from(`: ${denial('/deep')}`), half, half]);
    expect(lines.some((line) => line.includes("'/deep': Read-only file system"))).toBe(true);
  });

  it('finds a text in an endless line that comes a few bytes at a time', () => {
    const text = Buffer.from(`${'x'.repeat(8180)}: ${denial('/deep')}${'x'.repeat(9000)}`);
    const chunks = Array.from({ length: Math.ceil(text.length / 3) }, (_, index) =>
      text.subarray(index * 3, index * 3 + 3),
    );
    expect(kept(chunks).some((line) => line.includes("'/deep': Read-only file system"))).toBe(true);
  });

  it('keeps the first and the last of endless refusals, and not all of them', () => {
    const many = Array.from({ length: 20_000 }, (_, index) => `${denial(`/etc/${index}`)}\n`).join('');
    const lines = kept(cut(Buffer.from(many), [65_536, 131_072, 500_000]));
    expect(lines[0]).toBe(denial('/etc/0'));
    expect(lines.at(-1)).toBe(denial('/etc/19999'));
    expect(lines.length).toBeLessThanOrEqual(300);
  });

  it('shows a line as it was left on the screen', () => {
    expect(kept([Buffer.from(` 10%\r 50%\r\u001b[2K\u001b[31m${denial('/x')}\u001b[m\r\n`)])).toEqual([denial('/x')]);
  });

  it('does not let ordinary failures crowd out refusals', () => {
    const ordinary = (index: number): string => `cat: f${index}: No such file or directory\n`;
    const many = (from: number): string => Array.from({ length: 5_000 }, (_, index) => ordinary(from + index)).join('');
    const watch = openLineWatch({ withEveryday: true });
    watch.read(Buffer.from(`${many(0)}${denial('/middle')}\n${many(5_000)}`));
    const texts = watch.lines().map((line) => line.text);
    expect(texts).toContain(denial('/middle'));
    expect(texts[0]).toBe('cat: f0: No such file or directory');
    expect(texts.length).toBeLessThan(100);
  });

  it('hears a mere code at the very end', () => {
    expect(kept([Buffer.from(`${'x\n'.repeat(2_000)}EROFS: /x\n`)])).toEqual(['EROFS: /x']);
    expect(kept([Buffer.from('EROFSX: /x\n')])).toEqual([]);
  });

  it('keeps what came just before', () => {
    const watch = openLineWatch();
    watch.read(Buffer.from('error: failed to create `/opt/c`\nCaus'));
    watch.read(Buffer.from('ed by:\n  Read-only file system (os error 30)\n'));
    expect(watch.lines()[0]?.before).toBe('error: failed to create `/opt/c`\nCaused by:');
  });
});
