import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileCalls } from '../../../src/exec/files/wire-calls.ts';
import { makePipe, NO_FOLDER, NOT_FOUND, openPlace, type Place } from './calls.ts';

let place: Place;
beforeEach(() => {
  place = openPlace(openFileCalls());
});
afterEach(() => place.close());

const OPTIONS = { maxDepth: 10, maxDirectories: 100, maxEntries: 1000, followDirectorySymlinks: false };
const FOLLOW = { followDirectorySymlinks: true };
/** Paths below the walked folder, those of folders with a slash behind them. */
async function walk(name: string, options = {}) {
  const result = await place.done('fs/walk', { path: place.uri(name), options: { ...OPTIONS, ...options } });
  const start = `${place.uri(name)}/`;
  return {
    paths: result.entries.map(({ path, kind }) => path.replace(start, '') + (kind === 'directory' ? '/' : '')),
    errors: result.errors,
    truncated: result.truncated,
  };
}
const paths = async (name: string, options = {}) => (await walk(name, options)).paths;
const folders = (...names: string[]) => names.map((name) => mkdirSync(place.path(name), { recursive: true }));
const files = (...names: string[]) => names.map((name) => writeFileSync(place.path(name), ''));

describe('a walk', () => {
  it('goes breadth first, in the order of bytes, and leaves out links, pipes and itself', async () => {
    folders('t/b/deep', 't/B', 't/é');
    files('t/a', 't/b/x', 't/z', 't/b/deep/y', 't/B/w');
    symlinkSync('a', place.path('t/link'));
    symlinkSync('b', place.path('t/folder-link'));
    makePipe(place.path('t/pipe'));
    expect(await walk('t')).toEqual({
      paths: ['B/', 'a', 'b/', 'z', '%C3%A9/', 'B/w', 'b/deep/', 'b/x', 'b/deep/y'],
      errors: [],
      truncated: false,
    });
  });

  it('follows links to folders as they are spelled, and enters each real folder once', async () => {
    folders('t/a', 't/b');
    files('t/a/x', 't/b/y');
    symlinkSync('../b', place.path('t/a/to-b'));
    symlinkSync('..', place.path('t/b/up'));
    symlinkSync('x', place.path('t/a/file-link'));
    symlinkSync('nowhere', place.path('t/broken'));
    expect(await paths('t', FOLLOW)).toEqual(['a/', 'b/', 'a/to-b/', 'a/x', 'b/up/', 'b/y']);
    expect(await paths('t/a', FOLLOW)).toEqual(['to-b/', 'x', 'to-b/up/', 'to-b/y', 'to-b/up/a/', 'to-b/up/b/']);
  });

  it('starts at a link only when links are followed, and at a file never', async () => {
    folders('t');
    files('t/a');
    symlinkSync('t', place.path('link'));
    makePipe(place.path('pipe'));
    expect(await paths('link')).toEqual([]);
    expect(await paths('link', FOLLOW)).toEqual(['a']);
    expect(await paths('t/a', FOLLOW)).toEqual([]);
    expect(await paths('pipe')).toEqual([]);
    const refused = (name: string) => place.refused('fs/walk', { path: place.uri(name), options: OPTIONS });
    expect(await refused('nope')).toEqual(NOT_FOUND);
    expect(await refused('t/a/x')).toEqual(NO_FOLDER);
  });

  it('ends at each limit and says so', async () => {
    folders('t/a/b/c', 't/z');
    files('t/a/x');
    symlinkSync('a', place.path('t/skipped'));
    // The skipped link counts as looked at.
    expect(await walk('t', { maxEntries: 2 })).toMatchObject({ paths: ['a/'], truncated: true });
    expect(await walk('t', { maxEntries: 6 })).toMatchObject({ truncated: false });
    expect(await walk('t', { maxEntries: 5 })).toMatchObject({ truncated: true });
    expect(await walk('t', { maxDirectories: 1 })).toMatchObject({ paths: ['a/', 'z/'], truncated: true });
    expect(await walk('t', { maxDirectories: 2 })).toMatchObject({
      paths: ['a/', 'z/', 'a/b/', 'a/x'],
      truncated: true,
    });
    expect(await walk('t', { maxDirectories: 5 })).toMatchObject({ truncated: false });
    // How deep was asked for is no limit that was met.
    expect(await walk('t', { maxDepth: 0 })).toEqual({ paths: ['a/', 'z/'], errors: [], truncated: false });
    expect(await paths('t', { maxDepth: 1 })).toEqual(['a/', 'z/', 'a/b/', 'a/x']);
  });

  it('answers with 4 MiB at most', async () => {
    folders('t');
    // Each byte of such a name takes three characters of a path.
    const long = 'é'.repeat(120);
    for (let index = 0; index < 16; index++) {
      folders(`t/${index}${long}`);
      for (let file = 0; file < 190; file++) files(`t/${index}${long}/${file}${long}`);
    }
    const { entries, truncated } = await place.done('fs/walk', {
      path: place.uri('t'),
      options: { ...OPTIONS, maxEntries: 50_000 },
    });
    const bytes = entries.reduce((sum, { path }) => sum + path.length + 64, 0);
    expect(truncated).toBe(true);
    expect(bytes).toBeLessThanOrEqual(4 * 1024 * 1024);
    expect(bytes).toBeGreaterThan(4 * 1024 * 1024 - 2000);
  });

  it('refuses limits that are too large, or nothing', async () => {
    folders('t');
    const refused = (options: object) =>
      place.refused('fs/walk', { path: place.uri('t'), options: { ...OPTIONS, ...options } });
    const tooLarge = [-32600, 'filesystem walk limits exceed maximums: depth=64, directories=10000, entries=50000'];
    for (const options of [{ maxDepth: 65 }, { maxDirectories: 10_001 }, { maxEntries: 50_001 }])
      expect(await refused(options)).toEqual(tooLarge);
    for (const options of [{ maxDirectories: 0 }, { maxEntries: 0 }])
      expect(await refused(options)).toEqual([-32600, 'filesystem walk limits must be greater than zero']);
  });

  it('lists hidden folders and does not enter them where they are pruned', async () => {
    folders('t/.hidden/in', 't/plain/.too');
    files('t/.hidden/x', 't/plain/.too/y');
    const pruned = { pruneHiddenDirectories: true };
    expect(await paths('t', pruned)).toEqual(['.hidden/', 'plain/', 'plain/.too/']);
    // What is pruned is not cut.
    expect(await walk('t', { ...pruned, maxDirectories: 1 })).toMatchObject({ truncated: true });
    expect(await walk('t', { ...pruned, maxDirectories: 2 })).toMatchObject({ truncated: false });
    // The folder that was asked for is never pruned.
    expect(await paths('t/.hidden', pruned)).toEqual(['in/', 'x']);
  });
});
