import { afterEach, expect, it } from 'vitest';
import type { ExecClient } from '../../../src/exec/client/client.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { type FakeServer, INFO, openFakeServer } from './fake-server.ts';
import { connect, problemOf, unwrap } from './listening.ts';

const MIB = 1 << 20;
const PATH = pathUri('/srv/big');

let server: FakeServer;
let client: ExecClient;
let file: Buffer;
afterEach(async () => {
  await client.close();
  await server.close();
});

/** A server with one file; `faultAt` is the block that cannot be read. */
const begin = async (bytes: number, { faultAt = -1, info = INFO }: { faultAt?: number; info?: object } = {}) => {
  file = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; at += 997) file[at] = at % 251;
  server = await openFakeServer({
    info,
    intercept(call, peer) {
      const { mode, handleId } = call.params;
      const { offset, len, chunk } = call.params as { offset: number; len: number; chunk: string };
      switch (call.method) {
        case 'fs/open':
          if (mode === 'replace') file = Buffer.alloc(0);
          peer.answer(call, { handleId });
          return true;
        case 'fs/readBlock': {
          if (offset === faultAt) {
            peer.refuse(call, -32603, 'Input/output error (os error 5)');
            return true;
          }
          const block = file.subarray(offset, offset + len);
          peer.answer(call, { chunk: block.toString('base64'), eof: block.length < len });
          return true;
        }
        case 'fs/writeBlock':
          file = Buffer.concat([file.subarray(0, offset), Buffer.from(chunk, 'base64')]);
          peer.answer(call, {});
          return true;
        case 'fs/close':
          peer.answer(call, {});
          return true;
        default:
          return false;
      }
    },
  });
  client = await connect(server.url);
};

for (const bytes of [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
  it(`a file of ${bytes} bytes is read block by block, and its handle is given back once`, async () => {
    await begin(bytes);
    const reader = unwrap(await client.readFile(PATH, null));
    const blocks: Uint8Array[] = [];
    for (let block = unwrap(await reader.next()); block !== null; block = unwrap(await reader.next()))
      blocks.push(block);
    expect(Buffer.concat(blocks).equals(file)).toBe(true);
    expect(unwrap(await reader.next())).toBe(null);
    await reader.close();
    expect(server.callsOf('fs/close').length).toBe(1);
    expect(server.callsOf('fs/open')[0]?.params).toEqual({
      handleId: expect.stringMatching(/^.{1,32}$/),
      path: PATH,
      mode: 'read',
    });
  });

it('a handle is given back after a problem, and when the reader stops before the end', async () => {
  await begin(3 * MIB, { faultAt: MIB });
  const broken = unwrap(await client.readFile(PATH, null));
  unwrap(await broken.next());
  expect(problemOf(await broken.next()).message).toBe('Input/output error (os error 5)');
  const stopped = unwrap(await client.readFile(PATH, null));
  unwrap(await stopped.next());
  await stopped.close();
  expect(unwrap(await stopped.next())).toBe(null);
  const [first, second] = server.callsOf('fs/close').map(({ params }) => params.handleId);
  expect(server.callsOf('fs/open').map(({ params }) => params.handleId)).toEqual([first, second]);
});

it('a file is replaced block by block', async () => {
  await begin(10);
  const writer = unwrap(await client.replaceFile(PATH, null));
  const bytes = Buffer.alloc(2 * MIB + 5, 'ab');
  unwrap(await writer.write(bytes));
  unwrap(await writer.write(Buffer.from('end')));
  unwrap(await writer.close());
  expect(file.equals(Buffer.concat([bytes, Buffer.from('end')]))).toBe(true);
  expect(server.callsOf('fs/writeBlock').length).toBe(4);
});

it('a file is not truncated on a server that cannot write blocks', async () => {
  await begin(10, { info: { ...INFO, capabilities: {} } });
  expect(problemOf(await client.replaceFile(PATH, null)).kind).toBe('unsupported');
  expect(server.callsOf('fs/open')).toEqual([]);
});

it('an answer that is none of the method is told of, and the connection goes on', async () => {
  server = await openFakeServer({
    intercept(call, peer) {
      if (call.method !== 'fs/canonicalize') return false;
      peer.answer(call, { path: '/not/a/uri' });
      return true;
    },
  });
  client = await connect(server.url);
  expect(problemOf(await client.call('fs/canonicalize', { path: PATH })).kind).toBe('malformed');
  expect(unwrap(await client.call('environment/status', null)).status).toBe('ready');
});

it('who watches for a missing file hears once: of the change, or that nobody watches any more', async () => {
  let isThere = false;
  server = await openFakeServer({
    intercept(call, peer) {
      if (call.method !== 'fs/watchMissing') return false;
      peer.answer(call, { watching: !isThere });
      return true;
    },
  });
  client = await connect(server.url);
  const heard: string[] = [];
  let wake: () => void = () => {};
  const watch = (name: string) =>
    client.watchMissing([PATH], null, () => {
      heard.push(name);
      wake();
    });
  const changed = new Promise<void>((resolve) => {
    wake = resolve;
  });
  expect(unwrap(await watch('one'))).toBe(true);
  expect(unwrap(await watch('two'))).toBe(true);
  const peer = server.peers[0];
  for (const _ of [1, 2]) peer?.notify('fs/missingChanged', { watchId: 1 });
  await changed;
  const lost = new Promise<void>((resolve) => {
    wake = resolve;
  });
  peer?.cut();
  await lost;
  isThere = true;
  expect(unwrap(await watch('three'))).toBe(false);
  expect(heard).toEqual(['one', 'two']);
});
