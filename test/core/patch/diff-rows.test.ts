// Can a person see what a patch changes, and does nothing in a file act on their terminal?

import { describe, expect, it } from 'vitest';
import { diffRows } from '../../../src/core/patch/diff-rows.ts';
import type { FileEffect, PatchStep } from '../../../src/core/patch/match-patch.ts';

const bytes = (text: string | null): Uint8Array | null => (text === null ? null : Buffer.from(text, 'utf8'));
const effect = (path: string, before: string | null, after: string | null): FileEffect => ({
  path,
  before: bytes(before),
  after: bytes(after),
});
const rows = (effects: readonly FileEffect[], steps: readonly PatchStep[] = []): string[] =>
  diffRows({ effects, steps }, (path) => path.slice(1));
const plain = (list: readonly string[]): string[] => list.map((row) => row.replace(/\x1b\[\d+m/g, ''));

describe('the rows of a change', () => {
  it('have numbers, signs and three lines around it', () => {
    const lines = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`);
    const changed = [...lines.slice(0, 5), 'now six', ...lines.slice(6)];
    expect(plain(rows([effect('/a', `${lines.join('\n')}\n`, `${changed.join('\n')}\n`)]))).toEqual([
      'a +1 -1',
      ' 3   line 3',
      ' 4   line 4',
      ' 5   line 5',
      ' 6 - line 6',
      ' 6 + now six',
      ' 7   line 7',
      ' 8   line 8',
      ' 9   line 9',
    ]);
  });

  it('mark the words that changed, where most of the line stayed', () => {
    const shown = rows([effect('/a', 'const one = left(two);\n', 'const one = right(two);\n')]);
    expect(shown[1]).toBe('\x1b[31m1 - const one = \x1b[4mleft\x1b[24m(two);\x1b[39m');
    expect(shown[2]).toBe('\x1b[32m1 + const one = \x1b[4mright\x1b[24m(two);\x1b[39m');
    expect(rows([effect('/a', 'abc def\n', 'xyz uvw\n')]).join('')).not.toContain('\x1b[4m');
  });

  it('say that a file is new, deleted, moved or no text', () => {
    const move: PatchStep = { kind: 'update', path: '/a', movedTo: '/b', replaced: false };
    expect(plain(rows([effect('/a', null, 'x\n'), effect('/b', 'y\n', null)]))).toEqual([
      'a new +1 -0',
      '1 + x',
      'b deleted +0 -1',
      '1 - y',
    ]);
    expect(plain(rows([effect('/a', 'x\ny\n', null), effect('/b', null, 'x\nz\n')], [move]))).toEqual([
      'a -> b +1 -1',
      '1   x',
      '2 - y',
      '2 + z',
    ]);
    expect(plain(rows([effect('/a', 'x\0', 'y\0')]))).toEqual(['a binary']);
  });

  it('write out what would act on a terminal', () => {
    const shown = rows([effect('/a\x1b[2J', null, '\x1b]0;title\x07\tx\x9b\r\n')]).join('\n');
    expect(shown).not.toMatch(/\x1b(?!\[\d+m)|\x07|\x9b|\r/);
    expect(shown).toContain('^[]0;title^G    x?');
  });

  it('of a rewrite of 100,000 lines come within a second, and are not all of them', () => {
    const text = (offset: number) => Array.from({ length: 100_000 }, (_, index) => `${index * offset}`).join('\n');
    const startedAt = performance.now();
    const shown = rows([effect('/a', text(3), text(7))]);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    expect(shown.length).toBe(4_001);
    expect(shown.at(-1)).toContain('more rows');
  });
});
