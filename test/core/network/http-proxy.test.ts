import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { parseHostGrant, withGrant } from '../../../src/core/network/index.ts';
import {
  bodyOf,
  closedPort,
  connectTo,
  listen,
  type Proxied,
  policyOf,
  promised,
  readAll,
  readUntil,
  startEcho,
  startOrigin,
  startProxy,
  talk,
  tunnelTo,
} from './proxied.ts';

/** A request that ends its connection. */
function get(url: string, more = '', method = 'GET'): string {
  return `${method} ${url} HTTP/1.1\r\nHost: x.test\r\nConnection: close\r\n${more}\r\n`;
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1]);
}

function pairs(raw: readonly string[]): string[] {
  return raw.flatMap((text, i) => (i % 2 === 0 ? [`${text}: ${raw[i + 1]}`] : []));
}

describe('a plain request', () => {
  it('goes on in origin form, with the host that was judged and without what was meant for the proxy', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy();
    const answer = await talk(
      proxy,
      `POST http://127.0.0.1:${origin.port}/a/b?c=d HTTP/1.1\r\nHost: other.test\r\nX-One: 1\r\n` +
        'Proxy-Authorization: Basic eDp5\r\nProxy-Connection: keep-alive\r\nTE: trailers\r\nTrailer: X-Sum\r\n' +
        'Connection: close, X-Private, Content-Length\r\nX-Private: 1\r\nKeep-Alive: timeout=5\r\nContent-Length: 4\r\n\r\nbody',
    );
    expect(statusOf(answer)).toBe(200);
    expect(answer).toMatch(/\r\n\r\nhello$/);
    expect(origin.seen).toHaveLength(1);
    expect(origin.seen[0]).toMatchObject({ method: 'POST', url: '/a/b?c=d', body: 'body' });
    expect(pairs(origin.seen[0]?.headers ?? [])).toEqual([
      `Host: 127.0.0.1:${origin.port}`,
      'X-One: 1',
      'Content-Length: 4',
      'Connection: close',
    ]);
    expect(proxy.decisions).toMatchObject([
      { client: 'pane 1', host: '127.0.0.1', port: origin.port, protocol: 'http', decision: 'allowed' },
    ]);
    expect(Math.abs((proxy.decisions[0]?.at ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  it('comes back with the server’s own status and headers, each of them', async () => {
    const origin = await startOrigin((_, response) => {
      response.writeHead(418, 'Short and stout', [
        ...['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'Connection', 'close, X-Hop', 'X-Hop', '1'],
        ...['Content-Length', '2'],
      ]);
      response.end('ok');
    });
    const answer = await talk(await startProxy(), get(`http://127.0.0.1:${origin.port}`));
    expect(answer).toContain(
      'HTTP/1.1 418 Short and stout\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n',
    );
    expect(answer).not.toContain('X-Hop');
    expect(answer).toMatch(/\r\n\r\nok$/);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('without a body of its answer (%s, %i) leaves the connection for the next one', async (method, status) => {
    const origin = await startOrigin((request, response) => {
      response.writeHead(request.url === '/none' ? status : 200, { 'X-Url': request.url });
      response.end(request.url === '/none' && method !== 'HEAD' ? undefined : 'hello');
    });
    const url = `http://127.0.0.1:${origin.port}`;
    const answer = await talk(
      await startProxy(),
      `${method} ${url}/none HTTP/1.1\r\nHost: x\r\n\r\n${get(`${url}/next`)}`,
    );
    expect(answer).toMatch(/X-Url: \/none\r\n[\s\S]*?\r\n\r\nHTTP\/1\.1 200 OK\r\nX-Url: \/next/);
  });

  it('keeps chunks as chunks, and its answer too', async () => {
    const origin = await startOrigin((request, response) => {
      response.write('one ');
      response.end(request.headers['transfer-encoding']);
    });
    const answer = await talk(
      await startProxy(),
      get(`http://127.0.0.1:${origin.port}/`, 'Transfer-Encoding: chunked\r\n', 'PUT') +
        '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
    );
    expect(origin.seen[0]?.body).toBe('abcde');
    expect(answer).toContain('4\r\none \r\n');
    expect(answer).toMatch(/7\r\nchunked\r\n0\r\n\r\n$/);
  });

  it('is told to continue by the proxy itself', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.write(get(`http://127.0.0.1:${origin.port}/`, 'Expect: 100-continue\r\nContent-Length: 4\r\n', 'POST'));
    expect((await readUntil(socket, '\r\n\r\n')).toString()).toBe('HTTP/1.1 100 Continue\r\n\r\n');
    socket.write('late');
    expect(statusOf(await readAll(socket))).toBe(200);
    expect(origin.seen[0]?.body).toBe('late');
  });

  it('of a client that has finished sending is still answered', async () => {
    const release = promised<void>();
    const origin = await startOrigin(async (_, response) => {
      await release.promise;
      response.end('patience');
    });
    const proxy = await startProxy();
    const socket = await proxy.connect();
    const all = readAll(socket);
    socket.end(`GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    const [accepted] = proxy.accepted;
    if (accepted !== undefined && !accepted.readableEnded) await once(accepted, 'end');
    release.resolve();
    expect(await all).toContain('patience');
  });

  it('whose client leaves lets go of the server', async () => {
    const asked = promised<net.Socket>();
    const origin = await startOrigin((request) => asked.resolve(request.socket));
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.write(get(`http://127.0.0.1:${origin.port}/`));
    const behind = await asked.promise;
    socket.resetAndDestroy();
    if (!behind.destroyed) await once(behind, 'close');
    expect(behind.destroyed).toBe(true);
  });

  it.each(['', 'Content-Length: 100\r\n'])('that is cut short does not look complete (%j)', async (framing) => {
    const port = await listen(
      net.createServer((socket) => {
        socket.once('data', () => {
          const chunked = framing === '' ? 'Transfer-Encoding: chunked\r\n' : framing;
          socket.write(`HTTP/1.1 200 OK\r\n${chunked}\r\n${framing === '' ? '4\r\npart\r\n' : 'part'}`);
          socket.end();
        });
      }),
    );
    const proxy = await startProxy();
    const request = http.get({ host: '127.0.0.1', port: proxy.port, path: `http://127.0.0.1:${port}/`, agent: false });
    const [response] = (await once(request, 'response')) as [http.IncomingMessage];
    const chunks: Buffer[] = [];
    response.on('data', (chunk: Buffer) => chunks.push(chunk));
    const [error] = (await once(response, 'error')) as [Error];
    expect(Buffer.concat(chunks).toString()).toBe('part');
    expect(error.message).toBe('aborted');
    expect(response.complete).toBe(false);
  });
});

describe('the phrase of an answer', () => {
  it('loses what cannot be said', async () => {
    const bytes = 'HTTP/1.1 200 O\x01K \xe9\r\nContent-Length: 0\r\n\r\n';
    const port = await listen(net.createServer((socket) => socket.once('data', () => socket.end(bytes, 'latin1'))));
    expect(await talk(await startProxy(), get(`http://127.0.0.1:${port}/`))).toMatch(/^HTTP\/1\.1 200 OK \xe9\r\n/);
  });
});

describe('one connection', () => {
  it('is judged again with each request', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.write(`GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    await readUntil(socket, 'hello');
    socket.write(`GET http://other.test/ HTTP/1.1\r\nHost: 127.0.0.1:${origin.port}\r\n\r\n`);
    const second = (await readUntil(socket, '}')).toString();
    expect(statusOf(second)).toBe(403);
    socket.write(get(`http://127.0.0.1:${origin.port}/again`));
    expect(await readAll(socket)).toContain('hello');
    expect(proxy.decisions.map(({ host, decision }) => [host, decision])).toEqual([
      ['127.0.0.1', 'allowed'],
      ['other.test', 'blocked'],
      ['127.0.0.1', 'allowed'],
    ]);
    expect(origin.seen.map(({ url }) => url)).toEqual(['/', '/again']);
  });

  it('answers what was sent ahead in its order, one server at a time', async () => {
    let open = 0;
    let most = 0;
    const origin = await startOrigin((request, response) => {
      open++;
      most = Math.max(most, open);
      // Answered in a later turn of the loop: were they sent on at once, they would overlap.
      setImmediate(() => {
        open--;
        response.end(`<${request.url}>`);
      });
    });
    const urls = Array.from({ length: 20 }, (_, i) => `/${i}`);
    const requests = urls.map((url) => `GET http://127.0.0.1:${origin.port}${url} HTTP/1.1\r\nHost: x\r\n\r\n`);
    const blocked = 'GET http://blocked.test/ HTTP/1.1\r\nHost: x\r\n\r\n';
    const answer = await talk(
      await startProxy(),
      [...requests, blocked, get(`http://127.0.0.1:${origin.port}/last`)].join(''),
    );
    expect(answer.match(/<\/\w+>|HTTP\/1\.1 403/g)).toEqual([
      ...urls.map((url) => `<${url}>`),
      'HTTP/1.1 403',
      '</last>',
    ]);
    expect(most).toBe(1);
  });

  it('gains from a grant with its next request', async () => {
    const origin = await startOrigin();
    let policy = policyOf({});
    const proxy = await startProxy({ policyFor: () => policy });
    const socket = await proxy.connect();
    const request = `GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`;
    socket.write(request);
    expect(bodyOf((await readUntil(socket, '}\n')).toString())).toMatchObject({ reason: 'not_allowed_local' });
    const grant = parseHostGrant(`127.0.0.1:${origin.port}`);
    if (grant.ok) policy = { ...policy, domains: withGrant(policy.domains, grant.value) };
    socket.write(request);
    expect((await readUntil(socket, 'hello')).toString()).toContain('200 OK');
  });
});

describe('what is blocked', () => {
  it('is answered with the published body', async () => {
    const proxy = await startProxy({ policyFor: () => policyOf({ '*.a.test': 'allow', 'b.a.test': 'deny' }) });
    const answer = await talk(proxy, get('http://Bücher.a.test.:8080/x'.replace('ü', '%fc')));
    expect(statusOf(answer)).toBe(400);
    const notListed = await talk(proxy, get('http://A.test.:8080/x'));
    expect(statusOf(notListed)).toBe(403);
    expect(notListed).toContain('\r\nx-proxy-error: blocked-by-allowlist\r\n');
    expect(notListed).toContain('\r\ncontent-type: application/json\r\n');
    expect(bodyOf(notListed)).toEqual({
      status: 'blocked',
      host: 'a.test',
      reason: 'not_allowed',
      decision: 'deny',
      source: 'baseline_policy',
      protocol: 'http',
      port: 8080,
      message: expect.stringContaining('a.test:8080'),
    });
    const denied = await talk(proxy, get('http://b.a.test/'));
    expect(denied).toContain('\r\nx-proxy-error: blocked-by-denylist\r\n');
    expect(bodyOf(denied)).toMatchObject({ reason: 'denied', host: 'b.a.test', port: 80 });
    expect(proxy.decisions.map(({ decision, reason }) => [decision, reason])).toEqual([
      ['blocked', 'not_allowed'],
      ['blocked', 'denied'],
    ]);
  });

  it('may send its body without harm', async () => {
    const proxy = await startProxy();
    const body = 'x'.repeat(300_000);
    const answer = await talk(
      proxy,
      `POST http://no.test/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}${get('http://no.test/2')}`,
    );
    expect(answer.match(/HTTP\/1\.1 403/g)).toHaveLength(2);
  });

  it('is everything but reading in the limited mode', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy({ policyFor: () => policyOf({ '127.0.0.1': 'allow' }, { mode: 'limited' }) });
    const url = `http://127.0.0.1:${origin.port}/`;
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      expect(statusOf(await talk(proxy, get(url, '', method)))).toBe(200);
    }
    const post = await talk(proxy, get(url, 'Content-Length: 0\r\n', 'POST'));
    expect(post).toContain('\r\nx-proxy-error: blocked-by-method-policy\r\n');
    expect(bodyOf(post)).toMatchObject({ reason: 'method_not_allowed', source: 'mode_guard' });
    const tunnel = await talk(proxy, `CONNECT 127.0.0.1:${origin.port} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(bodyOf(tunnel)).toMatchObject({ reason: 'method_not_allowed', protocol: 'https' });
    const socket = await talk(proxy, get(url, 'Upgrade: websocket\r\nConnection: upgrade\r\n'));
    expect(bodyOf(socket)).toMatchObject({ reason: 'method_not_allowed' });
    expect(origin.seen.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'OPTIONS']);
  });
});

describe('the address behind a name', () => {
  it('is looked up once, judged, and the very one connected to', async () => {
    const origin = await startOrigin();
    const answers = [['93.184.216.34', '2606:2800:220:1::1'], ['127.0.0.1']];
    const looked: string[] = [];
    const dialled: [string, number][] = [];
    const proxy = await startProxy({
      policyFor: () => policyOf({ 'a.test': 'allow' }),
      resolve: async (host) => {
        looked.push(host);
        return answers[looked.length - 1] ?? [];
      },
      // The address is in another network: what is dialled in its place is on loopback.
      dial: (address, port) => {
        dialled.push([address, port]);
        return net.connect({ host: '127.0.0.1', port: address.includes(':') ? origin.port : 1, allowHalfOpen: true });
      },
    });
    expect(await talk(proxy, get('http://A.test:8080/'))).toContain('hello');
    expect(looked).toEqual(['a.test']);
    expect(dialled).toEqual([
      ['93.184.216.34', 8080],
      ['2606:2800:220:1::1', 8080],
    ]);
    expect(pairs(origin.seen[0]?.headers ?? [])).toContain('Host: a.test:8080');
    // The second answer leads to loopback.
    expect(bodyOf(await talk(proxy, get('http://a.test:8080/')))).toMatchObject({ reason: 'not_allowed_local' });
    expect(dialled).toHaveLength(2);
  });

  it('is never what the resolver calls an address and is none', async () => {
    const proxy = await startProxy({
      policyFor: () => policyOf({ '*': 'allow' }),
      resolve: async () => ['inner.test'],
    });
    expect(bodyOf(await talk(proxy, get('http://a.test/')))).toMatchObject({ status: 'failed', reason: 'unresolved' });
  });

  it('is looked up for two hosts at a time, and once for equal ones', async () => {
    const looked: string[] = [];
    const waiting: (() => void)[] = [];
    const second = promised<void>();
    const proxy = await startProxy({
      policyFor: () => policyOf({ '*': 'allow' }),
      resolve: (host) => {
        looked.push(host);
        if (looked.length === 2) second.resolve();
        return new Promise((resolve) => waiting.push(() => resolve([])));
      },
    });
    const hosts = ['a.test', 'a.test', 'b.test', 'c.test', 'd.test', 'b.test'];
    const answers = Promise.all(hosts.map((host) => talk(proxy, get(`http://${host}/`))));
    await second.promise;
    let most = 0;
    let isAnswered = false;
    void answers.then(() => {
      isAnswered = true;
    });
    while (!isAnswered) {
      most = Math.max(most, waiting.length);
      waiting.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await answers).map(statusOf)).toEqual(hosts.map(() => 502));
    expect(most).toBe(2);
    expect(new Set(looked)).toEqual(new Set(hosts));
  });
});

describe('what cannot be reached', () => {
  it('is said so, for requests and for tunnels', async () => {
    const port = await closedPort();
    const proxy = await startProxy();
    const plain = await talk(proxy, get(`http://127.0.0.1:${port}/`));
    expect(statusOf(plain)).toBe(502);
    expect(bodyOf(plain)).toEqual({
      status: 'failed',
      host: '127.0.0.1',
      reason: 'refused',
      protocol: 'http',
      port,
      message: `codex could not reach 127.0.0.1:${port}: the connection was refused.`,
    });
    const tunnel = await talk(proxy, `CONNECT 127.0.0.1:${port} HTTP/1.1\r\n\r\n`);
    expect(statusOf(tunnel)).toBe(502);
    expect(bodyOf(tunnel)).toMatchObject({ reason: 'refused', protocol: 'https' });
  });

  it.each([
    ['nonsense\r\n\r\n'],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n'],
    ['HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'],
    ['HTTP/1.1 099 Odd\r\n\r\n'],
    ['HTTP/1.1 200 OK\r\nX-A: \x01\r\nContent-Length: 0\r\n\r\n'],
    ['HTTP/1.1 200 OK\r\nX-A: a\x7fb\r\nContent-Length: 0\r\n\r\n'],
    ['HTTP/1.1 200 OK\r\nX A: a\r\nContent-Length: 0\r\n\r\n'],
    [''],
  ])('or answers nonsense is an answer of its own: %j', async (bytes) => {
    const port = await listen(net.createServer((socket) => socket.once('data', () => socket.end(bytes, 'latin1'))));
    const answer = await talk(await startProxy(), get(`http://127.0.0.1:${port}/`));
    expect(statusOf(answer)).toBe(502);
    expect(bodyOf(answer)).toMatchObject({ status: 'failed', reason: 'unreachable' });
  });

  it('is given up after a time', async () => {
    const never = new net.Socket();
    const proxy = await startProxy({ dial: () => never, limits: { connectMs: 30 } });
    expect(bodyOf(await talk(proxy, get('http://127.0.0.1:9/')))).toMatchObject({ reason: 'timed_out' });
    expect(never.destroyed).toBe(true);
  });

  it('is given up when its client leaves', async () => {
    const never = new net.Socket();
    const dialled = promised<void>();
    const proxy = await startProxy({
      dial: () => {
        dialled.resolve();
        return never;
      },
    });
    const socket = await proxy.connect();
    socket.write('CONNECT 127.0.0.1:9 HTTP/1.1\r\n\r\n');
    await dialled.promise;
    await proxy.close();
    if (!never.closed) await once(never, 'close');
    expect(never.destroyed).toBe(true);
  });
});

describe('a tunnel', () => {
  it('carries bytes both ways, those sent ahead too, and the end of each side', async () => {
    const echo = await startEcho();
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.write(`CONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: x\r\n\r\nahead `);
    const answer = (await readUntil(socket, 'ahead ')).toString();
    expect(answer).toBe('HTTP/1.1 200 Connection established\r\n\r\nahead ');
    socket.end('and the rest');
    expect(await readAll(socket)).toBe('and the rest');
    expect(proxy.decisions).toMatchObject([{ protocol: 'https', decision: 'allowed', port: echo }]);
  });

  it('breaks on one side when it breaks on the other', async () => {
    const behind = promised<net.Socket>();
    const port = await listen(net.createServer((socket) => behind.resolve(socket)));
    const proxy = await startProxy();
    const socket = await tunnelTo(proxy, `127.0.0.1:${port}`);
    const broken = once(socket, 'error');
    socket.resume();
    (await behind.promise).resetAndDestroy();
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
  });

  it('can be opened on a connection that served requests before', async () => {
    const origin = await startOrigin();
    const echo = await startEcho();
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.write(`GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    await readUntil(socket, 'hello');
    socket.write(`CONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await readUntil(socket, '\r\n\r\n');
    socket.end('through');
    expect(await readAll(socket)).toBe('through');
  });
});

describe('an upgrade', () => {
  async function websocketServer(): Promise<{ port: number; heads: string[][] }> {
    const heads: string[][] = [];
    const server = http.createServer((_, response) => response.end('plain'));
    server.on('upgrade', (request, socket) => {
      heads.push(pairs(request.rawHeaders));
      if (request.url === '/no') {
        socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
        return;
      }
      socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: k\r\n\r\nfirst ',
      );
      socket.pipe(socket);
    });
    return { port: await listen(server), heads };
  }

  const wish =
    'Connection: keep-alive, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: abc\r\nSec-WebSocket-Version: 13\r\n';

  it('to a websocket goes through, and both sides talk', async () => {
    const { port, heads } = await websocketServer();
    const proxy = await startProxy();
    const socket = await proxy.connect();
    socket.write(`GET http://127.0.0.1:${port}/chat HTTP/1.1\r\nHost: other.test\r\n${wish}\r\n`);
    const answer = (await readUntil(socket, 'first ')).toString();
    expect(answer).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: k\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nfirst ',
    );
    expect(heads[0]).toEqual([
      `Host: 127.0.0.1:${port}`,
      'Sec-WebSocket-Key: abc',
      'Sec-WebSocket-Version: 13',
      'Connection: Upgrade',
      'Upgrade: websocket',
    ]);
    socket.end(Buffer.from('\x81\x02hi', 'latin1'));
    expect(await readAll(socket)).toBe('\x81\x02hi');
  });

  it('that the server refuses gives its answer', async () => {
    const { port } = await websocketServer();
    const answer = await talk(await startProxy(), `GET http://127.0.0.1:${port}/no HTTP/1.1\r\nHost: x\r\n${wish}\r\n`);
    expect(answer).toBe('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno');
  });

  it('that is not allowed is blocked', async () => {
    const proxy = await startProxy();
    const answer = await talk(proxy, `GET http://no.test/ HTTP/1.1\r\nHost: x\r\n${wish}\r\n`);
    expect(bodyOf(answer)).toMatchObject({ status: 'blocked', reason: 'not_allowed' });
  });

  it('to anything else is served without it, with its body, and the next request too', async () => {
    const origin = await startOrigin();
    const url = `http://127.0.0.1:${origin.port}`;
    const answer = await talk(
      await startProxy(),
      `POST ${url}/h2c HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n` +
        `HTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 4\r\n\r\nbody${get(`${url}/next`)}`,
    );
    expect(answer.match(/HTTP\/1\.1 200/g)).toHaveLength(2);
    expect(origin.seen.map(({ url: asked, body }) => [asked, body])).toEqual([
      ['/h2c', 'body'],
      ['/next', ''],
    ]);
    expect(pairs(origin.seen[0]?.headers ?? []).join()).not.toMatch(/upgrade|http2-settings/i);
  });
});

describe('the proxy behind ours', () => {
  /** A proxy of somebody else: answers CONNECT by connecting to `to`, whatever was asked for. */
  async function otherProxy(to: number, status = 200): Promise<{ port: number; heads: string[] }> {
    const heads: string[] = [];
    const server = http.createServer();
    server.on('connect', (request, socket) => {
      heads.push(`${request.url} ${request.headers['proxy-authorization'] ?? ''}`.trim());
      if (status !== 200) return void socket.end(`HTTP/1.1 ${status} No\r\n\r\n`);
      const behind = net.connect({ port: to, host: '127.0.0.1', allowHalfOpen: true });
      socket.write('HTTP/1.1 200 Fine\r\nX-Other: 1\r\n\r\n');
      socket.pipe(behind).pipe(socket);
    });
    return { port: await listen(server), heads };
  }

  function through(port: number, authorization: string | null = null): () => ReturnType<typeof policyOf> {
    return () =>
      policyOf({ 'a.test': 'allow', '127.0.0.1': 'allow' }, { upstream: { host: '127.0.0.1', port, authorization } });
  }

  it('is asked for a tunnel, by name and with its login, for requests and tunnels alike', async () => {
    const origin = await startOrigin();
    const other = await otherProxy(origin.port);
    const proxy = await startProxy({ policyFor: through(other.port, 'Basic dTpw') });
    expect(await talk(proxy, get('http://a.test/one'))).toContain('hello');
    const tunnel = await tunnelTo(proxy, 'a.test:443');
    tunnel.end('GET /two HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n');
    expect(await readAll(tunnel)).toContain('hello');
    expect(other.heads).toEqual(['a.test:80 Basic dTpw', 'a.test:443 Basic dTpw']);
    expect(origin.seen.map(({ url }) => url)).toEqual(['/one', '/two']);
  });

  it('is not asked for what is on this machine, nor for what resolves to it', async () => {
    const origin = await startOrigin();
    const other = await otherProxy(origin.port);
    const proxy = await startProxy({ policyFor: through(other.port), resolve: async () => ['127.0.0.1'] });
    expect(await talk(proxy, get(`http://127.0.0.1:${origin.port}/`))).toContain('hello');
    expect(bodyOf(await talk(proxy, get('http://a.test/')))).toMatchObject({ reason: 'not_allowed_local' });
    expect(other.heads).toEqual([]);
  });

  it('that refuses or is not there is named', async () => {
    const refusing = await otherProxy(1, 407);
    const first = await talk(await startProxy({ policyFor: through(refusing.port) }), get('http://a.test/'));
    expect(bodyOf(first)).toMatchObject({ reason: 'upstream_proxy_refused', message: expect.stringContaining('407') });
    const gone = await closedPort();
    const second = await talk(await startProxy({ policyFor: through(gone) }), get('http://a.test/'));
    expect(bodyOf(second)).toMatchObject({
      reason: 'upstream_proxy_failed',
      message: expect.stringContaining(`127.0.0.1:${gone}`),
    });
  });
});

describe('closing', () => {
  it('ends every connection and serves no other', async () => {
    const echo = await startEcho();
    const proxy: Proxied = await startProxy();
    const tunnel = await tunnelTo(proxy, `127.0.0.1:${echo}`);
    const idle = await proxy.connect();
    const ends = Promise.all([readAll(tunnel), readAll(idle)]);
    await proxy.close();
    await ends;
    expect(proxy.accepted.every((socket) => socket.destroyed)).toBe(true);
    const late = await connectTo(proxy.port);
    expect(await readAll(late)).toBe('');
  });
});
