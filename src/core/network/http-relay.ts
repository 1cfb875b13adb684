// One request goes on to its server, and the answer comes back.

import http from 'node:http';
import type net from 'node:net';
import { joinSockets } from '../../exec/index.ts';
import { causeOf } from '../../problem/index.ts';
import { endToEndHeaders, type PlainRequest } from './http-request.ts';
import type { UpstreamFailure } from './upstream.ts';

/** Servers send longer heads than clients: cookies, content policies. */
const ANSWER_HEAD_BYTES = 128 * 1024;

type Answered =
  | { readonly kind: 'answer'; readonly answer: http.IncomingMessage }
  | { readonly kind: 'upgrade'; readonly answer: http.IncomingMessage; readonly head: Buffer }
  | { readonly kind: 'none'; readonly failure: UpstreamFailure };

/**
 * Relays both bodies, each as fast as its reader takes it. The connection is this request's own and ends with it: none
 * is ever used for another client or another judgement. Gives what to tell the client when there is no answer.
 */
export async function relay(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  asked: PlainRequest,
  upstream: net.Socket,
): Promise<UpstreamFailure | null> {
  if (request.socket.destroyed) {
    upstream.destroy();
    return null;
  }
  response.once('close', () => upstream.destroy());
  const outgoing = begin(request.method ?? '', asked, upstream, { Connection: 'close' });
  request.pipe(outgoing);
  const answered = await answerOf(outgoing);
  if (answered.kind === 'upgrade') return unasked(upstream);
  if (answered.kind === 'none') {
    upstream.destroy();
    return answered.failure;
  }
  const { answer } = answered;
  const status = answer.statusCode ?? 0;
  if (status < 200) return unasked(upstream);
  response.sendDate = false;
  response.writeHead(status, phraseOf(answer), endToEndHeaders(answer.rawHeaders));
  // Cut short: the client must not take it for the whole.
  answer.once('error', () => request.socket.destroy());
  answer.pipe(response);
  return null;
}

/** Relays the request for a websocket, and whatever the server answers. */
export async function relayUpgrade(
  client: net.Socket,
  asked: PlainRequest,
  upstream: net.Socket,
): Promise<UpstreamFailure | null> {
  const outgoing = begin('GET', asked, upstream, { Connection: 'Upgrade', Upgrade: 'websocket' });
  outgoing.end();
  const answered = await answerOf(outgoing);
  if (answered.kind === 'none') {
    upstream.destroy();
    return answered.failure;
  }
  const { answer } = answered;
  if (answered.kind === 'upgrade') {
    client.write(headText(answer, ['Connection', 'Upgrade', 'Upgrade', 'websocket']));
    if (answered.head.length > 0) upstream.unshift(answered.head);
    joinSockets(client, upstream);
    return null;
  }
  client.once('close', () => upstream.destroy());
  client.write(headText(answer, ['Connection', 'close']));
  answer.once('error', () => client.destroy());
  // Ends by the end of the connection, so what the client goes on sending is of no interest.
  answer.pipe(client);
  client.resume();
  return null;
}

function begin(
  method: string,
  { path, headers }: PlainRequest,
  upstream: net.Socket,
  more: Readonly<Record<string, string>>,
): http.ClientRequest {
  return http.request({
    createConnection: () => upstream,
    method,
    path,
    headers: [...headers, ...Object.entries(more).flat()],
    maxHeaderSize: ANSWER_HEAD_BYTES,
  });
}

/** Its later errors arrive at the answer's body too, and are looked at there. */
function answerOf(outgoing: http.ClientRequest): Promise<Answered> {
  return new Promise((resolve) => {
    outgoing.on('error', (error) =>
      resolve({ kind: 'none', failure: { reason: 'unreachable', why: `it gave no valid answer: ${causeOf(error)}` } }),
    );
    outgoing.once('response', (answer) => resolve({ kind: 'answer', answer }));
    outgoing.once('upgrade', (answer, _, head) => resolve({ kind: 'upgrade', answer, head }));
  });
}

function unasked(upstream: net.Socket): UpstreamFailure {
  upstream.destroy();
  return { reason: 'unreachable', why: 'it answered with what nobody asked for' };
}

function headText(answer: http.IncomingMessage, more: readonly string[]): Buffer {
  const all = [...endToEndHeaders(answer.rawHeaders), ...more];
  const lines = all.map((text, i) => (i % 2 === 0 ? `${text}: ` : `${text}\r\n`));
  return Buffer.from(`HTTP/1.1 ${answer.statusCode} ${phraseOf(answer)}\r\n${lines.join('')}\r\n`, 'latin1');
}

/** The one part of an answer that the parser does not look at. */
function phraseOf({ statusMessage = '' }: http.IncomingMessage): string {
  return statusMessage.replace(/[^\t\x20-\x7e\x80-\xff]/g, '');
}
