import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LevelWatch } from '../../../../src/ui/tui/view/escape-sequence.ts';
import { LineScanner } from '../../../../src/ui/tui/view/line-scanner.ts';

function lines(text: string, hasColour = true): string[] {
  return new LineScanner(hasColour).lines(text);
}

function needsTerminal(...pieces: string[]): boolean {
  const watch = new LevelWatch();
  for (const piece of pieces) watch.watch(Buffer.from(piece));
  return watch.needsTerminal;
}

describe('lines of output', () => {
  it('are what stands on the line after all overwrites', () => {
    expect(lines('10%\r50%\r100%\r\ndone\r\n')).toEqual(['100%', 'done']);
    expect(lines('a long line\rshort\n')).toEqual(['shortg line']);
    expect(lines('a long line\r\x1b[Kshort\n')).toEqual(['short']);
    expect(lines('abc\b\bX\n')).toEqual(['aXc']);
    expect(lines('one\x1b[10Gtwo\x1b[2DX\n')).toEqual(['one      tXo']);
  });

  it('expand tabs to the next eighth column', () => {
    expect(lines('a\tb\n1234567\t8\n')).toEqual(['a       b', '1234567 8']);
  });

  it('keep colours, carry them to the next line and close them in each', () => {
    expect(lines('\x1b[31mred\nstill\x1b[0m plain\nend\n')).toEqual([
      '\x1b[31mred\x1b[0m',
      '\x1b[31mstill\x1b[0m plain',
      'end',
    ]);
  });

  it('lose their colours but not their weight where there are no colours', () => {
    expect(lines('\x1b[1;31mbad\x1b[0m\n', false)).toEqual(['\x1b[1mbad\x1b[0m']);
  });

  it('do not blink and hide nothing', () => {
    expect(lines('\x1b[5;8mx\x1b[0m\n')).toEqual(['x']);
  });

  it('show control characters and let none through', () => {
    expect(lines('a\x01b\x7fc\x0bd\x07\n')).toEqual(['a^Ab^?c^Kd']);
    expect(lines('\x1b]0;title\x07\x1b]52;c;eA==\x07\x1b[3J\x1b[?1049htext\x9b2J\n')).toEqual(['text\\u009b2J']);
    expect(lines('x\u202ey\n')).toEqual(['x\\u202ey']);
  });

  it('keep wide characters whole when one half is overwritten', () => {
    expect(lines('日本\rx\n')).toEqual(['x 本']);
  });

  it('pass nothing but text and SGR whatever comes', () => {
    const noise = fc.string({
      unit: fc.oneof(
        fc.constantFrom('\x1b', '[', ']', '?', ';', '1', 'm', 'H', 'J', '\r', '\b', '\t', '\x07', '\x9b', 'é', '日'),
        fc.string({ maxLength: 1 }),
      ),
      maxLength: 60,
    });
    fc.assert(
      fc.property(noise, (text) => {
        for (const line of lines(text))
          expect(line.replace(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      }),
    );
  });

  it('are cut when nobody would read so far, and say by how much', () => {
    const [line] = lines(`${'x'.repeat(200_000)}\n`);
    expect(line).toMatch(/^x{16384} … 183,616 more characters$/);
    const [overwritten] = lines(`${'x'.repeat(20_000)}${'\ry'.repeat(60_000)}\n`);
    expect(overwritten?.length).toBe(16_384);
  });
});

describe('the level of output', () => {
  it('needs no emulator for colours, overwrites, titles, links and modes', () => {
    expect(
      needsTerminal(
        'plain\n',
        '\x1b[1;31mred\x1b[0m\r\x1b[K',
        '\x1b]0;title\x07\x1b[?25l\x1b[?2004h',
        '\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\',
      ),
    ).toBe(false);
  });

  it.each([
    '\x1b[2A',
    '\x1b[H',
    '\x1b[2J',
    '\x1b[?1049h',
    '\x1b[?1000;1006h',
    '\x1b7',
    '\x1bM',
    '\x1b[3;20r',
    '\x1b[4L',
  ])('needs one for %j', (sequence) => {
    expect(needsTerminal(`text${sequence}`)).toBe(true);
  });

  it('is found however the sequence is cut', () => {
    const bytes = 'text\x1b[?12;1049hmore';
    for (let at = 1; at < bytes.length; at++) expect(needsTerminal(bytes.slice(0, at), bytes.slice(at))).toBe(true);
    expect(needsTerminal(...bytes)).toBe(true);
  });
});
