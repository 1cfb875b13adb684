// Do requests to a model server go through the person's proxy, and only those that are meant to?

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { proxyFor } from '../../../src/core/agent/proxy-choice.ts';
import { loopbackCertificate, namedCertificate } from '../../support/loopback-certificate.ts';
import {
  collect,
  failureIn,
  KEY,
  openServers,
  providerAt,
  someRequest,
  textsOf,
} from '../../support/model-requests.ts';
import { say } from '../../support/model-server.ts';

const { serve, close } = openServers();
const ends: (() => void)[] = [];
const folder = mkdtempSync(path.join(tmpdir(), 'codex-proxy-'));
const authorities = path.join(folder, 'authorities.pem');
writeFileSync(authorities, namedCertificate.cert + loopbackCertificate.cert);

afterEach(async () => {
  for (const end of ends.splice(0)) end();
  await close();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Seen {
  readonly asked: string;
  readonly login: string | undefined;
  readonly key: string | undefined;
}

/** Leads every name to `server`, or refuses with a status. */
async function startProxy(server: string, refuses: number | null = null, isSecure = false) {
  const seen: Seen[] = [];
  const { port } = new URL(server);
  const note = ({ method, url, headers }: http.IncomingMessage): void =>
    void seen.push({
      asked: `${method} ${url}`,
      login: headers['proxy-authorization'],
      key: headers.authorization,
    });
  const sockets = new Set<net.Socket>();
  const proxy = isSecure ? https.createServer(loopbackCertificate) : http.createServer();
  proxy.on('connection', (socket: net.Socket) => void sockets.add(socket));
  proxy.on('request', (request: http.IncomingMessage, response: http.ServerResponse) => {
    note(request);
    if (refuses !== null) return void response.writeHead(refuses).end('the proxy says no');
    const { pathname } = new URL(request.url ?? '');
    const { method, headers } = request;
    const onward = http.request({ port, path: pathname, method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    request.pipe(onward);
  });
  proxy.on('connect', (request: http.IncomingMessage, socket: net.Socket) => {
    note(request);
    socket.on('error', () => {});
    if (refuses !== null) return void socket.end(`HTTP/1.1 ${refuses} No\r\n\r\n`);
    const onward = net.connect(Number(port), '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.pipe(socket);
      socket.pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    sockets.add(onward);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    proxy.close();
  });
  return { at: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, seen };
}

async function ask(url: string, env: Record<string, string>) {
  const provider = providerAt(url, { requestRetries: 0 }, { CODEX_EXTRA_CA: authorities, ...env });
  const signal = AbortSignal.timeout(10_000);
  return { provider, events: await collect(provider.respond(someRequest, signal)) };
}

describe('a request through a proxy', () => {
  it.each([false, true])(
    'over TLS is a tunnel that is kept, in which the proxy sees nothing (TLS to it: %s)',
    async (isSecure) => {
      const server = await serve(() => say('hello'), { tls: namedCertificate });
      const proxy = await startProxy(server.url, null, isSecure);
      const HTTPS_PROXY = `${isSecure ? 'https' : 'http'}://me:pass%20word@${proxy.at}/`;
      const { provider, events } = await ask('https://models.test/v1', { HTTPS_PROXY });
      expect(textsOf(events, 'text')).toBe('hello');
      await collect(provider.respond(someRequest, new AbortController().signal));
      expect(server.requests).toHaveLength(2);
      expect(server.requests[0]?.headers).toMatchObject({ host: 'models.test', authorization: `Bearer ${KEY}` });
      expect(server.requests[0]?.headers['proxy-authorization']).toBeUndefined();
      const login = `Basic ${Buffer.from('me:pass word').toString('base64')}`;
      expect(proxy.seen).toEqual([{ asked: 'CONNECT models.test:443', login, key: undefined }]);
    },
  );

  it('without TLS has the whole address', async () => {
    const server = await serve([say('hello')]);
    const proxy = await startProxy(server.url);
    const { events } = await ask('http://models.test:8000/v1', { http_proxy: proxy.at });
    expect(textsOf(events, 'text')).toBe('hello');
    expect(proxy.seen.map(({ asked }) => asked)).toEqual(['POST http://models.test:8000/v1/responses']);
    expect(server.requests[0]?.headers.host).toBe('models.test:8000');
  });

  it('trusts no other certificate than it would without', async () => {
    const server = await serve([say('hello')], { tls: namedCertificate });
    const proxy = await startProxy(server.url);
    const env = { HTTPS_PROXY: proxy.at, CODEX_EXTRA_CA: '' };
    expect(failureIn((await ask('https://models.test/v1', env)).events).problem.what).toContain('is not trusted');
    const other = await ask('https://other.test/v1', { HTTPS_PROXY: proxy.at });
    expect(failureIn(other.events).problem.what).toContain('is for another name');
    expect(server.requests).toHaveLength(0);
  });

  it.each(['http://models.test/v1', 'https://models.test/v1'])(
    'to %s that is refused, or finds no proxy, says so, and the password is not shown',
    async (url) => {
      const server = await serve([]);
      const refusing = await startProxy(server.url, 407);
      for (const at of [refusing.at, '127.0.0.1:1']) {
        const { problem } = failureIn((await ask(url, { ALL_PROXY: `http://me:secret-word@${at}` })).events);
        expect(problem.what).toContain('the proxy does not open one');
        expect(problem.next).toContain('NO_PROXY');
        expect(JSON.stringify(problem)).not.toContain('secret-word');
      }
    },
  );

  it.each(['socks5://127.0.0.1:1', 'http://', 'http://a b', 'http://me:%zz@host:1'])(
    'through what is no such proxy (%s) does not go past it',
    async (HTTPS_PROXY) => {
      const { problem } = failureIn((await ask('https://models.test/v1', { HTTPS_PROXY })).events);
      expect(problem.why).toContain('The proxy in HTTPS_PROXY: It has to be like http://');
    },
  );

  it('is none to a server of this machine', async () => {
    const server = await serve([say('hello')]);
    const proxy = await startProxy(server.url, 500);
    expect(textsOf((await ask(server.url, { ALL_PROXY: proxy.at })).events, 'text')).toBe('hello');
    expect(proxy.seen).toEqual([]);
  });

  it('ends with the turn, also while the proxy says nothing', async () => {
    const silent = net.createServer();
    const sockets: net.Socket[] = [];
    silent.on('connection', (socket) => void sockets.push(socket));
    silent.listen(0, '127.0.0.1');
    await once(silent, 'listening');
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
      silent.close();
    });
    const abort = new AbortController();
    const provider = providerAt(
      'https://models.test/v1',
      {},
      { ALL_PROXY: `127.0.0.1:${(silent.address() as AddressInfo).port}` },
    );
    const events = collect(provider.respond(someRequest, abort.signal));
    await once(silent, 'connection');
    const closed = sockets.map((socket) => once(socket.resume(), 'close'));
    abort.abort();
    expect(await events).toEqual([]);
    await Promise.all(closed);
  });
});

describe('the proxy of a request', () => {
  const choose = (url: string, env: Record<string, string>) => proxyFor(new URL(url), env)?.url ?? null;

  it('is the one for its protocol, in small letters before large ones, else the one for all', () => {
    const env = { HTTPS_PROXY: 'http://a:1', https_proxy: 'http://b:2', HTTP_PROXY: 'c:3', ALL_PROXY: 'http://d:4/' };
    expect(choose('https://x.test', env)).toBe('http://b:2');
    expect(choose('http://x.test', env)).toBe('http://c:3');
    expect(choose('http://x.test', { ...env, HTTP_PROXY: ' ' })).toBe('http://d:4');
    expect(choose('http://x.test', {})).toBe(null);
    expect(proxyFor(new URL('http://x.test'), { ALL_PROXY: 'HTTPS://me:pw@p.test' })).toEqual({
      variable: 'ALL_PROXY',
      url: 'http://me:pw@p.test:443',
      isSecure: true,
    });
  });

  it('is none for what NO_PROXY names also where no_proxy is empty', () => {
    expect(choose('http://x.test', { ALL_PROXY: 'http://p:1', no_proxy: '', NO_PROXY: 'x.test' })).toBe(null);
  });

  it.each([
    ['*', 'https://x.test', true],
    ['x.test', 'https://x.test', true],
    ['X.test', 'https://x.test', true],
    ['x.test', 'https://a.x.test', true],
    ['.x.test', 'https://a.x.test', true],
    ['*.x.test', 'https://a.x.test', true],
    ['x.test', 'https://ax.test', false],
    ['a, b x.test', 'https://x.test', true],
    ['x.test:8443', 'https://x.test:8443', true],
    ['x.test:8443', 'https://x.test', false],
    ['x.test:443', 'https://x.test', true],
    ['10.1.2.3', 'http://10.1.2.3', true],
    ['10.0.0.0/8', 'http://10.1.2.3', true],
    ['10.0.0.0/16', 'http://10.1.2.3', false],
    ['10.0.0.0/99', 'http://10.1.2.3', false],
    ['fd00::/8', 'http://[fd00::1]:80', true],
    ['[fd00::1]:80', 'http://[fd00::1]', true],
    ['fd00::1', 'http://[fd00::1]', true],
    ['3', 'http://10.1.2.3', false],
    ['', 'https://x.test', false],
    [',', 'https://x.test', false],
    ['', 'http://localhost:1', true],
    ['', 'http://127.0.0.9:1', true],
    ['', 'http://[::1]:1', true],
    ['', 'http://127.example', false],
  ])('is none with NO_PROXY=%s for %s: %s', (NO_PROXY, url, isNone) => {
    expect(choose(url, { ALL_PROXY: 'http://p:1', NO_PROXY }) === null).toBe(isNone);
  });
});
