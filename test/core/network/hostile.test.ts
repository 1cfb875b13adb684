import { once } from 'node:events';
import net from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { listen, policyOf, promised, readAll, readUntil, startEcho, startOrigin, startProxy, talk } from './proxied.ts';

describe('a request that two readers could read in two ways', () => {
  const good = (port: number) => `GET http://127.0.0.1:${port}/smuggled HTTP/1.1\r\nHost: x\r\n\r\n`;

  it.each<[string, string, string]>([
    ['both framings', 'POST URL HTTP/1.1', 'Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    [
      'the same the other way round',
      'POST URL HTTP/1.1',
      'Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
    ],
    ['two lengths', 'POST URL HTTP/1.1', 'Content-Length: 4\r\nContent-Length: 5\r\n\r\nabcd'],
    ['one length twice', 'POST URL HTTP/1.1', 'Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd'],
    ['a list of lengths', 'POST URL HTTP/1.1', 'Content-Length: 4, 4\r\n\r\nabcd'],
    ['a signed length', 'POST URL HTTP/1.1', 'Content-Length: +4\r\n\r\nabcd'],
    ['a length in hex', 'POST URL HTTP/1.1', 'Content-Length: 0x4\r\n\r\nabcd'],
    ['a huge length', 'POST URL HTTP/1.1', 'Content-Length: 99999999999999999999\r\n\r\nabcd'],
    ['a blank before the colon', 'POST URL HTTP/1.1', 'Content-Length : 4\r\n\r\nabcd'],
    ['an odd coding', 'POST URL HTTP/1.1', 'Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n'],
    ['two codings', 'POST URL HTTP/1.1', 'Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'],
    [
      'a coding twice',
      'POST URL HTTP/1.1',
      'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['a coding with a tab', 'POST URL HTTP/1.1', 'Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n'],
    ['a coding that HTTP/1.0 has not', 'POST URL HTTP/1.0', 'Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a folded header', 'GET URL HTTP/1.1', 'X-A: one\r\n two\r\n\r\n'],
    ['a folded framing', 'POST URL HTTP/1.1', 'Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n'],
    ['a line that ends with CR alone', 'GET URL HTTP/1.1', 'X-A: one\rX-B: two\r\n\r\n'],
    ['lines that end with LF alone', 'GET URL HTTP/1.1', 'X-A: one\nX-B: two\r\n\r\n'],
    ['a NUL in a header', 'GET URL HTTP/1.1', 'X-A: a\0b\r\n\r\n'],
    ['a NUL in the target', 'GET URL\0x HTTP/1.1', '\r\n'],
    ['a CR in the target', 'GET URL\rx HTTP/1.1', '\r\n'],
    ['an LF in the target', 'GET URL\nx HTTP/1.1', '\r\n'],
    ['a tab in the target', 'GET URL\tx HTTP/1.1', '\r\n'],
    ['a blank in the target', 'GET URL x HTTP/1.1', '\r\n'],
    ['a byte that is no ASCII in the target', 'GET URL\xe9 HTTP/1.1', '\r\n'],
    ['a fragment', 'GET URL#x HTTP/1.1', '\r\n'],
    ['two hosts', 'GET URL HTTP/1.1', 'Host: y\r\n\r\n'],
    ['a host that is none', 'GET URL HTTP/1.1', 'Host: a b\r\n\r\n'],
    ['a chunk that is none', 'POST URL HTTP/1.1', 'Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n'],
    ['no version', 'GET URL', '\r\n'],
    ['another version', 'GET URL HTTP/3.0', '\r\n'],
    ['a method that is none', 'G(T URL HTTP/1.1', '\r\n'],
  ])('is refused: %s', async (what, line, rest) => {
    const origin = await startOrigin();
    const proxy = await startProxy();
    const url = `http://127.0.0.1:${origin.port}/`;
    const host = what === 'a host that is none' ? '' : 'Host: x\r\n';
    const answer = await talk(proxy, `${line.replace('URL', url)}\r\n${host}${rest}${good(origin.port)}`);
    // In the middle of a body there is no answer left to give: the connection ends.
    expect(answer).toMatch(what === 'a chunk that is none' ? /^$|^HTTP\/1\.1 400 / : /^HTTP\/1\.1 400 /);
    expect(answer.match(/HTTP\/1\.1 \d{3}/g) ?? []).toHaveLength(answer === '' ? 0 : 1);
    expect(origin.seen).toEqual([]);
  });

  it.each([
    ['an escape in the host', 'http://127.0.0%2e1:PORT/'],
    ['a login', 'http://127.0.0.1@no.test:PORT/'],
    ['a login the other way round', 'http://no.test@127.0.0.1:PORT/'],
    ['a backslash', 'http://127.0.0.1:PORT\\@no.test/'],
    ['no port behind the colon', 'http://127.0.0.1:/'],
    ['a port that is too high', 'http://127.0.0.1:65536/'],
    ['no host', 'http:///'],
    ['one slash', 'http:/127.0.0.1:PORT/'],
    ['another scheme', 'ftp://127.0.0.1:PORT/'],
    ['TLS', 'https://127.0.0.1:PORT/'],
    ['origin form', '/'],
    ['asterisk form', '*'],
    ['an IPv6 zone', 'http://[fe80::1%25lo]:PORT/'],
  ])('or has an odd target is refused: %s', async (_, target) => {
    const origin = await startOrigin();
    const proxy = await startProxy({ policyFor: () => policyOf({ '*': 'allow', '127.0.0.1': 'allow' }) });
    const url = target.replace('PORT', String(origin.port));
    const answer = await talk(proxy, `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
    expect(origin.seen).toEqual([]);
  });

  it.each([
    'CONNECT 127.0.0.1 HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT http://127.0.0.1:PORT/ HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT 127.0.0.1:PORT HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nabcd',
    'CONNECT 127.0.0.1:PORT HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'CONNECT x@127.0.0.1:PORT HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT 127.0.0.1:PORT/x HTTP/1.1\r\nHost: x\r\n\r\n',
  ])('or for an odd tunnel is refused: %j', async (request) => {
    const echo = await startEcho();
    const answer = await talk(await startProxy(), request.replace('PORT', String(echo)));
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });

  it('or asks for a tunnel before its last answer has come ends the connection', async () => {
    const origin = await startOrigin();
    const echo = await startEcho();
    const url = `http://127.0.0.1:${origin.port}/`;
    const answer = await talk(
      await startProxy(),
      `GET ${url} HTTP/1.1\r\nHost: x\r\n\r\nCONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: x\r\n\r\necho`,
    );
    expect(answer).toBe('');
  });
});

describe('a head', () => {
  it('of a little less than 32 KiB goes through, one of more is 431', async () => {
    const port = await listen(
      net.createServer(async (socket) => {
        const head = await readUntil(socket, '\r\n\r\n');
        socket.end(`HTTP/1.1 200 OK\r\n\r\n${head.length}`);
      }),
    );
    const proxy = await startProxy();
    const ask = (size: number) => {
      const start = `GET http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n`;
      return talk(proxy, `${start}X-Long: ${'a'.repeat(size)}\r\n\r\n`);
    };
    expect(await ask(31 * 1024)).toMatch(/^HTTP\/1\.1 200 /);
    const refused = await ask(33 * 1024);
    expect(refused).toMatch(/^HTTP\/1\.1 431 /);
    expect(refused).toContain('"status":"refused"');
    expect(proxy.decisions).toHaveLength(1);
  });

  it('with thousands of headers loses none', async () => {
    const origin = await startOrigin();
    origin.server.maxHeadersCount = 0;
    const headers = Array.from({ length: 2500 }, (_, i) => `a${i}:\r\n`).join('');
    const answer = await talk(
      await startProxy(),
      `POST http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n${headers}Content-Length: 2\r\nConnection: close\r\n\r\nab`,
    );
    expect(answer).toContain('hello');
    expect(origin.seen[0]?.body).toBe('ab');
    expect(origin.seen[0]?.headers).toContain('a2499');
  });
});

describe('a client that does not go on', () => {
  it.each<[string, string, RegExp]>([
    ['before its first byte', '', /^$/],
    ['in its head', 'GET http://127.0.0.1/ HTTP/1.1\r\nHo', /^HTTP\/1\.1 408 /],
    ['in a greeting of SOCKS', '\x05', /^$/],
    ['in a request of SOCKS', '\x05\x01\x00\x05\x01', /^\x05\x00$/],
  ])('is left after its time: %s', async (_, bytes, expected) => {
    const proxy = await startProxy({ limits: { requestMs: 60 } });
    const socket = await proxy.connect();
    if (bytes !== '') socket.write(Buffer.from(bytes, 'latin1'));
    expect(await readAll(socket)).toMatch(expected);
  });

  it('is left after its time though it sends a byte now and then', async () => {
    const proxy = await startProxy({ limits: { requestMs: 200 } });
    const socket = await proxy.connect();
    socket.write('GET http://127.0.0.1/ HTTP/1.1\r\nX-A: ');
    const drip = setInterval(() => socket.write('a'), 20);
    const answer = await readAll(socket);
    clearInterval(drip);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('in its body is left, and the server too', async () => {
    const behind = promised<net.Socket>();
    const port = await listen(net.createServer((socket) => behind.resolve(socket)));
    const proxy = await startProxy({ limits: { requestMs: 60 } });
    const socket = await proxy.connect();
    socket.write(`POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc`);
    const server = await behind.promise;
    const closed = Promise.all([readAll(server), readAll(socket)]);
    expect((await closed)[0]).toMatch(/abc$/);
  });

  it('after its answer is left too', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy({ limits: { requestMs: 60 } });
    const socket = await proxy.connect();
    socket.write(`GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(await readAll(socket)).toContain('hello');
  });

  it('is waited for while it is the server that is slow', async () => {
    const origin = await startOrigin((_, response) => {
      // Longer than the client's time, three times over.
      setTimeout(() => response.end('at last'), 200);
    });
    const proxy = await startProxy({ limits: { requestMs: 60 } });
    const answer = await talk(
      proxy,
      `GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toContain('at last');
  });

  it('that leaves half-way leaves nothing behind', async () => {
    const proxy = await startProxy();
    for (const bytes of ['', 'GET ', 'GET http://127.0.0.1/ HTTP/1.1\r\n', '\x05', '\x05\x01\x00\x05']) {
      const socket = await proxy.connect();
      if (bytes !== '') await new Promise((resolve) => socket.write(Buffer.from(bytes, 'latin1'), resolve));
      socket.destroy();
      await once(socket, 'close');
    }
    await Promise.all(proxy.accepted.map((socket) => socket.closed || once(socket, 'close')));
    expect(proxy.accepted).toHaveLength(5);
  });
});

describe('too many', () => {
  it('connections are told so, and places become free again', async () => {
    const echo = await startEcho();
    const proxy = await startProxy({ limits: { connections: 2 } });
    const first = await proxy.connect();
    const second = await proxy.connect();
    for (const socket of [first, second]) {
      socket.write(`CONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await readUntil(socket, '\r\n\r\n');
    }
    const refused = await readAll(await proxy.connect());
    expect(refused).toMatch(/^HTTP\/1\.1 503 /);
    first.destroy();
    const [accepted] = proxy.accepted;
    if (accepted !== undefined && !accepted.closed) await once(accepted, 'close');
    const third = await proxy.connect();
    third.write(`CONNECT 127.0.0.1:${echo} HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect((await readUntil(third, '\r\n\r\n')).toString()).toMatch(/^HTTP\/1\.1 200 /);
  });

  it('are 257, as it is', async () => {
    const proxy = await startProxy();
    const sockets = await Promise.all(Array.from({ length: 256 }, () => proxy.connect()));
    expect(await readAll(await proxy.connect())).toMatch(/^HTTP\/1\.1 503 /);
    expect(sockets.every((socket) => !socket.readableEnded)).toBe(true);
  });

  it('requests sent ahead end the connection', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy();
    const request = `GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\n\r\n`;
    expect(await talk(proxy, request.repeat(5000))).toBe('');
    expect(proxy.decisions.length).toBeLessThanOrEqual(1);
  });
});

describe('a defect of ours', () => {
  it.each([
    'GET http://127.0.0.1/ HTTP/1.1\r\nHost: x\r\n\r\n',
    'CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: x\r\n\r\n',
    '\x05\x01\x00\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50',
  ])('costs one connection and lets nothing through: %j', async (request) => {
    const defects: unknown[] = [];
    const proxy = await startProxy({
      policyFor: () => {
        throw new Error('no policy');
      },
      onDefect: (error) => defects.push(error),
    });
    expect(await talk(proxy, request)).toMatch(/^(\x05\x00)?$/);
    expect(defects).toMatchObject([{ message: 'no policy' }]);
    expect(await talk(proxy, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe('whatever is sent', () => {
  it('reaches only what was allowed, and never brings the proxy down', async () => {
    const origin = await startOrigin();
    const proxy = await startProxy({ limits: { requestMs: 200 } });
    const allowed = `127.0.0.1:${origin.port}`;
    const piece = fc.constantFrom(
      ...[
        'GET ',
        'POST ',
        'CONNECT ',
        'OPTIONS ',
        `http://${allowed}/`,
        'http://no.test/',
        allowed,
        'no.test:443',
        '*',
      ],
      ...[' HTTP/1.1\r\n', ' HTTP/1.0\r\n', 'Host: x\r\n', 'Content-Length: 3\r\n', 'Transfer-Encoding: chunked\r\n'],
      ...['Connection: Upgrade\r\n', 'Upgrade: websocket\r\n', 'Upgrade: h2c\r\n', 'Expect: 100-continue\r\n', '\r\n'],
      ...['abc', '3\r\nabc\r\n0\r\n\r\n', '\x05\x01\x00', '\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50', '\0', '\r', '\n'],
      ...[`GET http://${allowed}/ HTTP/1.1\r\nHost: x\r\n\r\n`, `CONNECT ${allowed} HTTP/1.1\r\n\r\n`],
    );
    const noise = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
    const bytes = fc.array(fc.oneof({ weight: 8, arbitrary: piece }, noise), { minLength: 1, maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(bytes, async (pieces) => {
        await talk(proxy, pieces.join(''));
      }),
      { numRuns: 150 },
    );
    for (const { host, port, decision } of proxy.decisions) {
      expect(decision === 'allowed').toBe(host === '127.0.0.1');
      expect(port).toBeGreaterThan(0);
    }
    expect(await talk(proxy, `GET http://${allowed}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).toContain(
      'hello',
    );
  });
});
