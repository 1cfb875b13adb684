// A model server for tests: speaks the Responses API and Chat Completions on loopback, answers by a script, remembers
// what it was asked.

import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { setInterval } from 'node:timers/promises';
import { chatFrames } from './chat-frames.ts';

type Fields = Record<string, unknown>;

/** A piece of one response: an output item and the events that stream it. */
export interface Part {
  readonly item: Fields;
  readonly deltas: readonly string[];
}

type Pieces = Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>;

/** How one request is answered. */
export type Reply =
  /** A stream of the parts. `end`: completed; the socket destroyed; nothing more; garbage; failed with a code. */
  | {
      readonly kind: 'stream';
      readonly parts: readonly Part[];
      readonly end:
        | 'complete'
        | 'linger'
        | 'cut'
        | 'cut inside the last'
        | 'stall'
        | 'garbage'
        | { readonly failed: Fields }
        | { readonly incomplete: string };
      readonly usage: { readonly input: number; readonly output: number };
    }
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers: Record<string, string>;
      readonly body: unknown;
    }
  /** Bytes as they are. `end`: of the body; of the socket; never. */
  | {
      readonly kind: 'raw';
      readonly headers: Record<string, string>;
      readonly chunks: Pieces;
      readonly end: 'end' | 'cut' | 'stall';
    }
  /** The socket is closed without an answer. */
  | { readonly kind: 'hang up' };

interface ModelRequestSeen {
  readonly number: number;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: {
    readonly model?: string;
    readonly instructions?: string;
    readonly input?: Fields[];
    readonly tools?: Fields[];
  } & Fields;
}

/** Replies in order, or a function of the request. A list that is used up answers 500. */
export type Script = readonly Reply[] | ((request: ModelRequestSeen) => Reply | Promise<Reply>);

export interface ModelServer {
  /** The `base_url` of a provider. */
  readonly url: string;
  readonly requests: readonly ModelRequestSeen[];
  /** Resolves when at least `count` requests have arrived. */
  arrived(count: number): Promise<void>;
  /** Ends all connections, stalled ones too. */
  close(): Promise<void>;
}

const USAGE = { input: 100, output: 20 };

/** A message, streamed word by word. */
export function text(words: string): Part {
  return {
    item: { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: words, annotations: [] }] },
    deltas: words.match(/\S+\s*|\s+/g) ?? [],
  };
}

let callNumber = 0;

/** A call of a tool. `args` as a string goes out as it is, valid or not. */
export function toolCall(name: string, args: Fields | string, callId = `call_${++callNumber}`): Part {
  const json = typeof args === 'string' ? args : JSON.stringify(args);
  return { item: { type: 'function_call', name, arguments: json, call_id: callId }, deltas: [] };
}

/** Reasoning that only the server can read. */
export function thought(encrypted: string): Part {
  return { item: { type: 'reasoning', summary: [], encrypted_content: encrypted }, deltas: [] };
}

/** An item of any other kind. */
export function item(fields: Fields & { readonly type: string }): Part {
  return { item: fields, deltas: [] };
}

/** One complete response of several parts. */
export function respond(...parts: readonly Part[]): Reply {
  return { kind: 'stream', parts, end: 'complete', usage: USAGE };
}

export function say(words: string): Reply {
  return respond(text(words));
}

export function call(name: string, args: Fields | string, callId?: string): Reply {
  return respond(toolCall(name, args, callId));
}

/** Several calls in one response. */
export function calls(list: readonly (readonly [name: string, args: Fields])[]): Reply {
  return respond(...list.map(([name, args]) => toolCall(name, args)));
}

export function status(
  code: number,
  more: { headers?: Record<string, string>; error?: Fields; body?: unknown } = {},
): Reply {
  const error = { message: `scripted ${code}`, ...more.error };
  return { kind: 'status', status: code, headers: more.headers ?? {}, body: more.body ?? { error } };
}

/** The parts, then a broken connection. `inside`: the last part is begun and not finished. */
export function cut(parts: readonly Part[] = [], inside = false): Reply {
  return { kind: 'stream', parts, end: inside ? 'cut inside the last' : 'cut', usage: USAGE };
}

/** The parts, then silence on an open connection. */
export function stall(parts: readonly Part[] = []): Reply {
  return { kind: 'stream', parts, end: 'stall', usage: USAGE };
}

/** A complete response on a connection that the server does not close. */
export function linger(parts: readonly Part[]): Reply {
  return { kind: 'stream', parts, end: 'linger', usage: USAGE };
}

/** The parts, then a frame that is no JSON. */
export function garbage(parts: readonly Part[] = []): Reply {
  return { kind: 'stream', parts, end: 'garbage', usage: USAGE };
}

/** The parts, then the server says that the response failed. */
export function failed(error: { readonly code: string; readonly message: string }, parts: readonly Part[] = []): Reply {
  return { kind: 'stream', parts, end: { failed: error }, usage: USAGE };
}

/** The parts, then the server says that a limit ended the response. */
export function incomplete(reason: string, parts: readonly Part[] = []): Reply {
  return { kind: 'stream', parts, end: { incomplete: reason }, usage: USAGE };
}

/** Signs of life, and nothing else, until nobody listens any more. */
export function onlyBeats(): Reply {
  return raw(
    (async function* () {
      for await (const _ of setInterval(20)) yield ': still here\n\n';
    })(),
  );
}

/** A stream of bytes of the test's own. */
export function raw(
  chunks: Pieces,
  more: { readonly headers?: Record<string, string>; readonly end?: 'end' | 'cut' | 'stall' } = {},
): Reply {
  return { kind: 'raw', chunks, headers: more.headers ?? {}, end: more.end ?? 'end' };
}

export const hangUp: Reply = { kind: 'hang up' };

interface ModelServerOptions {
  /** Serve https with this key and certificate (PEM). */
  readonly tls?: { readonly key: string; readonly cert: string };
  /** What is answered to GET, by path; these are no requests of the script. Anything else is 404. */
  readonly gets?: Readonly<Record<string, unknown>>;
  /** Unsaid, or 0: any that is free. */
  readonly port?: number;
}

export async function startModelServer(script: Script, options: ModelServerOptions = {}): Promise<ModelServer> {
  const requests: ModelRequestSeen[] = [];
  const waiting = new Set<() => void>();

  async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url ?? '/', 'http://localhost');
    if (request.method === 'GET') {
      const found = options.gets?.[url.pathname];
      const body = found ?? { error: { message: 'nothing here' } };
      return send({ kind: 'status', status: found === undefined ? 404 : 200, headers: {}, body }, null, response);
    }
    const seen: ModelRequestSeen = {
      number: requests.length,
      path: url.pathname,
      query: url.searchParams,
      headers: request.headers,
      body: JSON.parse(Buffer.concat(chunks).toString() || '{}'),
    };
    requests.push(seen);
    for (const check of waiting) check();
    const scripted = typeof script === 'function' ? await script(seen) : script[seen.number];
    send(scripted ?? status(500, { error: { message: `the script has no reply ${seen.number}` } }), seen, response);
  }

  const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    // A client that goes away in the middle of a request is part of several tests.
    answer(request, response).catch(() => response.destroy());
  };
  const server = options.tls === undefined ? http.createServer(listener) : https.createServer(options.tls, listener);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/v1`,
    requests,
    arrived: (count) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (requests.length < count) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    async close() {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };
}

function send(reply: Reply, request: ModelRequestSeen | null, response: http.ServerResponse): void {
  switch (reply.kind) {
    case 'raw':
      response.writeHead(200, { 'content-type': 'text/event-stream', ...reply.headers });
      // Whoever goes away in the middle is part of several tests.
      sendRaw(reply, response).catch(() => response.destroy());
      return;
    case 'hang up':
      response.destroy();
      return;
    case 'status':
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
      response.end(typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body));
      return;
    case 'stream':
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      if (request?.path.endsWith('/chat/completions') === true) streamChat(reply, request, response);
      else if (request !== null) stream(reply, request, response);
  }
}

async function sendRaw({ chunks, end }: Extract<Reply, { kind: 'raw' }>, response: http.ServerResponse): Promise<void> {
  for await (const chunk of chunks) {
    if (response.destroyed) return;
    if (!response.write(chunk)) await roomIn(response);
  }
  if (end === 'end') response.end();
  // What was written has to leave first, or the reader would see nothing of it.
  if (end === 'cut') response.write(': cut\n\n', () => response.destroy());
}

/** Until more can be written, or nobody reads any more. */
async function roomIn(response: http.ServerResponse): Promise<void> {
  const over = new AbortController();
  const events = ['drain', 'close'].map((name) => once(response, name, { signal: over.signal }));
  await Promise.race(events);
  over.abort();
  await Promise.allSettled(events);
}

function streamChat(
  reply: Extract<Reply, { kind: 'stream' }>,
  request: ModelRequestSeen,
  response: http.ServerResponse,
): void {
  for (const frame of chatFrames(reply, request.number)) response.write(frame);
  if (reply.end === 'cut' || reply.end === 'cut inside the last') response.write(': cut\n\n', () => response.destroy());
  else if (reply.end !== 'stall' && reply.end !== 'linger') response.end();
}

function stream(
  reply: Extract<Reply, { kind: 'stream' }>,
  request: ModelRequestSeen,
  response: http.ServerResponse,
): void {
  let sequence = 0;
  const emit = (type: string, fields: Fields): void => {
    response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...fields })}\n\n`);
  };
  const id = `resp_${request.number}`;
  emit('response.created', { response: { id, status: 'in_progress' } });
  const output = reply.parts.map((part, index) => ({ id: `item_${request.number}_${index}`, ...part.item }));
  for (const [index, part] of reply.parts.entries()) {
    const whole = output[index];
    if (whole === undefined) continue;
    const isLast = index === reply.parts.length - 1;
    emit('response.output_item.added', { output_index: index, item: { ...whole, status: 'in_progress', content: [] } });
    for (const delta of part.deltas) {
      emit('response.output_text.delta', { output_index: index, content_index: 0, item_id: whole.id, delta });
    }
    if (isLast && reply.end === 'cut inside the last') break;
    emit('response.output_item.done', { output_index: index, item: { ...whole, status: 'completed' } });
  }
  const { input, output: written } = reply.usage;
  const usage = { input_tokens: input, output_tokens: written, total_tokens: input + written };
  const { end } = reply;
  if (end === 'complete' || end === 'linger') {
    emit('response.completed', { response: { id, status: 'completed', output, usage } });
    if (end === 'complete') response.end();
  } else if (end === 'cut' || end === 'cut inside the last') {
    // What was written has to leave first, or the reader would see nothing of it.
    response.write(': cut\n\n', () => response.destroy());
  } else if (end === 'garbage') {
    response.end('data: {"type": "response.output_te\n\n');
  } else if (typeof end === 'object' && 'failed' in end) {
    emit('response.failed', { response: { id, status: 'failed', error: end.failed } });
    response.end();
  } else if (typeof end === 'object') {
    emit('response.incomplete', { response: { id, incomplete_details: { reason: end.incomplete }, output, usage } });
    response.end();
  }
}
