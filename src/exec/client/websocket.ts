// How does the client reach a server by URL: over TCP, TLS or a socket of this machine?

import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { ClientOptions, RawData, WebSocket } from 'ws';
import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { LIMITS } from '../protocol/messages.ts';
import { shownText } from './shown-text.ts';
import type { OpenTransport, Transport, TransportListener } from './transport.ts';

/** Half of what a server takes as one frame; longer messages go out in several. */
const FRAME_BYTES = LIMITS.frameBytes / 2;

/** A peer that does not answer our close is gone. */
const CLOSE_MS = 1000;

/** What of a refusal's body is shown. */
const REFUSAL_BYTES = 1024;

export interface WebSocketOptions {
  /** `ws://`, `wss://`, or `unix:///absolute/path` for a WebSocket over a socket of this machine. */
  readonly url: string;
  /** Sent as `Authorization: Bearer`; in no text of ours. */
  readonly token: string | null;
  readonly connectMs: number;
}

export function webSocketTransport({ url, token, connectMs }: WebSocketOptions): OpenTransport {
  const shown = shownUrl(url);
  const withoutToken = (text: string): string => (token === null || token === '' ? text : text.replaceAll(token, '…'));
  return async (listener, signal) => {
    const { WebSocket: Client } = await import('ws');
    if (signal.aborted) return fail('cancelled');
    const told: TransportListener = { ...listener, ended: (why) => listener.ended(withoutToken(why)) };
    let socket: WebSocket;
    try {
      // Small messages are never held back: the package sets TCP_NODELAY on each connection.
      const { address, way } = placeOf(url);
      socket = new Client(address, {
        ...way,
        headers: token === null ? {} : { authorization: `Bearer ${token}` },
        perMessageDeflate: false,
        maxPayload: LIMITS.messageBytes,
      });
    } catch (error) {
      return fail(withoutToken(`cannot connect to ${shown}: ${causeOf(error)}`));
    }
    const opened = await untilOpen(socket, { listener: told, signal, shown, connectMs });
    return opened.ok ? opened : fail(withoutToken(opened.problem));
  };
}

interface Opening {
  readonly listener: TransportListener;
  readonly signal: AbortSignal;
  readonly shown: string;
  readonly connectMs: number;
}

function untilOpen(
  socket: WebSocket,
  { listener, signal, shown, connectMs }: Opening,
): Promise<Result<Transport, string>> {
  return new Promise((resolve) => {
    let stream: Socket | null = null;
    let isOpen = false;
    let why = 'the server closed the connection';
    let isOurs = false;
    const giveUp = (text: string): void => {
      isOurs = true;
      why = text;
      socket.terminate();
    };
    const cancel = (): void => giveUp('cancelled');
    const timer = setTimeout(() => giveUp(`no answer within ${connectMs / 1000}s`), connectMs);
    signal.addEventListener('abort', cancel, { once: true });
    const stopWaiting = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', cancel);
    };
    const refuse = (text: string): void => {
      stopWaiting();
      resolve(fail(`cannot connect to ${shown}: ${text}`));
    };
    socket.on('upgrade', (response) => {
      stream = response.socket;
    });
    socket.once('unexpected-response', (_request, response) => {
      void refusalOf(response).then((text) => {
        refuse(text);
        socket.terminate();
      });
    });
    socket.once('open', () => {
      isOpen = true;
      stopWaiting();
      resolve(ok(openedTransport(socket, stream)));
    });
    socket.on('message', (data: RawData) => listener.message(textOf(data)));
    socket.on('error', (error) => {
      // `close` follows; what we ended ourselves has its reason already.
      if (!isOurs) why = error.message;
    });
    socket.once('close', (code, reason) => {
      const text =
        code === 1006 ? why : `closed with ${code}${reason.length > 0 ? ` ${shownText(String(reason))}` : ''}`;
      if (isOpen) listener.ended(`${shown}: ${text}`);
      else refuse(text);
    });
  });
}

function openedTransport(socket: WebSocket, stream: Socket | null): Transport {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  return {
    send(text) {
      if (text.length < FRAME_BYTES / 4) return socket.send(text);
      const bytes = Buffer.from(text);
      for (let from = 0; from < bytes.length; from += FRAME_BYTES) {
        const fin = from + FRAME_BYTES >= bytes.length;
        socket.send(bytes.subarray(from, from + FRAME_BYTES), { binary: false, fin });
      }
    },
    waitingBytes: () => socket.bufferedAmount,
    receivedBytes: () => stream?.bytesRead ?? 0,
    ping() {
      // One that closes just now has no use for a ping.
      if (socket.readyState === socket.OPEN) socket.ping();
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    close() {
      socket.resume();
      socket.close(1000);
      const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
      return closed.then(() => clearTimeout(timer));
    },
  };
}

/** Over a socket of this machine the address is only what the request says; where it goes is decided here. */
function placeOf(url: string): { readonly address: string; readonly way: ClientOptions } {
  if (!url.startsWith('unix:')) return { address: url, way: {} };
  const path = decodeURIComponent(new URL(url).pathname);
  return { address: 'ws://localhost/', way: { createConnection: () => connect({ path }) } };
}

/** Without what may be a secret: user, password, query. */
function shownUrl(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
  } catch {
    return 'the given URL';
  }
}

async function refusalOf(response: IncomingMessage): Promise<string> {
  let body = '';
  try {
    for await (const bytes of response) {
      body += String(bytes);
      if (body.length >= REFUSAL_BYTES) break;
    }
  } catch {
    // Cut off: its status says enough.
  }
  const text = shownText(body.slice(0, REFUSAL_BYTES));
  return `the server answered ${response.statusCode ?? 0}${text === '' ? '' : `: ${text}`}`;
}

function textOf(data: RawData): string {
  if (Array.isArray(data)) return Buffer.concat(data).toString();
  return Buffer.isBuffer(data) ? data.toString() : Buffer.from(data).toString();
}
