import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Inline, parseInline } from '../../../../src/ui/tui/markdown/inline.ts';

/** `<b>`, `<i>`, `<s>`, `<c>` around what is bold and so on, `{address}` behind a link. */
function spelled(text: string): string {
  return parseInline(text).map(spelledSpan).join('');
}

function spelledSpan({ text, bold, italic, strike, code, link }: Inline): string {
  const around = (is: boolean, tag: string, inner: string) => (is ? `<${tag}>${inner}</${tag}>` : inner);
  const inner = around(bold, 'b', around(italic, 'i', around(strike, 's', around(code, 'c', text))));
  return link === null ? inner : `${inner}{${link.kind === 'image' ? '!' : ''}${link.target}}`;
}

describe('the inside of a block', () => {
  it.each([
    ['**bold** and *it* and ***both***', '<b>bold</b> and <i>it</i> and <b><i>both</i></b>'],
    ['__bold__ _it_ snake_case_name 2*3*4', '<b>bold</b> <i>it</i> snake_case_name 2<i>3</i>4'],
    ['2 * 3 * 4, ** no **, **open', '2 * 3 * 4, ** no **, **open'],
    ['*a **b** c*', '<i>a </i><b><i>b</i></b><i> c</i>'],
    ['**a *b***', '<b>a </b><b><i>b</i></b>'],
    ['*foo**bar*', '<i>foo**bar</i>'],
    ['~~gone~~ ~5 and ~10', '<s>gone</s> ~5 and ~10'],
    ['**「強調」**です', '<b>「強調」</b>です'],
    ['`a*b*` ``c ` d`` `open', '<c>a*b*</c> <c>c ` d</c> `open'],
    ['` x ` `  `', '<c>x</c> <c>  </c>'],
    ['\\*no\\* \\a \\\\', '*no* \\a \\'],
    ['[a *b*](https://x.example "t") [c](<d e>)', 'a {https://x.example}<i>b</i>{https://x.example} c{d e}'],
    ['[a](b(c)d) [e](f', 'a{b(c)d} [e](f'],
    ['[a [b](c) d](e)', '[a b{c} d](e)'],
    ['![p](q) [![r](s)](t) ![](u)', 'p{!q} r{t} {!u}'],
    ['[](https://x.example)', 'https://x.example{https://x.example}'],
    [
      '<https://x.example/a*b*> <me@x.example>',
      'https://x.example/a*b*{https://x.example/a*b*} me@x.example{mailto:me@x.example}',
    ],
    [
      'see https://x.example/a_b_(c). (www.x.example)',
      'see https://x.example/a_b_(c){https://x.example/a_b_(c)}. (www.x.example{https://www.x.example})',
    ],
    ['**https://x.example** xhttps://no.example', '<b>https://x.example</b>{https://x.example} xhttps://no.example'],
    ['<b>*x*</b> <!-- *y* --> <a href="*z*">', '<b><i>x</i></b> <!-- *y* --> <a href="*z*">'],
    ['1 < 2 > 0 <3', '1 < 2 > 0 <3'],
    ['&amp; &lt;b&gt; &#65; &#x42; &nope; &', '& <b> A B &nope; &'],
    [
      '$a*b*c$ costs $5 and *$6* or \\(x*y*z\\) and $$a*b*$$',
      '$a*b*c$ costs $5 and <i>$6</i> or \\(x*y*z\\) and $$a*b*$$',
    ],
  ])('%j', (text, expected) => {
    expect(spelled(text)).toBe(expected);
  });

  it('is what its writer meant, however deep', () => {
    fc.assert(
      fc.property(inlines, ({ text, meant }) => {
        expect(characters(parseInline(text))).toEqual(meant);
      }),
      { numRuns: 2000 },
    );
  });

  it('is nothing but the text and its marks, however they are mixed', () => {
    const marks = fc.constantFrom('*', '**', '_', '~~', '`', '[', '](x)', '![', 'a', ' ', '\n', '<', '$', '\\(', '日');
    fc.assert(
      fc.property(fc.array(marks, { maxLength: 30 }), (pieces) => {
        const text = pieces.join('');
        const letters = parseInline(text)
          .map(({ text: shown }) => shown)
          .join('');
        expect(letters.replace(/[^a日]/g, '')).toBe(text.replace(/[^a日]/g, ''));
      }),
      { numRuns: 1000 },
    );
  });

  it('takes no more than the time of its length for a text of nothing but openers', () => {
    for (const opener of [
      '**a',
      '_a__b',
      '[',
      '[a](',
      '![',
      '<a ',
      '<!--',
      '` ``',
      '$a',
      '\\(',
      '*_',
      'http://a.',
      '[a](b "',
    ]) {
      const text = opener.repeat(16_000 / opener.length);
      const startedAt = performance.now();
      parseInline(text);
      // The square of it would be seconds to minutes.
      expect(performance.now() - startedAt, opener).toBeLessThan(1000);
    }
  });
});

function characters(spans: readonly Inline[]): string[] {
  return spans.flatMap(({ text, bold, italic, strike, code, link }) => {
    const look = [bold ? 'b' : '', italic ? 'i' : '', strike ? 's' : '', code ? 'c' : '', link?.target ?? ''];
    return [...text].map((character) => [character, ...look].join());
  });
}

/** A text as it is written, and each of its characters with the look that is meant. */
interface Written {
  readonly text: string;
  readonly meant: readonly string[];
}

const words = fc.constantFrom('a', 'bc', 'déf', '日本', '1.5', "it's");

function plainly(text: string, code = '', target = ''): readonly string[] {
  return [...text].map((character) => [character, '', '', '', code, target].join());
}

function marked({ text, meant }: Written, mark: string, place: number, letter: string): Written {
  const look = (character: string): string => {
    const fields = character.split(',');
    return fields.map((field, index) => (index === fields.length - 5 + place ? letter : field)).join();
  };
  return { text: mark + text + mark, meant: meant.map(look) };
}

/** A mark inside of its own kind ends it as often as not. */
function isWithout(mark: string): (inner: Written) => boolean {
  return ({ text }) => !text.includes(mark);
}

const { inline: inlines } = fc.letrec<{ inline: Written; piece: Written }>((tie) => ({
  piece: fc.oneof(
    { depthSize: 'small' },
    words.map((text) => ({ text, meant: plainly(text) })),
    words.map((text) => ({ text: `\`${text}\``, meant: plainly(text, 'c') })),
    fc.tuple(words, words).map(([text, to]) => ({ text: `[${text}](${to})`, meant: plainly(text, '', to) })),
    tie('inline')
      .filter(isWithout('*'))
      .map((inner) => marked(inner, '**', 0, 'b')),
    tie('inline')
      .filter(isWithout('_'))
      .map((inner) => marked(inner, '_', 1, 'i')),
    tie('inline')
      .filter(isWithout('~'))
      .map((inner) => marked(inner, '~~', 2, 's')),
  ),
  inline: fc.array(tie('piece'), { minLength: 1, maxLength: 3 }).map((pieces) => ({
    text: pieces.map(({ text }) => text).join(' '),
    meant: pieces.flatMap(({ meant }, index) => (index === 0 ? meant : [...plainly(' '), ...meant])),
  })),
}));
