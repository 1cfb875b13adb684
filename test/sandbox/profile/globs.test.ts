// What a pattern matches, against bash's own idea of it and on a real tree.

import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { globMatches, globPattern } from '../../../src/sandbox/profile/globs.ts';
import { hostPathFacts } from '../../../src/sandbox/profile/path-facts.ts';
import { openPlace } from '../sandboxed.ts';

it.each([
  ['/w/*.env', '/w/a.env', true],
  ['/w/*.env', '/w/d/a.env', false],
  ['/w/**/*.env', '/w/a.env', true],
  ['/w/**/*.env', '/w/d/e/a.env', true],
  ['/w/**', '/w/d/e', true],
  ['/w/?.txt', '/w/a.txt', true],
  ['/w/?.txt', '/w/ab.txt', false],
  ['/w/[ab].txt', '/w/b.txt', true],
  ['/w/[!ab].txt', '/w/b.txt', false],
  ['/w/[!ab].txt', '/w/c.txt', true],
  ['/w/[ab', '/w/[ab', true],
  ['/w/a.b+(c)', '/w/a.b+(c)', true],
  ['/w/a.b', '/w/axb', false],
  ['/w/*', '/w/line\nfeed', true],
])('%s on %j: %s', (glob, name, matches) => {
  expect(new RegExp(globPattern(glob), 's').test(name)).toBe(matches);
});

it('agrees with bash about one folder', () => {
  const part = fc.constantFrom('*', '?', 'a', 'b', '.', '[ab]', '[!a]', '-');
  const globs = fc.uniqueArray(
    fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('')),
    { minLength: 20, maxLength: 20 },
  );
  const names = fc.uniqueArray(fc.stringMatching(/^[ab.-]{1,4}$/), { minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(globs, names, (patterns, words) => {
      const script = 'for p in $1; do for n in $2; do case $n in $p) echo "$p $n";; esac; done; done';
      const out = execFileSync('bash', ['-fc', script, 'bash', patterns.join(' '), words.join(' ')], {
        encoding: 'utf8',
      });
      const ours = patterns.flatMap((glob) =>
        words.filter((word) => new RegExp(globPattern(glob), 's').test(word)).map((word) => `${glob} ${word}`),
      );
      expect(ours.sort()).toEqual(
        out
          .split('\n')
          .filter((line) => line !== '')
          .sort(),
      );
    }),
    { numRuns: 20 },
  );
});

it('finds what is there, as deep as it may, and follows no link', () => {
  using place = openPlace(process.getuid?.() ?? 0);
  const root = place.folder('tree');
  mkdirSync(path.join(root, 'a/b/c'), { recursive: true });
  for (const name of ['x.env', 'a/x.env', 'a/b/x.env', 'a/b/c/x.env', 'a/y.txt'])
    writeFileSync(path.join(root, name), '');
  symlinkSync(root, path.join(root, 'a/loop'));
  const found = (depth: number | null) => {
    const matches = globMatches(`${root}/**/*.env`, depth, hostPathFacts);
    return matches.kind === 'all' ? matches.paths.map((it) => path.relative(root, it)).sort() : matches.kind;
  };
  expect(found(null)).toEqual(['a/b/c/x.env', 'a/b/x.env', 'a/x.env', 'x.env']);
  expect(found(1)).toEqual(['a/x.env', 'x.env']);
});

it('does not look at more names than a command can wait for', () => {
  const facts = {
    ...hostPathFacts,
    list: () => Array.from({ length: 1000 }, (_, index) => ({ name: `n${index}`, isFolder: true })),
  };
  expect(globMatches('/w/**/*.env', null, facts)).toEqual({ kind: 'too many', folder: '/w' });
});
