import { afterEach, expect, it } from 'vitest';
import type { ExecClient } from '../../../src/exec/client/client.ts';
import type { HttpBody } from '../../../src/exec/client/http-streams.ts';
import { type FakeServer, INFO, openFakeServer, type Peer } from './fake-server.ts';
import { connect, problemOf, unwrap } from './listening.ts';

let server: FakeServer;
let client: ExecClient;
let peer: Peer;
const GET = { method: 'GET', url: 'http://127.0.0.1/', headers: [] };

type Script = (requestId: string) => void;

/** `script` is what the server does after it has answered a request, `before` what it does before that. */
const begin = async (script: Script, info: object = INFO, before: Script = () => {}): Promise<void> => {
  server = await openFakeServer({
    info,
    intercept(call, it) {
      if (call.method !== 'http/request') return false;
      peer = it;
      before(String(call.params.requestId));
      const bodyBase64 = call.params.streamResponse ? '' : 'Ym9keQ==';
      it.answer(call, { status: 200, headers: [{ name: 'x-a', value: 'b' }], bodyBase64 });
      script(String(call.params.requestId));
      return true;
    },
  });
  client = await connect(server.url);
};
afterEach(async () => {
  await client.close();
  await server.close();
});

const delta = (
  requestId: string,
  seq: number,
  text: string | Buffer,
  done = false,
  error: string | null = null,
): void =>
  peer.notify('http/request/bodyDelta', {
    requestId,
    seq,
    deltaBase64: Buffer.from(text).toString('base64'),
    done,
    error,
  });

async function wholeBody(body: HttpBody): Promise<string> {
  let text = '';
  for (;;) {
    const piece = unwrap(await body.next());
    if (piece === null) return text;
    text += Buffer.from(piece).toString();
  }
}

it('a whole answer comes at once', async () => {
  await begin(() => {});
  const { status, headers, body } = unwrap(await client.http.request(GET));
  expect({ status, headers, body: Buffer.from(body).toString() }).toEqual({
    status: 200,
    headers: [{ name: 'x-a', value: 'b' }],
    body: 'body',
  });
});

it('a streamed body comes piece by piece, in order, doubles passed over, and ends', async () => {
  await begin((id) => {
    delta(id, 1, 'a');
    delta(id, 2, 'b');
    delta(id, 2, 'b');
    delta(id, 3, 'c');
    delta(id, 4, '', true);
  });
  const { body } = unwrap(await client.http.stream(GET));
  expect(await wholeBody(body)).toBe('abc');
  expect(unwrap(await body.next())).toBe(null);
});

it('pieces may come before the answer', async () => {
  await begin(
    () => {},
    INFO,
    (id) => delta(id, 1, 'all', true),
  );
  const { body } = unwrap(await client.http.stream(GET));
  expect(await wholeBody(body)).toBe('all');
});

it('a hole fails that stream alone', async () => {
  await begin((id) => {
    delta(id, 1, 'a');
    delta(id, id === 'http-1' ? 3 : 2, 'b', true);
  });
  const [broken, whole] = [unwrap(await client.http.stream(GET)), unwrap(await client.http.stream(GET))];
  expect(problemOf(await broken.body.next()).message).toMatch(/expected 2, got 3/);
  expect(await wholeBody(whole.body)).toBe('ab');
  expect(client.state()).toBe('connected');
});

it('a body that was cut off says why', async () => {
  await begin((id) => {
    delta(id, 1, 'a');
    delta(id, 2, '', true, 'error decoding response body');
  });
  const { body } = unwrap(await client.http.stream(GET));
  expect(Buffer.from(unwrap(await body.next()) ?? []).toString()).toBe('a');
  expect(problemOf(await body.next()).message).toBe('error decoding response body');
});

it('a stream that nobody reads is failed at 16 MiB, gives its memory back, and the others go on', async () => {
  const piece = Buffer.alloc(1 << 20, 'x');
  await begin((id) => {
    if (id === 'http-6') return delta(id, 1, 'y', true);
    for (let seq = 1; seq <= 17; seq++) delta(id, seq, piece);
  });
  // Five times 17 MiB would be more than all streams together may have.
  const bodies: HttpBody[] = [];
  for (let count = 0; count < 5; count++) bodies.push(unwrap(await client.http.stream(GET)).body);
  const last = unwrap(await client.http.stream(GET)).body;
  expect(await wholeBody(last)).toBe('y');
  for (const body of bodies) expect(problemOf(await body.next()).kind).toBe('full');
});

it('a stream that was given up is forgotten, and what still comes is passed over', async () => {
  await begin(() => {});
  const { body } = unwrap(await client.http.stream(GET));
  const next = body.next();
  body.cancel();
  expect(problemOf(await next).kind).toBe('cancelled');
  delta('http-1', 1, 'x');
  expect(unwrap(await client.call('environment/status', null)).status).toBe('ready');
});

it('streams end with their connection, which comes back', async () => {
  await begin(() => {});
  const { body } = unwrap(await client.http.stream(GET));
  peer.cut();
  expect(problemOf(await body.next()).kind).toBe('lost');
  expect(unwrap(await client.call('environment/status', null)).status).toBe('ready');
});

it('a header with a variable goes only to a server that knows them', async () => {
  await begin(() => {}, { ...INFO, capabilities: {} });
  const headers = [{ name: 'authorization', value: 'Bearer ', valueEnvVar: 'TOKEN' }];
  expect(problemOf(await client.http.request({ ...GET, headers })).kind).toBe('unsupported');
  expect(server.callsOf('http/request')).toEqual([]);
});
