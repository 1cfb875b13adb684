// How one connection goes: its handshake, messages out of place, sizes, order, and a peer that does not read.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/exec/server/calls.ts';
import { eventually, processesWith } from '../machine.ts';
import { connect, freshSize, type Peer, type Seen, type Served, serving, textOf } from './serving.ts';

const MIB = 1024 * 1024;

/** File calls that end when a test says so. */
interface Held {
  readonly path: string;
  end(): void;
}
const held: Held[] = [];
const hold = (path: string): Promise<Outcome<'fs/getMetadata'>> =>
  new Promise((resolve) => {
    const value = { isDirectory: false, isFile: true, isSymlink: false, size: 0, createdAtMs: 0, modifiedAtMs: 0 };
    held.push({ path, end: () => resolve({ ok: true, value }) });
  });

let served: Served;
beforeAll(async () => {
  served = await serving({
    openFamily: (tell) => ({
      calls: {
        'fs/getMetadata': ({ path }) => hold(path),
        'fs/readFile': async ({ path }) => ({
          ok: true,
          value: { dataBase64: 'A'.repeat(Number(path.slice('file:///'.length)) * MIB) },
        }),
        'fs/canonicalize': () => {
          throw new Error('a defect');
        },
        'fs/watchMissing': async ({ watchId }) => {
          void tell('fs/missingChanged', { watchId });
          return { ok: true, value: { watching: true } };
        },
      },
      closeAll: async () => {},
    }),
  });
});
afterAll(() => served.close());

describe('the handshake', () => {
  it('tells what this server is and can do', async () => {
    const peer = await served.peer();
    const { environmentInfo } = (await peer.until(({ result }) => result?.sessionId !== undefined)).result ?? {};
    expect(peer.sessionId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(environmentInfo).toMatchObject({
      shell: { name: expect.any(String), path: expect.stringMatching(/^\//) },
      executorVersion: '1.2.3',
      cwd: served.folderUri,
      platformOs: process.platform === 'darwin' ? 'macos' : 'linux',
      temporaryDirectories: [],
      capabilities: { terminalResize: true, denialDetails: true, networkProxyLaunch: false, shellSnapshotV2: false },
    });
    expect(await peer.ask('environment/info', {})).toEqual(environmentInfo);
    expect(await peer.ask('environment/status', null)).toEqual({ status: 'ready' });
  });

  it('comes first, and once', async () => {
    const peer = await connect(served.url);
    const errorOf = async (method: string, params: unknown = {}) => (await peer.call(method, params)).error;
    const refused = (message: string) => ({ code: -32600, message });
    const early = 'client must call initialize before using';
    expect(await errorOf('process/read', { processId: 'x' })).toEqual(refused(`${early} exec methods`));
    expect(await errorOf('fs/readFile')).toEqual(refused(`${early} filesystem methods`));
    expect(await errorOf('http/request')).toEqual(refused(`${early} http methods`));
    expect(await errorOf('environment/info')).toEqual(refused(`${early} environment info methods`));
    expect(await errorOf('environment/status')).toEqual(refused(`${early} environment status methods`));
    expect(await errorOf('environmentConfig/read')).toEqual(refused(`${early} environment config methods`));
    expect(await errorOf('capabilityRoots/discoverV1')).toEqual(refused(`${early} capability discovery methods`));
    expect(await errorOf('initialize')).toEqual({ code: -32602, message: 'missing field `clientName`' });
    const unknown = { clientName: 'x', resumeSessionId: 'nobody' };
    expect(await errorOf('initialize', unknown)).toEqual(refused('unknown session id nobody'));
    await peer.ask('initialize', { clientName: 'x' });
    expect(await errorOf('initialize', { clientName: 'x' })).toEqual(
      refused('initialize may only be sent once per connection'),
    );
    expect(await errorOf('environment/status')).toEqual(
      refused('client must send initialized before using environment status methods'),
    );
    peer.notify('initialized');
    peer.notify('initialized', {});
    expect(await peer.ask('environment/status')).toEqual({ status: 'ready' });
    peer.drop();
  });
});

describe('a message', () => {
  let peer: Peer;
  beforeAll(async () => {
    peer = await served.peer();
  });

  it('is answered under its own id, whole number or text', async () => {
    for (const id of [0, -7, 'text', 2 ** 53 - 1]) {
      expect((await peer.call('environment/status', undefined, id)).result).toEqual({ status: 'ready' });
    }
  });

  it('may come in a binary frame, with members that nobody knows', async () => {
    peer.send(Buffer.from('{"jsonrpc":"2.0","id":"b","method":"environment/status","params":{},"more":1}'));
    expect(await peer.until(({ id }) => id === 'b')).toEqual({ id: 'b', result: { status: 'ready' } });
  });

  it.each([
    '{',
    '[]',
    '[{"id":1,"method":"environment/status"}]',
    '7',
    '{"id":null,"method":"x"}',
    '{"id":1.5,"method":"x"}',
    '{}',
    '{"id":1}',
  ])('that is none (%s) is answered with id -1, and the connection goes on', async (text) => {
    const before = peer.seen.length;
    peer.send(text);
    await peer.until((message) => message.id === -1 && peer.seen.indexOf(message) >= before);
    expect(peer.seen.at(-1)?.error).toMatchObject({
      code: -32600,
      message: expect.stringMatching(/^failed to parse websocket JSON-RPC message from exec-server websocket /),
    });
  });

  it('asks for what this server has, with params that can be read', async () => {
    expect((await peer.call('nosuch/method')).error).toEqual({
      code: -32601,
      message: 'exec-server stub does not implement `nosuch/method` yet',
    });
    expect((await peer.call('fs/walk', { path: 'file:///', options: {} })).error?.code).toBe(-32602);
    expect((await peer.call('environment/status', { a: 1 })).error).toEqual({
      code: -32602,
      message: 'invalid type: map, expected unit',
    });
    const { error } = await peer.call('fs/canonicalize', { path: 'file:///x' });
    expect(error).toEqual({ code: -32603, message: 'internal error: a defect' });
  });

  it.each([
    ['{"method":"nosuch"}', 'unexpected notification nosuch'],
    ['{"id":5,"result":{}}', 'unexpected response for request 5'],
    ['{"id":"x","error":{"code":1,"message":"m"}}', 'unexpected response for request "x"'],
  ])('out of place (%s) ends the connection, and says why', async (text, reason) => {
    const rude = await served.peer();
    rude.send(text);
    expect(await rude.ended).toEqual([1008, reason]);
    expect(rude.seen.at(-1)).toEqual({ id: -1, error: { code: -32600, message: reason } });
  });

  it('initialized before initialize ends it too', async () => {
    const rude = await connect(served.url);
    rude.notify('initialized');
    expect(await rude.ended).toEqual([1008, 'initialized must be sent after initialize']);
  });

  it('may be told without being asked', async () => {
    await peer.ask('fs/watchMissing', { watchId: 4, missing: [] });
    await peer.until(({ method, params }) => method === 'fs/missingChanged' && params?.watchId === 4);
  });
});

describe('sizes', () => {
  const padded = (bytes: number): string => {
    const text = '{"id":"big","method":"environment/status","padding":""}';
    return `${text.slice(0, -2)}${'x'.repeat(bytes - text.length)}"}`;
  };

  it('of 16 MiB in a frame and 60 in a message are taken', async () => {
    const peer = await served.peer();
    peer.send(padded(16 * MIB));
    await peer.until(({ id }) => id === 'big');
    const whole = padded(60 * MIB).replace('"big"', '"many"');
    for (let at = 0; at < whole.length; at += 15 * MIB)
      peer.socket.send(whole.slice(at, at + 15 * MIB), { fin: at + 15 * MIB >= whole.length });
    await peer.until(({ id }) => id === 'many');
    peer.drop();
  });

  it('of 17 MiB in a frame end the connection', async () => {
    const peer = await served.peer();
    peer.send(padded(17 * MIB));
    expect((await peer.ended)[0]).toBe(1006);
  });

  it('of an answer beyond one frame go out in several, and beyond what a peer takes in an error', async () => {
    const peer = await served.peer();
    const { dataBase64 } = await peer.ask('fs/readFile', { path: 'file:///20' });
    expect(String(dataBase64).length).toBe(20 * MIB);
    const { error } = await peer.call('fs/readFile', { path: 'file:///64' });
    expect(error).toEqual({ code: -32603, message: 'the answer is larger than 67108864 bytes' });
    peer.drop();
  });
});

describe('the order of requests', () => {
  const ended = async (peer: Peer, path: string): Promise<void> => {
    const isHeld = (): boolean => held.some((it) => it.path === `file:///${path}`);
    // A round trip of the same connection: what came before it has been begun, if it may begin.
    while (!isHeld()) await peer.ask('environment/status');
    held
      .splice(
        held.findIndex((it) => it.path === `file:///${path}`),
        1,
      )[0]
      ?.end();
  };
  const metadata = (peer: Peer, path: string, id: string, more = {}): void =>
    peer.send(JSON.stringify({ id, method: 'fs/getMetadata', params: { path: `file:///${path}`, ...more } }));

  it('is that in which they came, but for what can wait beside', async () => {
    const peer = await served.peer();
    metadata(peer, 'first', '1');
    metadata(peer, 'second', '2');
    peer.send(
      '{"id":"3","method":"process/start","params":{"processId":"o","argv":["/bin/true"],"cwd":"file:///","env":{},"tty":false}}',
    );
    peer.send('{"id":"4","method":"process/read","params":{"processId":"o"}}');
    await peer.ask('environment/status');
    expect(held.map(({ path }) => path)).toEqual(['file:///first']);
    await ended(peer, 'first');
    await ended(peer, 'second');
    await peer.until(({ id }) => id === '4');
    const order = peer.seen.flatMap(({ id }) => (typeof id === 'string' && /^\d$/.test(id) ? [id] : []));
    expect(order).toEqual(['1', '2', '3', '4']);
    expect(peer.seen.find(({ id }) => id === '4')?.error).toBe(undefined);
  });

  it('does not bind what is behind a sandbox', async () => {
    const peer = await served.peer();
    const sandbox = { permissions: { type: 'disabled' }, windowsSandboxLevel: 'disabled' };
    metadata(peer, 'slow', '1', { sandbox });
    metadata(peer, 'quick', '2');
    await ended(peer, 'quick');
    await peer.until(({ id }) => id === '2');
    await ended(peer, 'slow');
    await peer.until(({ id }) => id === '1');
  });

  it('is none among ordinary requests where a server was started so', async () => {
    const wide = await serving({
      concurrentRequests: 2,
      openFamily: () => ({ calls: { 'fs/getMetadata': ({ path }) => hold(path) }, closeAll: async () => {} }),
    });
    try {
      const peer = await wide.peer();
      metadata(peer, 'one', '1');
      metadata(peer, 'two', '2');
      metadata(peer, 'three', '3');
      await peer.ask('environment/status');
      expect(held.map(({ path }) => path)).toEqual(['file:///one', 'file:///two']);
      await ended(peer, 'two');
      await peer.until(({ id }) => id === '2');
      await ended(peer, 'three');
      await ended(peer, 'one');
      await peer.until(({ id }) => id === '1');
    } finally {
      await wide.close();
    }
  });
});

describe('a peer that does not read', () => {
  it('stops the command and nobody else, and gets everything when it reads again', async () => {
    const peer = await served.peer();
    const other = await served.peer();
    const before = process.memoryUsage().rss;
    peer.socket.pause();
    const size = freshSize(100_000_000);
    const argv = ['/usr/bin/head', '-c', String(size), '/dev/zero'];
    const params = { processId: 'flood', argv, cwd: 'file:///', env: {}, tty: false };
    peer.send(JSON.stringify({ id: 's', method: 'process/start', params }));
    let pid = 0;
    await eventually(() => {
      pid = processesWith(String(size))[0] ?? 0;
      return pid !== 0;
    }, 'the command runs');
    let printed = '';
    let looks = 0;
    await eventually(() => {
      const now = readFileSync(`/proc/${pid}/io`, 'latin1');
      looks = now === printed ? looks + 1 : 0;
      printed = now;
      return looks === 20;
    }, 'it stops printing');
    expect(await other.ask('environment/status')).toEqual({ status: 'ready' });
    expect(process.memoryUsage().rss - before).toBeLessThan(80 * MIB);
    peer.socket.resume();
    const events = await peer.events('flood');
    expect(textOf(events).length).toBe(size);
    peer.drop();
  });

  it('is not asked for more when it takes none of its answers, and loses none of them', async () => {
    const peer = await served.peer();
    peer.socket.pause();
    const before = process.memoryUsage().rss;
    for (let n = 0; n < 60; n++) peer.send(`{"id":"b${n}","method":"fs/readFile","params":{"path":"file:///4"}}`);
    const other = await served.peer();
    for (let n = 0; n < 200; n++) await other.ask('environment/status');
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * MIB);
    peer.socket.resume();
    await peer.until(({ id }) => id === 'b59');
    expect(peer.seen.filter(({ id }) => String(id).startsWith('b')).length).toBe(60);
    peer.drop();
  });

  it('is still answered when it asks for a kill', async () => {
    const peer = await served.peer();
    await peer.start('yes', ['/usr/bin/yes']);
    await peer.until(({ method }) => method === 'process/output');
    peer.socket.pause();
    peer.send('{"id":"kill","method":"process/terminate","params":{"processId":"yes"}}');
    const other = await served.peer();
    await other.ask('environment/status');
    peer.socket.resume();
    expect((await peer.until((message: Seen) => message.id === 'kill')).result).toEqual({ running: true });
    await peer.events('yes');
    peer.drop();
  });
});
