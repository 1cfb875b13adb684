// The one way out of a sandbox without a network: whatever connects is judged host by host.

import type net from 'node:net';
import { answerText, refusedAnswer } from './answer.ts';
import { type Connection, sayAndClose } from './connection.ts';
import { openDeadline } from './deadline.ts';
import { type DecisionRecord, openGate } from './gate.ts';
import { openHttpProxy } from './http-proxy.ts';
import type { NetworkPolicy } from './network-policy.ts';
import { openResolver, type Resolve, resolveWithSystem } from './resolver.ts';
import { serveSocks } from './socks.ts';
import { SOCKS_VERSION } from './socks-message.ts';
import { type Dial, dialDirectly } from './upstream.ts';

/** `C` is whatever tells the clients apart, such as the number of an attempt. It is handed back, never looked at. */
export interface NetworkProxyOptions<C> {
  /** Asked anew for each request. */
  readonly policyFor: (client: C) => NetworkPolicy;
  /** Hears of each host asked for, before the client does. */
  readonly onDecision: (record: DecisionRecord<C>) => void;
  /** An error that is nobody's fault but ours. The connection it happened on is closed. */
  readonly onDefect: (error: unknown) => void;
  /** Addresses of a name; the system's way when left out. */
  readonly resolve?: Resolve;
  /** Connects to an address; over TCP when left out. */
  readonly dial?: Dial;
  readonly limits?: Partial<NetworkProxyLimits>;
}

export interface NetworkProxyLimits {
  /** Until a request must be complete, and how long one may pause in its body. */
  readonly requestMs: number;
  /** For one lookup, and for one attempt to connect. */
  readonly connectMs: number;
  readonly connections: number;
  readonly headBytes: number;
}

export interface NetworkProxy<C> {
  /** Takes over a connection that was accepted for this client, whatever it came through. */
  serve(socket: net.Socket, client: C): void;
  /** Ends all connections, and resolves when none is left. */
  close(): Promise<void>;
}

const DEFAULT_LIMITS: NetworkProxyLimits = {
  requestMs: 30_000,
  connectMs: 30_000,
  // Each has two descriptors and some 140 KiB at most: half of the 1,024 descriptors a process often has.
  connections: 256,
  headBytes: 32 * 1024,
};

/** Of those that are too many, so many are told so; the others are just closed. */
const TOLD_AT_ONCE = 64;

export function openNetworkProxy<C>(options: NetworkProxyOptions<C>): NetworkProxy<C> {
  const limits: NetworkProxyLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const gate = openGate({
    policyFor: options.policyFor,
    onDecision: options.onDecision,
    lookUp: openResolver(options.resolve ?? resolveWithSystem, limits.connectMs),
    dial: options.dial ?? dialDirectly,
    connectMs: limits.connectMs,
    now: Date.now,
  });
  const { requestMs, headBytes } = limits;
  const http = openHttpProxy({ requestMs, headBytes, onDefect: options.onDefect });
  const served = new Set<net.Socket>();
  const turnedAway = new Set<net.Socket>();
  let isClosed = false;

  function begin(socket: net.Socket, client: C): void {
    const gone = new AbortController();
    const deadline = openDeadline(requestMs);
    socket.once('close', () => {
      deadline.stop();
      gone.abort();
    });
    const connection: Connection = {
      socket,
      deadline,
      reach: (attempt) => gate(client, attempt, gone.signal),
    };
    deadline.start(() => socket.destroy());
    socket.once('data', (first: Buffer) => {
      deadline.stop();
      socket.pause();
      socket.unshift(first);
      if (first[0] !== SOCKS_VERSION) return http.serve(connection);
      serveSocks(connection).catch((error) => {
        options.onDefect(error);
        socket.destroy();
      });
    });
    // Without a first byte there is nobody to answer.
    socket.once('end', () => {
      if (socket.bytesRead === 0) socket.destroy();
    });
    socket.resume();
  }

  return {
    serve(socket, client) {
      // Stays: the error of a client that is gone is no error of ours, its close is what counts.
      socket.on('error', () => {});
      const isTooMany = served.size >= limits.connections;
      if (isClosed || (isTooMany && turnedAway.size >= TOLD_AT_ONCE)) return void socket.destroy();
      const set = isTooMany ? turnedAway : served;
      set.add(socket);
      socket.once('close', () => set.delete(socket));
      // A client that has finished sending may still be listening.
      socket.allowHalfOpen = true;
      if (isTooMany) sayAndClose(socket, answerText(refusedAnswer(503, 'The proxy of codex has no connection left.')));
      else begin(socket, client);
    },
    async close() {
      isClosed = true;
      const sockets = [...served, ...turnedAway];
      const closed = sockets.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
      for (const socket of sockets) socket.destroy();
      await Promise.all(closed);
    },
  };
}
