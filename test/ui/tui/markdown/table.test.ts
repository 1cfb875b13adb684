import { describe, expect, it } from 'vitest';
import { markdownRows } from '../../../../src/ui/tui/markdown/markdown.ts';
import { cellWidth } from '../../../../src/ui/tui/terminal/width.ts';
import { coloured, plain } from '../view/session.ts';

function rows(lines: readonly string[], cols = 80, look = plain): string[] {
  return markdownRows(lines.join('\n'), { cols, look });
}

describe('tables', () => {
  it('have columns as wide as what stands in them, aligned as the source says', () => {
    expect(
      rows(['| name | size | note |', '|:--|--:|:-:|', '| alpha | 12 | x |', '| 日本語 | 1,200 | long |']),
    ).toEqual(['  name     size  note', '  ──────  ─────  ────', '  alpha      12   x', '  日本語  1,200  long']);
  });

  it('wrap inside their columns, each of which gets its share', () => {
    const long = 'several words that do not fit into what is there';
    const table = rows(['a | b | c', '--|--|--', `x | ${long} | ${long}`], 40);
    expect(table).toEqual([
      '  a  b                 c',
      '  ─  ────────────────  ────────────────',
      '  x  several words     several words',
      '     that do not fit   that do not fit',
      '     into what is      into what is',
      '     there             there',
    ]);
  });

  it('become blocks of names and values where the columns cannot stand side by side', () => {
    const names = ['alpha', 'bravo', 'charlie', 'delta', 'echo'];
    const bar = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
    const table = rows(
      [
        bar(names),
        bar(names.map(() => '---')),
        bar(['1', '2', '3', '4', 'incomprehensible']),
        bar(['5', '6', '7', '8', 'a value of several words that is long']),
      ],
      30,
    );
    expect(table).toEqual([
      '  alpha: 1',
      '  bravo: 2',
      '  charlie: 3',
      '  delta: 4',
      '  echo: incomprehensible',
      '',
      '  alpha: 5',
      '  bravo: 6',
      '  charlie: 7',
      '  delta: 8',
      '  echo: a value of several',
      '    words that is long',
    ]);
  });

  it('of many empty cells and long names are no longer than what is in them', () => {
    const columns = (cell: string) => `|${`${cell}|`.repeat(49)}`;
    const hostile = [columns('n'.repeat(200)), columns('---'), ...Array<string>(2_000).fill('|x')];
    const table = rows(hostile);
    expect(table.length).toBeLessThanOrEqual(2 * 2_000);
    expect(table.join('').length).toBeLessThan(200_000);
    expect(table[0]).toBe(`  ${'n'.repeat(31)}…: x`);
    const wide = `|${'a|'.repeat(400)}`;
    expect(rows([wide, `|${'-|'.repeat(400)}`, '|x']).join('')).toContain('|x');
  });

  it('know bars that are escaped or code, breaks, and rows of another length', () => {
    expect(rows(['| a | b |', '|---|---|', '| x\\|y | `p|q` |', '| one |', '| 1 | 2 | 3 |', '| p<br>q | r |'])).toEqual(
      ['  a    b', '  ───  ─────', '  x|y  `p|q`', '  one', '  1    2 | 3', '  p    r', '  q'],
    );
  });

  it('begin with a line of bars under a line of as many, and end with the bars', () => {
    expect(rows(['text', 'a | b', '--|--', '1 | 2', 'after', 'a | b', '--|--|--', '1 | 2'])).toEqual([
      '  text',
      '  a  b',
      '  ─  ─',
      '  1  2',
      '  after',
      '  a | b',
      '  --|--|--',
      '  1 | 2',
    ]);
  });

  it('stand in lists and quotes, their names bold', () => {
    expect(rows(['> - | a |', '>   |---|', '>   | b |'], 80, coloured)).toEqual([
      '  \x1b[2m>\x1b[22m - \x1b[1ma\x1b[22m',
      '  \x1b[2m>\x1b[22m   \x1b[2m─\x1b[22m',
      '  \x1b[2m>\x1b[22m   b',
    ]);
  });

  it('fit every window', () => {
    const long = 'incomprehensibilities '.repeat(4);
    const lines = [`| a | ${long} | c |`, '|---|---|---|', `| ${long} | b | 日本語のテキスト |`];
    for (let cols = 20; cols < 120; cols += 1)
      for (const row of rows(lines, cols)) expect(cellWidth(row), `${cols}: ${row}`).toBeLessThan(cols);
  });
});
