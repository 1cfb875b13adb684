// The same contract, four ways: this machine's engine, and a server of ours over a WebSocket, a socket of this user and a
// child's stdin and stdout.

import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import {
  type CommandStart,
  DEFAULT_ENVIRONMENT_POLICY,
  type Environment,
  openLocalEnvironment,
  openLocalPlace,
  openMachine,
  type ReadyEnvironment,
  type RunningProcess,
} from '../../../src/exec/index.ts';
import { problemText } from '../../../src/problem/index.ts';
import { builtInProfile, type Grant } from '../../../src/sandbox/index.ts';
import { codexProgram } from '../../support/program.ts';
import { bundleHelper } from '../files/helper.ts';
import { collect, type Told } from '../running.ts';

export const KINDS = ['local', 'websocket', 'socket', 'child'] as const;
export type Kind = (typeof KINDS)[number];

export interface TestPlace {
  readonly ready: ReadyEnvironment;
  readonly environment: Environment;
  /** Where commands start, and the workspace of their profile. */
  readonly workspace: string;
  /** A folder that no profile opens. */
  readonly outside: string;
  start(script: string, more?: Partial<CommandStart>): Promise<{ process: RunningProcess; told: Told }>;
  tryStart(
    script: string,
    more?: Partial<CommandStart>,
  ): Promise<{ started: Awaited<ReturnType<ReadyEnvironment['start']>>; told: Told }>;
  close(): Promise<void>;
}

/** What commands are given over what the machine has. */
const OVER = { SAID: 'by the caller' };

/** `by`: the address to take instead of the server's own. */
export async function openTestPlace(kind: Kind, by = async (url: string): Promise<string> => url): Promise<TestPlace> {
  const root = mkdtempSync(path.join(realpathSync('/var/tmp'), 'codex-contract-'));
  const folder = (name: string): string => {
    const made = path.join(root, name);
    mkdirSync(made);
    return made;
  };
  const [workspace, outside, home] = [folder('workspace'), folder('outside'), folder('home')];
  const env = { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: home, XDG_RUNTIME_DIR: home, OF_MACHINE: 'yes' };
  const { environment, end } = await open(kind, workspace, env, by);
  const used = await environment.ready();
  if (!used.ok) throw new Error(problemText(used.problem));
  const ready = used.value;

  const tryStart: TestPlace['tryStart'] = async (script, more = {}) => {
    const { told, listener } = collect();
    const started = await ready.start(
      {
        argv: ['/bin/bash', '-c', script],
        cwd: workspace,
        variables: { policy: DEFAULT_ENVIRONMENT_POLICY, over: OVER },
        stdio: { kind: 'pipe', stdin: 'closed' },
        sandbox: { profile: builtInProfile(':workspace'), grants: [], workspaceRoots: [workspace] },
        outputFile: null,
        proxy: null,
        origin: { session: 'session', call: 'call' },
        ...more,
      },
      listener,
    );
    return { started, told };
  };
  return {
    ready,
    environment,
    workspace,
    outside,
    tryStart,
    async start(script, more) {
      const { started, told } = await tryStart(script, more);
      if (!started.ok) throw new Error(problemText(started.problem.problem));
      return { process: started.value, told };
    },
    async close() {
      await environment.dispose(0);
      await end();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

export function withGrants(place: TestPlace, grants: readonly Grant[]): Pick<CommandStart, 'sandbox'> {
  return { sandbox: { profile: builtInProfile(':workspace'), grants, workspaceRoots: [place.workspace] } };
}

type Variables = Readonly<Record<string, string>>;

async function open(
  kind: Kind,
  cwd: string,
  env: Variables,
  by: (url: string) => Promise<string>,
): Promise<{ environment: Environment; end: () => Promise<void> }> {
  const initializeMs = 10_000;
  switch (kind) {
    case 'local': {
      const engine = openLocalEnvironment({ path: env.PATH ?? '' });
      const home = env.HOME ?? '/';
      const context = { home, tmpdir: null, codexHome: path.join(home, '.codex'), runtimeFolders: [] };
      const { helper, remove } = await bundleHelper();
      const fileHelper = () => helper;
      const environment = openLocalPlace({
        engine,
        fileHelper,
        variables: env,
        context,
        shell: '/bin/bash',
        cwd,
        home,
      });
      return { environment, end: async () => remove() };
    }
    case 'child': {
      const args = ['exec-server', '--listen', 'stdio'];
      const environment = openMachine({
        kind: 'program',
        name: kind,
        program: codexProgram,
        args,
        env,
        cwd,
        initializeMs,
      });
      return { environment, end: async () => {} };
    }
    case 'websocket':
    case 'socket': {
      const { url: own, end } = await startServer(kind === 'socket' ? 'unix:' : 'ws://127.0.0.1:0', cwd, env);
      const url = await by(own);
      const token = () => ({ ok: true, value: null }) as const;
      return {
        environment: openMachine({ kind: 'url', name: kind, url, token, connectMs: 10_000, initializeMs }),
        end,
      };
    }
  }
}

/** A server of ours; resolves when it has said where it is. */
export async function startServer(
  listen: string,
  cwd: string,
  env: Variables,
): Promise<{ readonly url: string; readonly child: ChildProcess; end(): Promise<void> }> {
  const child = spawn(codexProgram, ['exec-server', '--listen', listen], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const over = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const url = await new Promise<string>((resolve, reject) => {
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString();
      if (said.endsWith('\n')) resolve(said.trim());
    });
    child.once('close', () => reject(new Error('the server ended')));
  });
  return {
    url,
    child,
    async end() {
      child.kill('SIGTERM');
      await over;
    },
  };
}
