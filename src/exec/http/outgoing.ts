// What does a caller want to be sent? The params of `http/request`, checked, as one request that can go out.

import { fail, ok, type Result } from '../../problem/index.ts';
import { invalidParams, type RpcFailure } from '../protocol/failure.ts';
import type { Params } from '../protocol/messages.ts';

export interface Header {
  /** Lower case. */
  readonly name: string;
  /** A character for each byte. */
  readonly value: string;
}

export interface Outgoing {
  /** As the caller spelled it: `get` is not `GET`. */
  readonly method: string;
  /** Without credentials, with its fragment, which is never sent. */
  readonly url: URL;
  readonly headers: readonly Header[];
  readonly body: Buffer | null;
}

/** RFC 9110, 5.6.2: what methods and names of headers are made of. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** RFC 9110, 5.5, of one character for each byte: a line break would begin another header. */
const FIELD_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** How a body is framed is said by whoever sends it: a wrong length would make its rest the next request's beginning. */
const FRAMING = new Set(['content-length', 'trailer', 'transfer-encoding']);

/** Refuses what cannot be sent. `env` is what `valueEnvVar` means: the secrets of this machine stay on it. */
export function readOutgoing(params: Params<'http/request'>, env: NodeJS.ProcessEnv): Result<Outgoing, RpcFailure> {
  const { method, bodyBase64 } = params;
  if (!TOKEN.test(method)) return fail(invalidParams('http/request method is invalid: invalid HTTP method'));
  const url = readUrl(params.url);
  if (!url.ok) return url;
  const headers: Header[] = [];
  for (const given of params.headers) {
    const header = readHeader(given, env);
    if (!header.ok) return header;
    if (!FRAMING.has(header.value.name)) headers.push(header.value);
  }
  const has = (name: string): boolean => headers.some((header) => header.name === name);
  const authorization = basicAuthorization(url.value);
  if (authorization !== null && !has('authorization')) headers.push({ name: 'authorization', value: authorization });
  if (!has('accept')) headers.push({ name: 'accept', value: '*/*' });
  const body = bodyBase64 === null || bodyBase64.length === 0 ? null : bodyBase64;
  return ok({ method, url: withoutCredentials(url.value), headers, body });
}

/** The schemes that can be spoken. */
export const isWebUrl = ({ protocol }: URL): boolean => protocol === 'http:' || protocol === 'https:';

export function withoutCredentials(url: URL): URL {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare;
}

function readUrl(text: string): Result<URL, RpcFailure> {
  if (!URL.canParse(text)) return fail(invalidParams(`http/request url is invalid: ${whyNoUrl(text.trim())}`));
  const url = new URL(text);
  if (isWebUrl(url)) return ok(url);
  return fail(invalidParams(`http/request only supports http and https URLs, got ${url.protocol.slice(0, -1)}`));
}

/** The parser of Node gives no reason. */
function whyNoUrl(text: string): string {
  if (!/^[a-z][a-z0-9+.-]*:/i.test(text)) return 'relative URL without a base';
  if (/^[a-z]+:[/\\]*(?:[?#:]|$)/i.test(text)) return 'empty host';
  return /:\d+(?:[/\\?#]|$)/.test(text.replace(/^[a-z]+:/i, '')) ? 'invalid port number' : 'invalid host or port';
}

type GivenHeader = Params<'http/request'>['headers'][number];

function readHeader({ name, value, valueEnvVar }: GivenHeader, env: NodeJS.ProcessEnv): Result<Header, RpcFailure> {
  if (!TOKEN.test(name)) return fail(invalidParams('http/request header name is invalid: invalid HTTP header name'));
  const secret = valueEnvVar === null ? '' : Object.hasOwn(env, valueEnvVar) ? env[valueEnvVar] : undefined;
  if (secret === undefined) {
    return fail(invalidParams(`http/request header ${name} requires executor environment variable ${valueEnvVar}`));
  }
  const bytes = Buffer.from(value + secret).toString('latin1');
  if (FIELD_VALUE.test(bytes)) return ok({ name: name.toLowerCase(), value: bytes });
  return fail(invalidParams(`http/request header value is invalid for ${name}: failed to parse header value`));
}

/** RFC 7617, of what stands before the `@`. */
function basicAuthorization({ username, password }: URL): string | null {
  if (username === '' && password === '') return null;
  const bytes = Buffer.concat([decoded(username), Buffer.from(':'), decoded(password)]);
  return `Basic ${bytes.toString('base64')}`;
}

/** A URL is ASCII, so each character and each escape is one byte. */
function decoded(escaped: string): Buffer {
  const latin1 = escaped.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(latin1, 'latin1');
}
