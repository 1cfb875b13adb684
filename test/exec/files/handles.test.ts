import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openFileCalls } from '../../../src/exec/files/wire-calls.ts';
import { base64, makePipe, NOT_FOUND, openPlace, type Place } from './calls.ts';

const MIB = 1024 * 1024;
let place: Place;
beforeEach(() => {
  place = openPlace(openFileCalls());
});
afterEach(() => place.close());

const open = (handleId: string, name: string, mode?: string) =>
  place.done('fs/open', { handleId, path: place.uri(name), mode });
const read = (handleId: string, offset: number, len: number) => place.done('fs/readBlock', { handleId, offset, len });
const write = (handleId: string, offset: number, text: string) =>
  place.done('fs/writeBlock', { handleId, offset, chunk: base64(text) });
const unknown = (handleId: string) => [-32004, `unknown file handle \`${handleId}\``];
const openDescriptors = () => readdirSync('/proc/self/fd').length;

describe('a file that is read in blocks', () => {
  it.each([2 * MIB, 2 * MIB - 1, 2 * MIB + 1])(
    'of %i bytes comes whole, in any order, with its end told',
    async (size) => {
      const bytes = Buffer.alloc(size, 'abcdefg');
      writeFileSync(place.path('big'), bytes);
      await open('h', 'big');
      const blocks: Buffer[] = [];
      for (let offset = 0; ; offset += MIB) {
        const { chunk, eof } = await read('h', offset, MIB);
        blocks.push(Buffer.from(chunk, 'base64'));
        // Only a block that is short is the last one.
        expect(eof).toBe(blocks.at(-1)?.length !== MIB);
        if (eof) break;
      }
      expect(Buffer.concat(blocks).equals(bytes)).toBe(true);
      expect(await read('h', 0, 3)).toEqual({ chunk: base64('abc'), eof: false });
      expect(await read('h', size + 5, 3)).toEqual({ chunk: '', eof: true });
      expect(await read('h', Number.MAX_SAFE_INTEGER, 1)).toEqual({ chunk: '', eof: true });
    },
  );

  it('stays the one that was opened when its path is replaced', async () => {
    writeFileSync(place.path('a'), 'first');
    await open('h', 'a');
    writeFileSync(place.path('b'), 'other');
    renameSync(place.path('b'), place.path('a'));
    expect(await read('h', 0, 9)).toEqual({ chunk: base64('first'), eof: true });
  });

  it('is refused when it is no file, without waiting', async () => {
    makePipe(place.path('pipe'));
    mkdirSync(place.path('d'));
    const path = (name: string) => ({ handleId: 'h', path: place.uri(name) });
    expect(await place.refused('fs/open', path('pipe'))).toEqual([-32600, 'path `FOLDER/pipe` is not a file']);
    expect(await place.refused('fs/open', path('d'))).toEqual([-32600, 'path `FOLDER/d` is not a file']);
    expect(await place.refused('fs/open', path('nope'))).toEqual(NOT_FOUND);
    expect(await place.refused('fs/open', { ...path('d'), mode: 'replace' })).toEqual([
      -32603,
      'Is a directory (os error 21)',
    ]);
    expect(await place.refused('fs/open', { ...path('pipe'), mode: 'replace' })).toEqual([
      -32600,
      'path `FOLDER/pipe` is not a file',
    ]);
    // Each id is free again.
    writeFileSync(place.path('a'), '');
    expect(await open('h', 'a')).toEqual({ handleId: 'h' });
  });
});

describe('a file that is written in blocks', () => {
  it('is emptied at once and in place, through links, and gaps are zeros', async () => {
    writeFileSync(place.path('a'), 'a long text');
    linkSync(place.path('a'), place.path('hard'));
    symlinkSync('a', place.path('link'));
    const { ino } = statSync(place.path('a'));
    await open('w', 'link', 'replace');
    expect(statSync(place.path('hard'))).toMatchObject({ ino, size: 0 });
    await write('w', 3, 'x');
    await write('w', 0, 'y');
    await place.done('fs/close', { handleId: 'w' });
    expect(readFileSync(place.path('hard'), 'latin1')).toBe('y\0\0x');
  });

  it('cannot be read, and a handle that failed is closed', async () => {
    await open('w', 'new', 'replace');
    expect(await place.refused('fs/readBlock', { handleId: 'w', offset: 0, len: 1 })).toEqual([
      -32603,
      'Bad file descriptor (os error 9)',
    ]);
    expect(await place.refused('fs/writeBlock', { handleId: 'w', offset: 0, chunk: 'eA==' })).toEqual(unknown('w'));
    expect(await open('w', 'new', 'replace')).toEqual({ handleId: 'w' });
  });
});

describe('a handle', () => {
  it('has a block length of 1 to 1 MiB, and a wrong one does no harm', async () => {
    writeFileSync(place.path('a'), 'abc');
    await open('h', 'a');
    for (const len of [0, MIB + 1])
      expect(await place.refused('fs/readBlock', { handleId: 'h', offset: 0, len })).toEqual([
        -32600,
        'file read block length must be between 1 and 1048576',
      ]);
    for (const chunk of ['', Buffer.alloc(MIB + 1).toString('base64')])
      expect(await place.refused('fs/writeBlock', { handleId: 'h', offset: 0, chunk })).toEqual([
        -32600,
        'file write block length must be between 1 and 1048576',
      ]);
    expect(await read('h', 0, 3)).toEqual({ chunk: base64('abc'), eof: false });
  });

  it('is one of 128, each with its own id, and may be closed twice', async () => {
    writeFileSync(place.path('a'), '');
    for (let index = 0; index < 128; index++) await open(`h${index}`, 'a');
    const another = { handleId: 'more', path: place.uri('a') };
    expect(await place.refused('fs/open', another)).toEqual([
      -32600,
      'at most 128 file handles may be open per connection',
    ]);
    expect(await place.refused('fs/open', { ...another, handleId: 'h5' })).toEqual([
      -32600,
      'file handle `h5` already exists',
    ]);
    expect(await place.done('fs/close', { handleId: 'h5' })).toEqual({});
    expect(await place.done('fs/close', { handleId: 'h5' })).toEqual({});
    expect(await place.done('fs/open', another)).toEqual({ handleId: 'more' });
    expect(await place.refused('fs/readBlock', { handleId: 'h5', offset: 0, len: 1 })).toEqual(unknown('h5'));
  });

  it('may be used before it is open, and its id again before it is closed', async () => {
    writeFileSync(place.path('a'), 'first');
    writeFileSync(place.path('b'), 'second');
    const answers = await Promise.all([
      open('h', 'a'),
      read('h', 0, 9),
      place.done('fs/close', { handleId: 'h' }).then(() => open('h', 'b')),
    ]);
    expect(answers[1]).toEqual({ chunk: base64('first'), eof: true });
    expect(await read('h', 0, 9)).toEqual({ chunk: base64('second'), eof: true });
  });

  it('is closed with the connection, also when it was just being opened', async () => {
    writeFileSync(place.path('a'), '');
    const before = openDescriptors();
    for (let index = 0; index < 10; index++) await open(`h${index}`, 'a');
    expect(openDescriptors()).toBe(before + 10);
    const late = place.calls['fs/open']({ handleId: 'late', path: place.uri('a'), mode: null, sandbox: null });
    await place.calls.closeAll();
    await late;
    expect(openDescriptors()).toBe(before);
    const [code] = await place.refused('fs/getMetadata', { path: place.uri('a') });
    expect(code).toBe(-32603);
  });
});
