import fc from 'fast-check';
import { stringify } from 'smol-toml';
import { describe, expect, it } from 'vitest';
import { findKeyLines } from '../../../src/core/config/toml-lines.ts';

const TEXT = `# a = "not a key"
a = 1
b.c = 'x = 1' # d = 2
"quoted.key" = 3
'literal "key"' . "\\u0065sc" = 4

[t]
text = """
[no.table]
no = 1
\\"""still\\""" inside"""
raw = '''
no = 2
'' '''
list = [ 1, # one ] of three
  "]", { deep = 1 },
]
inline = { x = 1, y.z = { w = 2 } }
after = true
[t."sub table".deeper]
k = 1979-05-27T07:32:00Z

[[array]]
name = "first"
[[array]]
name = "second"
only = 1
`;

describe('the line of a key', () => {
  it.each([
    [['a'], 2],
    [['b'], 3],
    [['b', 'c'], 3],
    [['quoted.key'], 4],
    [['literal "key"', 'esc'], 5],
    [['t'], 7],
    [['t', 'text'], 8],
    [['t', 'raw'], 12],
    [['t', 'list'], 15],
    [['t', 'list', 'deep'], 16],
    [['t', 'inline', 'x'], 18],
    [['t', 'inline', 'y', 'z', 'w'], 18],
    [['t', 'after'], 19],
    [['t', 'sub table', 'deeper', 'k'], 21],
    [['array', 'name'], 24],
    [['array', 'only'], 27],
    [['no'], null],
    [['t', 'no'], null],
    [['no', 'table'], null],
    [['d'], null],
  ])('%j is %s', (path, line) => {
    expect(findKeyLines(TEXT).lineOf(path)).toBe(line);
    expect(findKeyLines(TEXT.replaceAll('\n', '\r\n')).lineOf(path)).toBe(line);
  });

  it('is found for every key that a writer of TOML writes', () => {
    const key = fc.string({ minLength: 1, maxLength: 8 });
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.string(), { maxLength: 3 }));
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.oneof(leaf, fc.dictionary(key, leaf, { maxKeys: 4 })), { maxKeys: 5 }),
        (data) => {
          const text = stringify(data);
          const lines = findKeyLines(text);
          for (const [name, value] of Object.entries(data)) {
            expect(lines.lineOf([name])).not.toBeNull();
            if (typeof value !== 'object' || Array.isArray(value)) continue;
            for (const inner of Object.keys(value)) expect(lines.lineOf([name, inner])).not.toBeNull();
          }
        },
      ),
    );
  });

  it('is looked for without an end that never comes, even in a text that is not TOML', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('[', ']', '{', '}', '"', "'", '=', '.', ',', '\n', '\\', '#', 'a', ' ') }),
        (text) => {
          expect(findKeyLines(text).lineOf(['zz'])).toBeNull();
        },
      ),
    );
  });
});
