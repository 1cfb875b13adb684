import { once } from 'node:events';
import net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readGreeting, readRequest } from '../../../src/core/network/socks-message.ts';
import {
  closedPort,
  listen,
  type Proxied,
  policyOf,
  promised,
  readAll,
  readUntil,
  startEcho,
  startProxy,
} from './proxied.ts';

const GREETING = [5, 1, 0];

function portBytes(port: number): number[] {
  return [port >> 8, port & 255];
}

function byAddress(address: number[], port: number, command = 1): number[] {
  return [5, command, 0, address.length === 4 ? 1 : 4, ...address, ...portBytes(port)];
}

function byName(host: string, port: number): number[] {
  return [5, 1, 0, 3, host.length, ...Buffer.from(host, 'latin1'), ...portBytes(port)];
}

/** The answer to a request, and the socket behind it. */
async function ask(proxy: Proxied, request: number[]): Promise<{ reply: number | undefined; socket: net.Socket }> {
  const socket = await proxy.connect();
  socket.write(Buffer.from(GREETING));
  expect([...(await readUntil(socket, (bytes) => bytes.length >= 2))]).toEqual([5, 0]);
  socket.write(Buffer.from(request));
  const answer = await readUntil(socket, (bytes) => bytes.length >= 10);
  expect([...answer]).toEqual([5, answer[1], 0, 1, 0, 0, 0, 0, 0, 0]);
  return { reply: answer[1], socket };
}

const LOOPBACK = [127, 0, 0, 1];

describe('a client of SOCKS5', () => {
  it('reaches an address, and each side’s end comes through', async () => {
    const echo = await startEcho();
    const proxy = await startProxy();
    const { reply, socket } = await ask(proxy, byAddress(LOOPBACK, echo));
    expect(reply).toBe(0);
    socket.end('hello');
    expect(await readAll(socket)).toBe('hello');
    expect(proxy.decisions).toMatchObject([
      { client: 'pane 1', host: '127.0.0.1', port: echo, protocol: 'socks5', decision: 'allowed' },
    ]);
  });

  it('reaches a name, and an IPv6 address that means an IPv4 one', async () => {
    const echo = await startEcho();
    const proxy = await startProxy({
      policyFor: () => policyOf({ localhost: 'allow', '127.0.0.1': 'allow' }),
      resolve: async () => ['127.0.0.1'],
    });
    expect((await ask(proxy, byName('LocalHost.', echo))).reply).toBe(0);
    const mapped = [...Array<number>(10).fill(0), 255, 255, ...LOOPBACK];
    expect((await ask(proxy, byAddress(mapped, echo))).reply).toBe(0);
    expect(proxy.decisions.map(({ host }) => host)).toEqual(['localhost', '127.0.0.1']);
  });

  it('may send everything at once', async () => {
    const echo = await startEcho();
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.end(Buffer.concat([Buffer.from([...GREETING, ...byAddress(LOOPBACK, echo)]), Buffer.from('ahead')]));
    expect((await readAll(socket)).slice(12)).toBe('ahead');
  });

  it('may send each byte on its own', async () => {
    const echo = await startEcho();
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.setNoDelay(true);
    const all = readAll(socket);
    for (const byte of [...GREETING, ...byAddress(LOOPBACK, echo), 33]) {
      await new Promise((resolve) => socket.write(Buffer.of(byte), resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
    expect((await all).slice(12)).toBe('!');
  });

  it.each<[string, number[], number, string | null]>([
    ['a host that is not listed', byName('no.test', 443), 2, 'not_allowed'],
    ['a denied one', byName('bad.test', 443), 2, 'denied'],
    ['a private address', byAddress([10, 0, 0, 1], 443), 2, 'not_allowed_local'],
    ['a name that is an address in disguise', byName('0x7f.1', 443), 2, 'not_allowed_local'],
    ['a name that is none', byName('a b', 443), 1, null],
    ['a name with a NUL', byName('good.test\0.bad.test', 443), 1, null],
    ['port 0', byName('good.test', 0), 1, null],
    ['BIND', byAddress(LOOPBACK, 1, 2), 7, null],
    ['UDP ASSOCIATE', byAddress([0, 0, 0, 0], 0, 3), 7, null],
    ['a type of address that is none', [5, 1, 0, 9, 1, 2, 3, 4, 5, 6], 8, null],
  ])('is refused %s', async (_, request, expected, reason) => {
    const proxy = await startProxy({ policyFor: () => policyOf({ 'good.test': 'allow', 'bad.test': 'deny' }) });
    const { reply, socket } = await ask(proxy, request);
    expect(reply).toBe(expected);
    expect(await readAll(socket)).toBe('');
    expect(proxy.decisions.map((record) => record.reason)).toEqual(reason === null ? [] : [reason]);
  });

  it('is refused what the policy or the mode does not let through', async () => {
    const echo = await startEcho();
    const off = await startProxy({ policyFor: () => policyOf({ '127.0.0.1': 'allow' }, { isSocksEnabled: false }) });
    expect((await ask(off, byAddress(LOOPBACK, echo))).reply).toBe(2);
    expect(off.decisions).toMatchObject([{ decision: 'blocked', reason: 'socks_disabled' }]);
    const limited = await startProxy({ policyFor: () => policyOf({ '127.0.0.1': 'allow' }, { mode: 'limited' }) });
    expect((await ask(limited, byAddress(LOOPBACK, echo))).reply).toBe(2);
    expect(limited.decisions).toMatchObject([{ decision: 'blocked', reason: 'method_not_allowed' }]);
  });

  it('is told why its host was not reached', async () => {
    const port = await closedPort();
    const proxy = await startProxy({
      policyFor: () => policyOf({ '127.0.0.1': 'allow', 'good.test': 'allow' }),
      resolve: async () => {
        throw new Error('no such host');
      },
    });
    expect((await ask(proxy, byAddress(LOOPBACK, port))).reply).toBe(5);
    expect((await ask(proxy, byName('good.test', 80))).reply).toBe(4);
  });

  it.each([
    ['offers only a password', [5, 1, 2], '\x05\xff'],
    ['offers nothing', [5, 0], '\x05\xff'],
    ['goes on with another version', [...GREETING, 4, 1, 0, 1, 0, 0, 0, 0, 0, 0], '\x05\x00'],
  ])('that %s is left', async (_, bytes, answer) => {
    const socket = await (await startProxy()).connect();
    socket.write(Buffer.from(bytes));
    expect(await readAll(socket)).toBe(answer);
  });

  it('that leaves while it is connected for leaves nothing behind', async () => {
    const behind = promised<net.Socket>();
    const port = await listen(net.createServer((socket) => behind.resolve(socket)));
    const proxy = await startProxy();
    const { socket } = await ask(proxy, byAddress(LOOPBACK, port));
    const server = await behind.promise;
    socket.resetAndDestroy();
    server.resume();
    if (!server.closed) await once(server, 'close').catch(() => {});
    expect(server.destroyed).toBe(true);
  });
});

describe('the bytes of SOCKS5', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from([5, ...all]));

  it('are read the same in whatever pieces they come', () => {
    fc.assert(
      fc.property(bytes, fc.nat(300), (all, cut) => {
        for (const read of [readGreeting, readRequest]) {
          const part = read(all.subarray(0, cut));
          // What was enough stays enough, and takes no bytes that were not there.
          if (part.kind !== 'more') expect(read(all).kind).toBe(part.kind);
          if (part.kind === 'read') expect(part.length).toBeLessThanOrEqual(Math.min(cut, all.length));
        }
      }),
    );
  });

  it('of a request are complete with 262 at the latest', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 262, maxLength: 300 }), (tail) => {
        expect(readRequest(Buffer.from([5, 1, 0, ...tail])).kind).not.toBe('more');
      }),
    );
  });
});
