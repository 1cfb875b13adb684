// What happens on one connection: calls get their answers or an end, and what the server tells by itself is handed on.

import { assertNever, fail, ok, type Result } from '../../problem/index.ts';
import { errorText, notificationText, readEnvelope, requestText, UNREAD_ID } from '../protocol/envelope.ts';
import { CODES } from '../protocol/failure.ts';
import { LIMITS, type Method } from '../protocol/messages.ts';
import type { CallOutcome, ClientTelemetry } from '../telemetry/telemetry.ts';
import { deadlineOf } from './call-rules.ts';
import { watchLiveness } from './liveness.ts';
import { type CallProblem, lost, refused } from './problem.ts';
import { openReadingClock } from './reading-clock.ts';
import { spellParams } from './spelling.ts';
import type { ClientTimes } from './times.ts';
import type { OpenTransport, Transport } from './transport.ts';

/** What was sent and is still in our memory: two of the longest messages. */
const OUTGOING_BYTES = 2 * LIMITS.messageBytes;

export interface LinkListener {
  /** Params are as they came. Gives what is wrong with them, which ends the connection; null when nothing is. */
  notified(method: string, params: unknown): string | null;
  /** The connection is over: told once, after every call under way was answered with `lost`. */
  ended(end: LinkEnd): void;
}

/** `fault`: the server does not keep to the protocol, and would not on another connection either. */
export interface LinkEnd {
  readonly kind: 'lost' | 'fault';
  readonly why: string;
}

export interface LinkOptions {
  readonly open: OpenTransport;
  readonly times: ClientTimes;
  readonly telemetry: ClientTelemetry;
}

export interface Link {
  /** The answer as it came. */
  call(method: Method, params: object | null): Promise<Result<unknown, CallProblem>>;
  notify(method: string, params: object): void;
  /** Nothing is read until `resume`; deadlines do not run meanwhile. */
  pause(): void;
  resume(): void;
  /** Ends it from here; `ended` is told as if it were lost. Resolves when the other side is gone. */
  end(why: string): Promise<void>;
  isOver(): boolean;
}

interface PendingCall {
  readonly answer: (answer: Result<unknown, CallProblem>) => void;
  readonly stopDeadline: () => void;
}

/** Opens a connection; nothing was said on it yet. */
export async function openLink(
  { open, times, telemetry }: LinkOptions,
  listener: LinkListener,
  signal: AbortSignal,
): Promise<Result<Link, string>> {
  const pending = new Map<number, PendingCall>();
  let lastId = 0;
  const reading = openReadingClock();
  let isOver = false;
  let stopWatching: () => void = () => {};
  let transport: Transport | null = null;

  const finish = (end: LinkEnd): void => {
    if (isOver) return;
    isOver = true;
    stopWatching();
    const calls = [...pending.values()];
    pending.clear();
    for (const { stopDeadline, answer } of calls) {
      stopDeadline();
      answer(fail(lost()));
    }
    listener.ended(end);
  };
  const breakOff = (end: LinkEnd): Promise<void> => {
    finish(end);
    return transport?.close() ?? Promise.resolve();
  };

  const breakFor = (wrong: string): void =>
    void breakOff({ kind: 'fault', why: `the server does not keep to the protocol: ${wrong}` });

  const settle = (id: unknown, answer: Result<unknown, CallProblem>): void => {
    // What was given up, or answered already.
    if (typeof id !== 'number') return;
    const call = pending.get(id);
    if (call === undefined) return;
    pending.delete(id);
    call.stopDeadline();
    call.answer(answer);
  };

  const receive = (text: string): void => {
    if (isOver) return;
    const read = readEnvelope(text);
    if (!read.ok) return breakFor(read.problem);
    const envelope = read.value;
    switch (envelope.kind) {
      case 'result':
        return settle(envelope.id, ok(envelope.result));
      case 'error':
        // One of ours could not be read, and which one is not said: its caller would wait for ever.
        if (envelope.id === UNREAD_ID) return breakFor(envelope.failure.message);
        return settle(envelope.id, fail(refused(envelope.failure)));
      case 'notification': {
        const wrong = listener.notified(envelope.method, envelope.params);
        return wrong === null ? undefined : breakFor(`${envelope.method}: ${wrong}`);
      }
      case 'request':
        // A question about the network: whatever is no allowance denies.
        return transport?.send(errorText(envelope.id, { code: CODES.unknownMethod, message: 'not supported' }));
      default:
        return assertNever(envelope);
    }
  };

  const opened = await open({ message: receive, ended: (why) => finish({ kind: 'lost', why }) }, signal);
  if (!opened.ok) return opened;
  const way = opened.value;
  transport = way;
  stopWatching = watchLiveness(
    way,
    times.pingMs,
    reading.isStopped,
    () => void breakOff({ kind: 'lost', why: 'the server gives no sign of life' }),
  );

  const startDeadline = (ms: number | null, late: () => void): (() => void) => {
    if (ms === null) return () => {};
    const until = reading.passed() + ms;
    let timer: NodeJS.Timeout;
    const arm = (inMs: number): void => {
      timer = setTimeout(() => {
        const left = until - reading.passed();
        if (left <= 0) late();
        else arm(reading.isStopped() ? ms : left);
      }, inMs);
    };
    arm(ms);
    return () => clearTimeout(timer);
  };

  return ok({
    call(method, params) {
      if (isOver) return Promise.resolve(fail(lost()));
      const id = ++lastId;
      const { carrier, end } = telemetry.call(method);
      const refuse = (problem: CallProblem): Promise<Result<never, CallProblem>> => {
        end('error');
        return Promise.resolve(fail(problem));
      };
      const text = requestText(id, method, spellParams(params), carrier);
      const bytes = text.length > LIMITS.messageBytes / 4 ? Buffer.byteLength(text) : text.length;
      if (bytes > LIMITS.messageBytes) return refuse(tooLong(method));
      if (bytes + way.waitingBytes() > OUTGOING_BYTES) return refuse(outgoingFull(method));
      return new Promise((resolve) => {
        const answer = (settled: Result<unknown, CallProblem>): void => {
          end(outcomeOf(settled));
          resolve(settled);
        };
        const ms = deadlineOf(method, params, times);
        const stopDeadline = startDeadline(ms, () => settle(id, fail(lateAnswer(method, ms ?? 0))));
        pending.set(id, { answer, stopDeadline });
        way.send(text);
      });
    },
    notify(method, params) {
      if (!isOver) way.send(notificationText(method, params));
    },
    pause() {
      reading.stop();
      way.pause();
    },
    resume() {
      reading.goOn();
      way.resume();
    },
    end: (why) => breakOff({ kind: 'lost', why }),
    isOver: () => isOver,
  });
}

function outcomeOf(answer: Result<unknown, CallProblem>): CallOutcome {
  if (answer.ok) return 'success';
  return answer.problem.kind === 'lost' ? 'disconnected' : 'error';
}

const tooLong = (method: Method): CallProblem => ({
  kind: 'full',
  message: `${method} was not sent: it is longer than the 64 MiB that a server takes`,
});

const outgoingFull = (method: Method): CallProblem => ({
  kind: 'full',
  message: `${method} was not sent: 128 MiB wait for the server to read them`,
});

const lateAnswer = (method: Method, ms: number): CallProblem => ({
  kind: 'late',
  message: `timed out waiting for the answer to ${method} after ${ms / 1000}s`,
});
