// Where does a sandboxed command find the proxy? On ports of a loopback that nothing else is on.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { createServer, Server, type Socket } from 'node:net';
import { Writable } from 'node:stream';
import { causeOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../../sandbox/index.ts';
import type { DescriptorTable } from './descriptors.ts';
import { openNamelessFile, readStatus } from './nameless-file.ts';
import { parseSandboxStatus } from './sandbox-status.ts';

/** One port, for one attempt. */
export interface ProxyDoor {
  readonly port: number;
  /** What is put before the sandbox's program, so that its loopback is the one with the port. */
  readonly enter: readonly string[];
  /** Connections that come later are closed. */
  close(): void;
}

export interface ProxyDoors {
  /** `serve` gets every connection that comes in through the door. */
  open(serve: (connection: Socket) => void): Promise<Result<ProxyDoor>>;
  dispose(): void;
}

/** So many proxied commands run at once; further ones wait for nobody and are refused with a sentence. */
const DOORS = 32;

type LinuxFacts = Extract<HostFacts, { platform: 'linux' }>;

export interface ProxyDoorOptions {
  readonly descriptors: DescriptorTable;
  /** Absolute path, null where the machine has none. */
  readonly nsenter: string | null;
  /** Asked when the first door is opened. */
  readonly host: () => Promise<HostFacts | null>;
}

/** The doors of one program. On Linux all of them are in one network namespace, made with the first. */
export function openProxyDoors(options: ProxyDoorOptions): ProxyDoors {
  let namespace: Promise<Result<Namespace>> | null = null;

  const namespaceOn = async (host: LinuxFacts, nsenter: string): Promise<Result<Namespace>> => {
    const open = () => openNamespace(host, nsenter, options.descriptors);
    const first = namespace ?? open();
    namespace = first;
    const known = await first;
    if (known.ok && known.value.isAlive()) return known;
    // Somebody else may have opened another one meanwhile.
    if (namespace === first) namespace = open();
    return namespace;
  };

  return {
    async open(serve) {
      const host = await options.host();
      if (host?.platform !== 'linux') return openLoopbackDoor(serve);
      if (options.nsenter === null) return fail(noEntry());
      const opened = await namespaceOn(host, options.nsenter);
      return opened.ok ? opened.value.take(serve) : opened;
    },
    dispose() {
      void namespace?.then((opened) => opened.ok && opened.value.end());
      namespace = null;
    },
  };
}

/** Where the policy of the sandbox itself names the port that may be reached. */
async function openLoopbackDoor(serve: (connection: Socket) => void): Promise<Result<ProxyDoor>> {
  const server = createServer(serve);
  const port = await new Promise<number | null>((resolve) => {
    server.once('error', () => resolve(null));
    server.listen(0, '127.0.0.1', () => resolve(portOf(server)));
  });
  if (port === null) return fail(noDoor('no port of the loopback could be opened'));
  return ok({ port, enter: [], close: () => void server.close() });
}

interface Namespace {
  take(serve: (connection: Socket) => void): Result<ProxyDoor>;
  isAlive(): boolean;
  end(): void;
}

/**
 * Runs inside, opens the ports and hands them over: what listens in there is accepted out here, so that no byte is
 * copied through another process. Then it ends, and a shell that waits for the end of its input keeps the namespace.
 */
const OPENER = `
const { createServer } = require('node:net');
let open = 0;
for (let n = 0; n < ${DOORS}; n++) {
  const server = createServer();
  server.listen(0, '127.0.0.1', () => process.send({ port: server.address().port }, server, () => {
    open += 1;
    if (open === ${DOORS}) process.exit(0);
  }));
}`;

async function openNamespace(
  host: LinuxFacts,
  nsenter: string,
  descriptors: DescriptorTable,
): Promise<Result<Namespace>> {
  const status = openNamelessFile();
  if (status === null) return fail(noDoor('there is nowhere to put a file without a name'));
  try {
    const child = spawnHolder(host, descriptors, status);
    const servers = await serversFrom(child);
    const inside = parseSandboxStatus(readStatus(status)).init?.pid;
    if (servers === null || inside === undefined) {
      child.kill('SIGKILL');
      return fail(noDoor('the network namespace for it could not be made'));
    }
    const user = host.uid === 0 ? [] : ['--user', '--preserve-credentials'];
    return ok(namespaceWith(child, servers, [nsenter, ...user, '--net', '-t', String(inside), '--']));
  } catch (error) {
    return fail(noDoor(causeOf(error)));
  } finally {
    closeSync(status);
  }
}

function spawnHolder(host: LinuxFacts, descriptors: DescriptorTable, status: number): ChildProcess {
  const leaking = descriptors.leaking();
  const free = [3, 4, 5, 6, 7, 8, 9, 10].concat(leaking.map((it) => it + 1)).filter((it) => !leaking.includes(it));
  const [channel = 3, document = 4] = free;
  const slots: ('pipe' | 'ignore' | 'ipc' | number)[] = ['pipe', 'ignore', 'ignore'];
  const place = (index: number, slot: 'ipc' | number): void => {
    while (slots.length < index) slots.push('ignore');
    slots[index] = slot;
  };
  for (const number of leaking) place(number, descriptors.devNull);
  place(channel, 'ipc');
  place(document, status);
  const namespaces = [...(host.uid === 0 ? [] : ['--unshare-user']), '--unshare-net', '--unshare-pid'];
  const options = [
    ...namespaces,
    '--die-with-parent',
    '--new-session',
    '--ro-bind',
    '/',
    '/',
    // A /dev of its own would nest a second user namespace, and the network would belong to the outer one.
    '--dev-bind',
    '/dev',
    '/dev',
    ...(host.canMountProc ? ['--proc', '/proc'] : []),
    '--json-status-fd',
    String(document),
  ];
  const script = '"$@"; exec 0<&0; while read -r _; do :; done';
  const inside = ['/bin/sh', '-c', script, 'codex', process.execPath, '-e', OPENER];
  const child = spawn(host.bubblewrap.path, [...options, '--', ...inside], {
    cwd: '/',
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin' },
    stdio: slots,
    detached: true,
  });
  child.on('error', () => {
    // Told by the servers that never come.
  });
  return child;
}

/** The listening sockets in the order in which they arrive; null when the opener ended before the last. */
function serversFrom(child: ChildProcess): Promise<readonly Server[] | null> {
  return new Promise((resolve) => {
    const servers: Server[] = [];
    child.on('message', (_told, handle) => {
      if (handle instanceof Server) servers.push(handle);
      if (servers.length === DOORS) resolve(servers);
    });
    child.once('error', () => resolve(null));
    child.once('disconnect', () => servers.length < DOORS && resolve(null));
    child.once('exit', () => resolve(null));
  });
}

function namespaceWith(child: ChildProcess, servers: readonly Server[], enter: readonly string[]): Namespace {
  const serving = new Map<Server, (connection: Socket) => void>();
  for (const server of servers) {
    server.on('connection', (connection) => {
      const serve = serving.get(server);
      if (serve === undefined) connection.destroy();
      else serve(connection);
    });
    server.unref();
  }
  child.unref();
  const { stdin } = child;
  // Both keep the loop alive although nothing waits for them.
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  child.channel?.unref();
  return {
    take(serve) {
      const server = servers.find((it) => !serving.has(it));
      const port = server === undefined ? null : portOf(server);
      if (server === undefined || port === null) return fail(tooMany());
      serving.set(server, serve);
      return ok({ port, enter, close: () => void serving.delete(server) });
    },
    isAlive: () => child.exitCode === null && child.signalCode === null,
    end() {
      for (const server of servers) server.close();
      if (stdin instanceof Writable) stdin.end();
    },
  };
}

function portOf(server: Server): number | null {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : null;
}

function noEntry(): Problem {
  return {
    what: 'The hosts of this profile cannot be opened: bubblewrap reaches the proxy through nsenter, which is not there.',
    why: 'Without it network.domains would have no effect.',
    next: 'Install util-linux.',
  };
}

function noDoor(why: string): Problem {
  return { what: 'The proxy for the hosts of this profile could not be started.', why, next: '' };
}

function tooMany(): Problem {
  return {
    what: 'Not started: too many commands use the proxy.',
    why: `At most ${DOORS} can at once.`,
    next: 'Try again when one of them has ended.',
  };
}
