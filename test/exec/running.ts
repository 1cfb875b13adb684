// Starts real commands in a real environment and collects everything that is told of them.

import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type Closed,
  type Exit,
  type InputWait,
  type LocalEnvironment,
  type LocalEnvironmentOptions,
  openLocalEnvironment,
  type ProcessStart,
  type RunningProcess,
  type StartProblem,
  type Stdio,
} from '../../src/exec/index.ts';
import { problemText, type Result } from '../../src/problem/index.ts';
import { type BoundProfile, bindProfile, builtInProfile } from '../../src/sandbox/index.ts';

export const PTY: Stdio = { kind: 'pty', cols: 100, rows: 30 };
export const PIPES: Stdio = { kind: 'pipe', stdin: 'closed' };
export const OPEN_PIPES: Stdio = { kind: 'pipe', stdin: 'open' };
export const UNSANDBOXED: BoundProfile = { type: 'disabled', name: ':danger-full-access' };

/** Everything told of one attempt, and ways to wait for it. */
export interface Told {
  readonly chunks: { readonly bytes: Uint8Array; readonly from: number; readonly stream: string }[];
  readonly order: string[];
  readonly waits: (InputWait | null)[];
  exit: Exit | null;
  result: Closed | null;
  text(): string;
  /** Resolves when `predicate` holds, looked at after everything that is told; fails when it is closed before. */
  until(predicate: (told: Told) => boolean): Promise<void>;
  readonly closed: Promise<Closed>;
}

export interface Started {
  readonly process: RunningProcess;
  readonly told: Told;
}

export interface Place {
  readonly environment: LocalEnvironment;
  /** A folder of its own, writable in the sandbox. */
  readonly folder: string;
  readonly workspace: BoundProfile;
  /** Starts a command that must start. */
  start(argv: readonly string[], options?: Partial<ProcessStart>): Promise<Started>;
  tryStart(argv: readonly string[], options?: Partial<ProcessStart>): Promise<Result<Started, StartProblem>>;
  close(): Promise<void>;
}

export function openPlace(options: LocalEnvironmentOptions = {}): Place {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-test-')));
  const environment = openLocalEnvironment(options);
  const workspace = workspaceProfile(folder);
  const tryStart: Place['tryStart'] = async (argv, extra = {}) => {
    const [program = '', ...rest] = argv;
    const { told, listener } = collect();
    const start: ProcessStart = {
      argv: [program, ...rest],
      cwd: folder,
      env: { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: folder, TERM: 'xterm-256color', LANG: 'C.UTF-8' },
      stdio: PTY,
      profile: workspace,
      outputFile: null,
      proxy: null,
      ...extra,
    };
    const started = await environment.start(start, listener);
    return started.ok ? { ok: true, value: { process: started.value, told } } : started;
  };
  return {
    environment,
    folder,
    workspace,
    tryStart,
    async start(argv, extra) {
      const started = await tryStart(argv, extra);
      if (!started.ok) throw new Error(problemText(started.problem.problem));
      return started.value;
    },
    async close() {
      await environment.dispose(0);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function workspaceProfile(folder: string): BoundProfile {
  const context = {
    workspaceRoots: [folder],
    home: '/nonexistent',
    tmpdir: null,
    codexHome: join(folder, '.codex-home'),
    runtimeFolders: [],
  };
  const bound = bindProfile(builtInProfile(':workspace'), [], context);
  if (!bound.ok) throw new Error(problemText(bound.problem));
  return bound.value;
}

/** A listener, and what it has heard. */
export function collect() {
  const watchers = new Set<() => void>();
  let resolveClosed: (result: Closed) => void = () => {};
  const told: Told = {
    chunks: [],
    order: [],
    waits: [],
    exit: null,
    result: null,
    closed: new Promise((resolve) => {
      resolveClosed = resolve;
    }),
    text: () => Buffer.concat(told.chunks.map((chunk) => chunk.bytes)).toString('utf8'),
    until: (predicate) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (predicate(told)) resolve();
          else if (told.result !== null) reject(new Error(`closed before that, after: ${told.text()}`));
          else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
  };
  const tell = (what: string): void => {
    told.order.push(what);
    for (const watcher of [...watchers]) watcher();
  };
  return {
    told,
    listener: {
      output(bytes: Uint8Array, from: number, stream: string) {
        told.chunks.push({ bytes: Uint8Array.from(bytes), from, stream });
        tell('output');
      },
      outputFileOpened: (path: string) => tell(`file ${path}`),
      outputFileFailed: () => tell('file failed'),
      waiting(wait: InputWait | null) {
        told.waits.push(wait);
        tell('waiting');
      },
      suspended: (isSuspended: boolean) => tell(isSuspended ? 'suspended' : 'continued'),
      linked: (isLinked: boolean) => tell(isLinked ? 'linked' : 'unlinked'),
      exited(exit: Exit) {
        told.exit = exit;
        tell('exited');
      },
      closed(result: Closed) {
        told.result = result;
        tell('closed');
        resolveClosed(result);
      },
    },
  };
}
