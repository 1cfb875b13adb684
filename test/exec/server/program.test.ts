// The server as it is shipped: a program of its own, with its one line, its signals, its streams and its end.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { eventually, processesWith } from '../machine.ts';
import { connect, eventOf, freshSize, type Peer, textOf } from './serving.ts';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const folder = realpathSync(mkdtempSync(join(tmpdir(), 'exec-server-program-')));
const bundles = join(root, `build/exec-server-${process.pid}`);
const program = join(bundles, 'exec-server.cjs');
const running = new Set<ChildProcess>();
const peers: Peer[] = [];

beforeAll(async () => {
  const shared: BuildOptions = {
    bundle: true,
    platform: 'node',
    format: 'cjs',
    absWorkingDir: root,
    logLevel: 'error',
    logOverride: { 'empty-import-meta': 'silent' },
    define: { __CODEX_VERSION__: '"0.0.1"' },
    external: ['node-pty', 'node-pty-prebuilt'],
  };
  const contents = `import { execServer } from './src/exec-server-command.ts';
    void execServer(process.argv.slice(2)).then((code) => process.exit(code));`;
  await Promise.all([
    build({ ...shared, stdin: { contents, resolveDir: root, loader: 'ts' }, outfile: program }),
    build({ ...shared, entryPoints: ['src/exec/files/helper-main.ts'], outfile: join(bundles, 'file-helper.cjs') }),
  ]);
});
afterAll(() => {
  for (const place of [folder, bundles]) rmSync(place, { recursive: true, force: true });
});
afterEach(() => {
  for (const peer of peers.splice(0)) peer.drop();
  for (const child of running) child.kill('SIGKILL');
});

interface Program {
  readonly child: ChildProcess;
  /** Everything on stdout so far. */
  readonly said: { text: string };
  readonly complaint: { text: string };
  /** Code and signal of its end. */
  readonly ended: Promise<readonly [number | null, string | null]>;
}

function start(argv: readonly string[], env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, [program, ...argv], {
    cwd: folder,
    env: { PATH: process.env.PATH ?? '', HOME: folder, CODEX_HOME: join(folder, 'codex'), ...env },
  });
  running.add(child);
  const said = { text: '' };
  const complaint = { text: '' };
  child.stdout?.on('data', (bytes: Buffer) => {
    said.text += bytes.toString();
  });
  child.stderr?.on('data', (bytes: Buffer) => {
    complaint.text += bytes.toString();
  });
  const ended = once(child, 'close').then(([code, signal]) => {
    running.delete(child);
    return [code, signal] as const;
  });
  return { child, said, complaint, ended };
}

async function listening(
  argv: readonly string[],
  env: Record<string, string> = {},
): Promise<Program & { readonly url: string }> {
  const started = start(argv, env);
  await Promise.race([
    eventually(() => started.said.text.includes('\n'), 'the server says where it is'),
    started.ended.then(() => {
      throw new Error(started.complaint.text);
    }),
  ]);
  return { ...started, url: started.said.text.trim() };
}

async function peerOf(url: string): Promise<Peer> {
  const peer = await connect(url);
  peers.push(peer);
  await peer.shakeHands();
  return peer;
}

describe('a server that listens', () => {
  it('says one line, answers at once, and nothing else stands there; SIGTERM and SIGINT end it with 0', async () => {
    for (const [signal, argv] of [
      ['SIGTERM', []],
      ['SIGINT', ['--listen', 'ws://[::1]:0']],
    ] as const) {
      const server = await listening(argv);
      expect(server.said.text).toMatch(/^ws:\/\/(127\.0\.0\.1|\[::1\]):\d+\n$/);
      const peer = await peerOf(server.url);
      const marker = `64${Date.now()}`;
      await peer.start('a', ['/bin/sh', '-c', `trap "" TERM INT HUP; sleep ${marker} & wait; wait`]);
      await peer.start('b', ['/bin/sleep', marker], { tty: true });
      await eventually(() => processesWith(marker).length > 2, 'the commands run');
      server.child.kill(signal);
      expect(await server.ended).toEqual([0, null]);
      expect(processesWith(marker)).toEqual([]);
      expect(server.said.text.split('\n').length).toBe(2);
      expect(server.complaint.text).toBe('');
    }
  });

  it('takes its commands along when it is killed', async () => {
    const server = await listening([]);
    const peer = await peerOf(server.url);
    const marker = `75${Date.now()}`;
    await peer.start('a', ['/bin/sh', '-c', `sleep ${marker} & wait`]);
    await peer.start('b', ['/bin/sleep', marker], { tty: true });
    const permissions = { type: 'managed', file_system: { type: 'unrestricted' }, network: 'restricted' };
    const sandbox = { permissions, windowsSandboxLevel: 'disabled' };
    await peer.start('c', ['/bin/sh', '-c', `echo up; exec sleep ${marker}`], { sandbox });
    await peer.until(({ method, params }) => method === 'process/output' && params?.processId === 'c');
    await eventually(() => processesWith(marker).length > 4, 'the commands run');
    server.child.kill('SIGKILL');
    await eventually(() => processesWith(marker).length === 0, 'the commands are gone');
  });

  it('takes a command along whose sandbox is only just starting, and tells no command how', async () => {
    const permissions = { type: 'managed', file_system: { type: 'unrestricted' }, network: 'restricted' };
    const sandbox = { permissions, windowsSandboxLevel: 'disabled' };
    for (let round = 0; round < 8; round++) {
      const server = await listening([]);
      const peer = await peerOf(server.url);
      await peer.start('env', ['/usr/bin/env'], { sandbox });
      expect(textOf(await peer.events('env'))).not.toContain('CODEX_SANDBOX_OF');
      const marker = `76${Date.now()}`;
      await peer.start('b', ['/bin/sleep', marker], { sandbox });
      server.child.kill('SIGKILL');
      await eventually(() => processesWith(marker).length === 0, 'the command is gone');
    }
  });

  it('leaves nothing of its own to commands', async () => {
    const server = await listening(['--exit-on-stdin-close'], {
      CODEX_EXEC_SERVER_EXIT_ON_STDIN_CLOSE: '1',
      MINE: 'x',
    });
    const peer = await peerOf(server.url);
    const envPolicy = { inherit: 'all', ignoreDefaultExcludes: true, exclude: [], set: {}, includeOnly: [] };
    await peer.start('e', ['/usr/bin/env'], { env: {}, envPolicy });
    const names = textOf(await peer.events('e'))
      .trim()
      .split('\n')
      .map((line) => line.split('=')[0]);
    expect(names.sort()).toEqual(['CODEX_HOME', 'HOME', 'MINE', 'PATH']);
    await peer.start('f', [
      '/bin/sh',
      '-c',
      'ls /proc/self/fd | wc -l; cat /proc/self/stat | cut -d" " -f5,6; ps -o pid= -p $$',
    ]);
    const [descriptors] = textOf(await peer.events('f')).split('\n');
    // 0, 1, 2, and the folder that `ls` looks at.
    expect(descriptors).toBe('4');
    server.child.stdin?.end();
    expect(await server.ended).toEqual([0, null]);
  });

  it('works on files and asks for pages, also under a sandbox', async () => {
    const server = await listening([]);
    const peer = await peerOf(server.url);
    const workspace = join(folder, 'ws');
    mkdirSync(workspace);
    const uri = `file://${workspace}`;
    const sandbox = {
      permissions: {
        type: 'managed',
        file_system: {
          type: 'restricted',
          entries: [
            { path: { type: 'special', value: { kind: 'root' } }, access: 'read' },
            { path: { type: 'special', value: { kind: 'project_roots' } }, access: 'write' },
          ],
        },
        network: 'restricted',
      },
      cwd: uri,
      workspaceRoots: [uri],
      windowsSandboxLevel: 'disabled',
    };
    await peer.ask('fs/writeFile', { path: `${uri}/a`, dataBase64: 'aGVsbG8=' });
    expect(await peer.ask('fs/readFile', { path: `${uri}/a` })).toEqual({ dataBase64: 'aGVsbG8=' });
    await peer.ask('fs/writeFile', { path: `${uri}/b`, dataBase64: 'aGVsbG8=', sandbox });
    const { error } = await peer.call('fs/writeFile', { path: `${uri}/../c`, dataBase64: '', sandbox });
    expect(error).toEqual({ code: -32603, message: 'Read-only file system (os error 30)' });
    const missing = { watchId: 1, missing: [`${uri}/later`], present: null };
    expect(await peer.ask('fs/watchMissing', missing)).toEqual({ watching: true });
    await peer.ask('fs/createDirectory', { path: `${uri}/later` });
    await peer.until(({ method }) => method === 'fs/missingChanged');
    const page = { method: 'GET', requestId: 'r', url: `${server.url.replace('ws:', 'http:')}/readyz` };
    expect(await peer.ask('http/request', page)).toMatchObject({ status: 200 });
    expect(
      await peer.ask('environmentConfig/read', { cwd: uri, configPaths: [['model']], requirementsPaths: [] }),
    ).toMatchObject({
      userHomeDir: `file://${folder}`,
    });
    expect(await peer.ask('capabilityRoots/discoverV1', { roots: [] })).toEqual({ roots: [] });
  });

  it('is refused where anybody could come', async () => {
    const server = start(['--listen', 'ws://0.0.0.0:0']);
    expect(await server.ended).toEqual([1, null]);
    expect(server.said.text).toBe('');
    expect(server.complaint.text).toMatch(/^Error: refusing to listen on 0\.0\.0\.0 without authentication/);
  });

  it('is refused with what makes no sense', async () => {
    for (const [argv, code, sentence] of [
      [['--listen', 'wss://127.0.0.1:0'], 1, /^Error: unsupported --listen URL/],
      [
        ['--listen', 'stdio', '--ws-auth', 'capability-token', '--ws-token-sha256', 'a'.repeat(64)],
        1,
        /requires a WebSocket listener, not stdio/,
      ],
      [['--concurrent-requests', '0'], 2, /^Error: --concurrent-requests/],
    ] as const) {
      const server = start(argv);
      expect((await server.ended)[0]).toBe(code);
      expect(server.complaint.text).toMatch(sentence);
    }
  });
});

describe('a server on a socket of its user', () => {
  const socketOf = (url: string): string => url.slice('unix://'.length);

  it('answers there, in a folder and under a mode that are the user alone, and takes it away at the end', async () => {
    const runtime = join(folder, 'runtime');
    mkdirSync(runtime, { mode: 0o700 });
    const server = await listening(['--listen', 'unix:'], { XDG_RUNTIME_DIR: runtime });
    expect(server.url).toMatch(new RegExp(`^unix://${runtime}/codex/exec-${server.child.pid}-[0-9a-z]+\\.sock$`));
    const place = socketOf(server.url);
    expect(lstatSync(place).mode & 0o777).toBe(0o600);
    expect(lstatSync(join(runtime, 'codex')).mode & 0o777).toBe(0o700);
    const peer = await peerOf(`ws+unix:${place}`);
    await peer.start('p', ['/bin/echo', 'x']);
    expect(textOf(await peer.events('p'))).toBe('x\n');
    server.child.kill('SIGTERM');
    expect(await server.ended).toEqual([0, null]);
    expect(lstatSync(place, { throwIfNoEntry: false })).toBe(undefined);
  });

  it('takes the path it was given, also after one that was killed, and never from one that lives', async () => {
    const own = join(folder, 'own');
    mkdirSync(own, { mode: 0o700 });
    const url = `unix://${own}/s.sock`;
    const first = await listening(['--listen', url]);
    expect(first.url).toBe(url);
    const second = start(['--listen', url]);
    expect((await second.ended)[0]).toBe(1);
    expect(second.complaint.text).toContain('is in use');
    first.child.kill('SIGKILL');
    await first.ended;
    const third = await listening(['--listen', url]);
    await peerOf(`ws+unix:${own}/s.sock`);
    third.child.kill('SIGTERM');
    await third.ended;
  });

  it('takes no folder that others can enter', async () => {
    const open = join(folder, 'open');
    mkdirSync(open);
    chmodSync(open, 0o755);
    const server = start(['--listen', `unix://${open}/s.sock`]);
    expect((await server.ended)[0]).toBe(1);
    expect(server.complaint.text).toContain('is open to other users');
    expect(lstatSync(open).mode & 0o777).toBe(0o755);
  });
});

describe('a server on stdin and stdout', () => {
  const lines = (server: Program) =>
    createInterface({ input: server.child.stdout as NodeJS.ReadableStream })[Symbol.asyncIterator]();
  const say = (server: Program, text: string): void => void server.child.stdin?.write(text);

  it('speaks lines, passes over blank ones, and ends with its input and its commands', async () => {
    const server = start(['--listen', 'stdio']);
    const read = lines(server);
    const next = async () =>
      JSON.parse((await read.next()).value) as { id: unknown; error?: { message: string }; result?: object };
    say(server, '\n\r\n{"id":1,"method":"initialize","params":{"clientName":"x"}}\r\n');
    expect((await next()).id).toBe(1);
    say(server, '{"method":"initialized"}\n{"id":2,"method":"environment/status"}\n{\n');
    expect(await next()).toEqual({ id: 2, result: { status: 'ready' } });
    expect((await next()).error?.message).toMatch(/^failed to parse JSON-RPC message from exec-server stdio: /);
    const marker = `86${Date.now()}`;
    const params = { processId: 'p', argv: ['/bin/sleep', marker], cwd: 'file:///', env: {}, tty: false };
    say(server, `${JSON.stringify({ id: 3, method: 'process/start', params })}\n`);
    expect((await next()).id).toBe(3);
    expect(processesWith(marker).length).toBe(1);
    server.child.stdin?.end();
    expect(await server.ended).toEqual([0, null]);
    expect(processesWith(marker)).toEqual([]);
    expect(server.complaint.text).toBe('');
  });

  it('tells everything to a reader that is slow, without waiting for it', async () => {
    const server = start(['--listen', 'stdio']);
    const size = String(freshSize(9_000_000));
    const output = server.child.stdout as NodeJS.ReadableStream;
    output.pause();
    const params = {
      processId: 'p',
      argv: ['/usr/bin/head', '-c', size, '/dev/zero'],
      cwd: 'file:///',
      env: {},
      tty: false,
    };
    say(server, '{"id":1,"method":"initialize","params":{"clientName":"x"}}\n{"method":"initialized"}\n');
    say(server, `${JSON.stringify({ id: 2, method: 'process/start', params })}\n`);
    await eventually(() => processesWith(size).length === 1, 'the command runs');
    say(server, '{"id":3,"method":"process/terminate","params":{"processId":"p"}}\n');
    await eventually(() => processesWith(size).length === 0, 'it is ended though nobody reads');
    output.resume();
    await eventually(() => server.said.text.includes('"process/closed"'), 'everything is told');
    const events = server.said.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(eventOf(events, 'process/exited').exitCode).toBe(137);
    server.child.stdin?.end();
    await server.ended;
  });
});

it('a probe of a port that is nobody says nothing of the server', async () => {
  const server = await listening([]);
  const socket = createConnection(Number(new URL(server.url.replace('ws:', 'http:')).port), '127.0.0.1');
  await once(socket, 'connect');
  socket.destroy();
  await peerOf(server.url);
  expect(server.complaint.text).toBe('');
});
