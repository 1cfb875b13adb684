// What the SDK takes for a fetch, where another machine makes the request.

import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { MachineServices } from '../../exec/index.ts';
import { problemText } from '../../problem/index.ts';

export interface MachineFetchAround {
  readonly services: MachineServices;
  /** The only headers that are sent, lower case. */
  readonly allowedHeaders: ReadonlySet<string>;
  /** The variable of that machine that holds the token of every request. It does not come here. */
  readonly tokenVariable: string | null;
  /** How long a request may take, its answer included; null: as long as somebody waits. */
  readonly timeLeft: () => number | null;
}

/** As for a request from here. */
const OWN_HEADERS = { 'user-agent': 'codex_ts', 'accept-encoding': 'identity' };

/** Statuses that have no body, for whoever makes a `Response`. */
const EMPTY = new Set([204, 205, 304]);

/** Follows no redirect. */
export function openMachineFetch(around: MachineFetchAround): FetchLike {
  const { services, tokenVariable, timeLeft } = around;
  return async (url, init = {}) => {
    const method = init.method ?? 'GET';
    const signal = init.signal ?? null;
    signal?.throwIfAborted();
    // A stream of events that a server opens for us stays open.
    const isStream =
      method === 'GET' && new Headers(init.headers).get('accept')?.includes('text/event-stream') === true;
    const asked = services.request({
      method,
      url: String(url),
      headers: headersOf(init, around.allowedHeaders, tokenVariable),
      body: init.body === undefined || init.body === null ? null : String(init.body),
      timeoutMs: isStream ? null : timeLeft(),
    });
    const answer = await untilGivenUp(asked, signal);
    if (!answer.ok) throw new Error(problemText(answer.problem));
    const { headers, next, cancel } = answer.value;
    const status = Math.min(answer.value.status, 599);
    const told = toldHeaders(headers);
    if (!EMPTY.has(status)) return new Response(bodyOf(next, cancel, signal), { status, headers: told });
    cancel();
    return new Response(null, { status, headers: told });
  };
}

function toldHeaders(headers: readonly { readonly name: string; readonly value: string }[]): Headers {
  const told = new Headers();
  for (const { name, value } of headers) {
    // Lengths are of the way to that machine.
    if (/^(content-length|transfer-encoding)$/i.test(name)) continue;
    try {
      told.append(name, value);
    } catch {
      // No header of HTTP: nobody here asks for it.
    }
  }
  return told;
}

type Next = Extract<Awaited<ReturnType<MachineServices['request']>>, { ok: true }>['value']['next'];

function bodyOf(next: Next, cancel: () => void, signal: AbortSignal | null): ReadableStream<Uint8Array> {
  let stop: () => void = () => {};
  return new ReadableStream<Uint8Array>({
    start(controller) {
      stop = () => {
        cancel();
        controller.error(signal?.reason);
      };
      signal?.addEventListener('abort', stop, { once: true });
    },
    async pull(controller) {
      const piece = await next();
      if (signal?.aborted === true) return;
      if (piece.ok && piece.value !== null) return controller.enqueue(piece.value);
      signal?.removeEventListener('abort', stop);
      if (piece.ok) controller.close();
      else controller.error(new Error(problemText(piece.problem)));
    },
    cancel() {
      signal?.removeEventListener('abort', stop);
      cancel();
    },
  });
}

/** The protocol has no word to take a request back: what comes all the same is dropped. */
function untilGivenUp(
  asked: ReturnType<MachineServices['request']>,
  signal: AbortSignal | null,
): ReturnType<MachineServices['request']> {
  if (signal === null) return asked;
  return new Promise((resolve, reject) => {
    const giveUp = () => {
      void asked.then((answer) => answer.ok && answer.value.cancel());
      reject(signal.reason);
    };
    signal.addEventListener('abort', giveUp, { once: true });
    void asked.then((answer) => {
      signal.removeEventListener('abort', giveUp);
      resolve(answer);
    });
    if (signal.aborted) giveUp();
  });
}

function headersOf(init: RequestInit, allowed: ReadonlySet<string>, tokenVariable: string | null) {
  const headers = new Headers(init.headers);
  if (init.body instanceof URLSearchParams && !headers.has('content-type')) {
    headers.set('content-type', 'application/x-www-form-urlencoded;charset=UTF-8');
  }
  const sent = [...Object.entries(OWN_HEADERS), ...[...headers].filter(([name]) => allowed.has(name))];
  const own = [...new Map(sent)].map(([name, value]) => ({ name, value, variable: null }));
  const token = { name: 'authorization', value: 'Bearer ', variable: tokenVariable };
  return tokenVariable === null ? own : [...own, token];
}
