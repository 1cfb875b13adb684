// A real server in this process, and real peers of it over real sockets.

import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientOptions, WebSocket } from 'ws';
import { openLocalEnvironment } from '../../../src/exec/index.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import {
  type Authenticate,
  type ExecServer,
  type ExecServerOptions,
  openExecServer,
} from '../../../src/exec/server/index.ts';
import { UNFOLLOWED } from '../../../src/exec/telemetry/bare-trace.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** A message as a peer sees it; members that are not there are undefined. */
export interface Seen {
  readonly id?: number | string;
  readonly result?: Fields;
  readonly error?: { readonly code: number; readonly message: string };
  readonly method?: string;
  readonly params?: Fields;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  readonly server: ExecServer;
  /** A folder of its own, and its URI. */
  readonly folder: string;
  readonly folderUri: string;
  /** A peer that has shaken hands. */
  peer(resumeSessionId?: string): Promise<Peer>;
  close(): Promise<void>;
}

export interface ServingOptions extends Partial<ExecServerOptions> {
  readonly authenticate?: Authenticate | null;
}

const VARIABLES = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: '/nonexistent', SERVER_ONLY: 'yes' };

export async function serving(options: ServingOptions = {}): Promise<Served> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-server-test-')));
  const environment = openLocalEnvironment({ isRelay: true, outputLimits: { headBytes: 0 } });
  const server = openExecServer({
    environment,
    env: VARIABLES,
    sandbox: { home: '/nonexistent', tmpdir: null, codexHome: join(folder, 'codex-home'), runtimeFolders: [] },
    facts: { cwd: folder, version: '1.2.3', capabilities: {} },
    openFamily: () => ({ calls: {}, closeAll: async () => {} }),
    concurrentRequests: 1,
    telemetry: UNFOLLOWED,
    ...options,
  });
  const listener = server.listen(options.authenticate ?? null);
  listener.server.listen(0, '127.0.0.1');
  await once(listener.server, 'listening');
  const { port } = listener.server.address() as AddressInfo;
  const url = `ws://127.0.0.1:${port}`;
  const peers: Peer[] = [];
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    for (const peer of peers) peer.drop();
    server.close();
    await environment.dispose(0);
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    url,
    port,
    server,
    folder,
    folderUri: pathUri(folder),
    async peer(resumeSessionId) {
      const peer = await connect(url);
      peers.push(peer);
      await peer.shakeHands(resumeSessionId);
      return peer;
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

export interface Peer {
  readonly socket: WebSocket;
  /** Everything that came, in order. */
  readonly seen: readonly Seen[];
  /** Of the session, after the handshake. */
  readonly sessionId: string;
  send(text: string | Buffer): void;
  /** Resolves with the answer, whatever it says. */
  call(method: string, params?: unknown, id?: number | string): Promise<Seen>;
  /** The result; throws what the server refused. */
  ask(method: string, params?: unknown): Promise<Fields>;
  notify(method: string, params?: unknown): void;
  shakeHands(resumeSessionId?: string): Promise<void>;
  /** Resolves when `predicate` holds for something that was seen or is to come. */
  until(predicate: (message: Seen) => boolean): Promise<Seen>;
  /** Starts a command that must start. */
  start(processId: string, argv: readonly string[], more?: Fields): Promise<Fields>;
  /** Everything that was told of a process, up to `closed`. */
  events(processId: string): Promise<readonly Seen[]>;
  /** Code and reason of the end. */
  readonly ended: Promise<readonly [code: number, reason: string]>;
  /** The connection is cut, without a close frame. */
  drop(): void;
}

export async function connect(url: string, options: ClientOptions = {}): Promise<Peer> {
  const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: 256 * 1024 * 1024, ...options });
  const seen: Seen[] = [];
  const watchers = new Set<() => void>();
  let nextId = 1000;
  let sessionId = '';
  socket.on('message', (data: Buffer) => {
    seen.push(JSON.parse(data.toString()) as Seen);
    for (const watcher of [...watchers]) watcher();
  });
  const ended = new Promise<readonly [number, string]>((resolve) => {
    socket.once('close', (code, reason) => resolve([code, reason.toString()]));
  });
  await once(socket, 'open');
  socket.on('error', () => {
    // The end is told by `ended`.
  });

  const until: Peer['until'] = (predicate) =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = seen.find(predicate);
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      void ended.then(([code]) => {
        if (watchers.delete(look))
          reject(new Error(`ended with ${code}, after ${JSON.stringify(seen.slice(-5)).slice(-2000)}`));
      });
      look();
    });

  const call: Peer['call'] = (method, params, id = nextId++) => {
    socket.send(JSON.stringify({ id, method, params }));
    return until((message) => message.id === id);
  };

  const ask: Peer['ask'] = async (method, params) => {
    const { result, error } = await call(method, params);
    if (result === undefined) throw new Error(`${method}: ${error?.code} ${error?.message}`);
    return result;
  };

  const peer: Peer = {
    socket,
    seen,
    get sessionId() {
      return sessionId;
    },
    send: (text) => socket.send(text),
    call,
    ask,
    notify: (method, params) => socket.send(JSON.stringify({ method, params })),
    async shakeHands(resumeSessionId) {
      const opened = await ask('initialize', { clientName: 'test', resumeSessionId: resumeSessionId ?? null });
      sessionId = String(opened.sessionId);
      peer.notify('initialized', {});
    },
    until,
    start: (processId, argv, more = {}) =>
      ask('process/start', {
        processId,
        argv,
        cwd: 'file:///tmp',
        env: { PATH: '/usr/bin:/bin' },
        tty: false,
        ...more,
      }),
    async events(processId) {
      const isOf = ({ params }: Seen): boolean => params?.processId === processId;
      await until((message) => isOf(message) && message.method === 'process/closed');
      return seen.filter(isOf);
    },
    ended,
    drop: () => socket.terminate(),
  };
  return peer;
}

/** A number of bytes that no other command of this machine is asked for, so that the one is found that is. */
export function freshSize(about: number): number {
  return about + randomInt(1, 100_000);
}

/** What was printed, of all streams or of one. */
export function textOf(events: readonly Seen[], stream: string | null = null): string {
  const chunks = events.flatMap(({ method, params }) =>
    method === 'process/output' && (stream === null || params?.stream === stream)
      ? [Buffer.from(String(params?.chunk), 'base64')]
      : [],
  );
  return Buffer.concat(chunks).toString();
}

/** The params of the one event of this kind. */
export function eventOf(events: readonly Seen[], method: string): Fields {
  const found = events.filter((event) => event.method === method);
  if (found.length !== 1 || found[0]?.params === undefined) throw new Error(`${found.length} of ${method}`);
  return found[0].params;
}
