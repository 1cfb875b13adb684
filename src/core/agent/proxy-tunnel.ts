// The way to a model server through the person's proxy: a tunnel for TLS, the whole address for plain HTTP.

import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import { causeOf } from '../../problem/index.ts';
import { type NamedProxy, PROXY_FAILED } from './proxy-choice.ts';

/** How long a proxy may take to open a tunnel. */
const CONNECT_MS = 30_000;

export interface ProxiedRequests {
  /** `options.headers` as for the server itself. */
  request(url: URL, options: http.RequestOptions): http.ClientRequest;
  /** The error of such a request, which says so where it is the proxy's. */
  explained(error: unknown): unknown;
}

/** `authorities`: those that are trusted, or null for the usual ones. Throws when there can be no such proxy. */
export async function openProxiedRequests(
  named: NamedProxy,
  authorities: readonly string[] | null,
): Promise<ProxiedRequests> {
  // Few people have a proxy: what knows how to speak to one is loaded for them only.
  const { dialDirectly, openUpstream, parseUpstreamProxy } = await import('../network/index.ts');
  const parsed = parseUpstreamProxy(named.url);
  // Not its problem: that one is written for the network of commands.
  if (!parsed.ok) throw failed(named, 'It has to be like http://user:password@proxy.example.com:8080.');
  const proxy = parsed.value;
  const trusted = authorities === null ? {} : { ca: [...authorities] };
  const secure = new https.Agent({ keepAlive: true, ...trusted });
  const tunnels = new https.Agent({ keepAlive: true });
  const plain = new http.Agent({ keepAlive: true });

  function dial(host: string, port: number): net.Socket {
    return named.isSecure ? tls.connect({ host, port, ...nameOf(host), ...trusted }) : dialDirectly(host, port);
  }

  /** Which tunnel is for which request is not said: they are given up when nobody waits for any. */
  const opening = new Set<AbortController>();
  let waiting = 0;

  function awaitTunnel(request: http.ClientRequest, signal: AbortSignal | undefined): void {
    waiting += 1;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      signal?.removeEventListener('abort', over);
      waiting -= 1;
      if (waiting === 0) for (const unwanted of opening) unwanted.abort();
    };
    request.once('socket', over).once('error', over);
    signal?.addEventListener('abort', over, { once: true });
    if (signal?.aborted === true) over();
  }

  tunnels.createConnection = ({ host, port }, created = () => {}) => {
    const target = { host: host ?? '', port: Number(port) };
    const route = { kind: 'upstream', proxy, target } as const;
    const unwanted = new AbortController();
    opening.add(unwanted);
    void openUpstream(route, { dial, connectMs: CONNECT_MS, signal: unwanted.signal }).then((opened) => {
      opening.delete(unwanted);
      if (!opened.ok) return created(failed(named, opened.problem.why), new net.Socket());
      created(null, tls.connect({ socket: opened.value, host: target.host, ...nameOf(target.host), ...trusted }));
    });
    return undefined;
  };

  return {
    request(url, options) {
      if (url.protocol === 'https:') {
        const request = https.request(url, { ...options, agent: tunnels });
        awaitTunnel(request, options.signal);
        return request;
      }
      const login = proxy.authorization === null ? {} : { 'proxy-authorization': proxy.authorization };
      const whole = {
        ...options,
        host: proxy.host,
        port: proxy.port,
        path: `${url.origin}${url.pathname}${url.search}`,
        headers: { ...options.headers, host: url.host, ...login },
      };
      return named.isSecure ? https.request({ ...whole, agent: secure }) : http.request({ ...whole, agent: plain });
    },
    explained(error) {
      const isOfConnecting =
        error instanceof Error && 'syscall' in error && /^(?:connect|getaddrinfo)$/.test(String(error.syscall));
      return isOfConnecting ? failed(named, causeOf(error)) : error;
    },
  };
}

/** An address has no name to ask for. */
function nameOf(host: string): { readonly servername?: string } {
  return net.isIP(host) === 0 ? { servername: host } : {};
}

function failed({ variable }: NamedProxy, why: string): Error {
  return Object.assign(new Error(`The proxy in ${variable}: ${why}`), { code: PROXY_FAILED });
}
