// What does a peer's message lead to? The handshake, then each request in its turn.

import { causeOf, fail, ok } from '../../problem/index.ts';
import {
  type Envelope,
  errorText,
  notificationText,
  type RequestId,
  readEnvelope,
  resultText,
  UNREAD_ID,
} from '../protocol/envelope.ts';
import { CODES, internal, invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import { type EnvironmentInfo, isMethod, LIMITS, type Method, PARAMS, type Params } from '../protocol/messages.ts';
import { decode, type Reader } from '../protocol/readers.ts';
import type { IncomingCall, ServerTelemetry } from '../telemetry/telemetry.ts';
import type { Answer, Family, FamilyMethod, OpenFamily, Outcome, Tell } from './calls.ts';
import { openLanes, placeOf } from './lanes.ts';
import { familyOf } from './method-family.ts';
import type { EventOutlet } from './process-run.ts';
import { RESUMED } from './process-table.ts';
import type { Attachment, Sessions } from './sessions.ts';

/** What carries the messages of one connection. */
export interface Carrier extends EventOutlet {
  /** How the carrier is called in the answer to something that cannot be read. */
  readonly name: string;
  readonly transport: 'websocket' | 'stdio';
  /** After what was sent. `reason` is for people. */
  close(reason: string): void;
  /** Nothing is read from the peer while it is paused. */
  pauseReading(isPaused: boolean): void;
  /** Null: the peer takes what is sent. Else resolves when it does again. */
  room(): Promise<void> | undefined;
}

export interface ConnectionPlace {
  readonly sessions: Sessions;
  readonly info: EnvironmentInfo;
  readonly openFamily: OpenFamily;
  /** Ordinary requests at the same time. */
  readonly concurrentRequests: number;
  readonly telemetry: ServerTelemetry;
}

export interface Connection {
  receive(text: string): void;
  /** The carrier takes no more (true), or all again. */
  congested(isCongested: boolean): void;
  /** The peer is gone. */
  ended(): void;
}

type State =
  | { readonly kind: 'new' }
  /** `isReady`: the peer has said so. */
  | { readonly kind: 'open'; readonly attachment: Attachment; readonly isReady: boolean };

/** A request that has to be answered. */
interface Asked {
  readonly id: RequestId;
  readonly call: IncomingCall;
}

/** Requests that are being worked on; more are not read. The published client has 1,024 and one of them open. */
const REQUESTS_AT_ONCE = 1100;

export function openConnection(carrier: Carrier, place: ConnectionPlace): Connection {
  const lanes = openLanes(place.concurrentRequests);
  const calls = place.telemetry.connection(carrier.transport);
  let state: State = { kind: 'new' };
  let open = 0;
  let hasEnded = false;

  const tell: Tell = (method, params) => {
    if (!hasEnded) carrier.send(notificationText(method, params));
    return carrier.room();
  };
  const family: Family = place.openFamily(tell);

  const answer = <M extends Method>({ id, call }: Asked, outcome: Outcome<M>): void => {
    carrier.send(outcome.ok ? boundedResult(id, outcome.value) : errorText(id, outcome.problem));
    call.end(outcome.ok ? 'success' : 'error');
  };

  /** Says why, and closes: what comes after a message out of place cannot be trusted to mean what it says. */
  const leave = (reason: string): void => {
    carrier.send(errorText(UNREAD_ID, invalidRequest(reason)));
    carrier.close(reason);
  };

  const initialize = ({ resumeSessionId }: Params<'initialize'>): Outcome<'initialize'> => {
    const attached =
      resumeSessionId === null ? ok(place.sessions.open(carrier)) : place.sessions.resume(resumeSessionId, carrier);
    if (!attached.ok) return attached;
    state = { kind: 'open', attachment: attached.value, isReady: false };
    return ok({ sessionId: attached.value.session.id, environmentInfo: place.info });
  };

  /** Null: the method may be called now. */
  const objection = (method: Method): RpcFailure | null => {
    const name = familyOf(method);
    if (state.kind === 'new') return invalidRequest(`client must call initialize before using ${name} methods`);
    if (!state.isReady) return invalidRequest(`client must send initialized before using ${name} methods`);
    return state.attachment.isCurrent() ? null : RESUMED;
  };

  /** Everything but the handshake and `process/start`, which has to answer before it goes on. */
  const perform = (attachment: Attachment, method: Method, params: unknown): Answer<Method> => {
    const { processes } = attachment.session;
    const given = <M extends Method>(_: M): Params<M> => params as Params<M>;
    switch (method) {
      case 'environment/info':
        return ok(place.info);
      case 'environment/status':
        return ok({ status: 'ready' });
      case 'process/read':
        return processes.read(given(method));
      case 'process/write':
        return processes.write(given(method));
      case 'process/signal':
        return processes.signal(given(method));
      case 'process/terminate':
        return processes.terminate(given(method));
      case 'process/resize':
        return processes.resize(given(method));
      case 'initialize':
      case 'process/start':
        throw new Error(`${method} is answered elsewhere`);
      default:
        return callFamily(method, params);
    }
  };

  const callFamily = (method: FamilyMethod, params: unknown): Answer<Method> => {
    const call = family.calls[method] as ((params: unknown) => Promise<Outcome<Method>>) | undefined;
    return call === undefined ? fail(unknownMethod(method)) : call(params);
  };

  const work = (asked: Asked, method: Method, params: unknown): Promise<void> | undefined => {
    const refused = objection(method);
    if (refused !== null || state.kind === 'new') {
      answer(asked, fail(refused ?? RESUMED));
      return undefined;
    }
    const { attachment } = state;
    if (method === 'process/start')
      return attachment.session.processes.start(
        params as Params<'process/start'>,
        (started) => answer(asked, started),
        asked.call.process,
      );
    const outcome = perform(attachment, method, params);
    if (!(outcome instanceof Promise)) {
      answer(asked, outcome);
      return undefined;
    }
    return outcome.then((settled) => answer(asked, settled));
  };

  /** A defect of ours is the failure of one request. */
  const guarded = (asked: Asked, task: () => Promise<void> | undefined): Promise<void> | undefined => {
    const failed = (error: unknown): void => answer(asked, fail(internal(`internal error: ${causeOf(error)}`)));
    try {
      return task()?.catch(failed);
    } catch (error) {
      failed(error);
      return undefined;
    }
  };

  const finished = (): void => {
    open--;
    if (open === REQUESTS_AT_ONCE - 1) carrier.pauseReading(false);
  };

  const request = ({ id, method, params, trace }: Extract<Envelope, { kind: 'request' }>): void => {
    const asked = { id, call: calls.call(isMethod(method) ? method : null, trace) };
    if (!isMethod(method)) return answer(asked, fail(unknownMethod(method)));
    if (method === 'initialize' && state.kind === 'open')
      return answer(asked, fail(invalidRequest('initialize may only be sent once per connection')));
    const refused = method === 'initialize' ? null : objection(method);
    if (refused !== null) return answer(asked, fail(refused));
    const read = decode(PARAMS[method] as Reader<Params<Method>>, params);
    if (!read.ok) return answer(asked, read);
    if (method === 'initialize') return answer(asked, initialize(read.value as Params<'initialize'>));
    open++;
    if (open === REQUESTS_AT_ONCE) carrier.pauseReading(true);
    lanes.run(placeOf(method, params), () => {
      asked.call.begun();
      const done = guarded(asked, () => work(asked, method, read.value));
      if (done === undefined) finished();
      return done?.then(finished);
    });
  };

  const notification = (method: string): void => {
    if (method !== 'initialized') return leave(`unexpected notification ${method}`);
    if (state.kind === 'new') return leave('initialized must be sent after initialize');
    state = { ...state, isReady: true };
  };

  return {
    receive(text) {
      if (hasEnded) return;
      const envelope = readEnvelope(text);
      if (!envelope.ok) {
        const message = `failed to parse ${carrier.name}: ${envelope.problem}`;
        return carrier.send(errorText(UNREAD_ID, invalidRequest(message)));
      }
      switch (envelope.value.kind) {
        case 'request':
          return request(envelope.value);
        case 'notification':
          return notification(envelope.value.method);
        case 'result':
        case 'error':
          // This server asks nothing.
          return leave(`unexpected response for request ${JSON.stringify(envelope.value.id)}`);
      }
    },
    congested(isCongested) {
      if (state.kind === 'open' && state.attachment.isCurrent()) state.attachment.session.processes.pause(isCongested);
    },
    ended() {
      if (hasEnded) return;
      hasEnded = true;
      calls.gone();
      if (state.kind === 'open') state.attachment.detach();
      void family.closeAll();
    },
  };
}

/** A peer takes no larger message: an answer that is larger would cost it the connection. */
function boundedResult(id: RequestId, result: unknown): string {
  const text = resultText(id, result);
  if (text.length <= LIMITS.messageBytes / 3 || Buffer.byteLength(text) <= LIMITS.messageBytes) return text;
  return errorText(id, internal(`the answer is larger than ${LIMITS.messageBytes} bytes`));
}

/** The message is the published server's, word for word. */
function unknownMethod(method: string): RpcFailure {
  return { code: CODES.unknownMethod, message: `exec-server stub does not implement \`${method}\` yet` };
}
