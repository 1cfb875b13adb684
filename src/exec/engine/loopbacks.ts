// What does a sandboxed command find on its loopback? The proxy's port, and the servers of the machine it may reach.

import { connect, createServer, type Server, type Socket } from 'node:net';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../../sandbox/index.ts';
import { joinSockets } from './join-sockets.ts';
import { type NamespaceOptions, type NetworkNamespace, openNetworkNamespace } from './network-namespace.ts';

/** For one attempt. */
export interface Loopback {
  /** Where the proxy is reached; null: there is none. */
  readonly proxyPort: number | null;
  /** What is put before the sandbox's program, so that its loopback is this one. */
  readonly enter: readonly string[];
  /** What was connected to before still arrives; connections that come later are closed. */
  close(): Promise<void>;
}

export interface LoopbackWish {
  /** Gets every connection to the proxy's port; null: no proxy. */
  readonly serve: ((connection: Socket) => void) | null;
  /** Servers on the loopback of the machine, reached at the same port of the command's. */
  readonly localPorts: readonly number[];
}

export interface Loopbacks {
  open(wish: LoopbackWish): Promise<Result<Loopback>>;
  dispose(): Promise<void>;
}

/** So many proxied commands run at once; further ones wait for nobody and are refused with a sentence. */
const PROXY_PORTS = 32;

type LinuxFacts = Extract<HostFacts, { platform: 'linux' }>;

export interface LoopbackOptions extends Omit<NamespaceOptions, 'host' | 'nsenter'> {
  /** Absolute path, null where the machine has none. */
  readonly nsenter: string | null;
  /** Asked when the first loopback is opened. */
  readonly host: () => Promise<HostFacts | null>;
}

/**
 * The loopbacks of one program. On Linux they are in network namespaces: commands that have the proxy alone share one,
 * made with the first; a command that reaches servers of the machine has its own, where no other one reaches them.
 */
export function openLoopbacks(options: LoopbackOptions): Loopbacks {
  let shared: Promise<Result<SharedNamespace>> | null = null;

  const sharedOn = async (host: LinuxFacts, nsenter: string): Promise<Result<SharedNamespace>> => {
    const open = async (): Promise<Result<SharedNamespace>> => {
      const ports = Array.from({ length: PROXY_PORTS }, () => 0);
      const opened = await openNetworkNamespace(ports, { ...options, host, nsenter });
      return opened.ok ? ok(shareNamespace(opened.value)) : opened;
    };
    const first = shared ?? open();
    shared = first;
    const known = await first;
    if (known.ok && known.value.isAlive()) return known;
    // Somebody else may have opened another one meanwhile.
    if (shared === first) shared = open();
    return shared;
  };

  return {
    async open({ serve, localPorts }) {
      const host = await options.host();
      if (host?.platform !== 'linux') return openMachinePort(serve);
      const { nsenter } = options;
      if (nsenter === null) return fail(noEntry());
      if (localPorts.length > 0) return openOwn(serve, localPorts, { ...options, host, nsenter });
      const opened = await sharedOn(host, nsenter);
      return opened.ok && serve !== null ? opened.value.take(serve) : failed(opened);
    },
    async dispose() {
      const opened = await shared;
      shared = null;
      if (opened?.ok) await opened.value.end();
    },
  };
}

function failed(opened: Result<unknown>): Result<Loopback> {
  return opened.ok ? ok({ proxyPort: null, enter: [], close: async () => {} }) : opened;
}

/** Where the policy of the sandbox itself names the ports that may be reached. */
async function openMachinePort(serve: LoopbackWish['serve']): Promise<Result<Loopback>> {
  if (serve === null) return ok({ proxyPort: null, enter: [], close: async () => {} });
  const server = createServer(serve);
  const isOpen = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(0, '127.0.0.1', () => resolve(true));
  });
  if (!isOpen) return fail(noPort());
  return ok({ proxyPort: portOf(server), enter: [], close: async () => void server.close() });
}

/** Connections to `localPorts` are handed on to the machine, the first port of the namespace is the proxy's. */
async function openOwn(
  serve: LoopbackWish['serve'],
  localPorts: readonly number[],
  options: NamespaceOptions,
): Promise<Result<Loopback>> {
  const opened = await openNetworkNamespace([...(serve === null ? [] : [0]), ...localPorts], options);
  if (!opened.ok) return opened;
  const { servers, enter, end } = opened.value;
  const proxy = serve === null ? undefined : servers[0];
  for (const server of servers) {
    const port = portOf(server);
    if (port === null) continue;
    server.on('connection', server === proxy && serve !== null ? serve : (connection) => handOn(connection, port));
  }
  return ok({ proxyPort: proxy === undefined ? null : portOf(proxy), enter, close: end });
}

/** As `localhost` is tried by most programs: first the one address, then the other. */
const MACHINE = ['127.0.0.1', '::1'] as const;

function handOn(connection: Socket, port: number): void {
  connection.allowHalfOpen = true;
  // Stays: who is gone is no error of ours.
  connection.on('error', () => {});
  const next = ([host, ...others]: readonly string[]): void => {
    if (host === undefined) return void connection.resetAndDestroy();
    const server = connect({ host, port, allowHalfOpen: true });
    const isRefused = (): void => next(others);
    server.once('error', isRefused);
    server.once('connect', () => {
      server.off('error', isRefused);
      joinSockets(connection, server);
    });
  };
  next(MACHINE);
}

interface SharedNamespace {
  take(serve: (connection: Socket) => void): Result<Loopback>;
  isAlive(): boolean;
  end(): Promise<void>;
}

function shareNamespace({ servers, enter, isAlive, end }: NetworkNamespace): SharedNamespace {
  const serving = new Map<Server, (connection: Socket) => void>();
  for (const server of servers) {
    server.on('connection', (connection) => {
      const serve = serving.get(server);
      if (serve === undefined) connection.destroy();
      else serve(connection);
    });
  }
  return {
    take(serve) {
      const server = servers.find((it) => !serving.has(it));
      if (server === undefined) return fail(tooMany());
      serving.set(server, serve);
      return ok({ proxyPort: portOf(server), enter, close: async () => void serving.delete(server) });
    },
    isAlive,
    end,
  };
}

function portOf(server: Server): number | null {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : null;
}

function noEntry(): Problem {
  return {
    what: 'What this profile opens of the network cannot be opened: bubblewrap gets there through nsenter, which is not there.',
    why: 'Without it network.domains and network.local_ports would have no effect.',
    next: 'Install util-linux.',
  };
}

function noPort(): Problem {
  return {
    what: 'The proxy for the hosts of this profile could not be started.',
    why: 'No port of the loopback could be opened.',
    next: '',
  };
}

function tooMany(): Problem {
  return {
    what: 'Not started: too many commands use the proxy.',
    why: `At most ${PROXY_PORTS} can at once.`,
    next: 'Try again when one of them has ended.',
  };
}
