// An MCP server over HTTP on loopback that behaves as it is told.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HttpServer {
  readonly url: string;
  /** Method, headers and message of each request. */
  readonly seen: readonly Seen[];
  /** From now on. */
  behave(how: Behaviour): void;
  /** Sessions it knows no more. */
  forget(): void;
  close(): Promise<void>;
}

export interface Seen {
  readonly method: string;
  readonly headers: IncomingMessage['headers'];
  readonly message: Message | null;
}

export type Behaviour =
  | 'works'
  | 'streams'
  | 'hangs'
  | 'cuts'
  | 'ends early'
  | 'wants login'
  | 'too long'
  | 'endless event'
  | 'redirects'
  | 'wrong type'
  | 'opens and ends streams'
  | 'chatty'
  | 'fails';

interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params?: {
    readonly protocolVersion?: string;
    readonly arguments?: { readonly text?: string };
    readonly _meta?: { readonly progressToken?: number };
  };
}

export async function openHttpServer(elsewhere = ''): Promise<HttpServer> {
  const seen: Seen[] = [];
  let how: Behaviour = 'works';
  let sessions = 0;
  let known = new Set<string>();

  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const message: Message | null = body === '' ? null : JSON.parse(body);
    seen.push({ method: request.method ?? '', headers: request.headers, message });
    if (how === 'wants login') return void response.writeHead(401, { 'www-authenticate': 'Bearer' }).end();
    if (how === 'redirects') return void response.writeHead(307, { location: elsewhere }).end();
    if (request.method === 'DELETE') {
      known.delete(String(request.headers['mcp-session-id']));
      return void response.writeHead(200).end();
    }
    if (request.method === 'GET') {
      if (how !== 'opens and ends streams') return void response.writeHead(405).end();
      return void response.writeHead(200, { 'content-type': 'text/event-stream' }).end('retry: 0\n\n');
    }
    if (message?.method === 'initialize') return initialize(message, response);
    if (!known.has(String(request.headers['mcp-session-id']))) return void response.writeHead(404).end();
    if (message?.id === undefined) return void response.writeHead(202).end();
    if (message.method === 'tools/list') {
      const tools = [{ name: 'echo', inputSchema: { type: 'object' } }];
      return answer(response, message, { tools });
    }
    call(message, response);
  });

  function initialize(message: Message, response: ServerResponse): void {
    sessions += 1;
    const session = `session-${sessions}`;
    known.add(session);
    response.setHeader('mcp-session-id', session);
    const protocolVersion = message.params?.protocolVersion;
    answer(response, message, {
      protocolVersion,
      capabilities: { tools: {} },
      serverInfo: { name: 'h', version: '1' },
    });
  }

  async function chatter({ id, params }: Message, response: ServerResponse): Promise<void> {
    const told = { progressToken: params?._meta?.progressToken, progress: 1 };
    const event = `data: ${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/progress', params: told })}\n\n`;
    for (let i = 0; i < 100; i++) {
      if (!response.write(event.repeat(1_000))) await new Promise<void>((resolve) => response.once('drain', resolve));
    }
    const result = { content: [{ type: 'text', text: 'enough' }] };
    response.end(`data: ${JSON.stringify({ jsonrpc: '2.0', id, result })}\n\n`);
  }

  function call(message: Message, response: ServerResponse): void {
    const result = { content: [{ type: 'text', text: String(message.params?.arguments?.text) }] };
    const stream = { 'content-type': 'text/event-stream' };
    switch (how) {
      case 'hangs':
        return;
      case 'cuts':
        response.writeHead(200, stream).write(': wait\n\n', () => response.destroy());
        return;
      case 'ends early':
        response.writeHead(200, stream).end(': nothing to say\n\n');
        return;
      case 'streams':
        response.writeHead(200, stream).write(': first\r\n\r\n');
        response.end(`event: message\r\ndata: ${JSON.stringify({ jsonrpc: '2.0', id: message.id, result })}\r\n\r\n`);
        return;
      case 'too long':
        answer(response, message, { content: [{ type: 'text', text: 'y'.repeat(9 * 1024 * 1024) }] });
        return;
      case 'endless event': {
        response.writeHead(200, stream);
        const more = () => {
          while (!response.destroyed && response.write(`data: ${'y'.repeat(60_000)}\r\n`));
          response.once('drain', more);
        };
        more();
        return;
      }
      case 'chatty':
        response.writeHead(200, stream);
        void chatter(message, response);
        return;
      case 'wrong type':
        response.writeHead(200, { 'content-type': 'text/html' }).end('<p>Please log in');
        return;
      case 'fails':
        response.writeHead(500).end('database is away');
        return;
      default:
        answer(response, message, result);
    }
  }

  function answer(response: ServerResponse, { id }: Message, result: object): void {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ jsonrpc: '2.0', id, result }));
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has such an address.
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    behave: (it) => {
      how = it;
    },
    forget: () => {
      known = new Set();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
