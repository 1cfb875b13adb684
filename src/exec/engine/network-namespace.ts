// How is a network made that has nothing but a loopback, with ports of ours on it?

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Server } from 'node:net';
import { Writable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { causeOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { HostFacts } from '../../sandbox/index.ts';
import type { DescriptorTable } from './descriptors.ts';
import { openNamelessFile, readStatus } from './nameless-file.ts';
import { parseSandboxStatus } from './sandbox-status.ts';

type LinuxFacts = Extract<HostFacts, { platform: 'linux' }>;

export interface NamespaceOptions {
  readonly descriptors: DescriptorTable;
  /** Absolute path. */
  readonly nsenter: string;
  readonly host: LinuxFacts;
}

/** It lives as long as this program, or until `end`. It keeps no program running. */
export interface NetworkNamespace {
  /** They listen inside and are accepted out here: in the order of the ports asked for, where those are not 0. */
  readonly servers: readonly Server[];
  /** What is put before a program to start it inside. */
  readonly enter: readonly string[];
  isAlive(): boolean;
  /** Hands out what was connected to already, for a moment, and then ends. */
  end(): Promise<void>;
}

/**
 * Runs inside, opens the ports and hands them over: what listens in there is accepted out here, so that no byte is
 * copied through another process. Then it ends, and a shell that waits for the end of its input keeps the namespace.
 * A port that was named is opened for both versions of IP where there are two; 0 is any.
 */
const OPENER = `
const { createServer } = require('node:net');
const wanted = JSON.parse(process.argv[1]).flatMap((port) =>
  (port === 0 ? ['127.0.0.1'] : ['127.0.0.1', '::1']).map((host) => ({ host, port })));
let sent = 0;
const next = () => {
  const at = wanted.shift();
  if (at === undefined) return process.send({ sent }, () => process.exit(0));
  const server = createServer();
  server.once('error', () => (at.host === '::1' ? next() : process.exit(1)));
  server.listen(at, () => process.send({}, server, () => (sent += 1, next())));
};
next();`;

/** Opens a namespace with these ports on its loopback. */
export async function openNetworkNamespace(
  ports: readonly number[],
  { host, nsenter, descriptors }: NamespaceOptions,
): Promise<Result<NetworkNamespace>> {
  const status = openNamelessFile();
  if (status === null) return fail(notMade('There is nowhere to put a file without a name.'));
  try {
    const child = spawnHolder(ports, host, descriptors, status);
    const servers = await serversFrom(child);
    const inside = parseSandboxStatus(readStatus(status)).init?.pid;
    if (servers === null || inside === undefined) {
      child.kill('SIGKILL');
      return fail(notMade('Its network namespace could not be made.'));
    }
    const user = host.uid === 0 ? [] : ['--user', '--preserve-credentials'];
    return ok(heldBy(child, servers, [nsenter, ...user, '--net', '-t', String(inside), '--']));
  } catch (error) {
    return fail(notMade(causeOf(error)));
  } finally {
    closeSync(status);
  }
}

function spawnHolder(
  ports: readonly number[],
  host: LinuxFacts,
  descriptors: DescriptorTable,
  status: number,
): ChildProcess {
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
  // Ports below 1024 belong to root, here to root of the namespace.
  const user = host.uid === 0 ? [] : ['--unshare-user', '--cap-add', 'CAP_NET_BIND_SERVICE'];
  const options = [
    ...user,
    '--unshare-net',
    '--unshare-pid',
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
  const script = '"$@" || exit 1; exec 0<&0; while read -r _; do :; done';
  const inside = ['/bin/sh', '-c', script, 'codex', process.execPath, '-e', OPENER, JSON.stringify(ports)];
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

/** Opening takes some 50 ms; where a descriptor could not be handed over, nothing says so. */
const OPENED_WITHIN_MS = 10_000;

/** The listening sockets in the order in which they arrive; null when not all of them do. */
function serversFrom(child: ChildProcess): Promise<readonly Server[] | null> {
  return new Promise((resolve) => {
    const servers: Server[] = [];
    const settle = (found: readonly Server[] | null): void => {
      clearTimeout(timer);
      if (found === null) for (const server of servers) server.close();
      resolve(found);
    };
    const timer = setTimeout(() => settle(null), OPENED_WITHIN_MS);
    child.on('message', (told, handle) => {
      if (handle instanceof Server) servers.push(handle);
      const sent = sentIn(told);
      if (sent !== null) settle(sent === servers.length ? servers : null);
    });
    child.once('error', () => settle(null));
    child.once('disconnect', () => settle(null));
    child.once('exit', () => settle(null));
  });
}

/** The opener's last word: how many it has sent. */
function sentIn(told: unknown): number | null {
  return typeof told === 'object' && told !== null && 'sent' in told && typeof told.sent === 'number'
    ? told.sent
    : null;
}

/** A connection that was made just before a command ended is accepted by the system, and by nobody here yet. */
const QUIET_MS = 50;
const LONGEST_WAIT_MS = 1_000;

/** Resolves when no connection has come for a moment. */
async function untilQuiet(servers: readonly Server[]): Promise<void> {
  const begun = performance.now();
  let last = begun;
  for (const server of servers)
    server.on('connection', () => {
      last = performance.now();
    });
  for (let left = QUIET_MS; left > 0 && performance.now() - begun < LONGEST_WAIT_MS; ) {
    await wait(left);
    left = QUIET_MS - (performance.now() - last);
  }
}

function heldBy(child: ChildProcess, servers: readonly Server[], enter: readonly string[]): NetworkNamespace {
  for (const server of servers) server.unref();
  child.unref();
  const { stdin } = child;
  // Both keep the loop alive although nothing waits for them.
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
  child.channel?.unref();
  return {
    servers,
    enter,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async end() {
      if (child.exitCode === null && child.signalCode === null) await untilQuiet(servers);
      for (const server of servers) server.close();
      if (stdin instanceof Writable) stdin.end();
    },
  };
}

function notMade(why: string): Problem {
  return { what: 'What this profile opens of the network could not be opened.', why, next: '' };
}
