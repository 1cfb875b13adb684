// A proxy on loopback for tests, clients that speak to it byte by byte, and servers behind it. All of it real sockets.

import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { onTestFinished } from 'vitest';
import {
  type DecisionRecord,
  type DomainAccess,
  type DomainPolicy,
  type NetworkPolicy,
  type NetworkProxyOptions,
  openNetworkProxy,
  parseDomainPolicy,
} from '../../../src/core/network/index.ts';

export function domains(table: Record<string, DomainAccess>): DomainPolicy {
  const parsed = parseDomainPolicy(Object.entries(table));
  if (!parsed.ok) throw new Error(parsed.problem.what);
  return parsed.value;
}

export function policyOf(table: Record<string, DomainAccess>, more: Partial<NetworkPolicy> = {}): NetworkPolicy {
  return { domains: domains(table), mode: 'full', isSocksEnabled: true, upstream: null, ...more };
}

export interface Proxied {
  readonly port: number;
  readonly decisions: DecisionRecord<string>[];
  /** The proxy's ends of the clients' connections. */
  readonly accepted: net.Socket[];
  close(): Promise<void>;
  connect(): Promise<net.Socket>;
}

/** A proxy that serves every connection as the client `pane 1`. A defect fails the test. */
export async function startProxy(options: Partial<NetworkProxyOptions<string>> = {}): Promise<Proxied> {
  const decisions: DecisionRecord<string>[] = [];
  const defects: unknown[] = [];
  const proxy = openNetworkProxy<string>({
    policyFor: () => policyOf({ '127.0.0.1': 'allow' }),
    onDecision: (record) => decisions.push(record),
    onDefect: (error) => defects.push(error),
    resolve: async (host) => {
      throw new Error(`nobody may look up ${host}`);
    },
    ...options,
  });
  const accepted: net.Socket[] = [];
  const listener = net.createServer((socket) => {
    accepted.push(socket);
    proxy.serve(socket, 'pane 1');
  });
  const port = await listen(listener);
  const close = () => proxy.close();
  onTestFinished(async () => {
    await close();
    if (defects.length > 0) throw new Error('the proxy has a defect', { cause: defects[0] });
  });
  return { port, decisions, accepted, close, connect: () => connectTo(port) };
}

/** Listens on loopback until the test is over, and gives the port. */
export async function listen(server: net.Server): Promise<number> {
  const open = new Set<net.Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => {}).once('close', () => open.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

export async function connectTo(port: number): Promise<net.Socket> {
  const socket = net.connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  // A reset is something to see in what was read, not something that ends the test.
  socket.on('error', () => {});
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** A port of loopback on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = net.createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return address === null || typeof address === 'string' ? 0 : address.port;
}

/** What a server saw of a request, and its body. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly string[];
  readonly body: string;
}

/** An HTTP server that remembers its requests and answers each with `answer`, by default the word `hello`. */
export async function startOrigin(
  answer: (request: http.IncomingMessage, response: http.ServerResponse) => void = (_, response) => {
    response.end('hello');
  },
): Promise<{ readonly port: number; readonly seen: Seen[]; readonly server: http.Server }> {
  const seen: Seen[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', rawHeaders } = request;
      seen.push({ method, url, headers: rawHeaders, body: Buffer.concat(chunks).toString() });
      answer(request, response);
    });
  });
  return { port: await listen(server), seen, server };
}

/** A server that gives back what it gets, and ends when its client does. */
export async function startEcho(): Promise<number> {
  return listen(net.createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)));
}

/** Everything until the other side ends. */
export async function readAll(socket: net.Socket): Promise<string> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve) => socket.once('end', () => resolve()).once('close', () => resolve()));
  // It may have been read up to here, and stopped.
  socket.resume();
  await ended;
  return Buffer.concat(chunks).toString('latin1');
}

/** What comes until it ends with, or contains, `until`. Fails when the other side ends before. */
export function readUntil(socket: net.Socket, until: string | ((bytes: Buffer) => boolean)): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const isEnough = typeof until === 'string' ? (all: Buffer) => all.includes(until) : until;
    const fail = () => reject(new Error(`ended after ${JSON.stringify(bytes.toString('latin1'))}`));
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      if (!isEnough(bytes)) return;
      socket.off('data', take).off('close', fail).off('end', fail);
      socket.pause();
      resolve(bytes);
    };
    socket.on('data', take).once('close', fail).once('end', fail);
    socket.resume();
  });
}

/** Sends the bytes on a connection of its own and reads everything that comes back. */
export async function talk(proxy: Proxied, bytes: string): Promise<string> {
  const socket = await proxy.connect();
  socket.end(Buffer.from(bytes, 'latin1'));
  return readAll(socket);
}

/** The JSON body of an answer. */
export function bodyOf(answer: string): unknown {
  return JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4));
}

/** Opens a tunnel and gives the socket behind the answer. */
export async function tunnelTo(proxy: Proxied, target: string): Promise<net.Socket> {
  const socket = await proxy.connect();
  socket.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
  const answer = await readUntil(socket, '\r\n\r\n');
  if (!answer.toString().startsWith('HTTP/1.1 200 ')) throw new Error(answer.toString());
  return socket;
}

/** A promise that somebody else keeps. */
export function promised<T = void>(): { readonly promise: Promise<T>; readonly resolve: (value: T) => void } {
  let keep: (value: T) => void = () => {};
  const promise = new Promise<T>((resolve) => {
    keep = resolve;
  });
  return { promise, resolve: (value) => keep(value) };
}
