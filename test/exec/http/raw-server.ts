// A server on loopback that answers exactly the bytes it is told to, for what no well-behaved server would send.

import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { loopbackCertificate } from '../../support/loopback-certificate.ts';

export interface RawRequest {
  /** `GET /path HTTP/1.1` and the lines of the head, without line ends. */
  readonly lines: readonly string[];
  readonly path: string;
  readonly body: string;
  /** Which connection it came over, from 1. */
  readonly connection: number;
}

export interface RawServer {
  readonly port: number;
  /** Without a slash at the end. */
  readonly url: string;
  readonly requests: RawRequest[];
  /** The next request that has not been waited for. */
  request(): Promise<RawRequest>;
  close(): Promise<void>;
}

export type Answerer = (socket: Socket, request: RawRequest) => void;

/** `host` may be `::1`. */
export async function openRawServer(
  answer: Answerer,
  { host = '127.0.0.1', isSecure = false } = {},
): Promise<RawServer> {
  const requests: RawRequest[] = [];
  const sockets = new Set<Socket>();
  let waitedFor = 0;
  let heard = (): void => {};
  let connections = 0;

  const serve = (socket: Socket): void => {
    const connection = ++connections;
    let text = '';
    sockets.add(socket);
    socket.on('error', () => {}); // The other side may go when it likes.
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
      const headEnd = text.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const head = text.slice(0, headEnd);
      const bodyBytes = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      if (text.length < headEnd + 4 + bodyBytes) return;
      const lines = head.split('\r\n');
      const request = { lines, path: lines[0]!.split(' ')[1]!, body: text.slice(headEnd + 4), connection };
      text = '';
      requests.push(request);
      heard();
      answer(socket, request);
    });
  };

  const server: Server = isSecure ? createTlsServer(loopbackCertificate, serve) : createServer(serve);
  server.listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const name = host.includes(':') ? `[${host}]` : host;
  return {
    port,
    url: `${isSecure ? 'https' : 'http'}://${name}:${port}`,
    requests,
    async request() {
      while (requests.length <= waitedFor) {
        await new Promise<void>((resolve) => {
          heard = resolve;
        });
      }
      return requests[waitedFor++]!;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** An answer that keeps the connection. `head` are lines after the status line. */
export function whole(body = '', head: readonly string[] = [], status = '200 OK'): string {
  return `HTTP/1.1 ${status}\r\n${[...head, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`;
}
