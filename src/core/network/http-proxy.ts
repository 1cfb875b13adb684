// How an HTTP client is served: requests one after the other, tunnels, websockets.

import http from 'node:http';
import type net from 'node:net';
import { joinSockets } from '../../exec/index.ts';
import { errnoOf } from '../../problem/index.ts';
import { type Answer, answerText, blockedAnswer, failedAnswer, refusedAnswer } from './answer.ts';
import { type Connection, sayAndClose } from './connection.ts';
import { relay, relayUpgrade } from './http-relay.ts';
import {
  headWithoutUpgrade,
  isWebsocket,
  type RequestHead,
  readPlainRequest,
  readTunnelRequest,
} from './http-request.ts';
import type { Attempt } from './network-policy.ts';

export interface HttpProxyOptions {
  /** Until a head must be complete, and how long a client may be silent in the middle of a body. */
  readonly requestMs: number;
  /** The longest head, in bytes. */
  readonly headBytes: number;
  readonly onDefect: (error: unknown) => void;
}

export interface HttpProxy {
  /** Takes over a connection of which nothing was read, or everything put back. */
  serve(connection: Connection): void;
}

interface Client extends Connection {
  state: /** Its answer is not begun: another one can take its place. */
    | { readonly kind: 'reading' }
    | { readonly kind: 'relaying'; readonly request: http.IncomingMessage }
    /** The last words are said. */
    | { readonly kind: 'over' };
  /** Requests that are not answered yet. */
  waiting: number;
  /** Ends when the request before the next one is answered. */
  turn: Promise<void>;
}

/** Requests a client may send before the first is answered. apt, the only one known to do so, sends ten. */
const PIPELINED = 128;

/** Uses Node's own parser, in its strict mode, on connections that others accepted. */
export function openHttpProxy({ requestMs, headBytes, onDefect }: HttpProxyOptions): HttpProxy {
  const clients = new WeakMap<object, Client>();
  const server = http.createServer({ maxHeaderSize: headBytes, insecureHTTPParser: false });
  // Past a limit Node drops headers without a word; the bound is that of their bytes.
  server.maxHeadersCount = 0;
  server.timeout = requestMs;
  // A client that has finished sending may still wait for its answer. There is no documented switch for it.
  Object.assign(server, { httpAllowHalfOpen: true });

  function restartDeadline(client: Client): void {
    client.deadline.start(() => refuse(client, refusedAnswer(408, 'The request was not complete in time.')));
  }

  /** Everything that is done for a client: a defect in it ends this connection, not the program. */
  function guard(client: Client, work: Promise<void>): Promise<void> {
    return work.catch((error) => {
      onDefect(error);
      client.socket.destroy();
    });
  }

  server.on('request', (request, response) => {
    const client = clients.get(request.socket);
    if (client === undefined) return;
    client.deadline.stop();
    client.waiting++;
    // Judged and connected one by one: many at once would be many connections for one.
    if (client.waiting > PIPELINED) return void client.socket.destroy();
    client.turn = guard(
      client,
      client.turn.then(async () => {
        if (client.socket.destroyed) return;
        await exchange(client, request, response);
        client.waiting--;
        if (client.socket.destroyed || isOver(client)) return;
        client.state = { kind: 'reading' };
        if (client.waiting === 0) restartDeadline(client);
      }),
    );
  });

  server.on('connect', (request, _, head) => {
    const client = takeOver(request, head);
    if (client !== null) void guard(client, openTunnel(client, headOf(request)));
  });

  server.on('upgrade', (request, _, head) => {
    const isWanted = isWebsocket(headOf(request));
    const again = isWanted ? head : Buffer.concat([Buffer.from(headWithoutUpgrade(headOf(request)), 'latin1'), head]);
    const client = takeOver(request, again);
    if (client === null) return;
    if (isWanted) void guard(client, openWebsocket(client, headOf(request)));
    // Any other protocol is not offered to the server: the request is read again, as the plain one it also is.
    else handOver(client);
  });

  server.on('clientError', (error, socket) => {
    const client = clients.get(socket);
    if (client === undefined || isOver(client)) return;
    const isOurs = errnoOf(error).startsWith('HPE_') && client.socket.writable;
    // In the middle of another answer there is no place for this one.
    if (isOurs && client.state.kind === 'reading') refuse(client, parserAnswer(errnoOf(error)));
    else client.socket.destroy();
  });

  server.on('timeout', (socket) => {
    const client = clients.get(socket);
    // Nothing under way: an idle connection, or a tunnel that fell silent after its end.
    if (client === undefined || client.waiting === 0 || owesBody(client)) return void socket.destroy();
    // The server is slow, or does not take more: no fault of the client.
    socket.setTimeout(requestMs);
  });

  /** The parser has let go of the socket. Null: it cannot be served. */
  function takeOver(request: http.IncomingMessage, unread: Buffer): Client | null {
    const client = clients.get(request.socket);
    if (client === undefined) return null;
    client.deadline.stop();
    // Answers are still to come on it, and what follows them would be mixed with them. No client does that.
    if (client.waiting > 0) {
      client.socket.destroy();
      return null;
    }
    client.socket.setTimeout(0);
    if (unread.length > 0) client.socket.unshift(unread);
    return client;
  }

  function handOver(client: Client): void {
    restartDeadline(client);
    server.emit('connection', client.socket);
    client.socket.resume();
  }

  return {
    serve(connection) {
      const client: Client = { ...connection, state: { kind: 'reading' }, waiting: 0, turn: Promise.resolve() };
      clients.set(connection.socket, client);
      handOver(client);
    },
  };
}

/** One request and its answer; ends when the answer is written or the client gone. */
async function exchange(client: Client, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const answered = new Promise<void>((resolve) => response.once('close', resolve));
  const send = (answer: Answer, more: Readonly<Record<string, string>> = {}): void => {
    if (isOver(client)) return;
    response.writeHead(answer.status, { ...answer.headers, ...more });
    response.end(answer.body);
  };
  const asked = readPlainRequest(headOf(request));
  if (isOver(client)) return answered;
  if (!asked.ok) {
    send(refusedAnswer(400, asked.problem), { connection: 'close' });
    return answered;
  }
  const { target } = asked.value;
  const attempt: Attempt = { target, protocol: 'http', method: request.method ?? '' };
  const reached = await client.reach(attempt);
  if (reached.kind === 'blocked') {
    send(blockedAnswer(target, 'http', reached.reason));
  } else if (reached.kind === 'failed') {
    send(failedAnswer(target, 'http', reached.failure));
  } else if (isOver(client)) {
    reached.socket.destroy();
  } else {
    client.state = { kind: 'relaying', request };
    const failure = await relay(request, response, asked.value, reached.socket);
    if (failure !== null) send(failedAnswer(target, 'http', failure));
  }
  return answered;
}

async function openTunnel(client: Client, head: RequestHead): Promise<void> {
  const target = readTunnelRequest(head);
  if (!target.ok) return refuse(client, refusedAnswer(400, target.problem));
  const upstream = await reachOrRefuse(client, { target: target.value, protocol: 'https', method: null });
  if (upstream === null) return;
  client.socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
  joinSockets(client.socket, upstream);
}

async function openWebsocket(client: Client, head: RequestHead): Promise<void> {
  const asked = readPlainRequest(head);
  if (!asked.ok) return refuse(client, refusedAnswer(400, asked.problem));
  // A tunnel once it is open, so it is judged as one.
  const attempt: Attempt = { target: asked.value.target, protocol: 'http', method: null };
  const upstream = await reachOrRefuse(client, attempt);
  if (upstream === null) return;
  const failure = await relayUpgrade(client.socket, asked.value, upstream);
  if (failure !== null) refuse(client, failedAnswer(attempt.target, attempt.protocol, failure));
}

async function reachOrRefuse(client: Client, attempt: Attempt): Promise<net.Socket | null> {
  const { target, protocol } = attempt;
  const reached = await client.reach(attempt);
  if (reached.kind === 'connected') return reached.socket;
  refuse(
    client,
    reached.kind === 'blocked'
      ? blockedAnswer(target, protocol, reached.reason)
      : failedAnswer(target, protocol, reached.failure),
  );
  return null;
}

function isOver({ state }: Client): boolean {
  return state.kind === 'over';
}

/** We are reading the body of its request, and it is not complete. */
function owesBody({ state }: Client): boolean {
  return state.kind === 'relaying' && !state.request.complete && state.request.readableFlowing === true;
}

function refuse(client: Client, answer: Answer): void {
  client.state = { kind: 'over' };
  sayAndClose(client.socket, answerText(answer));
}

function headOf({ method = '', url = '', httpVersion, rawHeaders }: http.IncomingMessage): RequestHead {
  return { method, url, httpVersion, rawHeaders };
}

function parserAnswer(code: string): Answer {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return refusedAnswer(431, 'The head of the request is too long.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return refusedAnswer(413, 'The extensions of a chunk are too long.');
    default:
      return refusedAnswer(400, 'The request is not valid HTTP/1.1.');
  }
}
