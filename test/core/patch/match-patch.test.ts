import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CWD, patched, patchedBytes, patchOf, planOf, problemOf } from './patching.ts';

const update = (...lines: string[]) => ['*** Update File: f', ...lines] as const;

describe('the changes of a file', () => {
  it.each([
    ['a line replaced', 'a\nb\nc\n', ['@@', ' a', '-b', '+B'], 'a\nB\nc\n'],
    ['the first change without a marker', 'a\nb\n', [' a', '-b', '+B'], 'a\nB\n'],
    ['below the line that is gone to', 'fn x\n a\nfn y\n a\n', ['@@ fn y', '- a', '+ b'], 'fn x\n a\nfn y\n b\n'],
    ['below several of them', 'A\n m\n x\nB\n m\n x\n', ['@@ B', '@@  m', '- x', '+ y'], 'A\n m\n x\nB\n m\n y\n'],
    ['the second of two equal places, after the first', 'x\ny\nx\n', ['@@', '-x', '+1', '@@', '-x', '+2'], '1\ny\n2\n'],
    ['at the end alone', 'x\ny\nx\n', ['@@', '-x', '+X', '*** End of File'], 'x\ny\nX\n'],
    ['only added, to the end', 'a\nb\n', ['@@', '+z'], 'a\nb\nz\n'],
    ['only added, also with a line to go to', 'a\nb\nc\n', ['@@ a', '+z'], 'a\nb\nc\nz\n'],
    ['added in the order in which it is written', 'a\n', ['@@', '+x', '@@', ' a', '+y', '@@', '+z'], 'a\nx\ny\nz\n'],
    ['added first, changed later', 'a\nb\n', ['@@', '+z', '@@', '-a', '+A'], 'A\nb\nz\n'],
    ['in an empty file', '', ['@@', '+z'], 'z\n'],
    ['until nothing is left', 'a\n', ['@@', '-a'], ''],
    ['a last line without an end', 'a\nb', ['@@', '-a', '+A'], 'A\nb\n'],
    ['an empty line of context', 'a\n\nc\n', ['@@', ' a', '', '-c', '+C'], 'a\n\nC\n'],
    ['an empty line at its end that is none of the file', 'a\nb\nc\n', ['@@', ' a', '-b', '+B', ''], 'a\nB\nc\n'],
    ['an empty line among added ones', 'a\nb\n', ['@@', '-b', '+q', ' ', '+r'], 'a\nq\n\nr\n'],
    ['lines that look like headers', '*** x\nb\n', ['@@', ' *** x', '-b', '+*** End Patch'], '*** x\n*** End Patch\n'],
    ['numbers of other tools behind the marker', 'a\nb\n', ['@@ -1,2 +1,2 @@ f', ' a', '-b', '+B'], 'a\nB\n'],
    ['nothing that is different', 'a\nb\n', ['@@', ' a', ' b'], 'a\nb\n'],
  ])('%s', (_, before, lines, after) => {
    expect(patched({ f: before }, ...update(...lines))).toEqual({ f: after });
  });

  it.each([
    ['white space at the end', 'a  \nb\n', [' a', '-b', '+B'], 'a  \nB\n'],
    ['white space around', '\t a\nb\n', [' a', '-b', '+B'], '\t a\nB\n'],
    ['quotes and dashes', '“a” — ‘b’\nc\n', [` "a" - 'b'`, '-c', '+C'], '“a” — ‘b’\nC\n'],
    ['quotes that only the patch has', '"a" - b\nc\n', [' “a” – b', '-c', '+C'], '"a" - b\nC\n'],
    ['spaces that are no plain ones', 'a\u00a0b\nc\n', [' a b', '-c', '+C'], 'a\u00a0b\nC\n'],
    ['a line to go to', '   “fn”\nc\n', ['@@ "fn"', '-c', '+C'], '   “fn”\nC\n'],
  ])('found in spite of %s; what stays keeps its own text', (_, before, lines, after) => {
    expect(patched({ f: before }, ...update(...(lines[0]?.startsWith('@@') ? lines : ['@@', ...lines])))).toEqual({
      f: after,
    });
  });

  it('are made where the text is exact before they are made where it is only alike', () => {
    expect(patched({ f: ' a\na\n' }, ...update('@@', '-a', '+b'))).toEqual({ f: ' a\nb\n' });
    expect(patched({ f: '‘a’\n\ta \na \n' }, ...update('@@', "-'a'", '+b'))).toEqual({ f: 'b\n\ta \na \n' });
  });

  it.each([
    ['CRLF', 'a\r\nb\r\nc\r\n', ['@@', ' a', '-b', '+B', '+C'], 'a\r\nB\r\nC\r\nc\r\n'],
    ['CRLF without a last end', 'a\r\nb', ['@@', '-a', '+A'], 'A\r\nb\r\n'],
    ['both, and the first decides for new lines', 'a\r\nb\nc\n', ['@@', ' b', '+n'], 'a\r\nb\nn\r\nc\n'],
    ['both the other way', 'a\nb\r\nc\r\n', ['@@', ' b', '+n', '-c'], 'a\nb\r\nn\n'],
  ])('keep the line ends of a file with %s', (_, before, lines, after) => {
    expect(patched({ f: before }, ...update(...lines))).toEqual({ f: after });
  });

  it('come in the order of the file', () => {
    const problem = problemOf({ f: 'a\nb\nc\nd\n' }, patchOf(...update('@@', '-c', '+C', '@@', '-a', '+A')));
    expect(problem).toMatchObject({ line: 6, why: expect.stringContaining('line 1, above') });
  });

  it('never overlap, also when one is to be at the end', () => {
    const lines = update('@@', '-a', '-b', '+x', '@@', '-b', '+y', '*** End of File');
    expect(planOf({ f: 'a\nb\n' }, patchOf(...lines)).ok).toBe(false);
  });

  it('keep a byte order mark, which is no part of the first line', () => {
    expect(patched({ f: '\ufeffa\nb\n' }, ...update('@@', '-a', '+A'))).toEqual({ f: '\ufeffA\nb\n' });
  });

  it('leave every byte outside of them as it is, text or not', () => {
    const before = Buffer.from('\xff\xfe\x00 a\nb\xe9\n\xc3\xa9t\xc3\xa9\nend\r', 'latin1');
    const { f = new Uint8Array() } = patchedBytes({ f: before }, patchOf(...update('@@', '-été', '+hiver à')));
    expect(Buffer.from(f).toString('latin1')).toBe('\xff\xfe\x00 a\nb\xe9\nhiver \xc3\xa0\nend\r');
  });

  it('say which lines were not found, and what comes closest', () => {
    const file = ['import a', '', 'function one() {', '  return 1;', '}', '', 'function two() {', '  return 2;', '}'];
    const lines = update('@@', ' function two() {', '-  return two;', '+  return 3;', ' }');
    const problem = problemOf({ f: `${file.join('\n')}\n` }, patchOf(...lines));
    expect(problem.what).toBe(
      'Failed to find expected lines in f (change on line 3 of the patch):\nfunction two() {\n  return two;\n}',
    );
    expect(problem.why).toBe(
      'Closest is line 7, where 2 of 3 lines agree; on line 8 the file has "  return 2;" and not "  return two;".',
    );
    expect(problem.next).toContain('Nothing was changed');
  });

  it('say so when only the end or the line to go to is not there', () => {
    expect(problemOf({ f: 'x\ny\n' }, patchOf(...update('@@', '-x', '*** End of File'))).why).toContain(
      'not at the end',
    );
    expect(problemOf({ f: 'x\ny\n' }, patchOf(...update('@@ nope', '-x'))).what).toContain('the line "nope"');
    expect(problemOf({ f: '' }, patchOf(...update('@@', '-x'))).why).toBe('The file is empty.');
  });

  it('quote a part of what is long', () => {
    const lines = Array.from({ length: 500 }, (_, index) => `-line ${index} ${'x'.repeat(500)}`);
    const { what } = problemOf({ f: 'a\n' }, patchOf(...update('@@', ...lines)));
    expect(what).toContain('… and 488 more');
    expect(what.length).toBeLessThan(4000);
  });

  it('are found in a large file in little time, also when its lines all look alike', () => {
    const file = `${'x\n'.repeat(200_000)}y\n`;
    const alike = Array.from({ length: 20_000 }, () => ' x');
    const started = performance.now();
    expect(patched({ f: file }, ...update('@@', ...alike, '-y', '+z')).f?.endsWith('x\nz\n')).toBe(true);
    expect(planOf({ f: file }, patchOf(...update('@@', ...alike, '-q'))).ok).toBe(false);
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('are given up when looking for them takes too long', () => {
    // Each is only found without regard to white space, and so looked for in all of the rest before.
    const file = Array.from({ length: 50_000 }, (_, index) => ` ${index}\n`).join('');
    const lines = Array.from({ length: 20_000 }, (_, index) => ['@@', `-${index}`]).flat();
    const started = performance.now();
    expect(problemOf({ f: file }, patchOf(...update(...lines))).what).toContain('took too long');
    expect(performance.now() - started).toBeLessThan(15_000);
  });

  it('turn any file into any other, whatever stands in them', () => {
    const line = fc.oneof(
      fc.constantFrom('', ' ', 'a', 'b', '}', '@@', '*** End Patch', '*** End of File', '+x', '-y', 'é', '“'),
      fc.string({ maxLength: 8 }).map((text) => text.replace(/[\r\n]/g, '')),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(line, fc.constantFrom(' ', '-', '+')), { maxLength: 25 }),
        fc.constantFrom('\n', '\r\n'),
        (lines, end) => {
          const whole = (sign: string) =>
            lines.filter((it) => it[1] === ' ' || it[1] === sign).map(([text]) => `${text}${end}`);
          const [before, after] = [whole('-').join(''), whole('+').join('')];
          fc.pre(lines.some(([, sign]) => sign !== '+') || before === '');
          fc.pre(lines.length > 0);
          const change = lines.map(([text, sign]) => `${sign}${text}`);
          // A new file has the ends of a patch, and so has one that was empty.
          const expected = before === '' ? after.replaceAll(end, '\n') : after;
          expect(patched({ f: before }, ...update('@@', ...change))).toEqual({ f: expected });
        },
      ),
    );
  });
});

describe('the files of a patch', () => {
  const kinds = (files: Record<string, string>, ...lines: string[]) => {
    const plan = planOf(files, patchOf(...lines));
    if (!plan.ok) throw new Error(plan.problem.what);
    return plan.value.effects.map(({ kind, shown, replaced }) => `${kind} ${shown}${replaced ? ' replaced' : ''}`);
  };

  it('are added, also empty and over others, moved, also over others, and deleted', () => {
    const files = { old: 'o\n', from: 'a\n', to: 't\n', gone: 'g\n' };
    const lines = [
      '*** Add File: d/new',
      '+n',
      '*** Add File: empty',
      '*** Add File: old',
      '+O',
      '*** Update File: from',
      '*** Move to: to',
      '@@',
      '-a',
      '+A',
      '*** Delete File: gone',
    ];
    expect(patched(files, ...lines)).toEqual({ 'd/new': 'n\n', empty: '', old: 'O\n', to: 'A\n' });
    expect(kinds(files, ...lines)).toEqual([
      'add d/new',
      'add empty',
      'add old replaced',
      'move from replaced',
      'delete gone',
    ]);
  });

  it('may come several times, each after the other', () => {
    expect(patched({ f: 'a\n' }, ...update('@@', '-a', '+b'), ...update('@@', '-b', '+c'))).toEqual({ f: 'c\n' });
    expect(patched({}, '*** Add File: f', '+a', ...update('@@', '-a', '+b'))).toEqual({ f: 'b\n' });
    expect(kinds({}, '*** Add File: f', '+a', ...update('@@', '-a', '+b'))).toEqual(['add f']);
    expect(kinds({}, '*** Add File: f', '+a', '*** Delete File: f')).toEqual([]);
    expect(kinds({ f: 'a\n' }, '*** Delete File: f', '*** Add File: f', '+b')).toEqual(['update f']);
  });

  it('may be moved twice, onto themselves, and be replaced where they came from', () => {
    const move = (from: string, to: string) => [`*** Update File: ${from}`, `*** Move to: ${to}`];
    expect(patched({ a: '1\n' }, ...move('a', 'b'), ...move('b', 'c'))).toEqual({ c: '1\n' });
    expect(kinds({ a: '1\n' }, ...move('a', 'b'), ...move('b', 'c'))).toEqual(['move a']);
    expect(patched({ f: 'a\n' }, ...move('f', 'f'), '@@', '-a', '+A')).toEqual({ f: 'A\n' });
    expect(patched({ a: '1\n' }, ...move('a', 'b'), '*** Add File: a', '+2')).toEqual({ a: '2\n', b: '1\n' });
    expect(kinds({ a: '1\n' }, ...move('a', 'b'), '*** Add File: a', '+2')).toEqual(['update a', 'add b']);
  });

  it('that are only moved keep all their bytes', () => {
    const bytes = Buffer.from([0, 255, 13, 10, 13]);
    const after = patchedBytes({ a: bytes }, patchOf('*** Update File: a', '*** Move to: b'));
    expect([...(after.b ?? [])]).toEqual([...bytes]);
  });

  it('are found by any way of writing their path', () => {
    const plan = planOf({ f: 'a\n' }, patchOf('*** Update File: ./d/../f', '@@', '-a', `*** Add File: ${CWD}/g`, '+x'));
    expect(plan).toMatchObject({ value: { effects: [{ path: `${CWD}/f`, shown: './d/../f' }, { path: `${CWD}/g` }] } });
    expect(planOf({ '../up': 'a\n' }, patchOf('*** Delete File: ../up'))).toMatchObject({
      value: { effects: [{ path: '/work/up' }] },
    });
  });

  it('that are not there are neither changed nor deleted, and nothing else is then', () => {
    const lines = ['*** Add File: new', '+x', '*** Update File: none', '@@', '-a'];
    expect(problemOf({}, patchOf(...lines))).toMatchObject({
      line: 4,
      what: 'Failed to update none (line 4 of the patch): there is no such file.',
    });
    expect(problemOf({}, patchOf('*** Delete File: none')).what).toContain('Failed to delete none');
  });
});
