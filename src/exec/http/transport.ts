// How does one request get its answer? Over connections that are kept for the next one.

import type { Agent, ClientRequest } from 'node:http';
import { errnoOf } from '../../problem/index.ts';
import { type Body, NO_BODY, openBody } from './body.ts';
import type { Outgoing } from './outgoing.ts';

/** Of the answer. Node's own 16 KiB are less than what some identity providers send. */
const MOST_HEADER_BYTES = 256 * 1024;

/** A connection that nobody uses is closed after this long, and beyond this many for one origin at once. */
const IDLE_MS = 90_000;
const MOST_IDLE = 4;

/** Methods whose body has a meaning: its absence is said too, as some servers insist. */
const WITH_BODY = new Set(['POST', 'PUT', 'PATCH']);

/** Methods that may be sent twice (RFC 9110, 9.2.2). */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE']);

export interface Answer {
  readonly status: number;
  /** Names and values in turn, as they came, a character for each byte. */
  readonly rawHeaders: readonly string[];
  readonly body: Body;
}

export interface Transport {
  /** The head of the answer; null when none came, for whatever reason. `cancel` also ends the body. */
  send(outgoing: Outgoing, cancel: AbortSignal): Promise<Answer | null>;
  /** Closes what is idle. Calls end by their signals. */
  close(): void;
}

interface Wire {
  open(outgoing: Outgoing, cancel: AbortSignal): ClientRequest;
  close(): void;
}

/** `ca`: certificates in PEM to trust beside those that Node knows. Nothing is loaded before the first request. */
export function openTransport(ca: readonly string[]): Transport {
  let wire: Promise<Wire> | null = null;

  return {
    async send(outgoing, cancel) {
      wire ??= openWire(ca);
      const { open } = await wire;
      const outcome = await exchange(open(outgoing, cancel), outgoing, cancel);
      if (outcome !== 'stale') return outcome;
      // The server closed a kept connection just as it was used again: that says nothing about this request.
      const again = await exchange(open(outgoing, cancel), outgoing, cancel);
      return again === 'stale' ? null : again;
    },
    close() {
      void wire?.then((opened) => opened.close());
    },
  };
}

async function openWire(ca: readonly string[]): Promise<Wire> {
  const [http, https] = await Promise.all([import('node:http'), import('node:https')]);
  const authorities = ca.length === 0 ? {} : { ca: [...(await import('node:tls')).rootCertificates, ...ca] };
  const keeping = { keepAlive: true, maxFreeSockets: MOST_IDLE, timeout: IDLE_MS };
  const plain = new http.Agent(keeping);
  const secure = new https.Agent({ ...keeping, ...authorities });

  return {
    open(outgoing, cancel) {
      const isSecure = outgoing.url.protocol === 'https:';
      const options = { ...optionsOf(outgoing), agent: isSecure ? secure : plain, signal: cancel };
      const request = (isSecure ? https : http).request(options);
      // Not before: a caller's `host` must not decide whose certificate is asked for.
      writeHead(request, outgoing);
      return request;
    },
    close() {
      for (const agent of [plain, secure] satisfies Agent[]) agent.destroy();
    },
  };
}

function optionsOf({ method, url }: Outgoing) {
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    ...(url.port === '' ? {} : { port: url.port }),
    path: url.pathname + url.search,
    method,
    setHost: false,
    maxHeaderSize: MOST_HEADER_BYTES,
  };
}

function writeHead(request: ClientRequest, { method, url, headers, body }: Outgoing): void {
  // Node has made it upper case.
  request.method = method;
  // The size of the head bounds their number; beyond a number Node leaves out what came last.
  request.maxHeadersCount = 0;
  // What is said of the body and the connection is said below, or not at all.
  request.useChunkedEncodingByDefault = false;
  request.removeHeader('connection');
  const lines = new Map<string, string[]>();
  for (const { name, value } of headers) lines.set(name, [...(lines.get(name) ?? []), value]);
  if (!lines.has('host')) lines.set('host', [url.host]);
  if (body !== null || WITH_BODY.has(method)) lines.set('content-length', [String(body?.length ?? 0)]);
  for (const [name, values] of lines) request.setHeader(name, values);
}

function exchange(
  request: ClientRequest,
  { method, body }: Outgoing,
  cancel: AbortSignal,
): Promise<Answer | null | 'stale'> {
  return new Promise((resolve) => {
    request.once('response', (response) => {
      const { statusCode = 0, rawHeaders } = response;
      resolve({ status: statusCode, rawHeaders, body: openBody(response, cancel) });
    });
    request.once('upgrade', ({ statusCode = 0, rawHeaders }, socket) => {
      socket.destroy(); // Nobody here speaks what the server switched to.
      resolve({ status: statusCode, rawHeaders, body: NO_BODY });
    });
    // Stays: an error may also come after the head, and then it is the body's.
    request.on('error', (error) => {
      const isStale = request.reusedSocket && ['ECONNRESET', 'EPIPE'].includes(errnoOf(error));
      resolve(isStale && !cancel.aborted && REPEATABLE.has(method) ? 'stale' : null);
    });
    request.once('close', () => resolve(null)); // Says nothing new after any of the others.
    request.end(body ?? undefined);
  });
}
