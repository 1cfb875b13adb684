import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import type { Transport } from '../../../src/exec/client/transport.ts';
import { webSocketTransport } from '../../../src/exec/client/websocket.ts';
import { problemOf, unwrap } from './listening.ts';

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const NEVER = new AbortController().signal;
const TOKEN = 'secret-token-1';

/** Tells what is heard. */
function ear() {
  const messages: string[] = [];
  let tellEnd: (why: string) => void = () => {};
  const ended = new Promise<string>((resolve) => {
    tellEnd = resolve;
  });
  let wake: () => void = () => {};
  return {
    messages,
    ended,
    listener: {
      message(text: string) {
        messages.push(text);
        wake();
      },
      ended: (why: string) => tellEnd(why),
    },
    async message(): Promise<string> {
      while (messages.length === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      return messages.shift() ?? '';
    },
  };
}

async function listenOn(server: Server, where: number | string): Promise<string> {
  server.listen(typeof where === 'number' ? { port: where, host: '127.0.0.1' } : { path: where });
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return typeof where === 'string' ? `unix://${where}` : `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The lengths of the frames that a client sent. */
function frameLengths(sent: Buffer): number[] {
  const lengths: number[] = [];
  for (let at = 0; at < sent.length; ) {
    const short = (sent[at + 1] ?? 0) & 0x7f;
    const more = short === 126 ? 2 : short === 127 ? 8 : 0;
    const length = more === 0 ? short : more === 2 ? sent.readUInt16BE(at + 2) : Number(sent.readBigUInt64BE(at + 2));
    lengths.push(length);
    // Two bytes, the longer length, and the mask.
    at += 2 + more + 4 + length;
  }
  return lengths;
}

/** Gives back what it gets, and tells what it was asked with. */
async function echoServer(where: number | string = 0) {
  const server = createServer();
  const sockets = new WebSocketServer({ server, maxPayload: 64 << 20, perMessageDeflate: true });
  const requests: IncomingMessage[] = [];
  const sent: Buffer[] = [];
  sockets.on('connection', (socket, request) => {
    requests.push(request);
    request.socket.on('data', (bytes: Buffer) => sent.push(bytes));
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    closers.push(() => socket.terminate());
    if (request.url === '/close') socket.close(4000, `no \x1b[31m${TOKEN}`);
  });
  return { url: await listenOn(server, where), requests, sent };
}

const open = (url: string, token: string | null = null, connectMs = 5000) =>
  webSocketTransport({ url, token, connectMs });

describe('a connection by URL', () => {
  it('carries the token in its header alone, and negotiates no compression', async () => {
    const { url, requests } = await echoServer();
    const { listener, message } = ear();
    const transport = unwrap(await open(`${url}/?q=1`, TOKEN)(listener, NEVER));
    transport.send('{"é":1}');
    expect(await message()).toBe('{"é":1}');
    expect(requests[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
    expect(requests[0]?.headers['sec-websocket-extensions']).toBeUndefined();
    expect(requests[0]?.headers.origin).toBeUndefined();
    expect(requests[0]?.url).toBe('/?q=1');
    await transport.close();
  });

  it('goes over a socket of this machine, whose name may hold a space', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'client socket '));
    closers.push(() => rmSync(folder, { recursive: true }));
    const { url } = await echoServer(join(folder, 's'));
    const { listener, message } = ear();
    const transport: Transport = unwrap(await open(url)(listener, NEVER));
    transport.send('x');
    expect(await message()).toBe('x');
    await transport.close();
  });

  it('takes a message over 16 MiB, in frames that no server refuses', async () => {
    const { url, sent } = await echoServer();
    const { listener, message } = ear();
    const transport = unwrap(await open(url)(listener, NEVER));
    const text = 'é'.repeat(12 << 20);
    transport.send(text);
    transport.send('after');
    expect((await message()) === text).toBe(true);
    expect(await message()).toBe('after');
    expect(transport.receivedBytes()).toBeGreaterThan(24 << 20);
    expect(frameLengths(Buffer.concat(sent))).toEqual([8 << 20, 8 << 20, 8 << 20, 5]);
    await transport.close();
  });

  it('is not read while it is paused', async () => {
    const { url } = await echoServer();
    const { listener, message, messages } = ear();
    const transport = unwrap(await open(url)(listener, NEVER));
    transport.pause();
    transport.send('x');
    // An echo of another connection comes later than ours would.
    const other = ear();
    const second = unwrap(await open(url)(other.listener, NEVER));
    second.send('y');
    await other.message();
    expect(messages).toEqual([]);
    transport.resume();
    expect(await message()).toBe('x');
    await Promise.all([transport.close(), second.close()]);
  });

  it('tells why it was closed, without the token and without what acts on a terminal', async () => {
    const { url } = await echoServer();
    const { listener, ended } = ear();
    unwrap(await open(`${url}/close`, TOKEN)(listener, NEVER));
    expect(await ended).toBe(`${url}/close: closed with 4000 no …`);
  });
});

describe('a server that cannot be connected to', () => {
  it('is told of with its status and its words, never with the token', async () => {
    const server = createServer();
    server.on('upgrade', (_request, socket) => {
      socket.end(
        `HTTP/1.1 401 Unauthorized\r\ncontent-length: 46\r\n\r\ninvalid websocket bearer token secret-token-1\n`,
      );
    });
    const url = await listenOn(server, 0);
    const problem = problemOf(await open(`${url.replace('//', '//me:pw@')}/?key=k`, TOKEN)(ear().listener, NEVER));
    expect(problem).toBe(`cannot connect to ${url}: the server answered 401: invalid websocket bearer token …`);
  });

  it('is given up when it does not answer in time', async () => {
    const server = createTcpServer((socket) => closers.push(() => socket.destroy()));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const problem = problemOf(await open(url, null, 30)(ear().listener, NEVER));
    expect(problem).toBe(`cannot connect to ${url}: no answer within 0.03s`);
    const cancelled = new AbortController();
    const opening = open(url)(ear().listener, cancelled.signal);
    server.once('connection', () => cancelled.abort());
    expect(problemOf(await opening)).toBe(`cannot connect to ${url}: cancelled`);
  });

  it('is told of when nobody listens, and when the URL is none', async () => {
    expect(problemOf(await open('ws://127.0.0.1:1')(ear().listener, NEVER))).toMatch(/ECONNREFUSED/);
    expect(problemOf(await open('not a url', TOKEN)(ear().listener, NEVER))).toMatch(
      /^cannot connect to the given URL: /,
    );
    expect(problemOf(await open('ws://127.0.0.1:1', 'two\nlines')(ear().listener, NEVER))).not.toMatch(/two|lines/);
  });
});
