// What the SDK's requests over HTTP may not do: bring a message above a bound, end without saying so, or never rest.

import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import { isJsonObject } from './json.ts';

const MESSAGE_BYTES = 8 * 1024 * 1024;

/** The SDK opens a stream again whenever a server ends it. */
const QUICK_STREAMS = 5;
const LONGEST_REST_MS = 30_000;

const NEWLINE = 0x0a;
const RETURN = 0x0d;

export function boundedFetch(inner: FetchLike, limit = MESSAGE_BYTES): FetchLike {
  let streams = 0;
  return async (url, init) => {
    if (init?.method === 'GET') {
      streams += 1;
      if (streams > QUICK_STREAMS) await rest(streams - QUICK_STREAMS, init.signal ?? null);
    }
    const response = await inner(url, init);
    if (response.body === null) return response;
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const id = isStream ? requestIdOf(init) : null;
    const body = boundedBody(response.body, { limit, isStream, id });
    return new Response(body, { status: response.status, statusText: response.statusText, headers: response.headers });
  };
}

interface BodyBounds {
  readonly limit: number;
  /** Each event of it is a message; any other body is one. */
  readonly isStream: boolean;
  /** Who waits for an answer in this stream. */
  readonly id: string | number | null;
}

function boundedBody(
  body: ReadableStream<Uint8Array>,
  { limit, isStream, id }: BodyBounds,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const events = openEventLengths();
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
      const bytes = await next();
      if (bytes === null) {
        if (id !== null && !events.canResume()) controller.enqueue(failedEvent(id, CUT));
        controller.close();
        return;
      }
      length = isStream ? events.longest(bytes) : length + bytes.length;
      if (length > limit) {
        void reader.cancel().catch(() => {});
        const message = `It sent a message above ${limit / 1024 / 1024} MiB.`;
        if (id === null) throw new Error(message);
        controller.enqueue(failedEvent(id, { code: ErrorCode.InternalError, message }));
        controller.close();
        return;
      }
      controller.enqueue(bytes);
    },
    cancel: (reason) => reader.cancel(reason),
  });
}

interface EventLengths {
  /** Bytes of the longest event that is touched by these. */
  longest(bytes: Uint8Array): number;
  /** An event had an id: the SDK asks for what comes after it. */
  canResume(): boolean;
}

function openEventLengths(): EventLengths {
  let length = 0;
  let line = '';
  let wasReturn = false;
  let hasId = false;
  return {
    longest(bytes) {
      let longest = 0;
      for (const byte of bytes) {
        length += 1;
        longest = Math.max(longest, length);
        const isSecondHalf = byte === NEWLINE && wasReturn;
        wasReturn = byte === RETURN;
        if (isSecondHalf) continue;
        if (byte === NEWLINE || byte === RETURN) {
          if (line === '') length = 0;
          line = '';
        } else if (line.length < 3) {
          line += String.fromCharCode(byte);
          if (line === 'id:') hasId = true;
        }
      }
      return longest;
    },
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
