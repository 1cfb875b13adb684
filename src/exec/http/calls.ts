// What do the HTTP requests of one connection share? Their bounds, their ids and their end.

import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, invalidParams, invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import type { Params, Results } from '../protocol/messages.ts';
import type { AffinityCookies } from './affinity-cookies.ts';
import { withAffinity } from './affinity-transport.ts';
import { roomForBody, toldHeaders } from './answer-headers.ts';
import { ask } from './ask.ts';
import type { Body } from './body.ts';
import { readOutgoing } from './outgoing.ts';
import { openTransport } from './transport.ts';
import { BROKEN_BODY, readWhole } from './whole-body.ts';

/** Requests without an answer and bodies without an end, of one connection: each may hold some megabytes. */
export const MOST_CALLS = 128;

/** What a timer of Node takes: 24 days. A longer wait would become none at all. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The params of `http/request/bodyDelta`, ready to be sent. */
export interface BodyDelta {
  readonly requestId: string;
  /** From 1, without holes. */
  readonly seq: number;
  readonly deltaBase64: string;
  readonly done: boolean;
  readonly error: string | null;
}

export interface HttpCallsOptions {
  /** Of the executor: what `valueEnvVar` means. Variables that name a proxy are not looked at. */
  readonly env: NodeJS.ProcessEnv;
  /** Takes the body of a streamed answer. While what it returns is pending, no more is read. It must not reject. */
  readonly tell: (delta: BodyDelta) => void | Promise<void>;
  /** Certificates in PEM to trust beside those that Node knows. */
  readonly ca?: readonly string[];
  /** Of all connections of a program. */
  readonly cookies: AffinityCookies;
}

type Answered = Result<Results['http/request'], RpcFailure>;

export interface HttpCalls {
  /**
   * Resolves with the whole answer, or, when it is streamed, with its head: then the first delta is told in a later
   * turn of the loop, so that whoever sends the head at once sends it first.
   */
  request(params: Params<'http/request'>): Promise<Answered>;
  /** The connection is gone: everything ends, and nothing is told any more. */
  closeAll(): void;
}

interface Call {
  readonly cancel: AbortSignal;
  end(): void;
}

export function openHttpCalls({ env, tell, ca = [], cookies }: HttpCallsOptions): HttpCalls {
  const transport = withAffinity(openTransport(ca), cookies);
  const calls = new Set<AbortController>();
  const streamIds = new Set<string>();
  let isClosed = false;

  const refusalOf = ({ requestId, streamResponse }: Params<'http/request'>): RpcFailure | null => {
    if (isClosed) return invalidRequest('http/request failed: the connection is closed');
    if (streamResponse && streamIds.has(requestId)) {
      return invalidParams(`http/request streamResponse requestId \`${requestId}\` is already active`);
    }
    if (calls.size < MOST_CALLS) return null;
    return invalidRequest(`at most ${MOST_CALLS} HTTP requests may be active per connection`);
  };

  /** Ends by itself at the deadline, which counts from here to the end of the body. */
  const openCall = ({ requestId, streamResponse, timeoutMs }: Params<'http/request'>): Call => {
    const controller = new AbortController();
    const abort = (): void => controller.abort();
    const timer = timeoutMs === null ? null : setTimeout(abort, Math.min(timeoutMs, LONGEST_TIMER_MS));
    calls.add(controller);
    if (streamResponse) streamIds.add(requestId);
    return {
      cancel: controller.signal,
      end() {
        if (timer !== null) clearTimeout(timer);
        calls.delete(controller);
        if (streamResponse) streamIds.delete(requestId);
      },
    };
  };

  /** The id is free again before the last delta is told: its reader may use it at once. */
  const passOn = async (requestId: string, body: Body, end: () => void): Promise<void> => {
    for (let seq = 1; ; seq++) {
      const piece = await body.next();
      const done = piece.kind !== 'bytes';
      if (done) end();
      if (isClosed) return;
      const deltaBase64 = piece.kind === 'bytes' ? piece.bytes.toString('base64') : '';
      await tell({ requestId, seq, deltaBase64, done, error: piece.kind === 'cut' ? BROKEN_BODY : null });
      if (done) return;
    }
  };

  return {
    async request(params) {
      const refusal = refusalOf(params);
      if (refusal !== null) return fail(refusal);
      const outgoing = readOutgoing(params, env);
      if (!outgoing.ok) return outgoing;
      if (params.timeoutMs === 0) return fail(internal('http/request failed: route-aware request timed out'));
      const call = openCall(params);
      const answer = await ask(transport, outgoing.value, params.redirectPolicy ?? 'follow', call.cancel);
      if (!answer.ok) {
        call.end();
        return answer;
      }
      const { status, rawHeaders, body } = answer.value;
      const headers = toldHeaders(rawHeaders);
      if (params.streamResponse) {
        void passOn(params.requestId, body, call.end);
        return ok({ status, headers, bodyBase64: '' });
      }
      const whole = await readWhole(body, roomForBody(headers));
      call.end();
      return whole.ok ? ok({ status, headers, bodyBase64: whole.value.toString('base64') }) : whole;
    },
    closeAll() {
      isClosed = true;
      for (const call of calls) call.abort();
      transport.close();
    },
  };
}
