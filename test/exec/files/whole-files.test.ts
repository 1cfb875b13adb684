import {
  chmodSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WHOLE_FILE_BYTES } from '../../../src/exec/files/whole-files.ts';
import { openFileCalls } from '../../../src/exec/files/wire-calls.ts';
import { LIMITS } from '../../../src/exec/protocol/messages.ts';
import { base64, LINK_LOOP, makePipe, NO_FOLDER, NOT_FOUND, openPlace, type Place } from './calls.ts';

let place: Place;
beforeEach(() => {
  place = openPlace(openFileCalls());
});
afterEach(() => place.close());

const read = (name: string, more = {}) => place.done('fs/readFile', { path: place.uri(name), ...more });
const readRefused = (name: string, more = {}) => place.refused('fs/readFile', { path: place.uri(name), ...more });
const write = (name: string, text: string, more = {}) =>
  place.done('fs/writeFile', { path: place.uri(name), dataBase64: base64(text), ...more });
const writeRefused = (name: string, text: string, more = {}) =>
  place.refused('fs/writeFile', { path: place.uri(name), dataBase64: base64(text), ...more });

describe('reading a whole file', () => {
  it('gives its bytes, also through links', async () => {
    writeFileSync(place.path('a'), 'hello');
    symlinkSync('a', place.path('link'));
    mkdirSync(place.path('d'));
    symlinkSync('d', place.path('dl'));
    writeFileSync(place.path('d/b'), '');
    expect(await read('a')).toEqual({ dataBase64: 'aGVsbG8=' });
    expect(await read('link')).toEqual({ dataBase64: 'aGVsbG8=' });
    expect(await read('dl/b')).toEqual({ dataBase64: '' });
  });

  it('keeps the bytes of a name that is not UTF-8', async () => {
    const name = Buffer.from([0x61, 0xff, 0x62]);
    writeFileSync(Buffer.concat([Buffer.from(`${place.folder}/`), name]), 'bytes');
    expect(place.uri(name)).toMatch(/\/a%FFb$/);
    expect(await place.done('fs/readFile', { path: place.uri(name) })).toEqual({ dataBase64: base64('bytes') });
  });

  it('reads files that have no size, as those of /proc', async () => {
    const { dataBase64 } = await place.done('fs/readFile', { path: 'file:///proc/self/status' });
    expect(Buffer.from(dataBase64, 'base64').toString()).toMatch(/^Name:/);
  });

  it('follows no link on the way or at the end when it is told so', async () => {
    writeFileSync(place.path('a'), 'hello');
    symlinkSync('a', place.path('link'));
    mkdirSync(place.path('d'));
    symlinkSync('d', place.path('dl'));
    writeFileSync(place.path('d/b'), 'b');
    const noFollow = { followSymlinks: false };
    expect(await read('d/b', noFollow)).toEqual({ dataBase64: base64('b') });
    expect(await readRefused('link', noFollow)).toEqual(LINK_LOOP);
    expect(await readRefused('dl/b', noFollow)).toEqual(NO_FOLDER);
    expect(await readRefused('d', noFollow)).toEqual([-32600, 'path is not a regular file']);
    expect(await place.refused('fs/readFile', { path: 'file:///', ...noFollow })).toEqual([
      -32600,
      'path must name an entry',
    ]);
  });

  it('never opens a pipe, a socket, a device or a folder', async () => {
    makePipe(place.path('pipe'));
    symlinkSync('/dev/zero', place.path('zero'));
    mkdirSync(place.path('d'));
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(place.path('socket'), resolve));
    for (const name of ['pipe', 'zero', 'd', 'socket'])
      expect(await readRefused(name)).toEqual([-32600, `path \`FOLDER/${name}\` is not a file`]);
    expect(await readRefused('pipe', { followSymlinks: false })).toEqual([-32600, 'path is not a regular file']);
    await new Promise((resolve) => server.close(resolve));
  });

  it('tells what is not there from what is no folder', async () => {
    writeFileSync(place.path('a'), '');
    symlinkSync('nowhere', place.path('broken'));
    symlinkSync('self', place.path('self'));
    expect(await readRefused('nope')).toEqual(NOT_FOUND);
    expect(await readRefused('broken')).toEqual(NOT_FOUND);
    expect(await readRefused('a/x')).toEqual(NO_FOLDER);
    expect(await readRefused('self')).toEqual(LINK_LOOP);
    expect(await readRefused('x'.repeat(300))).toEqual([-32603, 'Filename too long (os error 36)']);
  });

  it('is refused for more than one message may carry, and names the calls that read it in blocks', async () => {
    writeFileSync(place.path('big'), '');
    truncateSync(place.path('big'), WHOLE_FILE_BYTES);
    const { dataBase64 } = await read('big');
    expect(dataBase64.length).toBeLessThan(LIMITS.frameBytes - 64 * 1024);
    expect(Buffer.from(dataBase64, 'base64').length).toBe(WHOLE_FILE_BYTES);
    truncateSync(place.path('big'), WHOLE_FILE_BYTES + 1);
    const [code, message] = await readRefused('big');
    expect(code).toBe(-32600);
    expect(message).toBe(
      `file is too large to read at once: limit is ${WHOLE_FILE_BYTES} bytes; use fs/open and fs/readBlock`,
    );
  });
});

describe('writing a whole file', () => {
  it('is done in place: hard links and the mode stay', async () => {
    writeFileSync(place.path('a'), 'a long text');
    linkSync(place.path('a'), place.path('hard'));
    chmodSync(place.path('a'), 0o604);
    const { ino } = statSync(place.path('a'));
    expect(await write('hard', 'new')).toEqual({});
    expect(readFileSync(place.path('a'), 'utf8')).toBe('new');
    expect(statSync(place.path('a'))).toMatchObject({ ino, nlink: 2, mode: 0o100604 });
  });

  it('makes the file, also where a link leads to nothing yet', async () => {
    symlinkSync('target', place.path('link'));
    await write('link', 'x');
    await write('plain', 'y');
    expect(readFileSync(place.path('target'), 'utf8')).toBe('x');
    expect(readFileSync(place.path('plain'), 'utf8')).toBe('y');
    expect(await writeRefused('no/x', '')).toEqual(NOT_FOUND);
    expect(await writeRefused('plain/x', '')).toEqual(NO_FOLDER);
    expect(await writeRefused('.', '')).toEqual([-32603, 'Is a directory (os error 21)']);
  });

  it('follows no link when it is told so, and leaves the target alone', async () => {
    writeFileSync(place.path('a'), 'old');
    symlinkSync('a', place.path('link'));
    mkdirSync(place.path('d'));
    symlinkSync('d', place.path('dl'));
    const noFollow = { followSymlinks: false };
    expect(await writeRefused('link', 'new', noFollow)).toEqual(LINK_LOOP);
    expect(await writeRefused('dl/x', 'new', noFollow)).toEqual(NO_FOLDER);
    expect(await write('d/x', 'new', noFollow)).toEqual({});
    expect(readFileSync(place.path('a'), 'utf8')).toBe('old');
  });

  it('never waits for the reader of a pipe, and never opens a device', async () => {
    makePipe(place.path('pipe'));
    expect(await writeRefused('pipe', 'x')).toEqual([-32600, 'path `FOLDER/pipe` is not a file']);
    expect(await place.refused('fs/writeFile', { path: 'file:///dev/full', dataBase64: '' })).toEqual([
      -32600,
      'path `/dev/full` is not a file',
    ]);
    // A reader is there: it must not hear of a writer.
    const reader = openSync(place.path('pipe'), 'r+');
    expect(reader).toBeGreaterThan(0);
    expect(await writeRefused('pipe', 'x')).toEqual([-32600, 'path `FOLDER/pipe` is not a file']);
  });

  it('is refused for what is not base64, before anything is touched', async () => {
    writeFileSync(place.path('a'), 'old');
    for (const [text, why] of [
      ['@@@', 'Invalid symbol 64, offset 0.'],
      ['YQ', 'Invalid padding'],
    ])
      expect(await place.refused('fs/writeFile', { path: place.uri('a'), dataBase64: text })).toEqual([
        -32600,
        `fs/writeFile requires valid base64 dataBase64: ${why}`,
      ]);
    expect(readFileSync(place.path('a'), 'utf8')).toBe('old');
  });
});
