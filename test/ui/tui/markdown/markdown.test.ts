import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type GrownRows,
  grownRows,
  markdownRows,
  noTextRead,
  readOn,
  restOf,
} from '../../../../src/ui/tui/markdown/markdown.ts';
import { cleanLine } from '../../../../src/ui/tui/terminal/row-bytes.ts';
import { cellWidth, withoutEscapes } from '../../../../src/ui/tui/terminal/width.ts';
import type { Look } from '../../../../src/ui/tui/view/look.ts';
import { coloured, plain, plainAscii, uncoloured } from '../view/session.ts';

const linked: Look = { ...coloured, linkHost: 'here' };

function rows(text: string, cols = 80, look = plain): string[] {
  return markdownRows(text, { cols, look });
}

/** The rows of a text that arrives in pieces, and the tail that was seen after each. */
function streamed(
  text: string,
  ends: readonly number[],
  cols: number,
  look: Look,
): { rows: string[]; tails: string[][] } {
  const view = { cols, look };
  const all: string[] = [];
  const tails: string[][] = [];
  let read = noTextRead;
  for (const end of ends) {
    const next = readOn(text.slice(0, end), read, view);
    all.push(...next.rows);
    read = next.read;
    tails.push(restOf(text.slice(0, end), read, view, true));
  }
  const last = readOn(text, read, view);
  return { rows: [...all, ...last.rows, ...restOf(text, last.read, view, false)], tails };
}

const inlinePieces = fc.constantFrom(
  'word',
  'two words',
  '**bold',
  '**',
  '*',
  '__',
  '_it_',
  '`code`',
  '``',
  '~~gone~~',
  '[link](https://a.example/x?y=1)',
  '[bad](javascript:alert(1))',
  '![alt](x.png)',
  'https://b.example/z_(1).',
  '<b>',
  '<!--',
  '-->',
  '&amp;',
  '$a_1$',
  '\\(',
  '\\)',
  '\\',
  '日本語のテキスト',
  'שלום עולם',
  '👩‍👩‍👧',
  '🇩🇪',
  'e\u0301',
  'long'.repeat(30),
  '\x1b[2J',
  '\x1b]0;title\x07',
  '\x1b]8;;https://evil.example\x1b\\',
  '\x9b31m',
  '\u202e',
  '\x00',
  '\r',
  '\t',
  '  ',
);
const lineStarts = fc.constantFrom(
  ...[
    '',
    '',
    '',
    '# ',
    '### ',
    '- ',
    '  - ',
    '* ',
    '1. ',
    '2) ',
    '   ',
    '    ',
    '\t',
    '> ',
    '> > ',
    '- [ ] ',
    '- [x] ',
  ],
  ...[
    '| ',
    '```',
    '```ts',
    '~~~',
    '---',
    '===',
    '***',
    '|---|:-:|',
    '| a | b |',
    '$$',
    '<div>',
    '</div>',
    '<!--',
    '-->',
  ],
);
const lines = fc
  .tuple(lineStarts, fc.array(inlinePieces, { maxLength: 4 }), fc.constantFrom('', '', '', '  ', '|', ' |', '```'))
  .map(([start, pieces, end]) => start + pieces.join(' ') + end);
const texts = fc
  .tuple(fc.array(fc.oneof(lines, fc.constant('')), { maxLength: 16 }), fc.constantFrom('\n', '\n', '\r\n'))
  .map(([all, newline]) => all.join(newline));
const looks = fc.constantFrom(plain, plainAscii, uncoloured, coloured, linked);

describe('a text that grows', () => {
  it('has the same rows in whatever pieces it comes', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.nat()), fc.constantFrom(20, 40, 80), looks, (text, cuts, cols, look) => {
        const ends = cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b);
        expect(streamed(text, ends, cols, look).rows).toEqual(rows(text, cols, look));
      }),
      { numRuns: 2000 },
    );
  });

  it('has the same rows character by character, and rows that were given stay what they are', () => {
    fc.assert(
      fc.property(texts, looks, (text, look) => {
        const ends = Array.from({ length: text.length }, (_, index) => index + 1);
        expect(streamed(text, ends, 40, look).rows).toEqual(rows(text, 40, look));
      }),
      { numRuns: 200 },
    );
  });

  it('is no wider than the window but for code and tables that still grow, and nothing in it acts on the terminal', () => {
    fc.assert(
      fc.property(texts, fc.constantFrom(30, 40, 80), looks, (text, cols, look) => {
        for (const row of rows(text, cols, look)) {
          const isCode = row.startsWith('    ') || /^ *(?:(?:>|- |\[.\]|\d+[.)]) *)+ {2}/.test(withoutEscapes(row));
          if (!isCode) expect(cellWidth(row)).toBeLessThan(cols);
          // What the frame writer would change is what could act or hide.
          expect(cleanLine(row)).toBe(row);
          expect(row.replace(/\x1b\[\d+m|\x1b\]8;[^\x1b]*\x1b\\/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202e]/);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('is the same for who keeps its rows and for who sees it for the first time, at any width', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.tuple(fc.nat(), fc.constantFrom(40, 80))), (text, steps) => {
        let known: GrownRows | null = null;
        const sorted = steps
          .map(([cut, cols]) => ({ end: cut % (text.length + 1), cols }))
          .sort((a, b) => a.end - b.end);
        for (const { end, cols } of sorted) {
          const view = { cols, look: coloured };
          const next = grownRows(text.slice(0, end), known, view);
          known = next.grown;
          expect(next.rows).toEqual(grownRows(text.slice(0, end), null, view).rows);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('shows an open block as it will be printed, and a table as it was written', () => {
    expect(streamed('Settled.\n\nStill **op', [20], 80, plain).tails).toEqual([['', '  Still **op']]);
    const table = `| a | b |\n|---|---|\n${Array.from({ length: 20 }, (_, i) => `| ${i} | x |\n`).join('')}`;
    const { tails } = streamed(table, [9, table.length], 80, plain);
    expect(tails[0]).toEqual(['  | a | b |']);
    expect(tails[1]).toEqual(Array.from({ length: 12 }, (_, i) => `  | ${i + 8} | x |`));
  });

  it('gives code line by line and a list item by item', () => {
    const view = { cols: 80, look: plain };
    expect(readOn('```sh\nmake\nmake te', noTextRead, view).rows).toEqual(['    sh', '    make']);
    expect(readOn('- one\n- two\n- thr', noTextRead, view).rows).toEqual(['  - one']);
    expect(readOn('a\n\nb', noTextRead, view).rows).toEqual(['  a']);
    expect(readOn('a\nb', noTextRead, view).rows).toEqual([]);
  });

  it('gives a long table in parts that share the widths of the first part', () => {
    const body = Array.from({ length: 320 }, (_, i) => `| ${i} | ${i === 300 ? 'wider than the first ones' : 'x'} |\n`);
    const text = `| n | value |\n|--:|---|\n${body.join('')}`;
    const view = { cols: 80, look: plain };
    const upTo = (count: number) =>
      text
        .split('\n')
        .slice(0, count + 2)
        .join('\n').length + 1;
    expect(readOn(text.slice(0, upTo(200)), noTextRead, view).rows).toEqual([]);
    const first = readOn(text.slice(0, upTo(201)), noTextRead, view);
    expect(first.rows.slice(0, 3)).toEqual(['    n  value', '  ───  ─────', '    0  x']);
    expect(first.rows).toHaveLength(2 + 201);
    const next = readOn(text.slice(0, upTo(251)), first.read, view);
    expect(next.rows).toHaveLength(50);
    expect(streamed(text, [upTo(201), upTo(251), upTo(300)], 80, plain).rows).toEqual(rows(text));
  });

  it('reads on in a line without an end in bounded pieces', () => {
    const text = 'word '.repeat(20_000);
    const view = { cols: 80, look: plain };
    const { read } = readOn(text, noTextRead, view);
    expect(text.length - read.to).toBeLessThanOrEqual(16 * 1024);
    expect(streamed(text, [5_000, 20_000, 50_001, 90_000], 80, plain).rows).toEqual(rows(text));
    expect(rows('日'.repeat(40_000)).join('').replaceAll(' ', '')).toBe('日'.repeat(40_000));
  });

  it('never looks back at what it has read, however long the answer is', () => {
    fc.assert(
      fc.property(texts, fc.nat(), (text, cut) => {
        const view = { cols: 40, look: coloured };
        const { read } = readOn(text.slice(0, cut % (text.length + 1)), noTextRead, view);
        const other = '?'.repeat(read.to) + text.slice(read.to);
        expect(readOn(other, read, view)).toEqual(readOn(text, read, view));
        expect(restOf(other, read, view, true)).toEqual(restOf(text, read, view, true));
      }),
      { numRuns: 300 },
    );
  });
});

describe('blocks', () => {
  it('are set in, wrapped, and kept apart as their writer did', () => {
    expect(rows('One paragraph.\n\n\n\nAnother\nof two lines.\n- a list\n- of two\n\nend')).toEqual([
      '  One paragraph.',
      '',
      '  Another',
      '  of two lines.',
      '  - a list',
      '  - of two',
      '',
      '  end',
    ]);
  });

  it('join lines that were broken to fit a page, and only those', () => {
    const wrapped =
      'This paragraph was written in an editor that breaks its lines at\nsixty columns or so, which nobody wants to see in a window of another\nwidth.';
    expect(rows(wrapped, 200)).toEqual([
      '  This paragraph was written in an editor that breaks its lines at sixty columns or so, which',
      '  nobody wants to see in a window of another width.',
    ]);
    expect(
      rows('Name: something that is about as long as a line of text is, more or less\nAge: 5\nCity: another one', 200),
    ).toHaveLength(3);
    expect(
      rows('**Cause:** something that is about as long as a line of text is, more or less\n**Fix:** that', 200),
    ).toHaveLength(2);
    expect(
      rows('This line is as long as one that an editor has broken, but it ends with  \na hard break', 200),
    ).toHaveLength(2);
  });

  it('headings stand off and differ by weight, the first level by a line', () => {
    expect(rows('text\n# Title `x`\nmore\n### Third ###')).toEqual([
      '  text',
      '',
      '  # Title `x`',
      '  more',
      '',
      '  ### Third',
    ]);
    expect(rows('# Title', 80, coloured)).toEqual(['  \x1b[1mTitle\x1b[22m', '  ─────']);
    expect(rows('## Second', 80, uncoloured)).toEqual(['  \x1b[1mSecond\x1b[22m']);
  });

  it('titles underlined on the next line are a paragraph and a rule', () => {
    expect(rows('Title\n===\ntext\n---\n***')).toEqual(['  Title', '  ---', '  text', '  ---', '  ---']);
    expect(rows('a\n\n---', 80, uncoloured)).toEqual(['  a', '', `  \x1b[2m${'─'.repeat(20)}\x1b[22m`]);
    expect(rows('---', 40, uncoloured)).toEqual(['  ---']);
  });

  it('lists nest, count on, and hang', () => {
    const text = `3. three\n4. ${'four '.repeat(10)}\n   - nested\n     - deeper\n\n     text of it\n9. five\n\n* other\n+ list`;
    expect(rows(text, 40)).toEqual([
      '  3. three',
      '  4. four four four four four four four',
      '     four four four',
      '     - nested',
      '       - deeper',
      '',
      '       text of it',
      '  5. five',
      '',
      '  - other',
      '  - list',
    ]);
  });

  it('bullets set in by two below a number belong to it', () => {
    expect(rows('1. one\n  - sub\n    - subsub\n  - sub\n2. two')).toEqual([
      '  1. one',
      '    - sub'.replace('    ', '     '),
      '       - subsub',
      '     - sub',
      '  2. two',
    ]);
  });

  it('nested lists are set in by one column in a narrow window', () => {
    expect(rows('- a\n  - b\n    - c\n      text', 39)).toEqual(['  - a', '   - b', '    - c', '      text']);
  });

  it('tasks have their box for a mark', () => {
    expect(rows('- [ ] open\n- [X] done\n- [] none\n1. [ ] numbered')).toEqual([
      '  [ ] open',
      '  [x] done',
      '  - [] none',
      '  1. [ ] numbered',
    ]);
  });

  it('quotes have their mark before each row', () => {
    expect(rows(`> ${'quoted '.repeat(7)}\nlazy\n>\n> - item\n> \`\`\`\n> code\n> \`\`\`\nafter`, 40)).toEqual([
      '  > quoted quoted quoted quoted quoted',
      '  > quoted quoted',
      '  > lazy',
      '  >',
      '  > - item',
      '  >   code',
      '  after',
    ]);
    expect(rows('> a', 80, coloured)).toEqual(['  \x1b[2m>\x1b[22m a']);
  });

  it('code keeps its lines and blank lines, under the name of its language', () => {
    const line = `const x = ${'1 + '.repeat(30)}1;`;
    expect(
      rows(`\`\`\`ts title="x"\n${line}\n\n\n\tend\n\n\`\`\`\nafter\n\n    by indent\n\n      more\ntext`, 40),
    ).toEqual([
      '    ts',
      `    ${line}`,
      '',
      '',
      '        end',
      '',
      '  after',
      '',
      '    by indent',
      '',
      '      more',
      '  text',
    ]);
    expect(rows('~~~\n```\n# no title\n~~~~')).toEqual(['    ```', '    # no title']);
    expect(rows('```\nnever closed\n\n- x')).toEqual(['    never closed', '', '    - x']);
  });

  it('HTML and formulas are there as they were written', () => {
    expect(rows('<div>\n*a* <b>x</b>\n</div>\n\n<!-- hidden\n\n**b** -->\n*c*')).toEqual([
      '  <div>',
      '  *a* <b>x</b>',
      '  </div>',
      '',
      '  <!-- hidden',
      '',
      '  **b** -->',
      '  *c*',
    ]);
    expect(rows('$$ is no formula\n\n*x*')).toEqual(['  $$ is no formula', '', '  *x*']);
    expect(rows('$$\na_1 * b\n+ c * d\n$$\n*x*')).toEqual(['  $$', '  a_1 * b', '  + c * d', '  $$', '  *x*']);
  });

  it('definitions and footnotes are text', () => {
    expect(rows('[a][b] and [^1]\n\n[b]: https://x.example\n\n[^1]: note')).toEqual([
      '  [a][b] and [^1]',
      '',
      '  [b]: https://x.example',
      '',
      '  [^1]: note',
    ]);
  });

  it('a line of nothing but marks costs no more rows than it has', () => {
    expect(rows('> '.repeat(5000), 40).length).toBeLessThan(1000);
    expect(rows('- '.repeat(5000), 40).length).toBeLessThan(1000);
  });

  it('shows control characters and never sends them', () => {
    expect(rows('a\x1b[2Jb\x9b1m\u202ec')).toEqual(['  a^[[2Jb\\u009b1m\\u202ec']);
    expect(rows('```\x1b]0;x\x07\n\x1b[31mred\n```', 80, coloured).join('')).not.toMatch(/\x1b\]0|\x1b\[31m/);
  });
});
