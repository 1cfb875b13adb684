// The way out: a connection to one of the addresses that were judged, or through the proxy behind ours.

import http from 'node:http';
import net from 'node:net';
import { causeOf, errnoOf, fail, ok, type Result } from '../../problem/index.ts';
import { type Target, targetText } from './host-name.ts';
import type { Route, UpstreamProxy } from './network-policy.ts';

/** Opens a connection to an address. Half-open ones must be possible. */
export type Dial = (address: string, port: number) => net.Socket;

export interface UpstreamFailure {
  readonly reason: 'refused' | 'unreachable' | 'timed_out' | 'upstream_proxy_refused' | 'upstream_proxy_failed';
  /** Half a sentence for a person. */
  readonly why: string;
}

export interface UpstreamOptions {
  readonly dial: Dial;
  /** For each address, and for the answer of the proxy behind ours. */
  readonly connectMs: number;
  /** The client is gone: nobody waits for the connection. */
  readonly signal: AbortSignal;
}

const KEEP_ALIVE_MS = 60_000;

const NO_ANSWER: UpstreamFailure = { reason: 'timed_out', why: 'it did not answer' };

export function dialDirectly(address: string, port: number): net.Socket {
  // Finds out that the other machine vanished, which for a silent tunnel nothing else does.
  return net.connect({
    host: address,
    port,
    allowHalfOpen: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_MS,
  });
}

/** Opens the way. The socket it gives is paused, and its errors are the caller's from then on. */
export async function openUpstream(
  route: Route,
  options: UpstreamOptions,
): Promise<Result<net.Socket, UpstreamFailure>> {
  if (route.kind === 'direct') return dialFirst(route.addresses, route.port, options);
  const { proxy, target } = route;
  // Its own name is looked up by the system: a person wrote it into the configuration, no command did.
  const socket = await dialOne(proxy.host, proxy.port, options);
  const tunnel = socket.ok ? await tunnelThrough(socket.value, proxy, target, options) : socket;
  return tunnel.ok ? tunnel : fail(behindUs(proxy, tunnel.problem));
}

/** One address after the other, in the order of the answer. */
async function dialFirst(
  addresses: readonly string[],
  port: number,
  options: UpstreamOptions,
): Promise<Result<net.Socket, UpstreamFailure>> {
  let last: UpstreamFailure = { reason: 'unreachable', why: 'it has no address' };
  for (const address of addresses) {
    const dialled = await dialOne(address, port, options);
    if (dialled.ok || options.signal.aborted) return dialled;
    last = dialled.problem;
  }
  return fail(last);
}

function dialOne(
  address: string,
  port: number,
  options: UpstreamOptions,
): Promise<Result<net.Socket, UpstreamFailure>> {
  const socket = options.dial(address, port);
  return readyWithin(socket, options, (settle) => {
    // Stays: a socket without a listener would end the program with its first error.
    socket.on('error', (error) => settle(fail(failureOf(error))));
    socket.once('connect', () => settle(ok(socket)));
  });
}

async function tunnelThrough(
  socket: net.Socket,
  { authorization }: UpstreamProxy,
  target: Target,
  options: UpstreamOptions,
): Promise<Result<net.Socket, UpstreamFailure>> {
  const authority = targetText(target);
  const login = authorization === null ? [] : ['Proxy-Authorization', authorization];
  const request = http.request({
    createConnection: () => socket,
    method: 'CONNECT',
    path: authority,
    headers: ['Host', authority, ...login],
  });
  return readyWithin(socket, options, (settle) => {
    request.on('error', (error) => settle(fail(failureOf(error))));
    request.once('connect', (response, _, head) => {
      const status = response.statusCode ?? 0;
      if (status < 200 || status > 299) {
        return settle(fail({ reason: 'upstream_proxy_refused', why: `it answered ${status}` }));
      }
      if (head.length > 0) socket.unshift(head);
      settle(ok(socket));
    });
    request.end();
  });
}

/** Waits for one outcome, for a limited time, and as long as somebody wants it. A socket that failed is destroyed. */
function readyWithin(
  socket: net.Socket,
  { connectMs, signal }: UpstreamOptions,
  begin: (settle: (outcome: Result<net.Socket, UpstreamFailure>) => void) => void,
): Promise<Result<net.Socket, UpstreamFailure>> {
  return new Promise((resolve) => {
    const settle = (outcome: Result<net.Socket, UpstreamFailure>): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', giveUp);
      if (!outcome.ok) socket.destroy();
      resolve(outcome);
    };
    const giveUp = (): void => settle(fail({ reason: 'unreachable', why: 'the client went away' }));
    const timer = setTimeout(() => settle(fail(NO_ANSWER)), connectMs);
    signal.addEventListener('abort', giveUp, { once: true });
    begin(settle);
    if (signal.aborted) giveUp();
  });
}

/** Says which of the two ways failed. */
function behindUs(proxy: UpstreamProxy, { reason, why }: UpstreamFailure): UpstreamFailure {
  const isRefused = reason === 'upstream_proxy_refused';
  return {
    reason: isRefused ? 'upstream_proxy_refused' : 'upstream_proxy_failed',
    why: `the proxy behind codex, ${targetText(proxy)}: ${why}`,
  };
}

function failureOf(error: unknown): UpstreamFailure {
  switch (errnoOf(error)) {
    case 'ECONNREFUSED':
      return { reason: 'refused', why: 'the connection was refused' };
    case 'ETIMEDOUT':
      return NO_ANSWER;
    default:
      return { reason: 'unreachable', why: causeOf(error) };
  }
}
