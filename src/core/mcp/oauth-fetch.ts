// Requests of a login: small answers only, and none to a place that somebody on the way could read.

import type { FetchLike } from '@modelcontextprotocol/sdk/shared/transport.js';

const BODY_BYTES = 1024 * 1024;

const REQUEST_MS = 30_000;

export interface OAuthFetch {
  readonly fetch: FetchLike;
  /** Throws what a request failed with that its caller may have taken for "not there". */
  check(): void;
}

/** `inner` follows no redirect; the SDK follows one within the origin. */
export function openOAuthFetch(inner: FetchLike, signal: AbortSignal, limit = BODY_BYTES): OAuthFetch {
  let failure: Error | null = null;
  const refuse = (message: string): never => {
    failure ??= new Error(message);
    throw failure;
  };
  return {
    async fetch(url, init) {
      if (failure !== null) throw failure;
      const { protocol, hostname, host } = new URL(url);
      const isLocal = protocol === 'http:' && isLoopback(hostname);
      if (protocol !== 'https:' && !isLocal) refuse(`${protocol}//${host} is not a safe place for a login.`);
      const within = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]);
      const response = await inner(url, { ...init, signal: within });
      const { status, statusText, headers } = response;
      if (response.body === null) return response;
      const chunks: Uint8Array[] = [];
      let length = 0;
      for await (const chunk of response.body) {
        length += chunk.length;
        if (length > limit) refuse(`OAuth HTTP response body exceeds ${limit} bytes`);
        chunks.push(chunk);
      }
      return new Response(Buffer.concat(chunks), { status, statusText, headers });
    },
    check() {
      if (failure !== null) throw failure;
    },
  };
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
