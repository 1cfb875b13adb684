// Servers that are programs on another machine: its folder, its variables, its death, and a wire that breaks.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Environment, openMachine } from '../../../src/exec/index.ts';
import { openChaosProxy } from '../../exec/client/chaos-proxy.ts';
import { startServer } from '../../exec/environments/places.ts';
import { codexProgram } from '../../support/program.ts';
import { openMachineAt, openWire, type Wire } from './machines.ts';
import { type Bench, openBench, until } from './opened.ts';

let there: Awaited<ReturnType<typeof startServer>>;
let home: Bench;
let bench: Bench;
let wire: Wire;
let devbox: Environment;
const ends: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  home = openBench();
  mkdirSync(path.join(home.folder, 'work'));
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home.folder,
    XDG_RUNTIME_DIR: home.folder,
    OF_MACHINE: 'its own',
    SHARED: 'of the machine',
  };
  there = await startServer('ws://127.0.0.1:0', path.join(home.folder, 'work'), env);
});

afterAll(async () => {
  await there.end();
  await home.end();
});

beforeEach(async () => {
  bench = openBench();
  wire = await openWire(there.url);
  devbox = openMachineAt(wire.url);
});

afterEach(async () => {
  await bench.end();
  await devbox.dispose(0);
  await wire.close();
  for (const end of ends.splice(0)) await end();
});

const program = (how: string, further = '', name = 's') =>
  bench.program(how, `environment_id = "devbox"\n${further}`, name);

const letGo = () => writeFileSync(path.join(bench.folder, 'grown'), '');

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function pidsNoted(word = 'pid'): readonly number[] {
  return bench
    .noted()
    .filter((it) => it.startsWith(`${word} `))
    .map((it) => Number(it.slice(word.length + 1)));
}

describe('a program on another machine', () => {
  it('offers its tools, answers, and is ended there when we leave', async () => {
    const servers = bench.open(program('good'), {}, [devbox]);
    expect(await servers.settled()).toContain('mcp__s__echo');
    expect(await servers.ask('mcp__s__echo', { text: 'over there' })).toMatchObject({ text: 'over there' });
    expect(servers.notices).toEqual([]);
    const [pid = 0] = pidsNoted();
    expect(isAlive(pid)).toBe(true);
    const begun = performance.now();
    await servers.close();
    expect(performance.now() - begun).toBeLessThan(1_400);
    await until(() => !isAlive(pid));
  });

  it('has the few variables of that machine, those that are written, and no other of ours', async () => {
    const toml = program('good', 'env_vars = ["NAMED", { name = "SHARED", source = "local" }, "OPENAI_API_KEY"]');
    const ours = { NAMED: 'ours', SHARED: 'ours', UNNAMED: 'ours', OPENAI_API_KEY: 'sk-secret', LANG: 'ours' };
    const servers = bench.open(toml, ours, [devbox]);
    await servers.settled();
    const env = JSON.parse((await servers.ask('mcp__s__env')).text);
    expect(env).toMatchObject({
      NAMED: 'ours',
      SHARED: 'ours',
      HOME: home.folder,
      cwd: path.join(home.folder, 'work'),
    });
    expect(Object.keys(env).sort()).toEqual(['GROWN', 'HOME', 'NAMED', 'NOTES', 'PATH', 'SHARED', 'cwd']);
  });

  it('has those of that machine that are named, also where we have them too', async () => {
    const toml = program('good', `env_vars = [{ name = "SHARED", source = "remote" }]\ncwd = "${home.folder}"`);
    const servers = bench.open(toml, { SHARED: 'ours' }, [devbox]);
    await servers.settled();
    const env = JSON.parse((await servers.ask('mcp__s__env')).text);
    expect(env).toMatchObject({ SHARED: 'of the machine', cwd: home.folder });
    expect(env).not.toHaveProperty('OF_MACHINE');
  });

  it('is told plainly when it is missing there', async () => {
    const toml = '[mcp_servers.s]\ncommand = "no-such-program"\nenvironment_id = "devbox"\n';
    const servers = bench.open(toml, {}, [devbox]);
    expect(await servers.settled()).toEqual([]);
    expect(servers.notices).toEqual([
      {
        what: 'MCP server s could not be started.',
        why: expect.stringMatching(/^It cannot be started on devbox\.\n.*No such file/),
        next: expect.stringContaining('[mcp_servers.s]'),
      },
    ]);
  });

  it('dies during a call: its last words come, and the next use starts it there again', async () => {
    const servers = bench.open(program('dies'), {}, [devbox]);
    await servers.settled();
    expect((await servers.ask('mcp__s__echo')).text).toContain('went away before echo answered');
    await until(() => servers.status()[0]?.state === 'failed');
    expect(servers.notices[0]).toMatchObject({ what: 'MCP server s is gone.' });
    expect(servers.notices[0]?.why).toMatch(/exit code 9.\nout of luck/);
    expect(await servers.settled()).toContain('mcp__s__echo');
    await until(() => pidsNoted().length === 2);
    await until(() => servers.status()[0]?.state === 'ready');
  });

  it.each([
    ['floods', 'It wrote more than 1 MiB that are no messages.'],
    ['endless line', 'It sent a message above 8 MiB.'],
  ])('%s: is ended', async (how, why) => {
    const servers = bench.open(program(how), {}, [devbox]);
    await until(() => servers.status()[0]?.state === 'failed');
    expect(servers.notices[0]?.why).toContain(why);
    await until(() => pidsNoted().every((pid) => !isAlive(pid)));
  });

  it('does not read: 8 MiB wait for it, then it is ended', async () => {
    const servers = bench.open(program('deaf', 'supports_parallel_tool_calls = true'), {}, [devbox]);
    await servers.settled();
    await servers.ask('mcp__s__write', { text: 'now' });
    const text = 'x'.repeat(3 * 1024 * 1024);
    const answers = await Promise.all([1, 2, 3, 4].map(() => servers.ask('mcp__s__echo', { text })));
    expect(answers.at(-1)?.text).toBe('MCP server s cannot be reached: It does not read what it is sent.');
    expect(answers.map(({ isError }) => isError)).toEqual([true, true, true, true]);
    await until(async () => (await servers.names()).length > 0 && servers.status()[0]?.state === 'ready');
    expect(await servers.ask('mcp__s__echo', { text: 'again' })).toMatchObject({ text: 'again' });
  });

  it('talks without end: few of it is told, and its answer comes', async () => {
    const servers = bench.open(program('chatty'), {}, [devbox]);
    await servers.settled();
    let told = 0;
    const progress = () => {
      told += 1;
    };
    expect(await servers.ask('mcp__s__echo', {}, { progress })).toMatchObject({ text: 'enough', isError: false });
    expect(told).toBeLessThan(500);
  });

  it('neither its input nor a signal ends it: it is killed with its grandchild', async () => {
    const servers = bench.open(program('hangs'), {}, [devbox]);
    await servers.settled();
    const all = [...pidsNoted(), ...pidsNoted('grandchild')];
    expect(all.map(isAlive)).toEqual([true, true]);
    await servers.close();
    await until(() => !all.some(isAlive));
  });
});

describe('a wire that is cut', () => {
  // The fourth message asks for the start, the fifth answers.
  it.each([
    [3, 'cutBefore'],
    [3, 'cutAfter'],
    [4, 'cutBefore'],
  ] as const)('at message %i, %s: the server is started, and once', async (at, how) => {
    const proxy = await openChaosProxy(there.url, at, how);
    const machine = openMachineAt(proxy.url);
    ends.push(
      () => machine.dispose(0),
      () => proxy.close(),
    );
    const servers = bench.open(program('good'), {}, [machine]);
    expect(await servers.settled()).toContain('mcp__s__echo');
    expect(await servers.ask('mcp__s__echo', { text: 'x' })).toMatchObject({ text: 'x' });
    expect(servers.notices).toEqual([]);
    expect(proxy.passed.filter((it) => it === '> process/start')).toHaveLength(2);
    await until(() => pidsNoted().filter(isAlive).length === 1);
  });

  it('in the middle of a call: the answer comes all the same', async () => {
    const servers = bench.open(program('good'), {}, [devbox]);
    await servers.settled();
    const answered = servers.ask('mcp__s__later');
    await until(() => bench.noted().includes('call later'));
    wire.cut();
    letGo();
    expect(await answered).toMatchObject({ text: 'at last', isError: false });
    expect(await servers.ask('mcp__s__echo', { text: 'on' })).toMatchObject({ text: 'on' });
    expect(pidsNoted()).toHaveLength(1);
    expect(servers.notices).toEqual([]);
  });

  it('in the middle of a large message: it arrives once, whole', async () => {
    const servers = bench.open(program('good'), {}, [devbox]);
    await servers.settled();
    wire.cutAfter(400_000);
    const text = Array.from({ length: 120_000 }, (_, i) => `${i}`).join(' ');
    const answered = await servers.ask('mcp__s__echo', { text });
    expect(wire.cuts()).toBe(1);
    expect(answered.text === text).toBe(true);
    expect(bench.noted().filter((it) => it === 'call echo')).toHaveLength(1);
  });

  it('for good: the call fails, the server is failed, and nothing runs here instead', async () => {
    const lost = openMachineAt(wire.url, 200);
    ends.push(() => lost.dispose(0));
    const servers = bench.open(program('good'), {}, [lost]);
    await servers.settled();
    const answered = servers.ask('mcp__s__later');
    await until(() => bench.noted().includes('call later'));
    await wire.close();
    expect((await answered).text).toContain('went away before later answered. It may have done its work.');
    await until(() => servers.status()[0]?.state === 'failed');
    expect(servers.notices[0]?.why).toContain('The connection to devbox was lost.');
    // The first death costs no wait; now its machine is not there.
    await until(async () => (await servers.names()).length === 0);
    expect(servers.status()[0]).toMatchObject({
      state: 'failed',
      problem: { what: 'MCP server s could not be started.', why: expect.stringContaining('devbox cannot be reached') },
    });
    expect((await servers.ask('mcp__s__echo')).text).toContain('devbox cannot be reached');
    expect(pidsNoted()).toHaveLength(1);
  });
});

describe('a machine that is not there', () => {
  it('fails its server with its own words, and is tried again by the usual rules', async () => {
    await wire.close();
    const lost = openMachineAt(wire.url);
    ends.push(() => lost.dispose(0));
    const servers = bench.open(program('good') + bench.program('good', '', 'here'), {}, [lost]);
    expect((await servers.settled()).every((it) => it.startsWith('mcp__here__'))).toBe(true);
    expect(servers.notices).toEqual([
      {
        what: 'MCP server s could not be started.',
        why: expect.stringMatching(/^The environment devbox cannot be reached\.\n/),
        next: expect.stringContaining('Look whether its server runs'),
      },
    ]);
    expect(pidsNoted()).toHaveLength(1);
    const { port } = new URL(wire.url);
    const back = await startServer(`ws://127.0.0.1:${port}`, home.folder, {
      PATH: process.env.PATH ?? '',
      HOME: home.folder,
    });
    ends.push(() => back.end());
    await until(async () => (await servers.names()).includes('mcp__s__echo'));
    expect(await servers.ask('mcp__s__echo', { text: 'back' })).toMatchObject({ text: 'back' });
    expect(servers.notices).toHaveLength(1);
  });

  it('never answers: a turn waits a second once, and leaving waits for nothing', async () => {
    const mute = { name: 'devbox', ready: () => new Promise<never>(() => {}) };
    const servers = bench.open(program('good') + bench.program('good', '', 'here'), {}, [mute]);
    const begun = performance.now();
    await servers.names();
    expect(performance.now() - begun).toBeLessThan(2_500);
    await until(async () => (await servers.names()).includes('mcp__here__echo'));
    const again = performance.now();
    await servers.names();
    expect(performance.now() - again).toBeLessThan(200);
    expect(servers.status()[0]).toMatchObject({ name: 's', state: 'starting' });
    const leaving = performance.now();
    await servers.close();
    expect(performance.now() - leaving).toBeLessThan(1_500);
  });

  it('is a command that ends: the call fails at once, and the next use starts the command again', async () => {
    const machine = openMachine({
      kind: 'program',
      name: 'devbox',
      program: '/bin/sh',
      args: ['-c', `echo "machine $$" >> "$NOTES_HERE"; exec "${codexProgram}" exec-server --listen stdio`],
      env: { PATH: process.env.PATH ?? '', HOME: home.folder, NOTES_HERE: bench.notes },
      cwd: home.folder,
      initializeMs: 10_000,
    });
    ends.push(() => machine.dispose(0));
    const servers = bench.open(program('good'), {}, [machine]);
    await until(async () => (await servers.names()).includes('mcp__s__echo'));
    const answered = servers.ask('mcp__s__later');
    await until(() => bench.noted().includes('call later'));
    process.kill(pidsNoted('machine')[0] ?? 0, 'SIGKILL');
    expect((await answered).isError).toBe(true);
    await until(() => pidsNoted().every((pid) => !isAlive(pid)));
    await until(async () => (await servers.names()).includes('mcp__s__echo'));
    expect(await servers.ask('mcp__s__echo', { text: 'anew' })).toMatchObject({ text: 'anew' });
    expect(pidsNoted('machine')).toHaveLength(2);
  });
});
