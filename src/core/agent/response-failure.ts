// Why a try at a response failed, whether another try can help, and how long a server asks to wait for it.

import { OVERSIZED } from './event-frames.ts';
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
  /** More came than any model says. */
  | { readonly kind: 'oversized'; readonly detail: string }
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
      if (HOPELESS.has(failure.code) || isTooLong(failure) || toolsWay(failure.detail) !== null) return false;
      return failure.status === 408 || failure.status === 409 || failure.status === 429 || failure.status >= 500;
    case 'cut':
    case 'silent':
    case 'garbled':
      return true;
    case 'oversized':
      return false;
    case 'failed':
      return !HOPELESS.has(failure.code) && !isTooLong(failure);
  }
}

const TOO_LONG_CODES = new Set([
  'context_length_exceeded',
  'exceed_context_size_error',
  'context_window_exceeded',
  'request_too_large',
]);

/** How servers say it that have no code for it: OpenAI, vLLM, llama.cpp, Ollama, LM Studio, and those behind proxies. */
const TOO_LONG_WORDS = [
  /context (?:length|window|size|limit)\b.*\b(?:exceed|overflow|not enough|is full|too (?:long|large|small))/i,
  /(?:exceeds?|exceeding|exceeded|beyond|greater than|larger than|longer than)\b.*\b(?:context|(?:max\w* )?model length|prompt length)/i,
  /maximum (?:context|prompt|model) length\b/i,
  /(?:prompt|input|request|conversation)\b[^.]*\b(?:is|are) too (?:long|large)\b/i,
  /too (?:long|large)\b[^.]*\bcontext/i,
  /prompt too long/i,
  /(?:input|prompt) token count\b.*\bexceeds/i,
  /reduce the length of (?:the|your) (?:messages|prompt|input)/i,
];

/** A limit of a rate speaks of tokens and lengths, too, and passes. */
const RATE_WORDS = /\brate.?limit|\b(?:tokens|requests) per (?:min|hour|day)|\b[TR]P[MD]\b/i;

/** The conversation does not fit into the model. */
export function isTooLong(failure: ResponseFailure): boolean {
  if (failure.kind !== 'status' && failure.kind !== 'failed') return false;
  if (TOO_LONG_CODES.has(failure.code)) return true;
  // What a proxy says of a body that is too large for it.
  if (failure.kind === 'status' && failure.status === 413) return true;
  if (RATE_WORDS.test(failure.code) || RATE_WORDS.test(failure.detail)) return false;
  const canMean = failure.kind === 'failed' || [400, 422, 500].includes(failure.status);
  return canMean && TOO_LONG_WORDS.some((words) => words.test(failure.detail));
}

/** The server is there, and has no model of that name. */
export function isMissingModel(failure: ResponseFailure): boolean {
  if (failure.kind !== 'status' || (failure.status !== 404 && failure.status !== 400)) return false;
  if (failure.code === 'model_not_found' || NO_MODEL.test(failure.detail)) return true;
  return failure.status === 404 && /\bmodel\b/i.test(failure.detail);
}

const NO_MODEL = /\bmodel\b.{0,120}(?:not found|does not exist|not exist|no such)|\bno models? (?:is |are )?loaded/i;

/** Servers that could use tools and were started without, and models that cannot. */
const WITHOUT_TOOLS: readonly (readonly [said: RegExp, next: string])[] = [
  [/requires? --jinja/i, 'Start it with: llama-server --jinja …'],
  [/--enable-auto-tool-choice/i, 'Start it with: vllm serve … --enable-auto-tool-choice --tool-call-parser NAME'],
  [/\b(?:does|do) not support (?:tools|tool use|function)/i, 'Take a model that can use tools.'],
];

/** What helps where a server says that it has no tools; null for anything else it says. */
export function toolsWay(detail: string): string | null {
  return WITHOUT_TOOLS.find(([said]) => said.test(detail))?.[1] ?? null;
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
    const waitMs = waitOf(headersOf(error), now) ?? (status === 429 || status >= 500 ? waitWithout(detail) : null);
    return { kind: 'status', status, code: serverCode(error), detail: withoutStatus(detail, status), waitMs };
  }
  if (error instanceof Error && error.name === OVERSIZED) return { kind: 'oversized', detail };
  if (!hadAnswer) return { kind: 'unreachable', ...rootCause(error) };
  if (error instanceof SyntaxError) return { kind: 'garbled', detail };
  if (field(error, 'error') !== undefined) {
    return { kind: 'failed', code: serverCode(error), detail, waitMs: waitInWords(detail) };
  }
  return { kind: 'cut', afterMs, detail: rootCause(error).detail };
}

/** A model comes into memory within some tens of seconds, while its server is already there. */
const LOADING_MS = 8000;

function waitWithout(detail: string): number | null {
  return waitInWords(detail) ?? (/\bloading (?:the )?model/i.test(detail) ? LOADING_MS : null);
}

/** Some servers put the wait into the sentence only: "try again in 1.898s", "in 35 ms", "in 6m0s". */
export function waitInWords(sentence: string): number | null {
  const said =
    /again (?:in|after)\s+((?:\d+(?:\.\d+)?\s*(?:ms|milliseconds?|s|secs?|seconds?|m|min|minutes?|h|hours?)\s*)+)/i;
  const [, span] = said.exec(sentence) ?? [];
  if (span === undefined) return null;
  const parts = span.matchAll(/(\d+(?:\.\d+)?)\s*(ms|milli|s|m|h)/gi);
  const scales: Readonly<Record<string, number>> = { ms: 1, milli: 1, s: 1000, m: 60_000, h: 3_600_000 };
  return Math.ceil(
    [...parts].reduce((sum, [, number, unit = 's']) => sum + Number(number) * (scales[unit.toLowerCase()] ?? 1000), 0),
  );
}

/** `retry-after` of RFC 9110 (seconds or a date) and its common sibling in milliseconds. */
function waitOf(headers: Headers | null, now: number): number | null {
  const exact = Number.parseFloat(headers?.get('retry-after-ms') ?? '');
  if (exact >= 0) return exact;
  const value = headers?.get('retry-after') ?? '';
  const seconds = Number(value);
  if (value.trim() !== '' && seconds >= 0) return seconds * 1000;
  // A date has words; anything else would be read as some day long ago.
  if (!/[a-z]{3}/i.test(value)) return null;
  const until = Date.parse(value);
  return Number.isNaN(until) ? null : Math.max(0, until - now);
}

/** The library writes it in front of what the server said. */
function withoutStatus(detail: string, status: number): string {
  return detail.replace(new RegExp(`^${status} `), '');
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
