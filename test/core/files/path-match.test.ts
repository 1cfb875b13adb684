import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { asPaths } from '../../../src/core/files/listing.ts';
import { createPathIndex, type PathIndex } from '../../../src/core/files/path-index.ts';
import { matchPaths } from '../../../src/core/files/path-match.ts';

const pause = () => new Promise<void>((resolve) => setImmediate(resolve));

function indexOf(paths: readonly string[]): PathIndex {
  const index = createPathIndex();
  // In two pieces, as a stream is cut.
  index.add(asPaths(paths.slice(0, 2)));
  index.add(asPaths(paths.slice(2)));
  return index;
}

async function found(paths: readonly string[], query: string, favoured: readonly string[] = [], limit = 100) {
  const all = await matchPaths(indexOf(paths), query, { limit, favoured, pause, isOutdated: () => false });
  return (all ?? []).map(({ path }) => path);
}

describe('what a query finds', () => {
  const table: readonly [string, readonly string[], string, string][] = [
    ['a name that begins so before one that holds it', ['src/domain.ts', 'src/main.ts'], 'main', 'src/main.ts'],
    ['the whole name before a longer one', ['src/main-loop.ts', 'src/main.ts'], 'main', 'src/main.ts'],
    ['a name before a folder that is called so', ['main/other.ts', 'src/main.ts'], 'main.ts', 'src/main.ts'],
    [
      'letters of words before letters of anywhere',
      ['src/tabular.ts', 'src/text-buffer.ts'],
      'tb',
      'src/text-buffer.ts',
    ],
    ['humps', ['src/rosetta.ts', 'src/readStream.ts'], 'rs', 'src/readStream.ts'],
    ['over folders', ['lib/core/bus.ts', 'src/core/bus/bus.ts'], 'srcbus.ts', 'src/core/bus/bus.ts'],
    ['the near one before the deep one', ['a/b/c/d/read.ts', 'a/read.ts'], 'read', 'a/read.ts'],
    ['whatever the case', ['README.md', 'src/x.ts'], 'readme', 'README.md'],
    ['with the case of the query elsewhere', ['src/readme.md'], 'READ', 'src/readme.md'],
    ['the folder before what is in it', ['src/core/a.ts', 'src/core/b.ts'], 'src/', 'src/'],
    ['names beyond ASCII', ['notes/año.md', 'notes/ano.txt'], 'año', 'notes/año.md'],
    [
      'far apart in a long name',
      [`${'x'.repeat(200)}a${'y'.repeat(200)}b`],
      'ab',
      `${'x'.repeat(200)}a${'y'.repeat(200)}b`,
    ],
  ];
  it.each(table)('%s', async (_name, paths, query, first) => {
    expect((await found(paths, query))[0]).toBe(first);
  });

  it('nothing when a letter is missing', async () => {
    expect(await found(['src/main.ts'], 'mainx')).toEqual([]);
  });

  it('what is near, for an empty query, and what was changed lately first', async () => {
    const paths = ['src/deep/er.ts', 'src/a.ts', 'top.md'];
    expect((await found(paths, ''))[0]).toBe('src/');
    expect(await found(paths, '', ['src/deep/er.ts'], 2)).toEqual(['src/deep/er.ts', 'src/']);
  });

  it('of two that are as good the one that was named lately', async () => {
    const paths = ['one/index.ts', 'two/index.ts'];
    expect((await found(paths, 'index'))[0]).toBe('one/index.ts');
    expect((await found(paths, 'index', ['two/index.ts']))[0]).toBe('two/index.ts');
  });

  it('the folders on the way, each once', async () => {
    expect((await found(['a/b/c.ts', 'a/b/d.ts', 'a/e.ts'], 'a')).filter((path) => path.endsWith('/'))).toEqual([
      'a/',
      'a/b/',
    ]);
  });

  it('no name with a control character in it', async () => {
    expect(await found(['a\nb.ts', 'a\x1b[31m.ts', 'ab.ts'], 'a')).toEqual(['ab.ts']);
  });
});

describe('for any paths and any query', () => {
  const part = fc.string({ unit: fc.constantFrom('a', 'b', 'A', 'é', '-', '.', '日'), minLength: 1, maxLength: 5 });
  const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

  it('exactly the paths that hold its letters in order are found, and the marks are those letters', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(path, { maxLength: 20 }), part, async (paths, query) => {
        const index = indexOf(paths);
        const all = Array.from({ length: index.count }, (_, entry) => index.text(entry));
        const answer = await matchPaths(index, query, { limit: 200, favoured: [], pause, isOutdated: () => false });
        const holds = (one: string) => isIn(lower(query), lower(one));
        expect(answer?.map((one) => one.path).sort()).toEqual([...new Set(all.filter(holds))].sort());
        for (const one of answer ?? []) {
          const marked = one.marks.map(([from, to]) => one.path.slice(from, to)).join('');
          // A character of several bytes is marked whole, also when two wanted bytes are found in different ones.
          if (/^[\x20-\x7e]*$/.test(one.path)) expect(lower(marked)).toBe(lower(query));
          else expect(isIn(lower(query), lower(one.path))).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

/** ASCII alone is folded. */
function lower(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function isIn(query: string, path: string): boolean {
  // On bytes, as the search does it.
  const bytes = Buffer.from(path);
  let at = 0;
  for (const byte of Buffer.from(query)) {
    at = bytes.indexOf(byte, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

describe('a hundred thousand paths', () => {
  const words = ['render', 'stream', 'session', 'parse', 'token', 'view', 'panel', 'worker', 'buffer', 'cursor'];
  const paths = Array.from({ length: 100_000 }, (_, number) => {
    const word = (step: number) => words[Math.floor(number / step) % words.length];
    return `${word(10_000)}/${word(1000)}-${number % 97}/${word(100)}${Math.floor(number / 50)}/${word(10)}-${number}.ts`;
  });

  it('are searched in pieces, and a newer search ends an older one between them', async () => {
    const index = indexOf(paths);
    let pauses = 0;
    const whole = await matchPaths(index, 'se', {
      limit: 8,
      favoured: [],
      pause: async () => {
        pauses += 1;
        await pause();
      },
      isOutdated: () => false,
    });
    expect(whole).toHaveLength(8);
    expect(pauses).toBeGreaterThan(0);
    const ended = await matchPaths(index, 'se', { limit: 8, favoured: [], pause, isOutdated: () => true });
    expect(ended).toBeNull();
  });
});
