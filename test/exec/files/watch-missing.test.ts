import {
  mkdirSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type MissingWatches, openMissingWatches } from '../../../src/exec/files/watch-missing.ts';
import { openFileCalls } from '../../../src/exec/files/wire-calls.ts';
import { PLACEHOLDER_SECONDS } from '../../../src/sandbox/index.ts';
import { openPlace, type Place } from './calls.ts';

let place: Place;
let watches: MissingWatches;
let told: number[];
let listeners: Set<() => void>;
beforeEach(() => {
  place = openPlace(openFileCalls());
  told = [];
  listeners = new Set();
  watches = openMissingWatches((watchId) => {
    told.push(watchId);
    for (const listener of [...listeners]) listener();
  });
});
afterEach(async () => {
  await watches.closeAll();
  await place.close();
});

async function watch(watchId: number, missing: readonly string[], present: string | null = null): Promise<boolean> {
  const uris = missing.map((name) => place.uri(name));
  const params = { watchId, missing: uris, present: present === null ? null : place.uri(present) };
  const result = await watches.watch(params);
  if (!result.ok) throw new Error(result.problem.message);
  return result.value.watching;
}

/** Resolves when that many watches have told that something changed. */
function untilTold(count: number): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (told.length < count) return;
      listeners.delete(look);
      resolve();
    };
    listeners.add(look);
    look();
  });
}

/** A watch that ends what a test waits for: whatever happened before it was told before it. */
async function untilQuiet(): Promise<void> {
  const before = told.length;
  expect(await watch(99_999, ['the-end'])).toBe(true);
  writeFileSync(place.path('the-end'), '');
  await untilTold(before + 1);
  rmSync(place.path('the-end'));
}

const inotifyDescriptors = () =>
  readdirSync('/proc/self/fdinfo').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === 'anon_inode:inotify';
    } catch {
      return false; // The descriptor of the listing itself.
    }
  });

describe('a watch for absent names', () => {
  it('tells once that one of them is there, and is gone', async () => {
    expect(await watch(7, ['one', 'two'])).toBe(true);
    writeFileSync(place.path('other'), '');
    writeFileSync(place.path('two'), '');
    await untilTold(1);
    writeFileSync(place.path('one'), '');
    await untilQuiet();
    expect(told).toEqual([7, 99_999]);
    // Its id may be used again.
    expect(await watch(7, ['three'])).toBe(true);
  });

  it('is not armed where it is not so already', async () => {
    writeFileSync(place.path('file'), '');
    symlinkSync('nowhere', place.path('broken'));
    expect(await watch(1, [])).toBe(false);
    expect(await watch(1, ['file'])).toBe(false);
    expect(await watch(1, ['absent', 'file'])).toBe(false);
    expect(await watch(1, ['file/x'])).toBe(false);
    expect(await watch(1, ['broken'])).toBe(false);
    expect(await watch(1, ['broken/x'])).toBe(false);
    expect(await watch(1, ['absent'], 'absent-too')).toBe(false);
    expect(await watch(1, ['absent'], 'file')).toBe(true);
    expect(await watch(1, ['absent'], 'file')).toBe(false);
    expect(
      await watch(
        2,
        Array.from({ length: 300 }, (_, index) => `absent${index}`),
      ),
    ).toBe(false);
  });

  it('hears of the first name that is made on the way', async () => {
    mkdirSync(place.path('a'));
    expect(await watch(1, ['a/b/c/d'])).toBe(true);
    mkdirSync(place.path('a/b'));
    await untilTold(1);
    expect(await watch(2, ['a/b/c/d'])).toBe(true);
    mkdirSync(place.path('a/b/c/d'), { recursive: true });
    await untilTold(2);
    expect(told).toEqual([1, 2]);
  });

  it('hears when what must be there goes, or a folder on the way', async () => {
    mkdirSync(place.path('a/b'), { recursive: true });
    writeFileSync(place.path('present'), '');
    expect(await watch(1, ['absent'], 'present')).toBe(true);
    rmSync(place.path('present'));
    await untilTold(1);
    expect(await watch(2, ['a/b/x'])).toBe(true);
    renameSync(place.path('a'), place.path('moved'));
    await untilTold(2);
    mkdirSync(place.path('a/b'), { recursive: true });
    expect(await watch(3, ['a/b/x'])).toBe(true);
    rmSync(place.path('a'), { recursive: true });
    await untilTold(3);
    expect(told).toEqual([1, 2, 3]);
  });

  it('hears when a link on the way, or what it leads to, is replaced', async () => {
    mkdirSync(place.path('one/in'), { recursive: true });
    mkdirSync(place.path('two'));
    symlinkSync('one/in', place.path('link'));
    expect(await watch(1, ['link/x'])).toBe(true);
    renameSync(place.path('one'), place.path('gone'));
    await untilTold(1);
    renameSync(place.path('gone'), place.path('one'));
    expect(await watch(2, ['link/x'])).toBe(true);
    writeFileSync(place.path('one/in/x'), '');
    await untilTold(2);
    rmSync(place.path('one/in/x'));
    expect(await watch(3, ['link/x'])).toBe(true);
    rmSync(place.path('link'));
    await untilTold(3);
  });

  it('takes what stands in for an absent name as absent', async () => {
    expect(await watch(1, ['.git'])).toBe(true);
    mkdirSync(place.path('made'));
    utimesSync(place.path('made'), PLACEHOLDER_SECONDS, PLACEHOLDER_SECONDS);
    renameSync(place.path('made'), place.path('.git'));
    await untilQuiet();
    expect(await watch(2, ['.git'])).toBe(true);
    expect(told).toEqual([99_999]);
    rmSync(place.path('.git'), { recursive: true });
    mkdirSync(place.path('.git'));
    await untilTold(3);
    expect(told.slice(1).sort()).toEqual([1, 2]);
  });

  it('is one of a bounded number, and all share what the system gives for a folder', async () => {
    for (let index = 0; index < 512; index++) expect(await watch(index, [`absent${index}`])).toBe(true);
    expect(await watch(1000, ['one-more'])).toBe(false);
    writeFileSync(place.path('absent3'), '');
    await untilTold(1);
    expect(told).toEqual([3]);
    expect(await watch(1000, ['one-more'])).toBe(true);
    expect(inotifyDescriptors().length).toBeLessThan(3);
  });

  it('ends with the connection', async () => {
    expect(await watch(1, ['absent'])).toBe(true);
    const late = watch(2, ['absent']);
    await watches.closeAll();
    expect(await late).toBe(false);
    const others: number[] = [];
    const other = openMissingWatches((watchId) => others.push(watchId));
    await other.watch({ watchId: 1, missing: [place.uri('absent')], present: null });
    writeFileSync(place.path('absent'), '');
    while (others.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await other.closeAll();
    expect(told).toEqual([]);
  });
});
