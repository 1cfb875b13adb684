import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { loopbackCertificate } from '../../support/loopback-certificate.ts';
import { type Asking, openAsking, said } from './asking.ts';
import { openRawServer, type RawServer, whole } from './raw-server.ts';

const opened: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

function asking(options?: Parameters<typeof openAsking>[0]): Asking {
  const it = openAsking(options);
  opened.push(it.close);
  return it;
}

async function serving(...args: Parameters<typeof openRawServer>): Promise<RawServer> {
  const server = await openRawServer(...args);
  opened.push(server.close);
  return server;
}

const chunked = (...lines: string[]): string =>
  `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${lines.join('\r\n')}`;

describe('what a server sees', () => {
  it('the head as the caller wrote it, and nothing of its own but host, accept and length', async () => {
    const server = await serving((socket) => socket.write(whole('ok')));
    const headers = [
      { name: 'X-B', value: '1' },
      { name: 'x-c', value: 'ü' },
      { name: 'X-B', value: '2' },
    ];
    const url = `${server.url}/a%20b|?q=ü#f`;
    expect(said(await asking().ask(url, { method: 'PATCH', headers, bodyBase64: 'aGk=' }))).toBe('200 ok');
    expect(server.requests[0]!.lines).toEqual([
      'PATCH /a%20b|?q=%C3%BC HTTP/1.1',
      'x-b: 1',
      'x-b: 2',
      'x-c: \xc3\xbc',
      'accept: */*',
      `host: 127.0.0.1:${server.port}`,
      'content-length: 2',
    ]);
    expect(server.requests[0]!.body).toBe('hi');
  });

  it('a method in its own spelling, a body also with GET, and a host of the caller', async () => {
    const server = await serving((socket) => socket.write(whole('ok')));
    const { ask } = asking();
    await ask(server.url, { method: 'get' });
    await ask(server.url, { bodyBase64: 'aGk=', headers: [{ name: 'Host', value: 'other' }] });
    expect(server.requests[0]!.lines).toEqual(['get / HTTP/1.1', 'accept: */*', `host: 127.0.0.1:${server.port}`]);
    expect(server.requests[1]!.lines).toEqual(['GET / HTTP/1.1', 'host: other', 'accept: */*', 'content-length: 2']);
  });

  it('no proxy of the machine, whatever its variables say', async () => {
    const server = await serving((socket) => socket.write(whole('direct')));
    const env = { http_proxy: 'http://127.0.0.1:1', HTTP_PROXY: 'http://127.0.0.1:1', ALL_PROXY: 'http://127.0.0.1:1' };
    expect(said(await asking({ env }).ask(server.url))).toBe('200 direct');
  });

  it('one connection for requests that follow each other', async () => {
    const server = await serving((socket) => socket.write(whole('ok')));
    const { ask } = asking();
    for (const method of ['GET', 'POST', 'PROPFIND', 'PUT']) await ask(server.url, { method });
    expect(server.requests.map(({ connection }) => connection)).toEqual([1, 1, 1, 1]);
  });

  it('a request again when it closed the kept connection just then, unless that could do harm', async () => {
    const server = await serving((socket, { connection, path }) => {
      // The first answer keeps the connection; what comes next over it is read, and the connection is cut.
      if (path === '/second' && connection === 1) socket.resetAndDestroy();
      else socket.write(whole('ok'));
    });
    const { ask } = asking();
    await ask(`${server.url}/first`);
    expect(said(await ask(`${server.url}/second`))).toBe('200 ok');
    const other = await serving((socket, { path }) => {
      if (path === '/second') socket.resetAndDestroy();
      else socket.write(whole('ok'));
    });
    await ask(`${other.url}/first`);
    expect(said(await ask(`${other.url}/second`, { method: 'POST' }))).toContain('error sending request');
    expect(other.requests.length).toBe(2);
  });
});

describe('what a caller hears', () => {
  let server: RawServer;
  const answers = new Map<string, { bytes: string; isEnd: boolean }>();
  const client = openAsking();
  beforeAll(async () => {
    server = await openRawServer((socket, { path }) => {
      const { bytes, isEnd } = answers.get(path)!;
      if (isEnd) socket.end(bytes, 'latin1');
      else socket.write(bytes, 'latin1');
    });
  });
  afterAll(async () => {
    client.close();
    await server.close();
  });

  const answered = (name: string, bytes: string, isEnd = false) => {
    answers.set(`/${name}`, { bytes, isEnd });
    return client.ask(`${server.url}/${name}`);
  };
  const broken = '-32603 failed to read http/request response body: error decoding response body';

  it('headers in their order, repeats too, what is for one hop too, without values that are no visible ASCII', async () => {
    const head = ['Set-Cookie: a', 'X-L: \xff', 'X-M:  sp ', 'set-cookie: b', 'Connection: keep-alive', 'X-Empty:'];
    const outcome = await answered('headers', whole('', head));
    expect(outcome.ok && outcome.value.headers.map(({ name, value }) => `${name}: ${value}`)).toEqual([
      'set-cookie: a',
      'x-m: sp',
      'set-cookie: b',
      'connection: keep-alive',
      'x-empty: ',
      'content-length: 0',
    ]);
  });

  it('large headers', async () => {
    const outcome = await answered('large', whole('', [`x: ${'y'.repeat(100_000)}`]));
    expect(outcome.ok && outcome.value.headers[0]?.value.length).toBe(100_000);
  });

  for (const [what, bytes, expected, isEnd = false] of [
    ['a body of a known length', whole('abc'), '200 abc'],
    ['chunks with extensions and a trailer', chunked('2;x=1', 'ab', '1', 'c', '0', 'x-t: 1', '', ''), '200 abc'],
    ['a body to the end of the connection', 'HTTP/1.1 200 OK\r\n\r\nabc', '200 abc', true],
    ['an answer of HTTP/1.0', 'HTTP/1.0 200 OK\r\n\r\nabc', '200 abc', true],
    ['compressed bytes as they are', whole('abc', ['content-encoding: gzip']), '200 abc'],
    ['an error of the server', whole('no', [], '500 No'), '500 no'],
    ['a status without a meaning', whole('', [], '999 Odd'), '999 '],
    ['no content', 'HTTP/1.1 204 No Content\r\n\r\n', '204 '],
    ['not modified, with a length', 'HTTP/1.1 304 Not Modified\r\ncontent-length: 5\r\n\r\n', '304 '],
    ['early hints first', `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${whole('abc')}`, '200 abc'],
    ['a protocol nobody asked for', 'HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nraw', '101 '],
    ['a body that is too short', 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab', broken, true],
    ['a chunk that is too short', chunked('5', 'ab'), broken, true],
    ['chunks without their end', chunked('2', 'ab', ''), broken, true],
    ['a chunk without a size', chunked('zz', 'ab'), broken],
  ] as const) {
    it(what, async () => {
      expect(said(await answered(encodeURIComponent(what), bytes, isEnd))).toBe(expected);
    });
  }

  for (const [what, bytes, isEnd] of [
    ['nothing', '', true],
    ['garbage', 'hello\r\n\r\n', true],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', false],
    ['a megabyte of headers', whole('', [`x: ${'y'.repeat(1_000_000)}`]), false],
  ] as const) {
    it(`that it failed, for ${what}`, async () => {
      const name = encodeURIComponent(`bad ${what}`);
      const url = `${server.url}/${name}`;
      expect(said(await answered(name, bytes, isEnd))).toBe(
        `-32603 http/request failed: error sending request for url (${url})`,
      );
    });
  }

  it('the length of a body that HEAD does not have', async () => {
    answers.set('/head', { bytes: 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n', isEnd: false });
    expect(said(await client.ask(`${server.url}/head`, { method: 'HEAD' }))).toBe('200 ');
  });

  it('an answer that came before the request was sent whole', async () => {
    const hasty = createServer((_, response) => response.end('enough'));
    hasty.listen(0, '127.0.0.1');
    await once(hasty, 'listening');
    opened.push(() => {
      hasty.closeAllConnections();
      hasty.close();
    });
    const bodyBase64 = Buffer.alloc(8 * 1024 * 1024).toString('base64');
    const { port } = hasty.address() as AddressInfo;
    expect(said(await client.ask(`http://127.0.0.1:${port}`, { method: 'POST', bodyBase64 }))).toBe('200 enough');
  });

  it('where a connection was refused, without the password', async () => {
    expect(said(await client.ask('http://u:p@127.0.0.1:1/x?y#f'))).toBe(
      '-32603 http/request failed: error sending request for url (http://127.0.0.1:1/x?y#f)',
    );
  });
});

describe('redirects', () => {
  const counting = (most: number) => {
    let count = 0;
    return () => (count++ < most ? whole('', ['location: /next'], '302 Found') : whole('there'));
  };

  it('are followed ten times and not once more', async () => {
    const ten = counting(10);
    const eleven = counting(11);
    const server = await serving((socket) => socket.write(ten()));
    const other = await serving((socket) => socket.write(eleven()));
    const { ask } = asking();
    expect(said(await ask(server.url))).toBe('200 there');
    expect(said(await ask(other.url))).toBe('-32603 http/request failed: too many redirects');
    expect(other.requests.length).toBe(11);
  });

  it('are the answer when they are not to be followed', async () => {
    const server = await serving((socket) => socket.write(whole('moved', ['location: /next'], '302 Found')));
    expect(said(await asking().ask(server.url, { redirectPolicy: 'stop' }))).toBe('302 moved');
  });

  it('do not wait for a body that never ends', async () => {
    const server = await serving((socket, { path }) =>
      socket.write(
        path === '/' ? 'HTTP/1.1 302 X\r\nlocation: /next\r\ncontent-length: 9\r\n\r\nnever' : whole('there'),
      ),
    );
    expect(said(await asking().ask(server.url))).toBe('200 there');
  });
});

describe('the deadline', () => {
  it('of 0 is over at once, and nothing is sent', async () => {
    const server = await serving((socket) => socket.write(whole('ok')));
    const { ask } = asking();
    expect(said(await ask(server.url, { timeoutMs: 0 }))).toBe(
      '-32603 http/request failed: route-aware request timed out',
    );
    await ask(`${server.url}/later`);
    expect(server.requests.map(({ path }) => path)).toEqual(['/later']);
  });

  it('counts while the head is waited for, and while the body is', async () => {
    const server = await serving((socket, { path }) => {
      if (path === '/body') socket.write('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab');
    });
    const { ask } = asking();
    expect(said(await ask(`${server.url}/head`, { timeoutMs: 50 }))).toContain('error sending request for url');
    expect(said(await ask(`${server.url}/body`, { timeoutMs: 50 }))).toContain('response body: error decoding');
  });

  it('may be longer than any timer', async () => {
    const server = await serving((socket) => socket.write(whole('ok')));
    expect(said(await asking().ask(server.url, { timeoutMs: Number.MAX_SAFE_INTEGER }))).toBe('200 ok');
  });
});

describe('a body that has to fit one answer', () => {
  it('comes whole when the answer fits a frame of 16 MiB, and is refused with advice when not', async () => {
    const most = 16 * 1024 * 1024;
    const server = await serving((socket, { path }) => socket.write(whole('x'.repeat(Number(path.slice(1))))));
    const { ask } = asking();
    const fits = await ask(`${server.url}/${12_570_000}`);
    const message = fits.ok ? JSON.stringify({ id: 'x'.repeat(64), result: fits.value }) : '';
    expect(message.length).toBeGreaterThan(most - 32 * 1024);
    expect(message.length).toBeLessThanOrEqual(most);
    const refused = await ask(`${server.url}/${most}`);
    expect(said(refused)).toMatch(/^-32603 failed to read http\/request response body: .*streamResponse$/);
  });
});

describe('other ways to a server', () => {
  it('an IPv6 address', async () => {
    const server = await serving((socket) => socket.write(whole('six')), { host: '::1' });
    expect(said(await asking().ask(`${server.url}/`))).toBe('200 six');
    expect(server.requests[0]!.lines).toContain(`host: [::1]:${server.port}`);
  });

  it('TLS, with a certificate that is trusted by option and not without', async () => {
    const server = await serving((socket) => socket.write(whole('safe')), { isSecure: true });
    const headers = [{ name: 'host', value: 'another.test' }];
    const trusting = asking({ ca: [loopbackCertificate.cert] });
    expect(said(await trusting.ask(server.url, { headers }))).toBe('200 safe');
    expect(said(await asking().ask(server.url))).toBe(
      `-32603 http/request failed: error sending request for url (${server.url}/)`,
    );
    expect(server.requests.length).toBe(1);
  });
});
