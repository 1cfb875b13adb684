import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nothingSettled, proseRows, proseStart, settle, writeProse } from '../../../../src/ui/tui/view/prose.ts';

const pieces = fc.array(
  fc.constantFrom(
    'a paragraph of several words',
    'short',
    '',
    '',
    '```',
    '```ts',
    '~~~',
    'const code = 1;',
    '- an entry of a list',
    '\tindented',
    '# heading',
    '日本語のテキスト',
  ),
  { maxLength: 14 },
);

describe('prose', () => {
  it('is indented and wrapped, code is not wrapped', () => {
    const text = `One test failed because a slow client was closed. It is now told.\n\n\n- ${'word '.repeat(8)}\n\n\`\`\`ts\nconst x = ${'1 + '.repeat(20)}1;\n\n\nend();\n\`\`\`\nDone.`;
    expect(proseRows(text, 40)).toEqual([
      '  One test failed because a slow client',
      '  was closed. It is now told.',
      '',
      '  - word word word word word word word',
      '    word ',
      '',
      `    const x = ${'1 + '.repeat(20)}1;`,
      '',
      '',
      '    end();',
      '  Done.',
    ]);
  });

  it('settles a paragraph with the blank line behind it, and code line by line', () => {
    expect(settle('first\nsecond', nothingSettled).to).toBe(0);
    expect(settle('first\n\nsecond', nothingSettled)).toEqual({ to: 7, fence: '' });
    expect(settle('```\none\ntwo', nothingSettled)).toEqual({ to: 8, fence: '```' });
    expect(settle('```\none\n```\nafter', nothingSettled)).toEqual({ to: 12, fence: '' });
  });

  it('has the same rows printed block by block while it grows as printed whole', () => {
    fc.assert(
      fc.property(
        pieces,
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 40 }),
        fc.constantFrom(24, 40, 80),
        (lines, steps, cols) => {
          const text = lines.join('\n');
          let settled = nothingSettled;
          let state = proseStart;
          const rows: string[] = [];
          for (let length = 0, turn = 0; length < text.length; turn++) {
            length += steps[turn % steps.length]!;
            const next = settle(text.slice(0, length), settled);
            const written = writeProse(text.slice(settled.to, next.to), state, cols);
            rows.push(...written.rows);
            settled = next;
            state = written.state;
          }
          rows.push(...writeProse(text.slice(settled.to), state, cols).rows);
          expect(rows).toEqual(proseRows(text, cols));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('makes control characters of an answer visible', () => {
    expect(proseRows('a\x1b[2Jb', 80)).toEqual(['  a^[[2Jb']);
  });
});
