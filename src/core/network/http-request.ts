// What an HTTP client asks the proxy for, and which of its headers go on: decided purely.

import { fail, ok, type Result } from '../../problem/index.ts';
import { bracketed, parseTarget, type Target } from './host-name.ts';

/** What Node's parser gives of a request. `rawHeaders` are names and values in turn. */
export interface RequestHead {
  readonly method: string;
  readonly url: string;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
}

export interface PlainRequest {
  readonly target: Target;
  /** In origin form. */
  readonly path: string;
  /** Names and values in turn, the Host that matches the target and the framing among them. */
  readonly headers: readonly string[];
}

type Header = readonly [name: string, value: string];

/** Meant for this connection only (RFC 9110, 7.6.1), or answered by us. */
const HOP_BY_HOP = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authorization',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'expect',
]);

/** Methods whose servers wait for a body when nothing says that there is none. */
const METHODS_WITH_BODY = ['POST', 'PUT', 'PATCH'];

/** Reads a request in absolute form. The problem is a sentence. */
export function readPlainRequest(head: RequestHead): Result<PlainRequest, string> {
  const headers = pairsOf(head.rawHeaders);
  const [, authority = '', rest = ''] = /^http:\/\/([^/?#]+)([/?][\x21-\x7e]*)?$/i.exec(head.url) ?? [];
  const target = parseTarget(authority, 80);
  if (target === null || rest.includes('#')) return fail(whyNoTarget(head.url));
  const framing = framingOf(head, headers);
  if (!framing.ok) return framing;
  const host = target.port === 80 ? bracketed(target.host) : `${bracketed(target.host)}:${target.port}`;
  const others = endToEnd(headers).filter(([name]) => !/^(host|content-length)$/i.test(name));
  return ok({
    target,
    path: pathOf(head.method, rest),
    // The target is what was judged. A Host that says something else would be what the server answers to.
    headers: [['Host', host], ...others, ...framing.value].flat(),
  });
}

/** Reads a request for a tunnel. The problem is a sentence. */
export function readTunnelRequest(head: RequestHead): Result<Target, string> {
  const target = parseTarget(head.url, null);
  if (target === null) return fail('A tunnel needs host:port.');
  const framing = framingOf(head, pairsOf(head.rawHeaders));
  if (!framing.ok) return framing;
  // A body would be read as the beginning of what goes through the tunnel.
  if (framing.value.some(([name]) => name === 'Transfer-Encoding'))
    return fail('A tunnel is asked for without a body.');
  return framing.value.some(([, value]) => Number(value) > 0)
    ? fail('A tunnel is asked for without a body.')
    : ok(target);
}

/** Names and values in turn, without those of this connection. */
export function endToEndHeaders(rawHeaders: readonly string[]): string[] {
  return endToEnd(pairsOf(rawHeaders)).flat();
}

/** True for what a proxy lets through as an upgrade: a websocket, asked for as RFC 6455 wants it. */
export function isWebsocket({ method, rawHeaders }: RequestHead): boolean {
  const upgrades = valuesOf(pairsOf(rawHeaders), 'upgrade');
  return method === 'GET' && upgrades.length === 1 && upgrades[0]?.toLowerCase() === 'websocket';
}

/** The head of the same request without its wish to change the protocol, to be read again from the start. */
export function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: RequestHead): string {
  const headers = pairsOf(rawHeaders);
  const isClosing = namedByConnection(headers).has('close');
  const kept = headers.filter(([name]) => !/^(connection|upgrade|http2-settings)$/i.test(name));
  const lines = [...kept, ...(isClosing ? [['Connection', 'close']] : [])].map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  return `${method} ${url} HTTP/${httpVersion}\r\n${lines.join('')}\r\n`;
}

function pathOf(method: string, rest: string): string {
  if (rest === '') return method === 'OPTIONS' ? '*' : '/';
  return rest.startsWith('/') ? rest : `/${rest}`;
}

function whyNoTarget(url: string): string {
  if (/^(https|wss):/i.test(url)) return 'A proxy is asked for an https address with CONNECT.';
  if (/^\/|^\*$/.test(url)) return 'This is a proxy: it needs the whole address, like http://example.com/.';
  return 'The address of the request is none that a proxy can use.';
}

/**
 * How the body is framed, from the headers that say so. The parser refuses most contradictions already; one that two
 * readers could read in two ways goes no further (RFC 9112, 6.3).
 */
function framingOf(
  { method, httpVersion }: RequestHead,
  headers: readonly Header[],
): Result<readonly Header[], string> {
  const codings = valuesOf(headers, 'transfer-encoding');
  const lengths = valuesOf(headers, 'content-length');
  const hosts = valuesOf(headers, 'host');
  if (hosts.length > 1) return fail('The request has more than one Host.');
  if (hosts.some((host) => host !== '' && parseTarget(host, 80) === null)) return fail('The Host is no host.');
  if (codings.length > 0) {
    const isClear = codings.length === 1 && codings[0]?.toLowerCase() === 'chunked' && lengths.length === 0;
    return isClear && httpVersion === '1.1'
      ? ok([['Transfer-Encoding', 'chunked']])
      : fail('The length of the request can be read in more than one way.');
  }
  const [length = METHODS_WITH_BODY.includes(method) ? '0' : null, ...more] = lengths;
  if (length === null) return ok([]);
  if (more.length > 0 || !/^\d{1,15}$/.test(length)) return fail('The length of the request is none.');
  return ok([['Content-Length', length]]);
}

function endToEnd(headers: readonly Header[]): Header[] {
  const named = namedByConnection(headers);
  // Naming it there would leave a message without an end.
  named.delete('content-length');
  return headers.filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()) && !named.has(name.toLowerCase()));
}

function namedByConnection(headers: readonly Header[]): Set<string> {
  const lists = [...valuesOf(headers, 'connection'), ...valuesOf(headers, 'proxy-connection')];
  return new Set(lists.flatMap((list) => list.split(',')).map((name) => name.trim().toLowerCase()));
}

function valuesOf(headers: readonly Header[], wanted: string): string[] {
  return headers.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value);
}

function pairsOf(raw: readonly string[]): Header[] {
  const pairs: Header[] = [];
  for (let i = 0; i < raw.length; i += 2) pairs.push([raw[i] ?? '', raw[i + 1] ?? '']);
  return pairs;
}
