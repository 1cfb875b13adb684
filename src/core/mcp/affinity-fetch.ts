// Requests that carry the cookies of a load balancer, and no others.

import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { AffinityCookies } from '../../exec/index.ts';

/** One jar for all requests from one place. A `Cookie` header that a caller gives is left alone. */
export function withAffinity(inner: FetchLike, cookies: AffinityCookies, now: () => number = Date.now): FetchLike {
  return async (url, init) => {
    const address = new URL(url);
    const headers = new Headers(init?.headers);
    const sent = headers.has('cookie') ? null : cookies.headerFor(address, now());
    if (sent !== null) headers.set('cookie', sent);
    const response = await inner(url, sent === null ? init : { ...init, headers });
    cookies.store(address, response.headers.getSetCookie(), now());
    return response;
  };
}
