// Where do connections come in? An HTTP server that upgrades them.

import { createServer, type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { WebSocketServer } from 'ws';
import { LIMITS } from '../protocol/messages.ts';
import type { Authenticate } from './authentication.ts';
import type { ConnectionPlace } from './connection.ts';
import { answerTo, type SurfaceAnswer } from './http-surface.ts';
import { carryWebSocket } from './web-socket-carrier.ts';

export interface WebListener {
  /** Not listening yet: the caller binds it. */
  readonly server: Server;
  /** Ends every connection at once. */
  close(): void;
}

/** `authenticate` null asks nobody. `name`: how this end is called in answers, e.g. `exec-server websocket client`. */
export function openWebListener(authenticate: Authenticate | null, place: ConnectionPlace): WebListener {
  const sockets = new Set<Socket>();
  const upgrades = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: LIMITS.messageBytes });
  const server = createServer({ noDelay: true }, (request, response) => {
    const answer = answerTo(surfaceOf(request), authenticate) ?? UPGRADE_MISSING;
    response.writeHead(answer.status, headersOf(answer));
    response.end(answer.body);
    // What it sent besides is not read.
    request.resume();
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => {
      // A peer that goes away in the middle; `close` follows.
    });
    const answer = answerTo(surfaceOf(request), authenticate);
    if (answer !== null) return socket.end(rawAnswer(answer));
    // No subprotocol is chosen, whatever is offered.
    delete request.headers['sec-websocket-protocol'];
    upgrades.handleUpgrade(request, socket, head, (webSocket) => {
      const { remoteAddress, remotePort } = socket;
      const from = remoteAddress === undefined ? 'a client' : `client ${remoteAddress}:${remotePort}`;
      carryWebSocket(webSocket, socket, `exec-server websocket ${from}`, place);
    });
  });
  return {
    server,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Node hands over as a plain request what has all the headers of an upgrade but is none, as with HTTP/1.0. */
const UPGRADE_MISSING: SurfaceAnswer = { status: 400, body: "Connection header did not include 'upgrade'" };

function surfaceOf({ method = '', url = '', headers }: IncomingMessage): Parameters<typeof answerTo>[0] {
  return { method, url, headers };
}

function headersOf({ body }: SurfaceAnswer): Record<string, string | number> {
  return {
    ...(body === '' ? {} : { 'content-type': 'text/plain; charset=utf-8' }),
    'content-length': Buffer.byteLength(body),
  };
}

function rawAnswer(answer: SurfaceAnswer): string {
  const headers = Object.entries({ ...headersOf(answer), connection: 'close' });
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  return `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\n${lines}\r\n${answer.body}`;
}
