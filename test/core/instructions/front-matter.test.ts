// The lines before a text, as people and programs write them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readFrontMatter } from '../../../src/core/instructions/front-matter.ts';

describe('lines before a text', () => {
  it('are names and texts in the forms people use', () => {
    const { values, body } = readFrontMatter(
      "---\nname: a b # no more\nquoted: 'it''s'\nfolded: >-\n  one\n  two\nblock: |\n  x\n   y\nlist: [a, b]\nlong: one\n  two\n---\n\nbody\n",
    );
    expect(Object.fromEntries(values)).toEqual({
      name: 'a b',
      quoted: "it's",
      folded: 'one two',
      block: 'x\n y',
      long: 'one two',
    });
    expect(body).toBe('body\n');
  });

  it.each([
    ['no end', '---\nname: x\nbody'],
    ['no beginning', 'name: x\n---\nbody'],
    ['nothing', ''],
    ['an end far away', `---\n${'a: b\n'.repeat(600)}---\nbody`],
  ])('with %s are text', (_what, text) => {
    expect(readFrontMatter(text)).toEqual({ values: new Map(), body: text });
  });

  it('of a file from Windows are the same', () => {
    const { values, body } = readFrontMatter('\ufeff---\r\nname: x\r\n---\r\nbody\r\n');
    expect([...values]).toEqual([['name', 'x']]);
    expect(body).toBe('body\n');
  });

  it('of any text are an answer', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), fc.string({ maxLength: 40 }), (text, rest) => {
        const { values } = readFrontMatter(`---\n${text}\n---\n${rest}`);
        for (const [name, value] of values) expect([name, value]).not.toContain('');
      }),
    );
  });
});
