// How bytes get to a model server and back: the `fetch` the client library is given, over node:http and node:https.
//
// Why not the global one: it cuts any answer that pauses for 300 s (a limit of its own that no option reaches), it
// follows redirects with our headers, and it cannot be told of another certificate authority without the undici
// package. Here the idle time-out is the provider's alone, a redirect is an answer like any other, and the PEM file
// named in CODEX_EXTRA_CA is trusted next to the built-in roots. Bodies are handed on in bounds: see `event-frames.ts`.

import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import { rootCertificates } from 'node:tls';
import zlib from 'node:zlib';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { errorBody } from './error-body.ts';
import { wholeEvents } from './event-frames.ts';

export type ModelFetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

export interface ModelFetchOptions {
  /** A PEM file with further certificate authorities, or null. */
  readonly extraCaFile: string | null;
  /**
   * The only request headers that leave this machine, lower case. The client library adds others: facts about the
   * machine, and whatever OPENAI_CUSTOM_HEADERS holds, which is not meant for every server.
   */
  readonly allowedHeaders: ReadonlySet<string>;
  /** `plain`: answers are handed on as they are, for whoever bounds them. Unsaid: as a model's. */
  readonly answers?: 'model' | 'plain';
}

const CONTENT_HEADERS = ['accept', 'content-type', 'authorization'];
const USER_AGENT = 'codex_ts';

/** Opens no connection yet. Fails when the file of the certificate authorities cannot be read. */
export function openModelFetch(options: ModelFetchOptions): Result<ModelFetch> {
  const ca = options.extraCaFile === null ? ok(null) : readAuthorities(options.extraCaFile);
  if (!ca.ok) return ca;
  // Connections are kept between the requests of a turn; idle ones do not keep the program alive.
  const secure = new https.Agent({ keepAlive: true, ...(ca.value === null ? {} : { ca: [...ca.value] }) });
  const plain = new http.Agent({ keepAlive: true });
  const allowed = new Set([...options.allowedHeaders, ...CONTENT_HEADERS]);
  const heard = new WeakSet<Socket>();

  /** An abort as an answer ends finds its connection in nobody's hands: the error of that would end the program. */
  function hear(socket: Socket): void {
    if (heard.has(socket)) return;
    heard.add(socket);
    socket.on('error', () => {
      // Whoever waits for an answer is told by the request.
    });
  }

  return ok(async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries([...new Headers(init.headers)].filter(([name]) => allowed.has(name)));
    const request = {
      method: init.method ?? 'GET',
      // Small pieces that must come at once are not worth packing; a server that packs them all the same is understood.
      headers: { 'user-agent': USER_AGENT, 'accept-encoding': 'identity', ...headers },
      ...(init.signal ? { signal: init.signal } : {}),
    };
    const body = typeof init.body === 'string' ? init.body : null;
    const open = (): http.ClientRequest =>
      (url.protocol === 'https:'
        ? https.request(url, { ...request, agent: secure })
        : http.request(url, { ...request, agent: plain })
      ).once('socket', hear);
    const message = await sendOnFreshConnection(open, body);
    if (options.answers === 'plain') return plainResponse(message);
    return responseOf(message, request.method === 'GET' ? withinBounds : wholeEvents);
  });
}

function readAuthorities(file: string): Result<readonly string[]> {
  try {
    return ok([...rootCertificates, readFileSync(file, 'utf8')]);
  } catch (error) {
    return fail({
      what: `The certificate authorities in ${file} cannot be read.`,
      why: causeOf(error),
      next: 'Correct NODE_EXTRA_CA_CERTS, or unset it.',
    });
  }
}

/** A kept connection may have been closed by the server just as it was used again: that is no failure, send anew. */
async function sendOnFreshConnection(
  open: () => http.ClientRequest,
  body: string | null,
): Promise<http.IncomingMessage> {
  for (;;) {
    const request = open();
    try {
      return await send(request, body);
    } catch (error) {
      const isStale =
        request.reusedSocket &&
        error instanceof Error &&
        'code' in error &&
        (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      if (!isStale) throw error;
    }
  }
}

function send(request: http.ClientRequest, body: string | null): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once('response', resolve);
    // Stays for the life of the request: after the answer began, the error also arrives at its body.
    request.on('error', reject);
    request.end(body ?? undefined);
  });
}

type Reading = (body: AsyncIterable<Uint8Array>) => AsyncGenerator<Uint8Array>;

/** Of an answer that is no stream of events: a list of models. */
const MOST_BYTES = 16 * 1024 * 1024;

async function* withinBounds(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) throw new SyntaxError('It is longer than any list of models.');
    yield chunk;
  }
}

/** Statuses that have no body. */
const EMPTY: readonly number[] = [204, 205, 304];

function plainResponse(message: http.IncomingMessage): Response {
  const { body, headers } = opened(message);
  const status = Math.min(message.statusCode ?? 500, 599);
  if (EMPTY.includes(status)) message.resume();
  return new Response(EMPTY.includes(status) ? null : streamOf(body[Symbol.asyncIterator](), message), {
    status,
    headers,
  });
}

async function responseOf(message: http.IncomingMessage, reading: Reading): Promise<Response> {
  const { body, headers } = opened(message);
  const status = Math.min(message.statusCode ?? 500, 599);
  // The library takes a body for none with some of these; all that matters of them is that they hold no events.
  if (status >= 200 && status < 300) return new Response(streamOf(reading(body), message), { status: 200, headers });
  const refusal = await errorBody(body);
  message.destroy();
  headers.set('content-type', 'application/json');
  return new Response(status === 304 ? null : refusal, { status, headers });
}

function opened(message: http.IncomingMessage): { body: AsyncIterable<Uint8Array>; headers: Headers } {
  const headers = new Headers();
  for (const [name, values] of Object.entries(message.headersDistinct)) {
    for (const value of values ?? []) headers.append(name, value);
  }
  const body = unpacked(message, headers.get('content-encoding') ?? '');
  for (const name of ['content-encoding', 'content-length']) headers.delete(name);
  return { body, headers };
}

function unpacked(message: http.IncomingMessage, encoding: string): AsyncIterable<Uint8Array> {
  const reader = unpackerFor(encoding.trim().toLowerCase());
  if (reader === null) return message;
  // Its errors are those of the reader, which is read to its end.
  return pipeline(message, reader, () => {});
}

function unpackerFor(encoding: string) {
  // What was sent of a stream that is cut off still counts.
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return zlib.createGunzip({ finishFlush: zlib.constants.Z_SYNC_FLUSH });
    case 'deflate':
      return zlib.createInflate({ finishFlush: zlib.constants.Z_SYNC_FLUSH });
    case 'br':
      return zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH });
    default:
      return null;
  }
}

function streamOf(events: AsyncIterator<Uint8Array>, message: http.IncomingMessage): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await events.next();
      if (next.done === true) controller.close();
      else controller.enqueue(next.value);
    },
    cancel() {
      message.destroy();
    },
  });
}
