// Which cookies go with a request that a client has asked for? Those of a load balancer, of all clients together.

import type { AffinityCookies } from './affinity-cookies.ts';
import { toldHeaders } from './answer-headers.ts';
import type { Outgoing } from './outgoing.ts';
import type { Transport } from './transport.ts';

/** Each request of a chain of redirects on its own. A `Cookie` header that a caller gives is left alone. */
export function withAffinity(inner: Transport, cookies: AffinityCookies, now: () => number = Date.now): Transport {
  return {
    async send(outgoing, cancel) {
      const answer = await inner.send(withCookies(outgoing, cookies.headerFor(outgoing.url, now())), cancel);
      if (answer === null) return null;
      const given = toldHeaders(answer.rawHeaders).filter(({ name }) => name === 'set-cookie');
      cookies.store(
        outgoing.url,
        given.map(({ value }) => value),
        now(),
      );
      return answer;
    },
    close: inner.close,
  };
}

function withCookies(outgoing: Outgoing, value: string | null): Outgoing {
  if (value === null || outgoing.headers.some(({ name }) => name === 'cookie')) return outgoing;
  return { ...outgoing, headers: [...outgoing.headers, { name: 'cookie', value }] };
}
