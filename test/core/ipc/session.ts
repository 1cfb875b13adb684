// A session as an owner has it, without anything behind it: a bus, a door, and a folder for its socket.

import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { encode } from '../../../src/core/bus/codec.ts';
import type { Ack, AnswerTo, BusEvent, Command, Door, EventBody, EventOf, Query } from '../../../src/core/bus/index.ts';
import { apply, type Bus, emptyTranscript, openBus, type Transcript } from '../../../src/core/bus/index.ts';
import { type AttachedDoor, attach } from '../../../src/core/ipc/client.ts';
import { type Listener, listen } from '../../../src/core/ipc/listener.ts';
import { openRuntimeFolder, type RuntimeFolder } from '../../../src/core/ipc/runtime-folder.ts';
import { newSocketName } from '../../../src/core/ipc/socket-name.ts';

export const UID = process.geteuid?.() ?? 0;
export const VERSION = '0.1.0';
export const SESSION = '01a1fd6b-5f34-78e1-92ab-7e513b4e8146';

export const OPENED: EventOf<'session.opened'> = {
  type: 'session.opened',
  cwd: '/home/ana/src/app',
  provider: 'shell',
  model: null,
  profile: ':workspace',
  network: 'restricted',
  version: VERSION,
  earlierItems: 0,
};

export function started(process: number): EventOf<'process.started'> {
  return {
    type: 'process.started',
    process,
    call: `call-${process}`,
    turn: 't1',
    attempt: 1,
    command: `run ${process}`,
    argv: ['bash', '-lc', `run ${process}`],
    cwd: '/home/ana/src/app',
    origin: 'person',
    stdio: { kind: 'pty', cols: 80, rows: 24 },
    profile: ':workspace',
    grants: [],
  };
}

export function output(process: number, from: number, bytes: Uint8Array): EventOf<'process.output'> {
  return { type: 'process.output', process, attempt: 1, from, stream: 'pty', bytes };
}

export function finished(process: number): EventOf<'process.finished'> {
  return { type: 'process.finished', process, call: `call-${process}`, outcome: 'ok', problem: null };
}

export function message(number: number, text = `m${number}`): EventOf<'message.added'> {
  return { type: 'message.added', item: `i${number}`, turn: 't1', text };
}

export function openTestBus(): Bus {
  const bus = openBus({
    session: SESSION,
    now: Date.now,
    onListenerError: (error) => {
      throw error;
    },
  });
  bus.publish(OPENED);
  return bus;
}

export interface Answering {
  readonly command?: (command: Command) => Promise<Ack>;
  readonly history?: () => Promise<{ texts: string[] }>;
}

export function doorOf(bus: Bus, { command, history }: Answering = {}): Door {
  return {
    command: command ?? (async () => ({ ok: true })),
    query: <Q extends Query>(query: Q) => {
      const answers = {
        'sessions.list': async () => ({ sessions: [], total: 0 }),
        'sessions.preview': async () => ({ events: [OPENED] }),
        environments: async () => ({ environments: [] }),
        history: history ?? (async () => ({ texts: ['ls'] })),
        output: async () => ({ from: 0, bytes: Buffer.from('bytes') }),
        files: async () => ({ files: [], isPartial: false, known: 0 }),
        mcp: async () => ({ servers: [] }),
        prompts: async () => ({ prompts: [] }),
        skills: async () => ({ skills: [] }),
        'prompts.expand': async () => ({ text: null, problem: null }),
        programs: async () => ({ names: [] }),
      };
      return answers[query.type]() as Promise<AnswerTo<Q>>;
    },
    subscribe: (from, listener) => bus.subscribe(from, listener),
  };
}

export function factsOf(session = SESSION) {
  return {
    session,
    cwd: '/home/ana',
    record: '/home/ana/r.jsonl',
    title: 'List the folder',
    about: '',
    startedAt: 1,
    state: 'idle',
    since: 2,
  } as const;
}

/** A temp folder with room for the path of a socket. */
export function tempFolder(mode = 0o700): string {
  const folder = mkdtempSync('/tmp/ipc-');
  chmodSync(folder, mode);
  return folder;
}

/** Things to undo, the last first. */
export interface Scope {
  readonly add: (undo: () => void | Promise<void>) => void;
  readonly end: () => Promise<void>;
}

export function openScope(): Scope {
  const undoes: (() => void | Promise<void>)[] = [];
  return {
    add: (undo) => undoes.push(undo),
    async end() {
      for (let undo = undoes.pop(); undo !== undefined; undo = undoes.pop()) await undo();
    },
  };
}

export function openTestFolder(scope: Scope): RuntimeFolder {
  const temp = tempFolder();
  scope.add(() => rmSync(temp, { recursive: true, force: true }));
  const folder = openRuntimeFolder({ env: { TMPDIR: temp }, uid: UID, codexHome: null });
  if (!folder.ok) throw new Error(folder.problem.why);
  scope.add(folder.value.close);
  return folder.value;
}

export interface Served {
  readonly bus: Bus;
  readonly folder: RuntimeFolder;
  readonly listener: Listener;
  readonly name: string;
  readonly defects: unknown[];
}

/** An owner in this process. */
export async function serve(scope: Scope, answering: Answering = {}): Promise<Served> {
  const folder = openTestFolder(scope);
  const bus = openTestBus();
  const defects: unknown[] = [];
  const name = newSocketName(SESSION);
  const listener = await listenTo(folder, name, doorOf(bus, answering), defects);
  scope.add(() => listener.close('quit'));
  return { bus, folder, listener, name, defects };
}

export async function listenTo(
  folder: RuntimeFolder,
  name: string,
  door: Door,
  defects: unknown[] = [],
): Promise<Listener> {
  const listener = await listen({
    folder,
    name,
    door,
    facts: () => factsOf(),
    uid: UID,
    version: VERSION,
    onDefect: (error) => defects.push(error),
  });
  if (!listener.ok) throw new Error(listener.problem.why);
  return listener.value;
}

export async function attachTo(scope: Scope, path: string): Promise<AttachedDoor> {
  const defect = (error: unknown): void => {
    throw error;
  };
  const attached = await attach(path, { uid: UID, version: VERSION, onDefect: defect });
  if (!attached.ok) throw new Error(attached.problem.why);
  scope.add(() => attached.value.close());
  return attached.value;
}

/** Resolves when a condition holds that events bring about. */
export function heard(): { tell: () => void; until: (condition: () => boolean) => Promise<void> } {
  let check = (): void => {};
  return {
    tell: () => check(),
    until: (condition) =>
      new Promise((resolve) => {
        check = () => {
          if (condition()) resolve();
        };
        check();
      }),
  };
}

/** All events from 1 on, as they come, and a way to wait for a number of them. */
export function hearAll(door: Door, from = 1): { events: BusEvent[]; until: (seq: number) => Promise<void> } {
  const events: BusEvent[] = [];
  const { tell, until } = heard();
  door.subscribe(from, (event) => {
    events.push(event);
    tell();
  });
  return { events, until: (seq) => until(() => (events.at(-1)?.seq ?? 0) >= seq) };
}

export function fold(events: readonly (BusEvent | EventBody)[]): Transcript {
  return events.reduce(apply, emptyTranscript());
}

/** Everything of a transcript that somebody could see; not how many steps led to it. */
export function pictured(transcript: Transcript): string {
  const { session, items, finished, streaming, live, questions, grants, queued, turn, usage, ended, at } = transcript;
  const seen = (item: (typeof items)[number]): unknown =>
    item.kind === 'process'
      ? {
          ...item,
          revision: 0,
          attempts: item.attempts.map((one) => ({ ...one, excerpt: one.excerpt.value() })),
        }
      : item;
  const numbers = [...transcript.processes.keys()];
  const lists = { items: items.map(seen), finished: finished.map(seen), live: live.map(seen), streaming, numbers };
  return encode({ session, questions, grants, queued, turn, usage, ended, at, ...lists });
}

/** A client that says what it likes. */
export interface RawClient {
  readonly socket: Socket;
  /** Lines that were heard. */
  readonly lines: string[];
  say(text: string): void;
  /** Waits for the n-th line, from 1. */
  line(n: number): Promise<string>;
  closed(): Promise<void>;
}

export function rawClient(scope: Scope, place: string): RawClient {
  const socket = connect(place);
  scope.add(() => void socket.destroy());
  const lines: string[] = [];
  const { tell, until } = heard();
  let rest = '';
  socket.on('data', (chunk: Buffer) => {
    const parts = `${rest}${chunk.toString('utf8')}`.split('\n');
    rest = parts.pop() ?? '';
    lines.push(...parts);
    tell();
  });
  // A connection that the other end closes while we write to it.
  socket.on('error', () => {});
  const closing = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  return {
    socket,
    lines,
    say: (text) => socket.write(text),
    async line(n) {
      await Promise.race([until(() => lines.length >= n), closing]);
      return lines[n - 1] ?? '';
    },
    closed: () => closing,
  };
}

export const HELLO = `{"t":"hello","codex":1,"version":"${VERSION}"}\n`;

export function challengeIn(line: string): string {
  const found = /"challenge":"([^"]+)"/.exec(line)?.[1];
  if (found === undefined) throw new Error(`no challenge in ${line}`);
  return found;
}
