// Commands under the sandbox of a peer's wish: bound here, enforced by the kernel, and told when it stopped something.

import { once } from 'node:events';
import { existsSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLocalEnvironment } from '../../../src/exec/index.ts';
import { decode } from '../../../src/exec/protocol/readers.ts';
import { sandboxContext } from '../../../src/exec/protocol/sandbox-context.ts';
import { boundProfileOf } from '../../../src/exec/server/index.ts';
import { eventOf, type Fields, type Peer, type Served, serving, textOf } from './serving.ts';

let served: Served;
let peer: Peer;
let count = 0;

beforeAll(async () => {
  served = await serving();
  peer = await served.peer();
  for (const name of ['ws', 'out', 'other']) mkdirSync(join(served.folder, name));
});
afterAll(() => served.close());

const uriOf = (name: string): string => `${served.folderUri}/${name}`;

const special = (kind: string, more: Fields = {}) => ({ type: 'special', value: { kind, ...more } });
const READ_ALL = { path: special('root'), access: 'read' };
const WORKSPACE = [READ_ALL, { path: special('project_roots'), access: 'write' }];

/** As the published client sends it. */
const context = (entries: readonly object[], more: Fields = {}) => ({
  permissions: { type: 'managed', file_system: { type: 'restricted', entries }, network: 'restricted' },
  cwd: uriOf('ws'),
  workspaceRoots: [uriOf('ws')],
  windowsSandboxLevel: 'disabled',
  windowsSandboxProxySettingsMode: 'reconcile',
  useLegacyLandlock: false,
  ...more,
});

async function run(script: string, sandbox: Fields, more: Fields = {}) {
  const id = `s${++count}`;
  const started = await peer.start(id, ['/bin/sh', '-c', script], { cwd: uriOf('ws'), sandbox, ...more });
  const events = await peer.events(id);
  const exit = eventOf(events, 'process/exited');
  return { started, events, exit, text: textOf(events), read: await peer.ask('process/read', { processId: id }) };
}

const SANDBOX = process.platform === 'darwin' ? 'macosSeatbelt' : 'linuxSeccomp';

describe('a command under a managed profile', () => {
  it('writes in the roots that were named, and nowhere else', async () => {
    const inside = await run('echo x > made && cat made', context(WORKSPACE));
    expect([inside.text, inside.exit.exitCode, inside.exit.sandboxDenied]).toEqual(['x\n', 0, false]);
    expect(inside.started.sandboxType).toBe(SANDBOX);
    const outside = await run('touch ../out/x', context(WORKSPACE));
    expect(outside.exit).toMatchObject({ exitCode: 1, sandboxDenied: true });
    expect(existsSync(join(served.folder, 'out/x'))).toBe(false);
    expect(outside.exit.denial).toMatchObject({
      operation: 'create',
      target: uriOf('out/x'),
      certainty: 'certain',
      grants: [{ kind: 'write' }],
    });
    expect(outside.read).toMatchObject({ sandboxDenied: true, denial: outside.exit.denial });
  });

  it('is told as denied with any exit code, wherever it was printed, and never for words alone', async () => {
    const flood = 'touch ../out/x; head -c 2000000 /dev/zero | tr "\\0" "\\n"; exit 0';
    expect((await run(flood, context(WORKSPACE))).exit).toMatchObject({ exitCode: 0, sandboxDenied: true });
    const words = await run('echo "Permission denied by the sandbox"; exit 1', context(WORKSPACE));
    expect(words.exit).toMatchObject({ exitCode: 1, sandboxDenied: false });
    expect('denial' in words.exit).toBe(false);
  });

  it('in a terminal is told the same', async () => {
    const { exit } = await run('touch ../out/x', context(WORKSPACE), { tty: true });
    expect(exit).toMatchObject({ exitCode: 1, sandboxDenied: true });
  });

  it('has no root where none was named: neither its folder nor that of the server', async () => {
    for (const workspaceRoots of [[], undefined]) {
      const { exit } = await run('touch made-without-root', context(WORKSPACE, { workspaceRoots }));
      expect(exit).toMatchObject({ exitCode: 1 });
      expect(existsSync(join(served.folder, 'ws/made-without-root'))).toBe(false);
    }
  });

  it('has the folder that the sandbox names, or its own where it names none', async () => {
    const entries = [READ_ALL, { path: special('current_working_directory'), access: 'write' }];
    const named = await run('touch ../other/x; touch y', context(entries, { cwd: uriOf('other') }));
    expect([existsSync(join(served.folder, 'other/x')), existsSync(join(served.folder, 'ws/y'))]).toEqual([
      true,
      false,
    ]);
    expect(named.exit.sandboxDenied).toBe(true);
    await run('touch z', context(entries, { cwd: null }));
    expect(existsSync(join(served.folder, 'ws/z'))).toBe(true);
  });

  it('has the temporary folders that were named', async () => {
    const entries = [READ_ALL, { path: special('tmpdir'), access: 'write' }];
    const temporaryDirectories = [uriOf('other'), uriOf('out')];
    const { exit } = await run('touch ../other/t ../out/t', context(entries, { temporaryDirectories }));
    expect(exit.exitCode).toBe(0);
    expect((await run('touch ../other/u', context(entries))).exit.exitCode).toBe(1);
  });

  it('reads nothing that a pattern or a path closes, and gets nothing for a place of a later version', async () => {
    writeFileSync(join(served.folder, 'ws/secret.txt'), 'secret');
    const closing = (path: object) => context([...WORKSPACE, { path, access: 'deny' }]);
    for (const path of [
      { type: 'glob_pattern', pattern: '**/secret.txt' },
      { type: 'glob_pattern', pattern: `${served.folder}/ws/*.txt` },
      { type: 'path', path: uriOf('ws/secret.txt') },
      special('project_roots', { subpath: 'secret.txt' }),
    ]) {
      const { text, exit } = await run('cat secret.txt', closing(path));
      expect(text).not.toContain('secret\n');
      expect(exit.exitCode).toBe(1);
    }
    const later = { path: special('unknown', { path: ':future' }), access: 'write' };
    expect((await run('touch ../out/x', context([READ_ALL, later]))).exit.exitCode).toBe(1);
  });

  it('is not started when its program is not there', async () => {
    for (const tty of [false, true]) {
      const { error } = await peer.call('process/start', {
        processId: `s${++count}`,
        argv: ['no-such-tool'],
        cwd: uriOf('ws'),
        env: { PATH: '/usr/bin:/bin' },
        tty,
        sandbox: context(WORKSPACE),
      });
      expect(error).toEqual({ code: -32603, message: 'No such file or directory (os error 2)' });
    }
  });

  it('closes with its end though it left somebody behind', async () => {
    const { events } = await run('sleep 60 & echo up', context(WORKSPACE));
    expect(events.map(({ method }) => method?.slice(8))).toEqual(['output', 'exited', 'closed']);
  });

  it('ends by terminate and by interrupt', async () => {
    await peer.start('k', ['/bin/sh', '-c', 'echo up; exec sleep 60'], {
      cwd: uriOf('ws'),
      sandbox: context(WORKSPACE),
    });
    await peer.until(({ method, params }) => method === 'process/output' && params?.processId === 'k');
    expect(await peer.ask('process/terminate', { processId: 'k' })).toEqual({ running: true });
    expect(eventOf(await peer.events('k'), 'process/exited')).toMatchObject({ exitCode: 137, sandboxDenied: false });
    const trap = 'trap "echo int; exit 7" INT; echo up; while :; do sleep 0.01; done';
    await peer.start('i', ['/bin/bash', '-c', trap], { cwd: uriOf('ws'), sandbox: context(WORKSPACE) });
    await peer.until(({ method, params }) => method === 'process/output' && params?.processId === 'i');
    await peer.ask('process/signal', { processId: 'i', signal: 'interrupt' });
    expect(eventOf(await peer.events('i'), 'process/exited')).toMatchObject({ exitCode: 7 });
  });
});

describe('other profiles', () => {
  const permissions = (value: object) => ({ permissions: value, cwd: uriOf('ws'), windowsSandboxLevel: 'disabled' });

  it('disabled is no sandbox, and never denied', async () => {
    const { started, exit } = await run('echo permission denied; exit 1', permissions({ type: 'disabled' }));
    expect([started.sandboxType, exit.sandboxDenied]).toEqual(['none', false]);
  });

  it('managed without restriction of files still closes the network', async () => {
    const open = permissions({ type: 'managed', file_system: { type: 'unrestricted' }, network: 'restricted' });
    const { started, exit } = await run('touch ../out/free && ! grep -v lo: /proc/net/dev | grep :', open);
    expect([started.sandboxType, exit.exitCode]).toEqual([SANDBOX, 0]);
    expect(existsSync(join(served.folder, 'out/free'))).toBe(true);
  });

  it('external closes the network where that is wished, and is nothing of ours where it is not', async () => {
    const closed = await run('true', permissions({ type: 'external', network: 'restricted' }));
    expect(closed.started.sandboxType).toBe(SANDBOX);
    const open = await run('true', permissions({ type: 'external', network: 'enabled' }));
    expect(open.started.sandboxType).toBe('none');
  });
});

describe('a managed network', () => {
  it('lets exactly the ports of its proxy through', async () => {
    const servers = [createServer((socket) => socket.end('hello')), createServer((socket) => socket.end('other'))];
    for (const server of servers) await once(server.listen(0, '127.0.0.1'), 'listening');
    const [proxy = 0, other = 0] = servers.map((server) => (server.address() as AddressInfo).port);
    try {
      const sandbox = context(WORKSPACE);
      const managedNetwork = { loopbackPorts: [proxy] };
      const reach = (port: number) =>
        run(`cat < /dev/tcp/127.0.0.1/${port}`, sandbox, { managedNetwork, enforceManagedNetwork: true });
      const id = `s${++count}`;
      await peer.start(id, ['/bin/bash', '-c', `cat < /dev/tcp/127.0.0.1/${proxy}`], {
        cwd: uriOf('ws'),
        sandbox,
        managedNetwork,
        enforceManagedNetwork: true,
      });
      expect(textOf(await peer.events(id))).toBe('hello');
      expect((await reach(other)).exit.exitCode).not.toBe(0);
    } finally {
      for (const server of servers) server.close();
    }
  });

  it('that cannot be enforced starts nothing', async () => {
    for (const more of [{ sandbox: context(WORKSPACE) }, { sandbox: null, managedNetwork: { loopbackPorts: [1] } }]) {
      const { error } = await peer.call('process/start', {
        processId: `s${++count}`,
        argv: ['/bin/true'],
        cwd: 'file:///',
        env: {},
        tty: false,
        enforceManagedNetwork: true,
        ...more,
      });
      expect(error?.code).toBe(-32603);
    }
  });
});

describe('a wish that cannot be fulfilled', () => {
  const start = (sandbox: unknown, more: Fields = {}) =>
    peer.call('process/start', {
      processId: `s${++count}`,
      argv: ['/bin/true'],
      cwd: 'file:///',
      env: {},
      tty: false,
      sandbox,
      ...more,
    });

  it('is an error, never a command without its sandbox', async () => {
    const foreign = { path: { type: 'path', path: 'file:///C:/x' }, access: 'write' };
    expect((await start(context([foreign]))).error).toEqual({
      code: -32602,
      message:
        "failed to prepare process sandbox: invalid sandbox permission path: 'file:///C:/x' is invalid on 'linux'",
    });
    for (const more of [
      { cwd: 'file:///C:/x' },
      { workspaceRoots: ['file://server/share'] },
      { temporaryDirectories: ['file:///C:/'] },
    ])
      expect((await start(context(WORKSPACE, more))).error?.code).toBe(-32602);
    const bare = { path: { type: 'path', path: '/tmp' }, access: 'write' };
    expect((await start(context([bare]))).error).toEqual({
      code: -32602,
      message: 'invalid URI: relative URL without a base',
    });
    const untagged = { permissions: { network: 'restricted' }, windowsSandboxLevel: 'disabled' };
    expect((await start(untagged)).error).toEqual({ code: -32602, message: 'missing field `type`' });
    const opening = { path: { type: 'glob_pattern', pattern: '/tmp/*' }, access: 'write' };
    expect((await start(context([opening]))).error?.message).toBe('glob pattern /tmp/* can only deny access');
  });

  it('on a machine without a sandbox says so', async () => {
    const problem = { what: 'No sandbox here.', why: '', next: '' };
    const environment = openLocalEnvironment({
      isRelay: true,
      probe: async () => ({
        ready: false,
        checks: [],
        problem: { ...problem, cause: 'unknown', explanation: '', proof: '', fixes: [{ step: '', cost: '' }] },
      }),
    });
    const bare = await serving({ environment });
    try {
      const other = await bare.peer();
      const { error } = await other.call('process/start', {
        processId: 'x',
        argv: ['/bin/true'],
        cwd: 'file:///',
        env: {},
        tty: false,
        sandbox: context(WORKSPACE),
      });
      expect(error).toEqual({
        code: -32602,
        message: 'sandbox intent cannot be enforced on this executor',
      });
      await other.start('y', ['/bin/true']);
    } finally {
      await bare.close();
      await environment.dispose(0);
    }
  });

  it('for files needs a folder where it speaks of one', () => {
    const read = (value: object) => {
      const decoded = decode(sandboxContext, value);
      if (!decoded.ok) throw new Error(decoded.problem.message);
      return decoded.value;
    };
    const defaults = { home: '/nonexistent', tmpdir: null, codexHome: '/nonexistent/.codex', runtimeFolders: [] };
    const refused = {
      ok: false,
      problem: { code: -32602, message: 'file system sandbox context with dynamic permissions requires cwd' },
    };
    for (const path of [
      special('project_roots'),
      special('current_working_directory'),
      { type: 'glob_pattern', pattern: '*.txt' },
    ]) {
      const wish = context([READ_ALL, { path, access: path.type === 'special' ? 'write' : 'deny' }], { cwd: null });
      expect(boundProfileOf(read(wish), defaults, null)).toEqual(refused);
      expect(boundProfileOf(read(wish), defaults, realpathSync('/tmp')).ok).toBe(true);
    }
    expect(boundProfileOf(read(context([READ_ALL], { cwd: null })), defaults, null).ok).toBe(true);
  });
});
