import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachCell } from '../../../../src/ui/tui/terminal/cells.ts';
import {
  cellWidth,
  clusterEnd,
  clusterStart,
  cutEnd,
  cutMiddle,
  cutToWidth,
  visible,
  withoutEscapes,
  wrap,
  wrapSpans,
} from '../../../../src/ui/tui/terminal/width.ts';

const pieces = fc.constantFrom(
  ...[
    'a',
    'b',
    ' ',
    '  ',
    '-',
    'é',
    'e\u0301',
    '日',
    '本',
    '👩‍👩‍👧',
    '👍🏽',
    '🇩🇪',
    '🇫',
    'क्षि',
    '각',
    'ᄒ',
    'ᅡ',
    'ᆫ',
    'ｶﾞ',
    '⚠\ufe0f',
    '✓',
    '\u200d',
    '\ud83d',
    'ا',
    '\u0600',
    '한',
  ],
);
const mixedText = fc.array(pieces, { maxLength: 60 }).map((parts) => parts.join(''));

function clustersByTable(text: string): string[] {
  const found: string[] = [];
  eachCell(text, 0, (start, end) => {
    found.push(text.slice(start, end));
    return undefined;
  });
  return found;
}

describe('the width of a text', () => {
  it.each([
    ['', 0],
    ['plain', 5],
    ['é', 1],
    ['e\u0301', 1],
    ['日本語', 6],
    ['…│', 2],
    ['👩‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['👍🏽', 2],
    ['क्षि', 2],
    ['한', 2],
    ['한', 2],
    ['ｶﾞ', 2],
    ['1\ufe0f\u20e3', 2],
    ['⚠\ufe0f', 2],
    ['✓ ✗ ⊘ ❯', 7],
    ['a\u00adb', 3],
    ['a\x07b', 2],
    ['\x1b[31mred\x1b[0m', 3],
    ['\x1b]8;;https://x\x1b\\link\x1b]8;;\x1b\\', 4],
    ['\x1b[38;2;1;2;3m日\x1b[m', 2],
  ])('%j takes %i cells', (text, cells) => {
    expect(cellWidth(text)).toBe(cells);
  });

  it('splits text into the same clusters as the segmenter of the platform', () => {
    const segmenter = new Intl.Segmenter('und', { granularity: 'grapheme' });
    fc.assert(
      fc.property(mixedText, (text) => {
        expect(clustersByTable(text)).toEqual(Array.from(segmenter.segment(text), ({ segment }) => segment));
      }),
      { numRuns: 500 },
    );
  });

  it('finds the cluster after and before every boundary', () => {
    fc.assert(
      fc.property(mixedText, (text) => {
        let at = 0;
        for (const cluster of clustersByTable(text)) {
          expect(clusterEnd(text, at)).toBe(at + cluster.length);
          expect(clusterStart(text, at + cluster.length)).toBe(at);
          at += cluster.length;
        }
      }),
      { numRuns: 300 },
    );
  });

  it('goes on with a cluster that is longer than a segmenter window and with long joined text', () => {
    const stacked = `a${'\u0301'.repeat(5000)}b`;
    expect(cellWidth(stacked)).toBeLessThan(40);
    expect(cellWidth('👩‍👩‍👧'.repeat(1000))).toBe(2000);
  });
});

describe('cutting', () => {
  it('never splits a cluster and never exceeds the width', () => {
    fc.assert(
      fc.property(mixedText, fc.integer({ min: 0, max: 30 }), (text, cells) => {
        const cut = cutToWidth(text, cells);
        expect(cellWidth(cut)).toBeLessThanOrEqual(cells);
        expect(text.startsWith(cut)).toBe(true);
        const boundaries = new Set<number>([0]);
        eachCell(text, 0, (_start, end) => {
          boundaries.add(end);
          return undefined;
        });
        expect(boundaries.has(cut.length)).toBe(true);
      }),
    );
  });

  it('closes the colours and links that are open at the cut', () => {
    expect(cutToWidth('\x1b[31mabc\x1b[0m', 2)).toBe('\x1b[31mab\x1b[0m');
    expect(cutToWidth('\x1b[31mab\x1b[0mc', 2)).toBe('\x1b[31mab\x1b[0m');
    expect(cutToWidth('\x1b]8;;http://x\x1b\\abc', 2)).toBe('\x1b]8;;http://x\x1b\\ab\x1b]8;;\x1b\\');
    expect(cutToWidth('abc', 2)).toBe('ab');
  });

  it('keeps both ends when it cuts the middle', () => {
    expect(cutMiddle('npm run build --watch', 16)).toBe('npm run …--watch');
    expect(cutMiddle('npm test', 16)).toBe('npm test');
    expect(cutMiddle('日本語日本語日本語', 9)).toBe('日本…本語');
    expect(cutMiddle('abcdefgh', 6, '..')).toBe('ab..gh');
    fc.assert(
      fc.property(mixedText, fc.integer({ min: 1, max: 30 }), (text, cells) => {
        expect(cellWidth(cutMiddle(text, cells))).toBeLessThanOrEqual(cells);
        expect(cellWidth(cutEnd(text, cells))).toBeLessThanOrEqual(cells);
      }),
    );
  });
});

describe('wrapping', () => {
  it.each([
    ['the quick brown fox', 10, ['the quick', 'brown fox']],
    ['the quick  brown', 10, ['the quick', 'brown']],
    ['', 10, ['']],
    ['a\n\nb', 10, ['a', '', 'b']],
    ['abcdefghijkl', 5, ['abcde', 'fghij', 'kl']],
    ['ab abcdefghijkl', 5, ['ab', 'abcde', 'fghij', 'kl']],
    ['日本語の文章', 5, ['日本', '語の', '文章']],
    ['abc日本', 5, ['abc日', '本']],
    ['  indented', 20, ['  indented']],
    ['hello     ', 7, ['hello  ']],
  ])('%j in %i cells', (text, cells, rows) => {
    expect(wrap(text, cells)).toEqual(rows);
  });

  it('carries colours over the break so that each row stands alone', () => {
    expect(wrap('\x1b[31mred words\x1b[0m plain', 5)).toEqual(['\x1b[31mred\x1b[0m', '\x1b[31mwords\x1b[0m', 'plain']);
    expect(wrap('a \x1b[1mb c\x1b[22m d', 3)).toEqual(['a \x1b[1mb\x1b[0m', '\x1b[1mc\x1b[22m d']);
  });

  it('loses nothing but blanks and keeps every row within the width', () => {
    fc.assert(
      fc.property(mixedText, fc.integer({ min: 2, max: 30 }), (text, cells) => {
        const spans = wrapSpans(text, cells);
        let at = 0;
        for (const span of spans) {
          expect(span.start).toBe(at);
          expect(text.slice(span.end, span.next).trim()).toBe('');
          expect(cellWidth(text.slice(span.start, span.end))).toBeLessThanOrEqual(cells);
          at = span.next;
        }
        expect(at).toBe(text.length);
      }),
      { numRuns: 500 },
    );
  });

  it('wraps a line of 200 kB of any script', () => {
    for (const text of ['x', '日', '👩‍👩‍👧', 'e\u0301']) {
      const line = text.repeat(Math.ceil(200_000 / text.length));
      expect(withoutEscapes(wrap(line, 80).join(''))).toBe(line);
    }
  });
});

describe('making visible', () => {
  it.each([
    ['plain text', 'plain text'],
    ['a\x03b\x7f', 'a^Cb^?'],
    ['\x1b[2J', '^[[2J'],
    ['a\tb\n', 'a^Ib^J'],
    ['rm \u202efdp.txt', 'rm \\u202efdp.txt'],
    ['ls\u200b -l', 'ls\\u200b -l'],
    ['\u009b31m', '\\u009b31m'],
    ['👩‍👩‍👧 日本', '👩‍👩‍👧 日本'],
    ['a\u200db', 'a\\u200db'],
    ['\ud800x', '\\ud800x'],
    ['x\u{e0041}', 'x\\u{e0041}'],
  ])('%j', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });
});
