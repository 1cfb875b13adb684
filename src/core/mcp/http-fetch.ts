// What the SDK's requests over HTTP may not do: bring a message above a bound, end without saying so, or never rest.

import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { type Chatter, openChatter } from './chatter.ts';
import { isJsonObject } from './json.ts';

const MESSAGE_BYTES = 8 * 1024 * 1024;

/** The SDK opens a stream again whenever a server ends it. */
const QUICK_STREAMS = 5;
const LONGEST_REST_MS = 30_000;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

export function boundedFetch(inner: FetchLike, limit = MESSAGE_BYTES): FetchLike {
  let streams = 0;
  const chatter = openChatter();
  return async (url, init) => {
    if (init?.method === 'GET') {
      streams += 1;
      if (streams > QUICK_STREAMS) await rest(streams - QUICK_STREAMS, init.signal ?? null);
    }
    const response = await inner(url, init);
    if (response.body === null) return response;
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const id = isStream ? requestIdOf(init) : null;
    const body = boundedBody(response.body, { limit, isStream, id, chatter });
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
  };
}

interface BodyBounds {
  readonly limit: number;
  /** Each event of it is a message; any other body is one. */
  readonly isStream: boolean;
  /** Who waits for an answer in this stream. */
  readonly id: string | number | null;
  readonly chatter: Chatter;
}

function boundedBody(
  body: ReadableStream<Uint8Array>,
  { limit, isStream, id, chatter }: BodyBounds,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const events = openEvents();
  let length = 0;
  const next = async (): Promise<Uint8Array | null> => {
    try {
      const { value, done } = await reader.read();
      return done ? null : value;
    } catch (error) {
      // Cut off: as if it had ended, where that can be said to the one who waits.
      if (id === null || events.canResume()) throw error;
      return null;
    }
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      for (let isWaiting = true; isWaiting; ) {
        const bytes = await next();
        if (bytes === null) {
          const rest = events.rest();
          if (rest.length > 0) controller.enqueue(rest);
          if (id !== null && !events.canResume()) controller.enqueue(failedEvent(id, CUT));
          return controller.close();
        }
        length = isStream ? 0 : length + bytes.length;
        const pieces = isStream ? events.push(bytes).filter((event) => chatter.passes(event)) : [bytes];
        if (length > limit || events.openLength() > limit || pieces.some((it) => it.length > limit)) {
          void reader.cancel().catch(() => {});
          const message = `It sent a message above ${limit / 1024 / 1024} MiB.`;
          if (id === null) throw new Error(message);
          controller.enqueue(failedEvent(id, { code: ErrorCode.InternalError, message }));
          return controller.close();
        }
        for (const piece of pieces) controller.enqueue(piece);
        isWaiting = pieces.length === 0;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

interface Events {
  /** Those that are whole now. */
  push(bytes: Uint8Array): readonly Buffer[];
  /** Bytes of the one that is not. */
  openLength(): number;
  /** The last one, which nothing ended. */
  rest(): Buffer;
  /** An event had an id: the SDK asks for what comes after it. */
  canResume(): boolean;
}

function openEvents(): Events {
  let open: Uint8Array[] = [];
  let openLength = 0;
  let line = '';
  let wasReturn = false;
  let hasId = false;
  const take = (bytes: Uint8Array): void => {
    open.push(bytes);
    openLength += bytes.length;
  };
  const takeOut = (): Buffer => {
    const event = Buffer.concat(open, openLength);
    open = [];
    openLength = 0;
    return event;
  };
  return {
    push(bytes) {
      const whole: Buffer[] = [];
      let from = 0;
      for (let at = 0; at < bytes.length; at += 1) {
        const byte = bytes[at] ?? NEWLINE;
        const isSecondHalf = byte === NEWLINE && wasReturn;
        wasReturn = byte === RETURN;
        if (isSecondHalf) continue;
        if (byte === NEWLINE || byte === RETURN) {
          if (line === '') {
            take(bytes.subarray(from, at + 1));
            from = at + 1;
            whole.push(takeOut());
          }
          line = '';
        } else if (line.length < 3) {
          line += String.fromCharCode(byte);
          if (line === 'id:') hasId = true;
        }
      }
      if (from < bytes.length) take(bytes.subarray(from));
      return whole;
    },
    openLength: () => openLength,
    rest: takeOut,
    canResume: () => hasId,
  };
}

const CUT = { code: ErrorCode.ConnectionClosed, message: 'The connection was cut before the answer.' };

/** The SDK lets a request wait whose stream ended without its answer; this ends it. An answered one is not affected. */
function failedEvent(id: string | number, error: { code: number; message: string }): Uint8Array {
  const message = JSON.stringify({ jsonrpc: '2.0', id, error });
  return new TextEncoder().encode(`\n\nevent: message\ndata: ${message}\n\n`);
}

function requestIdOf(init: RequestInit | undefined): string | number | null {
  if (init?.method !== 'POST' || typeof init.body !== 'string') return null;
  const message: unknown = JSON.parse(init.body);
  if (!isJsonObject(message)) return null;
  return typeof message.id === 'string' || typeof message.id === 'number' ? message.id : null;
}

function rest(extra: number, signal: AbortSignal | null): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, Math.min(1_000 * 2 ** (extra - 1), LONGEST_REST_MS));
    timer.unref();
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
