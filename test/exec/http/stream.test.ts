import { createHash, randomBytes } from 'node:crypto';
import { on, once } from 'node:events';
import { type IncomingMessage, request as requestOf } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openBody } from '../../../src/exec/http/body.ts';
import { type BodyDelta, MOST_CALLS } from '../../../src/exec/http/calls.ts';
import { type Asking, openAsking, said } from './asking.ts';
import { type Answerer, openRawServer, type RawServer, whole } from './raw-server.ts';

const MIB = 1024 * 1024;

const opened: Array<() => unknown> = [];
afterEach(async () => {
  for (const close of opened.splice(0)) await close();
});

function asking(options?: Parameters<typeof openAsking>[0]): Asking {
  const it = openAsking(options);
  opened.push(it.close);
  return it;
}

async function serving(answer: Answerer): Promise<RawServer> {
  const server = await openRawServer(answer);
  opened.push(server.close);
  return server;
}

const STREAM = { streamResponse: true, requestId: 's' };
const OPEN = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const bytesOf = (deltas: readonly BodyDelta[]): Buffer =>
  Buffer.concat(deltas.map(({ deltaBase64 }) => Buffer.from(deltaBase64, 'base64')));
const last = (seq: number, error: string | null = null): BodyDelta => ({
  requestId: 's',
  seq,
  deltaBase64: '',
  done: true,
  error,
});

describe('a streamed body', () => {
  it('is told after the head, as it comes, and ends with an empty delta', async () => {
    let socket: Socket | null = null;
    const server = await serving((it) => {
      socket = it;
      it.write(OPEN + chunk('one'));
    });
    const client = asking();
    const head = await client.ask(server.url, STREAM);
    expect(said(head)).toBe('200 ');
    expect(client.told).toEqual([]);
    await client.until(() => client.told.length === 1);
    socket!.write(chunk('two'));
    await client.until(() => client.told.length === 2);
    socket!.write('0\r\n\r\n');
    const deltas = await client.stream('s');
    expect(deltas.map(({ deltaBase64 }) => Buffer.from(deltaBase64, 'base64').toString())).toEqual(['one', 'two', '']);
    expect(deltas.map(({ seq, done, error }) => [seq, done, error])).toEqual([
      [1, false, null],
      [2, false, null],
      [3, true, null],
    ]);
  });

  for (const [what, answer] of [
    ['empty', whole()],
    ['of 204', 'HTTP/1.1 204 No Content\r\n\r\n'],
    ['of another protocol', 'HTTP/1.1 101 Go\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nraw'],
  ] as const) {
    it(`${what} is one delta, also after the head`, async () => {
      const server = await serving((socket) => socket.write(answer));
      const client = asking();
      await client.ask(server.url, STREAM);
      expect(client.told).toEqual([]);
      expect(await client.stream('s')).toEqual([last(1)]);
    });
  }

  for (const [what, answer] of [
    ['cut', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab')],
    ['reset', (socket: Socket) => socket.write(`${OPEN}${chunk('ab')}`, () => socket.resetAndDestroy())],
    ['without an end in time', (socket: Socket) => socket.write(OPEN + chunk('ab'))],
  ] as const) {
    it(`${what} ends with an error after what came`, async () => {
      const server = await serving(answer);
      const client = asking();
      await client.ask(server.url, { ...STREAM, timeoutMs: 500 });
      const deltas = await client.stream('s');
      expect(bytesOf(deltas).toString()).toMatch(what === 'reset' ? /^(?:ab)?$/ : /^ab$/);
      expect(deltas.at(-1)).toEqual(last(deltas.length, 'error decoding response body'));
    });
  }

  it('of many megabytes comes whole and in large pieces, however small the writes were', async () => {
    const body = randomBytes(24 * MIB);
    const server = await serving((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
      for (let at = 0; at < body.length; at += 4096) socket.write(body.subarray(at, at + 4096));
    });
    const client = asking();
    await client.ask(server.url, STREAM);
    const deltas = await client.stream('s');
    expect(deltas.map(({ seq }) => seq)).toEqual(deltas.map((_, index) => index + 1));
    expect(createHash('sha256').update(bytesOf(deltas)).digest('hex')).toBe(
      createHash('sha256').update(body).digest('hex'),
    );
    expect(Math.max(...deltas.map(({ deltaBase64 }) => Buffer.byteLength(deltaBase64, 'base64')))).toBeLessThanOrEqual(
      MIB,
    );
    expect(deltas.length).toBeLessThan(body.length / 4096 / 4);
  });

  it('waits for whoever it is told to, while others go on', async () => {
    const server = await serving((socket) => socket.write(whole('x'.repeat(8 * MIB))));
    let release = (): void => {};
    const client = asking({
      tell({ requestId, seq }) {
        if (requestId !== 's' || seq > 1) return;
        return new Promise<void>((resolve) => {
          release = resolve;
        });
      },
    });
    await client.ask(server.url, STREAM);
    await client.until(() => client.told.length === 1);
    await client.ask(server.url, { ...STREAM, requestId: 'other' });
    expect(bytesOf(await client.stream('other')).length).toBe(8 * MIB);
    expect(client.told.filter(({ requestId }) => requestId === 's').length).toBe(1);
    release();
    expect(bytesOf(await client.stream('s')).length).toBe(8 * MIB);
  });

  it('is not told whole when its time was over before it had been read', async () => {
    const silent = await serving(() => {});
    const server = await serving((socket) => socket.write(whole('x'.repeat(8 * MIB))));
    const client = asking({
      async tell({ requestId, seq }) {
        // Another request with the same deadline begins later, so the stream's own is over when that one has failed.
        if (requestId === 's' && seq === 1) await client.ask(silent.url, { timeoutMs: 400 });
      },
    });
    expect(said(await client.ask(server.url, { ...STREAM, timeoutMs: 400 }))).toBe('200 ');
    const deltas = await client.stream('s');
    expect(bytesOf(deltas).length).toBeLessThan(8 * MIB);
    expect(deltas.at(-1)?.error).toBe('error decoding response body');
  });
});

describe('the reading of a body', () => {
  async function responseOf(url: string, cancel: AbortSignal): Promise<IncomingMessage> {
    const request = requestOf(url, { signal: cancel });
    request.on('error', () => {}); // Being cancelled is one.
    request.end();
    const [response] = (await once(request, 'response')) as [IncomingMessage];
    return response;
  }

  it('pauses about a piece ahead, and goes on when one was taken', async () => {
    const server = await serving((socket) => socket.write(whole('x'.repeat(8 * MIB))));
    const { signal } = new AbortController();
    const response = await responseOf(server.url, signal);
    const body = openBody(response, signal);
    await once(response, 'pause');
    const resumed = once(response, 'resume');
    const piece = await body.next();
    expect(piece.kind === 'bytes' && piece.bytes.length).toBe(MIB);
    await resumed;
    body.leave();
    let next = await body.next();
    while (next.kind === 'bytes') next = await body.next();
    expect(next.kind).toBe('cut');
  });

  it('is cut when it is cancelled, also when all had come and the rest was not read yet', async () => {
    let socket: Socket | null = null;
    const server = await serving((it) => {
      socket = it;
      it.write(OPEN + chunk('x'.repeat(MIB - 1)));
    });
    const controller = new AbortController();
    const response = await responseOf(server.url, controller.signal);
    const body = openBody(response, controller.signal);
    let come = 0;
    for await (const [bytes] of on(response, 'data') as AsyncIterable<[Buffer]>) {
      come += bytes.length;
      if (come === MIB - 1) break;
    }
    socket!.write(`${chunk('ab')}${chunk('cd')}0\r\n\r\n`);
    await once(response, 'pause');
    expect(response.complete).toBe(true);
    controller.abort();
    const kinds = [];
    for (let piece = await body.next(); ; piece = await body.next()) {
      kinds.push(piece.kind);
      if (piece.kind !== 'bytes') break;
    }
    expect(kinds.at(-1)).toBe('cut');
  });
});

describe('ids and bounds', () => {
  const active = '-32602 http/request streamResponse requestId `s` is already active';

  it('an id stands for one stream at a time, also before its head came, and is free with its last delta', async () => {
    let silent: Socket | null = null;
    const server = await serving((socket, { path }) => {
      if (path === '/silent') silent = socket;
      else socket.write(whole('ok'));
    });
    let again: Promise<unknown> | null = null;
    const client = asking({
      tell({ done }) {
        if (done) again ??= client.ask(server.url, STREAM);
      },
    });
    const waiting = client.ask(`${server.url}/silent`, STREAM);
    await server.request();
    expect(said(await client.ask(server.url, STREAM))).toBe(active);
    expect(said(await client.ask('ftp://x', STREAM))).toBe(active);
    expect(said(await client.ask(server.url, { requestId: 's' }))).toBe('200 ok');
    silent!.write(whole('late'));
    expect(said(await waiting)).toBe('200 ');
    await client.stream('s');
    expect(await again).toMatchObject({ ok: true });
  });

  it('an id is free again after a request that failed', async () => {
    const server = await serving((socket) => socket.end());
    const { ask } = asking();
    for (let times = 0; times < 2; times++) {
      expect(said(await ask(server.url, STREAM))).toContain('error sending request');
    }
    expect(said(await ask(server.url, { ...STREAM, timeoutMs: 0 }))).toContain('timed out');
    expect(said(await ask(server.url, STREAM))).toContain('error sending request');
  });

  it('a server that sends nothing holds up nobody but its own caller, and only so many of them are let', async () => {
    const server = await serving((socket, { path }) => {
      if (path === '/ok') socket.write(whole('ok'));
    });
    const client = asking();
    const headers = [{ name: 'accept', value: 'text/event-stream' }];
    const silent = Array.from({ length: MOST_CALLS - 1 }, (_, index) =>
      client.ask(server.url, { streamResponse: true, requestId: `silent ${index}`, headers }),
    );
    expect(said(await client.ask(`${server.url}/ok`))).toBe('200 ok');
    silent.push(client.ask(server.url, { streamResponse: true, requestId: 'one more', headers }));
    expect(said(await client.ask(`${server.url}/ok`))).toBe(
      `-32600 at most ${MOST_CALLS} HTTP requests may be active per connection`,
    );
    client.close();
    for (const outcome of await Promise.all(silent)) expect(said(outcome)).toContain('error sending request');
  });
});

describe('the end of the connection', () => {
  it('closes what is open and idle, tells nothing more, and lets nothing begin', async () => {
    const closed: Promise<unknown>[] = [];
    const server = await serving((socket, { path }) => {
      closed.push(once(socket, 'close'));
      if (path === '/idle') socket.write(whole('ok'));
      if (path === '/open') socket.write(OPEN + chunk('one'));
    });
    const client = asking();
    await client.ask(`${server.url}/open`, STREAM);
    await client.until(() => client.told.length === 1);
    const silent = client.ask(`${server.url}/silent`);
    await server.request();
    await server.request();
    await client.ask(`${server.url}/idle`);
    client.close();
    await Promise.all(closed);
    expect(said(await silent)).toContain('error sending request');
    expect(client.told.length).toBe(1);
    expect(said(await client.ask(server.url))).toBe('-32600 http/request failed: the connection is closed');
  });
});
