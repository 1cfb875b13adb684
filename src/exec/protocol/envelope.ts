// What is around every message: JSON-RPC 2.0 without its version member, one message at a time.

import { fail, ok, type Result } from '../../problem/index.ts';
import type { RpcFailure } from './failure.ts';

/** A whole number or a text, given back as it came. */
export type RequestId = number | string;

/** W3C trace context. */
export interface TraceCarrier {
  readonly traceparent: string | null;
  readonly tracestate: string | null;
}

export type Envelope =
  | {
      readonly kind: 'request';
      readonly id: RequestId;
      readonly method: string;
      readonly params: unknown;
      readonly trace: TraceCarrier | null;
    }
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown }
  | { readonly kind: 'result'; readonly id: RequestId; readonly result: unknown }
  | { readonly kind: 'error'; readonly id: RequestId; readonly failure: RpcFailure };

/** The id of an answer to something that could not be read. */
export const UNREAD_ID = -1;

/** Reads one message. The problem is a short reason; what to do about it is the reader's. */
export function readEnvelope(text: string): Result<Envelope, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('not an object');
  const { id, method, params, trace, result, error } = value as Record<string, unknown>;
  if (id !== undefined && !isRequestId(id)) return fail('the id is neither an integer nor a string');
  if (method !== undefined) {
    if (typeof method !== 'string') return fail('the method is not a string');
    if (id === undefined) return ok({ kind: 'notification', method, params });
    const carrier = readCarrier(trace);
    return carrier.ok ? ok({ kind: 'request', id, method, params, trace: carrier.value }) : carrier;
  }
  if (id === undefined) return fail('neither a request, a notification nor an answer');
  if (error !== undefined) return readFailure(id, error);
  return result === undefined ? fail('neither a request nor an answer') : ok({ kind: 'result', id, result });
}

function readFailure(id: RequestId, error: unknown): Result<Envelope, string> {
  if (typeof error !== 'object' || error === null) return fail('the error is not an object');
  const { code, message } = error as Record<string, unknown>;
  if (typeof code !== 'number' || typeof message !== 'string') return fail('the error has no code and message');
  return ok({ kind: 'error', id, failure: { code, message } });
}

function readCarrier(trace: unknown): Result<TraceCarrier | null, string> {
  if (trace === undefined || trace === null) return ok(null);
  if (typeof trace !== 'object' || Array.isArray(trace)) return fail('the trace is not an object');
  const { traceparent, tracestate } = trace as Record<string, unknown>;
  return ok({ traceparent: textOrNull(traceparent), tracestate: textOrNull(tracestate) });
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function isRequestId(value: unknown): value is RequestId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isSafeInteger(value));
}

export function requestText(id: RequestId, method: string, params: unknown, trace: TraceCarrier | null): string {
  return JSON.stringify({ id, method, params, ...(trace === null ? {} : { trace }) });
}

export function notificationText(method: string, params: unknown): string {
  return JSON.stringify({ method, params });
}

export function resultText(id: RequestId, result: unknown): string {
  return JSON.stringify({ id, result });
}

export function errorText(id: RequestId, failure: RpcFailure): string {
  return JSON.stringify({ error: { code: failure.code, message: failure.message }, id });
}
