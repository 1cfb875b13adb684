// Why a try at a response failed, whether another try can help, and how long a server asks to wait for it.

import { refusesImages } from './refused-images.ts';

export type ResponseFailure =
  /** No answer at all: refused, unreachable, unknown name, broken TLS. `code` is the errno or TLS name, or `''`. */
  | { readonly kind: 'unreachable'; readonly code: string; readonly detail: string }
  /** An answer that is not 200. `code` is the server's own word for it, or `''`. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly code: string;
      readonly detail: string;
      readonly waitMs: number | null;
    }
  /** The stream ended before its response was complete. */
  | { readonly kind: 'cut'; readonly afterMs: number; readonly detail: string }
  /** The stream stayed open and silent. */
  | { readonly kind: 'silent'; readonly idleMs: number }
  /** Something came that is not a stream of response events. */
  | { readonly kind: 'garbled'; readonly detail: string }
  /** The server says, inside the stream, that the response failed. */
  | { readonly kind: 'failed'; readonly code: string; readonly detail: string; readonly waitMs: number | null };

/** Words servers use for trouble that no second try will end. */
const HOPELESS = new Set([
  'insufficient_quota',
  'billing_hard_limit_reached',
  'context_length_exceeded',
  'invalid_prompt',
  'invalid_request_error',
  'model_not_found',
  'cyber_policy_violation',
]);

/** A certificate that is not trusted now will not be in a second. */
const TLS_CODE = /CERT|SELF_SIGNED|UNABLE_TO|^ERR_TLS|^ERR_SSL|^EPROTO$/;

export function isTlsTrouble(code: string): boolean {
  return TLS_CODE.test(code);
}

/** Whether the same request may succeed later. */
export function mayHelpToRetry(failure: ResponseFailure): boolean {
  if (refusesImages(failure)) return false;
  switch (failure.kind) {
    case 'unreachable':
      return !isTlsTrouble(failure.code);
    case 'status':
      if (HOPELESS.has(failure.code)) return false;
      return failure.status === 408 || failure.status === 409 || failure.status === 429 || failure.status >= 500;
    case 'cut':
    case 'silent':
    case 'garbled':
      return true;
    case 'failed':
      return !HOPELESS.has(failure.code);
  }
}

/** The conversation does not fit into the model. */
export function isTooLong(failure: ResponseFailure): boolean {
  return (failure.kind === 'status' || failure.kind === 'failed') && failure.code === 'context_length_exceeded';
}

/** What the server asks to wait, null when it does not ask. */
export function askedWaitMs(failure: ResponseFailure): number | null {
  return failure.kind === 'status' || failure.kind === 'failed' ? failure.waitMs : null;
}

/** Reads a thrown value of the client library. `afterMs`: since the request was sent. */
export function failureOf(error: unknown, hadAnswer: boolean, afterMs: number, now: number): ResponseFailure {
  const detail = sentenceOf(error);
  const status = field(error, 'status');
  if (typeof status === 'number') {
    return { kind: 'status', status, code: serverCode(error), detail, waitMs: waitOf(headersOf(error), now) };
  }
  if (!hadAnswer) return { kind: 'unreachable', ...rootCause(error) };
  if (error instanceof SyntaxError) return { kind: 'garbled', detail };
  if (field(error, 'error') !== undefined) {
    return { kind: 'failed', code: serverCode(error), detail, waitMs: waitInWords(detail) };
  }
  return { kind: 'cut', afterMs, detail: rootCause(error).detail };
}

/** Some servers put the wait into the sentence only: "try again in 1.898s", "in 35 ms". */
export function waitInWords(sentence: string): number | null {
  const match = /again in\s+(\d+(?:\.\d+)?)\s*(ms|s|second|minute)/i.exec(sentence);
  if (match === null) return null;
  const scale = { ms: 1, s: 1000, second: 1000, minute: 60_000 }[(match[2] ?? 's').toLowerCase()] ?? 1000;
  return Math.ceil(Number(match[1]) * scale);
}

/** `retry-after` of RFC 9110 (seconds or a date) and its common sibling in milliseconds. */
function waitOf(headers: Headers | null, now: number): number | null {
  const exact = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (exact >= 0) return exact;
  const value = headers?.get('retry-after') ?? '';
  const seconds = Number(value);
  if (value.trim() !== '' && seconds >= 0) return seconds * 1000;
  const until = Date.parse(value);
  return Number.isNaN(until) ? null : Math.max(0, until - now);
}

function headersOf(error: unknown): Headers | null {
  const headers = field(error, 'headers');
  return headers instanceof Headers ? headers : null;
}

function serverCode(error: unknown): string {
  for (const name of ['code', 'type']) {
    const value = field(error, name);
    if (typeof value === 'string' && value !== '') return value;
  }
  return '';
}

/** The innermost error says what the outer ones only wrap. */
function rootCause(error: unknown): { readonly code: string; readonly detail: string } {
  let inner: unknown = error;
  // Three levels: the library's error, its wrapper, the socket's.
  for (let depth = 0; depth < 3; depth += 1) {
    const cause = field(inner, 'cause');
    if (cause === undefined || cause === null) break;
    inner = cause;
  }
  // Node gathers the refusals of several addresses of one name (::1 and 127.0.0.1); the first stands for all.
  const gathered = field(inner, 'errors');
  if (Array.isArray(gathered) && gathered.length > 0) inner = gathered[0];
  const code = field(inner, 'code');
  return { code: typeof code === 'string' ? code : '', detail: sentenceOf(inner) };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Reflect.get(value, name);
}
