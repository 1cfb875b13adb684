import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CommandAnswer, commandAnswer } from '../../../src/core/tools/index.ts';

const nothing = new Uint8Array();

function answer(text: string | Uint8Array, more: Partial<CommandAnswer> = {}): string {
  const head = typeof text === 'string' ? Buffer.from(text) : text;
  return commandAnswer({
    chunkId: '283f4c',
    wallTimeMs: 251.12,
    state: { kind: 'exited', code: 0 },
    output: { head, omitted: 0, tail: nothing },
    maxOutputTokens: 10_000,
    outputFile: null,
    preface: [],
    ...more,
  });
}

function outputOf(text: string): string {
  return text.slice(text.indexOf('Output:\n') + 'Output:\n'.length);
}

describe('the answer to a command', () => {
  it('says how long it took, how it ended, how much it printed and what', () => {
    expect(answer('hello\n', { state: { kind: 'exited', code: 137 } })).toBe(
      'Chunk ID: 283f4c\nWall time: 0.2511 seconds\nProcess exited with code 137\nOriginal token count: 2\nOutput:\nhello\n',
    );
  });

  it('names the session while it runs, and puts sentences of the sandbox first', () => {
    const text = answer('', { state: { kind: 'running', sessionId: 55_535 }, preface: ['First.', 'Second.'] });
    expect(text.startsWith('First.\nSecond.\nChunk ID: ')).toBe(true);
    expect(text).toContain('\nProcess running with session ID 55535\nOriginal token count: 0\nOutput:\n');
  });

  it('keeps escape sequences, and shows bytes that are no text as such', () => {
    expect(outputOf(answer(Buffer.from([0x1b, 0x5b, 0x31, 0x6d, 0xff, 0x41])))).toBe('\u001b[1m\ufffdA');
  });

  it('that is longer than asked keeps its beginning and end, and names the file that has it all', () => {
    const lines = Array.from({ length: 60_000 }, (_, line) => `${line + 1}\n`).join('');
    const text = outputOf(answer(lines, { maxOutputTokens: 10, outputFile: '/h/output/1.bin' }));
    expect(text).toBe(
      [
        'Warning: truncated output (original token count: 87224)',
        'Total output lines: 60000',
        '',
        '1\n2\n3\n4\n5\n6\n7\n8\n9\n10',
        '…87214 tokens truncated; all of it is in /h/output/1.bin…',
        '7\n59998\n59999\n60000\n',
      ].join('\n'),
    );
  });

  it('that lost its middle before says so, and claims no number of lines', () => {
    const output = { head: Buffer.from('begin\n'), omitted: 4_000_000, tail: Buffer.from('end\n') };
    const text = outputOf(answer('', { output }));
    expect(text).toBe(
      'Warning: truncated output (original token count: 1000003)\n\nbegin\n…1000000 tokens truncated…\nend\n',
    );
  });

  it('for no tokens at all is the marker alone', () => {
    expect(
      outputOf(answer('some text', { maxOutputTokens: 0 }))
        .split('\n')
        .at(-1),
    ).toBe('…3 tokens truncated…');
  });

  it('is whole characters within the budget, the true beginning and end, for any text cut anywhere', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), fc.nat(60), fc.nat(400), (text, tokens, split) => {
        const bytes = Buffer.from(text);
        const at = Math.min(split, bytes.length);
        const output = { head: bytes.subarray(0, at), omitted: 0, tail: bytes.subarray(at) };
        const shown = outputOf(answer('', { output, maxOutputTokens: tokens }));
        if (bytes.length <= tokens * 4) {
          expect(shown).toBe(bytes.toString());
          return;
        }
        expect(shown).not.toContain('\ufffd');
        const kept = shown.slice(shown.indexOf('\n\n') + 2);
        const [before = '', after = ''] = kept.split(/…\d+ tokens truncated…\n?/);
        expect(Buffer.byteLength(before.replace(/\n$/, '')) + Buffer.byteLength(after)).toBeLessThanOrEqual(tokens * 4);
        expect(bytes.toString().startsWith(before.replace(/\n$/, ''))).toBe(true);
        expect(bytes.toString().endsWith(after)).toBe(true);
      }),
    );
  });
});
