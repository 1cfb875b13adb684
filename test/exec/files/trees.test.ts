import { lstatSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileCalls } from '../../../src/exec/files/wire-calls.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { base64, openPlace, type Place } from './calls.ts';

let place: Place;
beforeEach(() => {
  place = openPlace(openFileCalls());
});
afterEach(() => place.close());

/** Any bytes that a name may have. */
const anyName = fc
  .uint8Array({ minLength: 1, maxLength: 12 })
  .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 47 ? 0xff : byte))))
  .filter((name) => !['.', '..'].includes(name.toString('latin1')));

/** Few, so that links meet what is there. */
const fewNames = fc.constantFrom('a', 'b', '.c', 'é', 'Z').map((name) => Buffer.from(name));

interface Step {
  readonly kind: 'folder' | 'file' | 'link';
  /** Which of the folders so far it goes into, and which path so far a link leads to. */
  readonly into: number;
  readonly to: number;
  readonly name: Buffer;
}

const tree = fc.array(
  fc.record<Step>({
    kind: fc.constantFrom('folder', 'folder', 'file', 'link'),
    into: fc.nat(),
    to: fc.nat(),
    name: fc.oneof(fewNames, anyName),
  }),
  { maxLength: 25 },
);

const join = (folder: Buffer, name: Buffer): Buffer => Buffer.concat([folder, Buffer.from('/'), name]);

function grow(root: Buffer, steps: readonly Step[]): void {
  const folders = [root];
  const paths = [root];
  mkdirSync(root);
  for (const { kind, into, to, name } of steps) {
    const path = join(folders[into % folders.length] ?? root, name);
    try {
      if (kind === 'folder') mkdirSync(path);
      else if (kind === 'file') writeFileSync(path, path, { flag: 'wx' });
      else symlinkSync(paths[to % paths.length] ?? root, path);
    } catch {
      continue; // Something of that name is there.
    }
    paths.push(path);
    if (kind === 'folder') folders.push(path);
  }
}

interface Limits {
  readonly maxDepth: number;
  readonly followDirectorySymlinks: boolean;
  readonly pruneHiddenDirectories: boolean;
}

/** The walk as it is described, one folder after the other. */
function naiveWalk(root: Buffer, { maxDepth, followDirectorySymlinks: isFollowing, ...limits }: Limits): string[] {
  const told: string[] = [];
  const entered = new Set<string>();
  const queue = [{ path: root, depth: 0 }];
  for (const { path, depth } of queue) {
    const real = realpathSync.native(path, 'buffer').toString('latin1');
    if (isFollowing && entered.has(real)) continue;
    entered.add(real);
    const names = readdirSync(path, 'buffer').sort((a, b) => Buffer.compare(a, b));
    for (const name of names) {
      const child = join(path, name);
      const look = lstatSync(child);
      const isLink = look.isSymbolicLink();
      const target = isLink ? statSync(child, { throwIfNoEntry: false }) : look;
      const isFolder = target?.isDirectory() === true && (!isLink || isFollowing);
      if (!isFolder && !look.isFile()) continue;
      told.push(`${isFolder ? 'directory' : 'file'} ${pathUri(child)}`);
      const isPruned = limits.pruneHiddenDirectories && name[0] === 46;
      if (isFolder && depth < maxDepth && !isPruned) queue.push({ path: child, depth: depth + 1 });
    }
  }
  return told;
}

describe('any tree', () => {
  it('is walked as described', async () => {
    const root = Buffer.from(place.path('t'));
    const limits = fc.record<Limits>({
      maxDepth: fc.nat({ max: 6 }),
      followDirectorySymlinks: fc.boolean(),
      pruneHiddenDirectories: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(tree, limits, fc.integer({ min: 1, max: 12 }), async (steps, chosen, few) => {
        rmSync(root, { recursive: true, force: true });
        grow(root, steps);
        const walk = (more: object) =>
          place.done('fs/walk', {
            path: pathUri(root),
            options: { maxDirectories: 10_000, maxEntries: 50_000, ...chosen, ...more },
          });
        const whole = await walk({});
        const told = whole.entries.map(({ kind, path }) => `${kind} ${path}`);
        expect(told).toEqual(naiveWalk(root, chosen));
        expect(whole).toMatchObject({ errors: [], truncated: false });
        // A walk that ends early gives the beginning of the whole one, and says so when it is not all of it.
        for (const limit of [{ maxEntries: few }, { maxDirectories: few }]) {
          const cut = await walk(limit);
          expect(cut.entries).toEqual(whole.entries.slice(0, cut.entries.length));
          if (cut.entries.length < whole.entries.length) expect(cut.truncated).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('is copied as it is, links included, and removed without a trace outside of it', async () => {
    const root = Buffer.from(place.path('t'));
    writeFileSync(place.path('outside'), 'outside');
    const shape = (top: string) =>
      naiveWalk(Buffer.from(place.path(top)), {
        maxDepth: 64,
        followDirectorySymlinks: false,
        pruneHiddenDirectories: false,
      }).map((line) => line.replace(place.uri(top), ''));
    await fc.assert(
      fc.asyncProperty(tree, async (steps) => {
        for (const name of ['t', 'copy']) rmSync(place.path(name), { recursive: true, force: true });
        grow(root, steps);
        await place.done('fs/copy', {
          sourcePath: place.uri('t'),
          destinationPath: place.uri('copy'),
          recursive: true,
        });
        expect(shape('copy')).toEqual(shape('t'));
        for (const name of ['t', 'copy']) await place.done('fs/remove', { path: place.uri(name) });
        expect(readdirSync(place.folder)).toEqual(['outside']);
      }),
      { numRuns: 40 },
    );
  });
});

describe('a name of any bytes', () => {
  it('comes back from a walk and from its canonical path as it was given', async () => {
    await fc.assert(
      fc.asyncProperty(anyName, async (name) => {
        const path = place.uri(name);
        await place.done('fs/writeFile', { path, dataBase64: base64('x') });
        const options = { maxDepth: 0, maxDirectories: 1, maxEntries: 10, followDirectorySymlinks: false };
        const { entries } = await place.done('fs/walk', { path: place.uri('.'), options });
        expect(entries).toEqual([{ path, kind: 'file' }]);
        expect(await place.done('fs/canonicalize', { path })).toEqual({ path });
        const { entries: shown } = await place.done('fs/readDirectory', { path: place.uri('.') });
        expect(shown.map(({ fileName }) => fileName)).toEqual([name.toString()]);
        await place.done('fs/remove', { path });
        expect(readdirSync(place.folder)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
