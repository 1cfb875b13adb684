import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileCalls } from '../../../src/exec/files/wire-calls.ts';
import { PLACEHOLDER_SECONDS } from '../../../src/sandbox/index.ts';
import { LINK_LOOP, makePipe, NO_FOLDER, NOT_FOUND, openPlace, type Place, THERE_ALREADY } from './calls.ts';

let place: Place;
beforeEach(() => {
  place = openPlace(openFileCalls());
  writeFileSync(place.path('a'), 'hello');
  mkdirSync(place.path('d/sub'), { recursive: true });
  writeFileSync(place.path('d/b'), 'bee');
  symlinkSync('a', place.path('link'));
  symlinkSync('d', place.path('dl'));
  symlinkSync('nowhere', place.path('broken'));
  symlinkSync('self', place.path('self'));
});
afterEach(() => place.close());

const CONTAINS_LINK = [-32600, 'path contains a symbolic link'];
const noFollow = { followSymlinks: false };

describe('metadata', () => {
  const of = (name: string, more = {}) => place.done('fs/getMetadata', { path: place.uri(name), ...more });
  const refused = (name: string, more = {}) => place.refused('fs/getMetadata', { path: place.uri(name), ...more });

  it('describes what a link leads to, and says that it is a link', async () => {
    utimesSync(place.path('a'), 1_700_000_000.5, 1_700_000_000.25);
    const file = { isDirectory: false, isFile: true, size: 5, modifiedAtMs: 1_700_000_000_250 };
    expect(await of('a')).toMatchObject({ ...file, isSymlink: false });
    expect(await of('link')).toMatchObject({ ...file, isSymlink: true });
    expect(await of('dl')).toMatchObject({ isDirectory: true, isFile: false, isSymlink: true });
    expect(await of('.')).toMatchObject({ isDirectory: true, isSymlink: false });
    makePipe(place.path('pipe'));
    expect(await of('pipe')).toMatchObject({ isDirectory: false, isFile: false, size: 0 });
    const { createdAtMs } = await of('a');
    expect(Number.isSafeInteger(createdAtMs)).toBe(true);
    expect(await refused('broken')).toEqual(NOT_FOUND);
    expect(await refused('self')).toEqual(LINK_LOOP);
    expect(await refused('a/x')).toEqual(NO_FOLDER);
  });

  it('of a path without links is refused where there is one', async () => {
    expect(await of('d/b', noFollow)).toMatchObject({ isFile: true, size: 3 });
    expect(await place.done('fs/getMetadata', { path: 'file:///', ...noFollow })).toMatchObject({ isDirectory: true });
    expect(await refused('link', noFollow)).toEqual(CONTAINS_LINK);
    expect(await refused('broken', noFollow)).toEqual(CONTAINS_LINK);
    expect(await refused('dl/b', noFollow)).toEqual(NO_FOLDER);
    expect(await refused('nope/b', noFollow)).toEqual(NOT_FOUND);
  });

  it('of a folder that only stands for an absent name says that there is none', async () => {
    mkdirSync(place.path('.git'));
    mkdirSync(place.path('.own'));
    utimesSync(place.path('.git'), PLACEHOLDER_SECONDS, PLACEHOLDER_SECONDS);
    expect(await refused('.git')).toEqual(NOT_FOUND);
    expect(await of('.own')).toMatchObject({ isDirectory: true });
    const { entries } = await place.done('fs/readDirectory', { path: place.uri('.') });
    expect(entries.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'))).toEqual(['.own']);
  });
});

describe('a canonical path', () => {
  it('has no link and no dot segment, and keeps bytes that are no UTF-8', async () => {
    const of = async (name: string | Uint8Array) =>
      (await place.done('fs/canonicalize', { path: place.uri(name) })).path;
    expect(await of('dl/b')).toBe(place.uri('d/b'));
    expect(await of('link')).toBe(place.uri('a'));
    expect((await place.done('fs/canonicalize', { path: `${place.uri('dl')}/../link` })).path).toBe(place.uri('a'));
    const name = Buffer.from([0x6e, 0xff, 0xfe]);
    writeFileSync(Buffer.concat([Buffer.from(`${place.folder}/`), name]), '');
    expect(await of(name)).toBe(place.uri(name));
    expect(await place.refused('fs/canonicalize', { path: place.uri('nope') })).toEqual(NOT_FOUND);
    expect(await place.refused('fs/canonicalize', { path: place.uri('broken') })).toEqual(NOT_FOUND);
    expect(await place.refused('fs/canonicalize', { path: place.uri('self') })).toEqual(LINK_LOOP);
  });
});

describe('a listing', () => {
  const of = async (name: string) => {
    const { entries } = await place.done('fs/readDirectory', { path: place.uri(name) });
    return Object.fromEntries(
      entries.map((it) => [it.fileName, it.isDirectory ? 'folder' : it.isFile ? 'file' : 'other']),
    );
  };

  it('has what links lead to, and leaves broken ones out', async () => {
    makePipe(place.path('pipe'));
    expect(await of('.')).toEqual({ a: 'file', d: 'folder', link: 'file', dl: 'folder', pipe: 'other' });
    expect(await of('dl')).toEqual({ b: 'file', sub: 'folder' });
    expect(await place.refused('fs/readDirectory', { path: place.uri('a') })).toEqual(NO_FOLDER);
    expect(await place.refused('fs/readDirectory', { path: place.uri('pipe') })).toEqual(NO_FOLDER);
    expect(await place.refused('fs/readDirectory', { path: place.uri('nope') })).toEqual(NOT_FOUND);
  });
});

describe('making a folder', () => {
  const make = (name: string, more = {}) => place.done('fs/createDirectory', { path: place.uri(name), ...more });
  const refused = (name: string, more = {}) => place.refused('fs/createDirectory', { path: place.uri(name), ...more });

  it('makes those above it, unless it is told not to', async () => {
    await make('n1/n2/n3');
    await make('n1/n2/n3');
    await make('dl/through');
    expect(readdirSync(place.path('d')).sort()).toEqual(['b', 'sub', 'through']);
    expect(await refused('n1', { recursive: false })).toEqual(THERE_ALREADY);
    expect(await refused('q1/q2', { recursive: false })).toEqual(NOT_FOUND);
    expect(await refused('a')).toEqual(THERE_ALREADY);
    expect(await refused('a/x')).toEqual(NO_FOLDER);
    expect(await refused('broken')).toEqual(THERE_ALREADY);
    expect(await refused('broken/x')).toEqual(THERE_ALREADY);
    expect(await place.done('fs/createDirectory', { path: 'file:///' })).toEqual({});
  });

  it('goes through no link when it is told so', async () => {
    await make('d/n6/n7', noFollow);
    await make('d/n6/n7', noFollow);
    await make('d/n8', { ...noFollow, recursive: false });
    expect(await refused('dl/n9', noFollow)).toEqual(NO_FOLDER);
    expect(await refused('dl/n9', { ...noFollow, recursive: false })).toEqual(NO_FOLDER);
    expect(await refused('dl', noFollow)).toEqual(NO_FOLDER);
    expect(await refused('d/n9/n10', { ...noFollow, recursive: false })).toEqual(NOT_FOUND);
    expect(await refused('d/n8', { ...noFollow, recursive: false })).toEqual(THERE_ALREADY);
    expect(readdirSync(place.path('d')).sort()).toEqual(['b', 'n6', 'n8', 'sub']);
  });
});

describe('removing', () => {
  const remove = (name: string, more = {}) => place.done('fs/remove', { path: place.uri(name), ...more });
  const refused = (name: string, more = {}) => place.refused('fs/remove', { path: place.uri(name), ...more });

  it('takes a link and never what it leads to', async () => {
    symlinkSync('../a', place.path('d/out'));
    symlinkSync('/', place.path('d/root'));
    await remove('dl');
    await remove('d');
    await remove('broken', { recursive: false, force: false });
    expect(existsSync(place.path('d'))).toBe(false);
    expect(readFileSync(place.path('a'), 'utf8')).toBe('hello');
  });

  it('takes a folder of many and deep entries', async () => {
    mkdirSync(place.path(`deep/${'x/'.repeat(200)}`), { recursive: true });
    for (let index = 0; index < 2100; index++) writeFileSync(place.path(`deep/${index}`), '');
    await remove('deep');
    expect(existsSync(place.path('deep'))).toBe(false);
  });

  it('says what is wrong, unless it is told that nothing may be there', async () => {
    expect(await remove('nope')).toEqual({});
    expect(await remove('nope/x')).toEqual({});
    expect(await refused('nope', { force: false })).toEqual(NOT_FOUND);
    expect(await refused('a/x')).toEqual(NO_FOLDER);
    expect(await refused('d', { recursive: false })).toEqual([-32603, 'Directory not empty (os error 39)']);
    await remove('d/sub', { recursive: false });
    expect(readdirSync(place.path('d'))).toEqual(['b']);
  });

  it('without links is for a single entry', async () => {
    const single = { ...noFollow, recursive: false };
    expect(await refused('a', noFollow)).toEqual([-32603, 'recursive no-follow removal is unsupported']);
    expect(await refused('dl/b', single)).toEqual(NO_FOLDER);
    expect(await refused('link', single)).toEqual(CONTAINS_LINK);
    expect(await remove('nope/x', single)).toEqual({});
    await remove('a', single);
    await remove('d/sub', single);
    expect(readdirSync(place.folder).sort()).toEqual(['broken', 'd', 'dl', 'link', 'self']);
  });
});

describe('copying', () => {
  const copy = (from: string, to: string, recursive = true) =>
    place.done('fs/copy', { sourcePath: place.uri(from), destinationPath: place.uri(to), recursive });
  const refused = (from: string, to: string, recursive = true) =>
    place.refused('fs/copy', { sourcePath: place.uri(from), destinationPath: place.uri(to), recursive });
  const INTO_ITSELF = [-32600, 'fs/copy cannot copy a directory to itself or one of its descendants'];
  const text = (name: string) => readFileSync(place.path(name), 'utf8');

  it('keeps a link a link', async () => {
    await copy('link', 'link2', false);
    await copy('broken', 'broken2', false);
    await copy('dl', 'dl2');
    expect(['link2', 'broken2', 'dl2'].map((name) => readlinkSync(place.path(name)))).toEqual(['a', 'nowhere', 'd']);
    expect(await refused('link', 'a')).toEqual(THERE_ALREADY);
  });

  it('writes over a file in place, mode included, through a link too', async () => {
    chmodSync(place.path('d/b'), 0o640);
    linkSync(place.path('a'), place.path('hard'));
    await copy('d/b', 'link');
    expect(text('hard')).toBe('bee');
    expect(statSync(place.path('a')).mode & 0o7777).toBe(0o640);
    writeFileSync(place.path('big'), Buffer.alloc(3 * 1024 * 1024 + 5, 'xyz'));
    chmodSync(place.path('big'), 0o4711);
    await copy('big', 'big2', false);
    expect(readFileSync(place.path('big2')).equals(readFileSync(place.path('big')))).toBe(true);
    expect(statSync(place.path('big2')).mode & 0o7777).toBe(0o4711);
  });

  it('of a file to one of its own names loses nothing', async () => {
    linkSync(place.path('a'), place.path('hard'));
    await copy('a', 'a');
    await copy('a', 'hard');
    expect(text('a')).toBe('hello');
  });

  it('of a folder takes everything along but pipes, and merges into one that is there', async () => {
    symlinkSync('b', place.path('d/l'));
    makePipe(place.path('d/pipe'));
    writeFileSync(Buffer.concat([Buffer.from(`${place.folder}/d/`), Buffer.from([0xff])]), 'bytes');
    mkdirSync(place.path('there'));
    writeFileSync(place.path('there/own'), 'own');
    await copy('d', 'there');
    await copy('d', 'no/such/folder');
    for (const folder of ['there', 'no/such/folder']) {
      expect(text(`${folder}/b`)).toBe('bee');
      expect(readlinkSync(place.path(`${folder}/l`))).toBe('b');
      expect(lstatSync(place.path(`${folder}/sub`)).isDirectory()).toBe(true);
      expect(existsSync(place.path(`${folder}/pipe`))).toBe(false);
      expect(readdirSync(place.path(folder), 'buffer').some((name) => name.equals(Buffer.from([0xff])))).toBe(true);
    }
    expect(text('there/own')).toBe('own');
  });

  it('of a folder into itself is refused, also where a link leads there', async () => {
    expect(await refused('d', 'd')).toEqual(INTO_ITSELF);
    expect(await refused('d', 'd/in')).toEqual(INTO_ITSELF);
    expect(await refused('d', 'dl/not/there/yet')).toEqual(INTO_ITSELF);
    await copy('d', 'd2');
    expect(readdirSync(place.path('d2')).sort()).toEqual(['b', 'sub']);
  });

  it('says what does not go together', async () => {
    makePipe(place.path('pipe'));
    const only = [-32600, 'fs/copy only supports regular files, directories, and symlinks'];
    expect(await refused('pipe', 'x')).toEqual(only);
    expect(await refused('a', 'pipe')).toEqual([-32600, 'path `FOLDER/pipe` is not a file']);
    expect(await refused('d', 'x', false)).toEqual([
      -32600,
      'fs/copy requires recursive: true when sourcePath is a directory',
    ]);
    expect(await refused('a', 'd')).toEqual([-32603, 'Is a directory (os error 21)']);
    expect(await refused('d', 'a')).toEqual(THERE_ALREADY);
    expect(await refused('d', 'pipe')).toEqual(THERE_ALREADY);
    expect(await refused('d', 'a/x')).toEqual(NO_FOLDER);
    expect(await refused('nope', 'x')).toEqual(NOT_FOUND);
    expect(await refused('a', 'no/x')).toEqual(NOT_FOUND);
  });
});
