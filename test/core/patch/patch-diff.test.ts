import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { diffOf, diffText } from '../../../src/core/patch/index.ts';
import { hunksOf } from '../../../src/core/patch/patch-diff.ts';
import type { FileEffect } from '../../../src/core/patch/patch-plan.ts';

const named = { path: '/w/f', shown: 'f' };

function changed(before: string | Uint8Array, after: string | Uint8Array): FileEffect {
  return { ...named, kind: 'update', before: Buffer.from(before), after: Buffer.from(after), replaced: false };
}

const diffBetween = (before: string | Uint8Array, after: string | Uint8Array) =>
  diffOf({ effects: [changed(before, after)] });

async function rowsBetween(before: string, after: string, options = {}): Promise<readonly string[]> {
  return (await diffText(await diffBetween(before, after), { colour: false, ...options })).slice(1);
}

const numbered = (count: number): string[] => Array.from({ length: count }, (_, index) => `line ${index + 1}\n`);

describe('the rows of a diff', () => {
  it('have the old number where a line goes, the new one elsewhere, and say what lies between', async () => {
    const before = numbered(40);
    const after = before.toSpliced(34, 1, 'new 35\n').toSpliced(1, 1).toSpliced(10, 0, 'added\n');
    expect(await rowsBetween(before.join(''), after.join(''))).toEqual([
      '   1     line 1',
      '   2   - line 2',
      '   2     line 3',
      '   3     line 4',
      '   4     line 5',
      '       … 3 unchanged lines',
      '   8     line 9',
      '   9     line 10',
      '  10     line 11',
      '  11   + added',
      '  12     line 12',
      '  13     line 13',
      '  14     line 14',
      '       … 17 unchanged lines',
      '  32     line 32',
      '  33     line 33',
      '  34     line 34',
      '  35   - line 35',
      '  35   + new 35',
      '  36     line 36',
      '  37     line 37',
      '  38     line 38',
    ]);
  });

  it('show tabs as columns, white space at the end of a changed line, and a missing last end', async () => {
    expect(await rowsBetween('\ta\nb', '\ta \nb\n')).toEqual([
      '  1   -     a',
      '  2   - b',
      '      \\ No newline',
      '  1   +     a·',
      '  2   + b',
    ]);
    expect(await rowsBetween('a\n', 'a\r\n')).toEqual(['  1   - a', '  1   + a␍']);
    expect(await rowsBetween('a\r\n', 'b\r\n')).toEqual(['  1   - a', '  1   + b']);
  });

  it('let nothing of a file speak to the terminal, or turn round what is read', async () => {
    const rows = await rowsBetween('a\n', 'x\x1b[2J\x07\x9b1m\u202eevil\x7f\n');
    expect(rows[1]).toBe('  1   + x␛[2J␇\ufffd1m\ufffdevil␡');
    const moved: FileEffect = {
      ...changed('a\n', 'a\n'),
      kind: 'move',
      shown: 'f\x1b]0;x\x07',
      movedTo: { path: '/w/g', shown: 'g\n' },
      before: Buffer.from('a\n'),
      after: Buffer.from('a\n'),
      overwritten: Buffer.from('g\n'),
      replaced: true,
    };
    expect(await diffText(await diffOf({ effects: [moved] }), { colour: false })).toEqual([
      'move f␛]0;x␇ → g␊ · over a file that was there',
    ]);
  });

  it('are cut in a narrow window, and never there in the middle of a wide character', async () => {
    const rows = await rowsBetween('a\n', `${'名'.repeat(40)}\n`, { columns: 40 });
    expect(rows[1]).toBe(`  1   + ${'名'.repeat(15)}›`);
    expect((await rowsBetween('a\n', `${'x'.repeat(70)}\n`, { columns: 80 }))[1]).toHaveLength(78);
    expect((await rowsBetween('a\n', `${'x'.repeat(90_000)}\n`))[1]?.length).toBeLessThan(2100);
  });

  it('show a part of a new file where that is wanted, and no lines of what is no text', async () => {
    const add: FileEffect = {
      ...named,
      kind: 'add',
      before: null,
      after: Buffer.from(numbered(500).join('')),
      replaced: false,
    };
    const rows = await diffText(await diffOf({ effects: [add] }), { colour: false, wholeFileRows: 20 });
    expect(rows).toHaveLength(22);
    expect([rows[0], rows[20], rows[21]]).toEqual(['add f · +500', '   20   + line 20', '        … 480 more lines']);
    expect(await diffText(await diffBetween(Buffer.from([0, 1]), Buffer.from([0, 2])), { colour: false })).toEqual([
      'edit f',
      '  not text: its lines are not shown',
    ]);
  });

  it('mark the words that changed, and none where most of a line did', async () => {
    const text = async (before: string, after: string) =>
      (await diffText(await diffBetween(before, after), { colour: true })).join('\n');
    const words = await text('const a = one(two);\n', 'const a = one(three);\n');
    expect(words).toContain('\x1b[31m- const a = one(\x1b[7mtwo\x1b[27m);\x1b[39m');
    expect(words).toContain('\x1b[32m+ const a = one(\x1b[7mthree\x1b[27m);\x1b[39m');
    expect(await text('const a = one(two);\n', 'import everything from nowhere;\n')).not.toContain('\x1b[7m');
  });

  it('say the same without colours, and end every colour that they begin', async () => {
    const diff = await diffBetween('a b c\nd\n', 'a B c\nd \n');
    const coloured = await diffText(diff, { colour: true });
    const plain = coloured.map((row) => row.replace(/\x1b\[\d+m/g, '').trimEnd());
    expect(plain).toEqual(await diffText(diff, { colour: false }));
    for (const row of coloured) {
      expect(row.split('\x1b[39m').length).toBe(row.split(/\x1b\[3[12]m/).length);
      expect(row.split('\x1b[27m').length).toBe(row.split('\x1b[7m').length);
    }
  });

  it('end at their bound', async () => {
    const rows = await rowsBetween('', numbered(9000).join(''), { mostRows: 100 });
    expect(rows).toHaveLength(100);
    expect(rows.at(-1)).toBe('… many more rows');
  });
});

describe('a diff', () => {
  it('of 100,000 lines that are all different is cut short, and counts them', async () => {
    const lines = (word: string) => Array.from({ length: 100_000 }, (_, index) => `${word} ${index * 7}\n`).join('');
    const diff = await diffBetween(lines('old'), lines('new'));
    const rows = await diffText(diff, { colour: true });
    expect([diff.files[0]?.added, diff.files[0]?.removed]).toEqual([100_000, 100_000]);
    expect(rows.length).toBeLessThan(4100);
  });

  it('of a small change in 200,000 lines is small', async () => {
    const before = numbered(200_000);
    const after = before.toSpliced(100_000, 1, 'other\n').toSpliced(100, 1);
    const diff = await diffBetween(before.join(''), after.join(''));
    expect(diff.files[0]).toMatchObject({ added: 1, removed: 2 });
  });

  it('has hunks that make the new file of the old one', async () => {
    const line = fc.constantFrom('a\n', 'b\n', 'c\n', '\n', 'd\r\n');
    const file = fc
      .tuple(fc.array(line, { maxLength: 40 }), fc.constantFrom('', 'end'))
      .map(([lines, end]) => lines.join('') + end);
    await fc.assert(
      fc.asyncProperty(file, file, fc.nat(4), async (before, after, context) => {
        const [diff] = (await diffBetween(before, after)).files;
        if (diff === undefined) throw new Error('one file is one diff');
        let rebuilt = '';
        let at = 0;
        for (const hunk of hunksOf(diff, context)) {
          const from = hunk.oldCount === 0 ? hunk.oldStart : hunk.oldStart - 1;
          expect(hunk.skipped).toBe(from - at);
          rebuilt += diff.before.slice(at, from).join('');
          const old = hunk.lines.filter(({ sign }) => sign !== '+');
          const now = hunk.lines.filter(({ sign }) => sign !== '-');
          expect([old.length, now.length]).toEqual([hunk.oldCount, hunk.newCount]);
          expect(old.map(({ text }) => text)).toEqual(diff.before.slice(from, from + hunk.oldCount));
          rebuilt += now.map(({ text }) => text).join('');
          at = from + hunk.oldCount;
        }
        expect(rebuilt + diff.before.slice(at).join('')).toBe(after);
      }),
    );
  });
});
