import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { runStarlark } from '../../../src/core/rules/starlark.ts';
import { type BuiltinValue, textOf, tuple } from '../../../src/core/rules/starlark-values.ts';

function run(text: string) {
  const shown: string[] = [];
  const show: BuiltinValue = {
    kind: 'builtin',
    name: 'show',
    call: ({ positional, named }) => {
      shown.push(textOf(tuple([...positional, ...named.values()])));
      return null;
    },
  };
  return { result: runStarlark(text, [show]), shown };
}

/** What the arguments of `show(…)` are, without the brackets of the tuple. */
function shownBy(text: string): string[] {
  const { result, shown } = run(text);
  expect(result).toEqual({ ok: true, value: null });
  return shown.map((line) => line.replace(/^\((.*?),?\)$/s, '$1'));
}

describe('a rule file as a program', () => {
  it.each<[string, string]>([
    ['1 + 2 * 3 - 10 // 3 % 2', '6'],
    ['-7 // 2, -7 % 3, 0x10', '-4, 2, 16'],
    ['"a" + \'b\' "c"', '"abc"'],
    ['"""a\nb""", r"\\d", "\\x41\\u00e9\\n"', '"a\\nb", "\\\\d", "Aé\\n"'],
    ['[1, "x"] + [None, True]', '[1, "x", None, True]'],
    ['(1,), ()', '(1,), ()'],
    ['{"a": 1, 2: []}["a"]', '1'],
    ['[1, 2, 3][-1], [1, 2, 3][1:], "abc"[:2]', '3, [2, 3], "ab"'],
    ['[x + y for x in ["a", "b"] for y in ["1", "2"] if x != "a" or y == "2"]', '["a2", "b1", "b2"]'],
    ['[k for k, v in {"a": 1, "b": 2}.items() if v > 1]', '["b"]'],
    ['{x: x * x for x in range(3)}', '{0: 0, 1: 1, 2: 4}'],
    ['"no" if [] else "yes"', '"yes"'],
    ['not 1 == 2 and "b" in ["a", "b"] and "x" not in "abc"', 'True'],
    ['0 or "x", "" and 1', '"x", ""'],
    ['"{} {1} {name} {{}}".format("a", "b", name = 3)', '"a b 3 {}"'],
    ['"-".join(["a", "b"]), "a b  c".split(), "a,b".split(",")', '"a-b", ["a", "b", "c"], ["a", "b"]'],
    ['"%s is %d" % ("x", 1)', '"x is 1"'],
    ['len("aé"), len([1]), str([1, "a"])', '2, 1, "[1, \\"a\\"]"'],
    ['# comment\n  1, # another\n  2,', '1, 2'],
  ])('evaluates %s', (expression, value) => {
    expect(shownBy(`show(${expression})`)).toEqual([value]);
  });

  it('has loops, conditions, functions and names', () => {
    const text = `
def double(word, times = 2):
    """Says it again."""
    result = ""
    for _ in range(times):
        if result == "stop":
            break
        result += word
    return result

names = ["git", "hg"]
for index, name in enumerate(names):
    if name == "git": show(double(name), index)
    elif name == "hg":
        continue
    else:
        pass
a, (b, c) = 1, [2, 3]
letters = {}
letters["x"] = f"{a}{b}"
show(letters, c, \\
    double("z", times = 3)); show(1)
`;
    expect(shownBy(text)).toEqual(['"gitgit", 0', '{"x": "12"}, 3, "zzz"', '1']);
  });

  it.each<[string, number, number, string]>([
    ['show(1)\nshow(missing)', 2, 6, 'there is nothing named `missing`'],
    ['x = [1,\n  2', 2, 4, 'a [ is never closed'],
    ['x = "abc\n', 1, 5, 'a string that begins with " is never closed'],
    ['show(1))', 1, 8, 'a ) closes nothing'],
    ['x = 1 +', 1, 8, 'a value is needed here, but there is the end of the line'],
    ['if True:\nshow(1)', 2, 1, 'an indented block is needed here, but there is `show`'],
    ['if True:\n    show(1)\n  show(2)', 3, 3, 'this line is indented like none before it'],
    ['show(1', 1, 7, 'a ( is never closed'],
    ['"a" + 1', 1, 5, '+ does not work on values of type string and int'],
    ['return 1', 1, 1, 'this stands in no function'],
    ['break', 1, 1, 'this stands in no loop'],
    ['def f():\n  return f()\nf()', 2, 10, '`f` calls itself'],
    ['def f(a): pass\nf()', 2, 1, '`f` needs a value for `a`'],
    ['def f(a): pass\nf(b = 1, a = 1)', 2, 1, '`f` has no parameter `b`'],
    ['show(a = 1, a = 2)', 1, 13, '`a` is given twice'],
    ['[1][3]', 1, 4, 'there is no element 3'],
    ['1 // 0', 1, 3, 'this divides by zero'],
    ['load("x", "y")', 1, 1, 'a name is needed here, but there is `load`'],
    ['x = 99999999999999999999', 1, 5, 'this number is too large'],
    ['x = ?', 1, 5, '`?` cannot stand here'],
    ['for x in 5: pass', 1, 10, 'a list is needed, but this is a value of type int'],
  ])('says where it is wrong: %j', (text, line, column, message) => {
    expect(run(text).result).toEqual({ ok: false, problem: { line, column, message } });
  });

  it.each([
    ['loops', 'for a in range(2000):\n  for b in range(2000):\n    pass'],
    ['a string that doubles', `x = "aaaaaaaaaaaaaaaa"\n${'x = x + x\n'.repeat(60)}`],
    ['a list that doubles', `x = [1]\n${'x = x + x\n'.repeat(60)}`],
    ['a list in itself', 'x = []\nx.append(x)\nshow(str(x))'],
    ['lists in lists', `x = [1]\n${'x = [x, x]\n'.repeat(60)}show(x == x)`],
    ['a long range', 'range(1000000000)'],
    ['a format that grows', `x = "aaaaaaaaaaaaaaaa"\n${'x = "{0}{0}{0}".format(x)\n'.repeat(40)}`],
    ['a list that grows while it is walked', 'x = [1]\nfor a in range(2000000):\n  x.append(a)'],
  ])('ends in spite of %s', (_, text) => {
    expect(run(text).result).toMatchObject({ ok: false, problem: { message: 'this file takes too many steps' } });
  });

  it.each([`x = ${'['.repeat(5000)}${']'.repeat(5000)}`, `x = ${'-'.repeat(5000)}1`, `x = 1${' + 1'.repeat(5000)}`])(
    'refuses what is nested too deeply',
    (text) => {
      expect(run(text).result).toMatchObject({
        ok: false,
        problem: { message: expect.stringMatching(/too (deeply|long)/) },
      });
    },
  );

  it('never throws', () => {
    const pieces = fc.constantFrom(
      ...'( ) [ ] { } , : = == + - * % . " \' """ \\ \n # for in if else def return not and or lambda x y 1 0 None f(x) x.append \n\t \n\x20\x20'.split(
        ' ',
      ),
    );
    const texts = fc.array(pieces, { maxLength: 40 }).map((all) => all.join(' '));
    fc.assert(
      fc.property(fc.oneof(texts, fc.string({ unit: 'binary' })), (text) => {
        expect(run(text).result).toHaveProperty('ok');
      }),
      { numRuns: 2000 },
    );
  });
});
