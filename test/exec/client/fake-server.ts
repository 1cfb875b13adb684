// A server of sessions and processes whose programs are functions of a test, on a real WebSocket.

import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';

export interface Call {
  readonly id: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
  readonly trace?: unknown;
}

/** The server's end of one connection. */
export interface Peer {
  readonly socket: WebSocket;
  readonly request: IncomingMessage;
  answer(call: Call, result: unknown): void;
  refuse(call: Call, code: number, message: string): void;
  notify(method: string, params: unknown): void;
  /** Without a close frame, as a broken network does it. */
  cut(): void;
}

export interface FakeProcess {
  readonly id: string;
  readonly params: Record<string, unknown>;
  /** What it got on its stdin, each write apart. */
  readonly written: string[];
  read: (text: string) => void;
  /** The event is kept, and not told, for the number of the last one. */
  isSilent: boolean;
  out(text: string, stream?: string): void;
  exit(code: number, sandboxDenied?: boolean | null, more?: object): void;
  close(): void;
  wasTerminated: boolean;
}

export interface FakeServer {
  readonly url: string;
  readonly calls: Call[];
  readonly peers: Peer[];
  readonly processes: FakeProcess[];
  callsOf(method: string): Call[];
  /** Of all sessions: as after a restart. */
  forgetSessions(): void;
  close(): Promise<void>;
}

export interface FakeServerOptions {
  /** True: it was dealt with, and the server does nothing more. */
  readonly intercept?: ((call: Call, peer: Peer) => boolean) | undefined;
  readonly program?: (process: FakeProcess) => void;
  readonly info?: object | null;
  readonly port?: number;
}

interface Event {
  readonly seq: number;
  readonly method: string;
  readonly params: Record<string, unknown>;
}

interface Kept extends FakeProcess {
  readonly events: Event[];
  readonly writeIds: Set<string>;
  exitCode: number | null;
  sandboxDenied: boolean;
  isClosed: boolean;
}

interface FakeSession {
  readonly id: string;
  peer: Peer | null;
  readonly processes: Map<string, Kept>;
}

export const INFO = {
  shell: { name: 'bash', path: '/bin/bash' },
  executorVersion: '0.169.0',
  cwd: 'file:///srv/proj',
  platformOs: 'linux',
  capabilities: { fsWatchMissing: true, fileWriteStreaming: true, httpHeaderEnvVars: true },
};

export async function openFakeServer(options: FakeServerOptions = {}): Promise<FakeServer> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: options.port ?? 0, maxPayload: 64 << 20 });
  await new Promise<void>((resolve) => sockets.once('listening', () => resolve()));
  const sessions = new Map<string, FakeSession>();
  const calls: Call[] = [];
  const peers: Peer[] = [];
  const processes: FakeProcess[] = [];

  sockets.on('connection', (socket, request) => {
    const peer = peerOf(socket, request);
    peers.push(peer);
    let session: FakeSession | null = null;
    let isInitialized = false;
    socket.on('message', (data) => {
      const call = JSON.parse(String(data)) as Call;
      if (call.method === 'initialized') {
        isInitialized = true;
        return;
      }
      if (call.method === undefined) return;
      calls.push(call);
      if (options.intercept?.(call, peer)) return;
      if (call.method === 'initialize') session = initialize(call, peer, session) ?? session;
      else if (session === null) peer.refuse(call, -32600, 'client must call initialize before using methods');
      else if (!isInitialized) peer.refuse(call, -32600, 'client must send initialized before using methods');
      else serve(call, peer, session);
    });
    socket.on('close', () => {
      if (session?.peer === peer) session.peer = null;
    });
  });

  const initialize = (call: Call, peer: Peer, present: FakeSession | null): FakeSession | null => {
    const resume = call.params.resumeSessionId as string | undefined;
    const found = resume === undefined ? newSession() : sessions.get(resume);
    if (present !== null) peer.refuse(call, -32600, 'initialize may only be sent once per connection');
    else if (found === undefined) peer.refuse(call, -32600, `unknown session id ${resume}`);
    else if (found.peer !== null) peer.refuse(call, -32010, `session ${found.id} is already attached`);
    else {
      found.peer = peer;
      const info = options.info === undefined ? INFO : options.info;
      peer.answer(call, { sessionId: found.id, ...(info === null ? {} : { environmentInfo: info }) });
      return found;
    }
    return null;
  };
  const newSession = (): FakeSession => {
    const session: FakeSession = { id: randomUUID(), peer: null, processes: new Map() };
    sessions.set(session.id, session);
    return session;
  };

  const serve = (call: Call, peer: Peer, session: FakeSession): void => {
    const process = session.processes.get(String(call.params?.processId));
    switch (call.method) {
      case 'environment/info':
        return peer.answer(call, INFO);
      case 'process/start': {
        const id = call.params.processId as string;
        if (process !== undefined) return peer.refuse(call, -32600, `process ${id} already exists`);
        const started = newProcess(session, call.params);
        processes.push(started);
        peer.answer(call, { processId: id, sandboxType: 'none' });
        return options.program?.(started);
      }
      case 'process/read':
        if (process === undefined) return peer.refuse(call, -32600, 'unknown process id');
        return peer.answer(call, readOf(process, Number(call.params.afterSeq ?? 0)));
      case 'process/write': {
        if (process === undefined) return peer.answer(call, { status: 'unknownProcess' });
        const { writeId, chunk } = call.params as { writeId: string; chunk: string };
        const isNew = !process.writeIds.has(writeId);
        process.writeIds.add(writeId);
        peer.answer(call, { status: 'accepted' });
        if (!isNew) return;
        process.written.push(Buffer.from(chunk, 'base64').toString());
        return process.read(process.written.at(-1) ?? '');
      }
      case 'process/terminate':
        peer.answer(call, { running: process !== undefined && process.exitCode === null });
        if (process === undefined || process.exitCode !== null) return;
        process.wasTerminated = true;
        process.exit(137, false);
        return process.close();
      case 'process/signal':
        return peer.answer(call, {});
      case 'fs/getMetadata':
        return peer.answer(call, {
          isDirectory: true,
          isFile: false,
          isSymlink: false,
          size: 4096,
          createdAtMs: 0,
          modifiedAtMs: 1,
        });
      case 'environment/status':
        return peer.answer(call, { status: 'ready' });
      default:
        return peer.refuse(call, -32601, `exec-server stub does not implement \`${call.method}\` yet`);
    }
  };

  const { port } = sockets.address() as AddressInfo;
  return {
    url: `ws://127.0.0.1:${port}`,
    calls,
    peers,
    processes,
    callsOf: (method) => calls.filter((call) => call.method === method),
    forgetSessions: () => sessions.clear(),
    close() {
      for (const socket of sockets.clients) socket.terminate();
      return new Promise((resolve) => sockets.close(() => resolve()));
    },
  };
}

function newProcess(session: FakeSession, params: Record<string, unknown>): Kept {
  const id = params.processId as string;
  const events: Event[] = [];
  const tell = (method: string, more: Record<string, unknown>): void => {
    const seq = events.length + 1;
    const event = { seq, method, params: { processId: id, seq, ...more } };
    events.push(event);
    if (!process.isSilent) session.peer?.notify(method, event.params);
  };
  const process: Kept = {
    id,
    params,
    events,
    written: [],
    writeIds: new Set(),
    exitCode: null,
    sandboxDenied: false,
    isClosed: false,
    isSilent: false,
    wasTerminated: false,
    read: () => {},
    out: (text, stream = 'stdout') => tell('process/output', { stream, chunk: Buffer.from(text).toString('base64') }),
    exit(code, sandboxDenied = false, more = {}) {
      process.exitCode = code;
      process.sandboxDenied = sandboxDenied === true;
      tell('process/exited', { exitCode: code, ...(sandboxDenied === null ? {} : { sandboxDenied }), ...more });
    },
    close() {
      process.isClosed = true;
      tell('process/closed', {});
    },
  };
  session.processes.set(id, process);
  return process;
}

function readOf({ events, exitCode, sandboxDenied, isClosed }: Kept, afterSeq: number): unknown {
  const output = events.filter(({ seq, method }) => method === 'process/output' && seq > afterSeq);
  return {
    chunks: output.map(({ seq, params }) => ({ seq, stream: params.stream, chunk: params.chunk })),
    nextSeq: events.length + 1,
    exited: exitCode !== null,
    exitCode,
    closed: isClosed,
    failure: null,
    sandboxDenied,
  };
}

function peerOf(socket: WebSocket, request: IncomingMessage): Peer {
  const send = (message: unknown): void => socket.send(JSON.stringify(message));
  return {
    socket,
    request,
    answer: ({ id }, result) => send({ id, result }),
    refuse: ({ id }, code, message) => send({ error: { code, message }, id }),
    notify: (method, params) => send({ method, params }),
    cut: () => socket.terminate(),
  };
}
