import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { highlightLine, NOTHING_OPEN } from '../../../../src/ui/tui/markdown/highlight.ts';
import { languageNamed } from '../../../../src/ui/tui/markdown/languages.ts';
import { markdownRows } from '../../../../src/ui/tui/markdown/markdown.ts';
import { coloured } from '../view/session.ts';

const NAMED = [
  'js',
  'ts',
  'tsx',
  'py',
  'sh',
  'json',
  'yaml',
  'toml',
  'html',
  'css',
  'go',
  'rs',
  'c',
  'cpp',
  'java',
  'kotlin',
  'cs',
];
const MORE = [
  'php',
  'rb',
  'sql',
  'dockerfile',
  'make',
  'diff',
  'md',
  'lua',
  'hs',
  'pl',
  'r',
  'ps1',
  'tf',
  'swift',
  'console',
];

/** Parts in their role: `{dim|// x}`. */
function shown(language: string, ...lines: string[]): string[] {
  let carry = NOTHING_OPEN;
  return lines.map((line) => {
    const { tokens, carry: next } = highlightLine(languageNamed(language), line, carry);
    carry = next;
    return tokens.map(({ text, role }) => (role === null ? text : `{${role}|${text}}`)).join('');
  });
}

describe('highlighting', () => {
  it('tells comments, texts, numbers and words apart', () => {
    expect(shown('ts', 'const x = "a // b" + 0x1F; // end')).toEqual([
      '{accent|const} x = {ok|"a // b"} + {warn|0x1F}; {dim|// end}',
    ]);
    expect(shown('js', "x = /[/'\"]+/g.test(s) / 2 // '")).toEqual([
      "x = {ok|/[/'\"]+/g}.test(s) / {warn|2} {dim|// '}",
    ]);
    expect(shown('py', '@cached', "def f(x=None): return f'{x}'  # it's")).toEqual([
      '{warn|@cached}',
      "{accent|def} f(x={warn|None}): {accent|return} {ok|f'{x}'}  {dim|# it's}",
    ]);
    expect(shown('sh', 'if [ "$x" ]; then echo $HOME#a --flag; fi # c')).toEqual([
      '{accent|if} [ {ok|"$x"} ]; {accent|then} echo {warn|$HOME}#a --flag; {accent|fi} {dim|# c}',
    ]);
    expect(shown('rust', "fn f<'a>(c: char) { let x = 'c'; }")).toEqual([
      "{accent|fn} f<{warn|'a}>(c: {accent|char}) { {accent|let} x = {ok|'c'}; }",
    ]);
    expect(shown('json', '{"a": "b", "c": [1, true]}')).toEqual([
      '{{accent|"a"}: {ok|"b"}, {accent|"c"}: [{warn|1}, {warn|true}]}',
    ]);
    expect(shown('yaml', '- name: "x" # y', 'on: [push]', 'a: http://x#y')).toEqual([
      '- {accent|name}: {ok|"x"} {dim|# y}',
      '{accent|on}: [push]',
      '{accent|a}: http://x#y',
    ]);
    expect(shown('SQL', "Select * FROM t WHERE a = 'b''c' -- d")).toEqual([
      "{accent|Select} * {accent|FROM} t {accent|WHERE} a = {ok|'b''c'} {dim|-- d}",
    ]);
    expect(shown('diff', '@@ -1 +1 @@', '-old', '+new', ' same')).toEqual([
      '{accent|@@ -1 +1 @@}',
      '{bad|-old}',
      '{ok|+new}',
      ' same',
    ]);
    expect(shown('html', '<a href="x">it\'s</a> <!-- c')).toEqual([
      '{accent|<a} href={ok|"x"}{accent|>}it\'s{accent|</a>} {dim|<!-- c}'.replace('{accent|</a>}', '{accent|</a>}'),
    ]);
    expect(shown('console', '$ echo "x"', 'x')).toEqual(['{dim|$ }echo {ok|"x"}', 'x']);
  });

  it('carries on what a line leaves open', () => {
    expect(shown('c', 'a /* b', '* c', 'd */ int')).toEqual(['a {dim|/* b}', '{dim|* c}', '{dim|d */} {accent|int}']);
    expect(shown('py', 'x = """a', 'def', 'b""" + 1')).toEqual(['x = {ok|"""a}', '{ok|def}', '{ok|b"""} + {warn|1}']);
    expect(shown('ts', 'f(`a', '"b"', 'c`, 1)')).toEqual(['f({ok|`a}', '{ok|"b"}', '{ok|c`}, {warn|1})']);
    expect(shown('sh', "curl -d '{", '"a": 1', "}' x")).toEqual(["curl -d {ok|'{}", '{ok|"a": 1}', "{ok|}'} x"]);
  });

  it('knows the languages that are written most, and leaves others alone', () => {
    for (const name of [...NAMED, ...MORE]) expect(languageNamed(name), name).not.toBeNull();
    expect(languageNamed('brainfuck')).toBeNull();
    expect(languageNamed('constructor')).toBeNull();
    expect(shown('', 'if 1')).toEqual(['if 1']);
  });

  it('changes no character of a line in any language', () => {
    const pieces = fc.constantFrom(
      ...'"\'`/*#-<>=$\\{}[]()@:;!% \n'.split(''),
      'r#"',
      '"""',
      'if',
      'x1',
      '0x',
      '日',
      '<!--',
      '{-',
    );
    fc.assert(
      fc.property(fc.constantFrom(...NAMED, ...MORE), fc.array(pieces, { maxLength: 40 }), (name, parts) => {
        let carry = NOTHING_OPEN;
        for (const line of parts.join('').split('\n')) {
          const next = highlightLine(languageNamed(name), line, carry);
          carry = next.carry;
          expect(next.tokens.map(({ text }) => text).join('')).toBe(line);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('takes its time for no line', () => {
    for (const name of [...NAMED, ...MORE]) {
      for (const piece of [
        ' ',
        '/',
        '=/',
        '"',
        "'",
        '`',
        '$',
        '#',
        '- ',
        ':',
        'a:',
        '[',
        '<a ',
        '\\',
        'a=',
        '{ ',
        '@',
        '1e',
      ]) {
        const line = piece.repeat(500 / piece.length);
        const startedAt = performance.now();
        for (let count = 0; count < 3; count += 1) highlightLine(languageNamed(name), line, NOTHING_OPEN);
        expect(performance.now() - startedAt, `${name} ${piece}`).toBeLessThan(250);
      }
    }
  });

  it('ends with the 2,000th line of a block, and begins anew in the next', () => {
    const text = `\`\`\`js\n${'if (x) {}\n'.repeat(2010)}\`\`\`\n\`\`\`js\nif\n\`\`\``;
    const rows = markdownRows(text, { cols: 80, look: coloured });
    const keywords = rows.map((row) => row.includes('\x1b[36mif'));
    expect(keywords.lastIndexOf(true)).toBe(rows.length - 1);
    expect(keywords.filter((is) => is)).toHaveLength(2001);
  });
});
