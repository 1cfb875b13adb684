// One session over connections that may be lost and found again: what becomes of a call right now?

import { fail, ok, type Result } from '../../problem/index.ts';
import type { Method } from '../protocol/messages.ts';
import { decode } from '../protocol/readers.ts';
import { neededCapability, repeatsOf } from './call-rules.ts';
import type { Link, LinkEnd, LinkOptions } from './link.ts';
import { type CallProblem, DISCONNECTED, lost } from './problem.ts';
import { type CallResult, RESULTS, type RemoteInfo } from './results.ts';
import { openSession, recoverSession } from './session.ts';
import type { CallParams } from './spelling.ts';

/** Calls at once, those included that wait for the connection to come back. */
const CALLS = 1024;

export interface ConnectionOptions extends LinkOptions {
  /** False where a session ends with its connection: a server that is a child of ours. */
  readonly canResume: boolean;
}

/** What lives on a connection and has to hear of its fate. */
export interface ConnectionTenant {
  notified(method: string, params: unknown): string | null;
  /** The connection went, and with it what cannot be taken up again. */
  interrupted(): void;
  /** Connected again, and up to date. */
  recovered(): void;
  /** Brings what is running up to date over a new connection. False: that went too. */
  catchUp(link: Link): Promise<boolean>;
  /** Nothing will come any more. */
  failed(problem: CallProblem): void;
}

type State =
  | { readonly kind: 'connected'; readonly link: Link }
  /** `over` resolves when it is connected again, or failed. */
  | { readonly kind: 'recovering'; readonly over: Promise<void> }
  | { readonly kind: 'failed'; readonly problem: CallProblem };

export interface Connection {
  readonly info: RemoteInfo;
  state(): State['kind'];
  /** Why every call fails; null while they do not. */
  failure(): CallProblem | null;
  /** `isCleanUp`: one such call finds room where there is none for others. */
  call<M extends Method>(
    method: M,
    params: CallParams<M>,
    isCleanUp?: boolean,
  ): Promise<Result<CallResult<M>, CallProblem>>;
  /** One try over the connection that there is now; null while there is none. */
  callNow<M extends Method>(method: M, params: CallParams<M>): Promise<Result<CallResult<M>, CallProblem>> | null;
  /** Stops the reading, also of connections to come. */
  pause(): void;
  resume(): void;
  /** Resolves when the other side is gone. Every call under way and to come fails. */
  close(): Promise<void>;
}

export async function openConnection(
  options: ConnectionOptions,
  tenant: ConnectionTenant,
  signal: AbortSignal,
): Promise<Result<Connection, string>> {
  let state: State | null = null;
  let isPaused = false;
  let callsUnderWay = 0;
  const closing = new AbortController();

  const becomeConnected = (link: Link): void => {
    state = { kind: 'connected', link };
    if (link.isOver()) interrupt({ kind: 'lost', why: 'the connection ended at once' });
    else if (isPaused) link.pause();
  };
  const becomeFailed = (message: string): void => {
    const problem: CallProblem = { kind: 'failed', message };
    state = { kind: 'failed', problem };
    tenant.failed(problem);
  };
  const interrupt = (end: LinkEnd): void => {
    // Of a connection that is not the present one, whoever opens it hears too.
    if (state?.kind !== 'connected' || !state.link.isOver()) return;
    tenant.interrupted();
    if (end.kind === 'fault' || !options.canResume) return becomeFailed(`${DISCONNECTED}: ${end.why}`);
    state = { kind: 'recovering', over: recover(end.why) };
  };
  const listener = { notified: tenant.notified, ended: interrupt };

  const opened = await openSession(options, null, listener, signal);
  if (!opened.ok) return fail(opened.problem.message);
  const { link: first, session } = opened.value;

  const recover = async (why: string): Promise<void> => {
    const found = await recoverSession({
      recoveryMs: options.times.recoveryMs,
      retryMs: options.times.retryMs,
      reopen: (over) => openSession(options, session.id, listener, over),
      catchUp: tenant.catchUp,
      signal: closing.signal,
    });
    if (state?.kind === 'failed') return;
    if (found.ok) {
      becomeConnected(found.value);
      if (state?.kind === 'connected') tenant.recovered();
    } else becomeFailed(`${DISCONNECTED}: ${why}; failed to resume exec-server session: ${found.problem}`);
  };

  becomeConnected(first);
  const current = (): State => state ?? { kind: 'failed', problem: lost() };

  const linkNow = async (): Promise<Result<Link, CallProblem>> => {
    for (;;) {
      const now = current();
      if (now.kind === 'connected') return ok(now.link);
      if (now.kind === 'failed') return fail(now.problem);
      await now.over;
    }
  };
  const callOn = async <M extends Method>(
    link: Link,
    method: M,
    params: CallParams<M>,
  ): Promise<Result<CallResult<M>, CallProblem>> => {
    const answer = await link.call(method, params);
    return answer.ok ? readResult(method, answer.value) : answer;
  };
  const callUntilAnswered = async <M extends Method>(
    method: M,
    params: CallParams<M>,
  ): Promise<Result<CallResult<M>, CallProblem>> => {
    for (let left = repeatsOf(method); ; left--) {
      const link = await linkNow();
      if (!link.ok) return link;
      const answer = await callOn(link.value, method, params);
      if (answer.ok || answer.problem.kind !== 'lost' || left === 0) return answer;
    }
  };

  return ok({
    info: session.info,
    state: () => current().kind,
    failure() {
      const now = current();
      return now.kind === 'failed' ? now.problem : null;
    },
    async call(method, params, isCleanUp = false) {
      const needed = neededCapability(method);
      if (needed !== null && !session.info.capabilities[needed]) return fail(unsupported(method));
      if (callsUnderWay >= CALLS + (isCleanUp ? 1 : 0)) return fail(callsFull(method));
      callsUnderWay++;
      try {
        return await callUntilAnswered(method, params);
      } finally {
        callsUnderWay--;
      }
    },
    callNow(method, params) {
      const now = current();
      return now.kind === 'connected' ? callOn(now.link, method, params) : null;
    },
    pause() {
      isPaused = true;
      const now = current();
      if (now.kind === 'connected') now.link.pause();
    },
    resume() {
      isPaused = false;
      const now = current();
      if (now.kind === 'connected') now.link.resume();
    },
    async close() {
      const before = current();
      if (before.kind === 'failed') return;
      state = { kind: 'failed', problem: closedHere };
      closing.abort();
      tenant.interrupted();
      tenant.failed(closedHere);
      if (before.kind === 'connected') await before.link.end('closed');
      else await before.over;
    },
  });
}

function readResult<M extends Method>(method: M, value: unknown): Result<CallResult<M>, CallProblem> {
  const read = decode(RESULTS[method], value);
  if (!read.ok) return fail({ kind: 'malformed', message: `${method} was answered wrongly: ${read.problem.message}` });
  return ok(read.value as CallResult<M>);
}

const closedHere: CallProblem = { kind: 'failed', message: 'the connection to the server was closed' };

const unsupported = (method: Method): CallProblem => ({
  kind: 'unsupported',
  message: `the server does not have ${method}`,
});

const callsFull = (method: Method): CallProblem => ({
  kind: 'full',
  message: `${method} was not sent: ${CALLS} calls wait for their answers`,
});
