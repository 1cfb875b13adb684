// What of the work of a server and its clients can be followed from outside? Spans and figures, never what a command
// was, printed or held.

import type { TraceCarrier } from '../protocol/envelope.ts';
import type { Method } from '../protocol/messages.ts';

/** `disconnected`: the connection went before the answer. */
export type CallOutcome = 'success' | 'error' | 'disconnected';

/** `terminated`: a call ended it. `unknown`: the server ended first. */
export type ProcessOutcome = 'success' | 'error' | 'terminated' | 'unknown';

/** A call on its way to a server. */
export interface OutgoingCall {
  /** What travels with it. */
  readonly carrier: TraceCarrier | null;
  end(outcome: CallOutcome): void;
}

export interface ClientTelemetry {
  call(method: Method): OutgoingCall;
}

/** A call that a server was asked for. */
export interface IncomingCall {
  /** Its turn has come. */
  begun(): void;
  /** A process that it started; what is returned says how it ended. */
  process(): (outcome: ProcessOutcome) => void;
  /** Its answer is on its way. */
  end(outcome: Exclude<CallOutcome, 'disconnected'>): void;
}

export interface IncomingCalls {
  /** `method` null: none that this server knows. */
  call(method: Method | null, carrier: TraceCarrier | null): IncomingCall;
  /** The connection is gone, and with it every call that was not answered. */
  gone(): void;
}

export interface ServerTelemetry {
  connection(transport: 'websocket' | 'stdio'): IncomingCalls;
}

export interface Telemetry {
  readonly client: ClientTelemetry;
  readonly server: ServerTelemetry;
}
