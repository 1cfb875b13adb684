// What does an HTTP request get: an answer, or a WebSocket? Pure.

import type { IncomingHttpHeaders } from 'node:http';
import type { Authenticate } from './authentication.ts';

export interface SurfaceRequest {
  readonly method: string;
  /** With its query, which nothing is read from. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
}

export interface SurfaceAnswer {
  readonly status: number;
  readonly body: string;
}

const empty = (status: number): SurfaceAnswer => ({ status, body: '' });

/**
 * Null: the connection is upgraded. A page in a browser sends `Origin` with everything, and gets nothing, whatever
 * else it shows: this comes first. `authenticate` null asks nobody.
 */
export function answerTo(request: SurfaceRequest, authenticate: Authenticate | null): SurfaceAnswer | null {
  const { method, url, headers } = request;
  if (headers.origin !== undefined) return empty(403);
  const path = url.split('?', 1)[0];
  if (path === '/readyz') return empty(method === 'GET' || method === 'HEAD' ? 200 : 405);
  if (path !== '/') return empty(404);
  if (method !== 'GET') return { status: 405, body: 'Request method must be `GET`' };
  const missing = missingOf(headers);
  if (missing !== null) return { status: 400, body: missing };
  const refusal = authenticate === null ? null : authenticate(headers.authorization);
  return refusal === null ? null : { status: 401, body: refusal };
}

function missingOf(headers: IncomingHttpHeaders): string | null {
  const has = (header: string | undefined, token: string): boolean =>
    (header ?? '')
      .toLowerCase()
      .split(',')
      .map((part) => part.trim())
      .includes(token);
  if (!has(headers.connection, 'upgrade')) return "Connection header did not include 'upgrade'";
  if (!has(headers.upgrade, 'websocket')) return "`Upgrade` header did not include 'websocket'";
  if (headers['sec-websocket-version'] !== '13') return "`Sec-WebSocket-Version` header did not include '13'";
  // Sixteen bytes in base64 (RFC 6455, 4.1).
  if (!/^[+/0-9A-Za-z]{22}==$/.test(headers['sec-websocket-key'] ?? '')) return '`Sec-WebSocket-Key` header missing';
  return null;
}
