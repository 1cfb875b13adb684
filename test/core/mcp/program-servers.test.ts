// Servers that are programs: one that works, and many that do not.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Bench, openBench, until } from './opened.ts';

let bench: Bench;

beforeEach(() => {
  bench = openBench();
});

afterEach(() => bench.end());

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function pidNoted(word: string): number {
  const line = bench.noted().find((it) => it.startsWith(`${word} `)) ?? '';
  return Number(line.slice(word.length + 1));
}

describe('a server that works', () => {
  it('offers its tools and answers', async () => {
    const servers = bench.open(bench.program('good'));
    const tools = await servers.tools(new AbortController().signal);
    expect(tools.find((it) => it.tool === 'echo')).toEqual({
      server: 's',
      tool: 'echo',
      name: 'mcp__s__echo',
      description: 'Says it again.',
      parameters: { type: 'object', properties: { text: { type: 'string' } } },
      isReadOnly: true,
      approval: 'run',
      outputTokens: null,
      machine: null,
    });
    expect(await servers.ask('mcp__s__echo', { text: 'häß' })).toEqual({ text: 'häß', images: [], isError: false });
    expect(servers.status()).toEqual([{ name: 's', state: 'ready', tools: 8, problem: null }]);
    expect(bench.noted()).toContain('client codex');
    expect(servers.notices).toEqual([]);
  });

  it('gives pictures as pictures, and a part that is none as words', async () => {
    const servers = bench.open(bench.program('good'));
    await servers.names();
    expect(await servers.ask('mcp__s__picture')).toEqual({
      images: [{ mime: 'image/png', base64: 'iVBORw0KGgo=' }],
      text: '[image image/png, which cannot be shown]\nof a resource',
      isError: false,
    });
  });

  it('says what went wrong in its own words', async () => {
    const servers = bench.open(bench.program('good'));
    await servers.names();
    expect(await servers.ask('mcp__s__fail')).toMatchObject({ text: 'it did not work', isError: true });
    const refused = await servers.ask('mcp__s__refuse');
    expect(refused).toMatchObject({ isError: true, text: expect.stringContaining('wrong arguments') });
    expect(servers.status()[0]?.state).toBe('ready');
  });

  it('tells progress, and hears that nobody waits any more', async () => {
    const servers = bench.open(bench.program('good'));
    await servers.names();
    const leaving = new AbortController();
    const heard: string[] = [];
    const progress = (text: string) => {
      heard.push(text);
      leaving.abort();
    };
    const answer = await servers.ask('mcp__s__slow', {}, { signal: leaving.signal, progress });
    expect(answer).toMatchObject({ isError: true, text: 'The call was cancelled.' });
    expect(heard).toEqual(['1/2 half']);
    await until(() => bench.noted().includes('cancelled'));
  });

  it('is given up after its time, and stays', async () => {
    const servers = bench.open(bench.program('good', 'tool_timeout_sec = 0.2'));
    await servers.names();
    const answer = await servers.ask('mcp__s__slow');
    expect(answer.text).toBe('slow of MCP server s did not answer within 0.2 s.');
    expect(await servers.ask('mcp__s__echo', { text: 'still' })).toMatchObject({ text: 'still', isError: false });
  });

  it('gets few variables, those that are named, and never a key', async () => {
    const toml = `${bench.program('good', 'env_vars = ["NAMED", "OPENAI_API_KEY", "OTHER_TOKEN"]')}
[mcp_servers.other]
url = "http://127.0.0.1:1/"
enabled = false
bearer_token_env_var = "OTHER_TOKEN"`;
    const servers = bench.open(toml, {
      NAMED: 'yes',
      UNNAMED: 'no',
      OPENAI_API_KEY: 'sk-secret',
      OTHER_TOKEN: 'secret',
      LC_ALL: 'C',
      XDG_CACHE_HOME: '/x',
    });
    await servers.names();
    const env = JSON.parse((await servers.ask('mcp__s__env')).text);
    expect(Object.keys(env).sort()).toEqual(
      ['GROWN', 'HOME', 'LC_ALL', 'NAMED', 'NOTES', 'PATH', 'XDG_CACHE_HOME', 'cwd'].sort(),
    );
    expect(env.cwd).toBe(bench.folder);
  });

  it('offers what the settings let it', async () => {
    const servers = bench.open(bench.program('good', 'enabled_tools = ["echo", "write"]\ndisabled_tools = ["write"]'));
    expect(await servers.names()).toEqual(['mcp__s__echo']);
    expect(await servers.ask('mcp__s__write')).toMatchObject({
      isError: true,
      text: 'There is no tool mcp__s__write.',
    });
  });

  it('is asked for its tools again when they changed', async () => {
    const servers = bench.open(bench.program('grows'));
    expect(await servers.names()).not.toContain('mcp__s__new');
    await servers.ask('mcp__s__write');
    const { signal } = new AbortController();
    await until(async () => (await servers.tools(signal)).some((it) => it.tool === 'new'));
    expect(await servers.ask('mcp__s__new', { text: 'n' })).toMatchObject({ text: 'n' });
  });

  it.each(['[1]', '"a"', '{', 'null'])('is not asked with %s', async (written) => {
    const servers = bench.open(bench.program('good'));
    await servers.names();
    const { signal } = new AbortController();
    const answer = await servers.call({ name: 'mcp__s__echo', arguments: written, signal, progress: () => {} });
    expect(answer).toMatchObject({ isError: true, text: expect.stringContaining('The arguments are no') });
    expect(bench.noted()).not.toContain('call echo');
  });
});

describe('a server that is not there', () => {
  it('delays a turn by a second once, and not the tools of the others', async () => {
    const servers = bench.open(bench.program('silent', 'startup_timeout_sec = 5', 'mute') + bench.program('good'));
    const begun = performance.now();
    expect(await servers.names()).toContain('mcp__s__echo');
    const first = performance.now() - begun;
    expect(first).toBeGreaterThan(900);
    expect(first).toBeLessThan(2_500);
    const again = performance.now();
    await servers.names();
    expect(performance.now() - again).toBeLessThan(200);
    expect(servers.status()[0]).toMatchObject({ name: 'mute', state: 'starting' });
  });

  it('is told once when it does not answer in time, and is ended', async () => {
    const servers = bench.open(bench.program('silent', 'startup_timeout_sec = 0.3'));
    expect(await servers.names()).toEqual([]);
    await until(() => servers.status()[0]?.state === 'failed');
    expect(servers.notices).toEqual([
      {
        what: 'MCP server s could not be started.',
        why: 'It was not ready within 0.3 s.',
        next: expect.stringContaining('[mcp_servers.s]'),
      },
    ]);
    const pid = pidNoted('pid');
    await until(() => !isAlive(pid));
  });

  it('says what it last wrote to stderr, and no more than that', async () => {
    const servers = bench.open(bench.program('says why'));
    await servers.names();
    const [notice] = servers.notices;
    expect(notice?.why).toContain('exit code 3');
    expect(notice?.why).toMatch(/the database is locked$/);
    expect(notice?.why.length).toBeLessThan(17_000);
  });

  it('is told plainly when its program or its folder is missing', async () => {
    const servers = bench.open(
      `[mcp_servers.a]\ncommand = "no-such-program"\n${bench.program('good', 'cwd = "gone"', 'b')}`,
    );
    expect(await servers.names()).toEqual([]);
    expect(servers.notices.map((it) => it.why).sort()).toEqual([
      `${bench.folder}/gone is no folder.`,
      'no-such-program was not found.',
    ]);
  });

  it('is not run here when it belongs on another machine', async () => {
    const servers = bench.open(bench.program('good', 'environment_id = "devbox"'));
    expect(await servers.names()).toEqual([]);
    expect(servers.status()[0]).toMatchObject({ state: 'failed' });
    expect(bench.noted()).toEqual([]);
    expect(servers.notices).toEqual([
      { what: 'MCP server s could not be started.', why: 'There is no devbox.', next: 'Look for it.' },
    ]);
  });

  it('is not started when it is off', async () => {
    const servers = bench.open(bench.program('good', 'enabled = false'));
    expect(await servers.names()).toEqual([]);
    expect(servers.status()).toEqual([{ name: 's', state: 'disabled', tools: 0, problem: null }]);
    expect(bench.noted()).toEqual([]);
  });

  it('is not started again at once and again', async () => {
    const servers = bench.open(bench.program('says why'));
    await servers.names();
    for (let i = 0; i < 20; i++) await servers.names();
    expect(bench.noted().filter((it) => it.startsWith('pid'))).toHaveLength(1);
    expect(servers.notices).toHaveLength(1);
  });
});

describe('a server that misbehaves', () => {
  it('dies during a call: the call says so, the next use starts it again', async () => {
    const servers = bench.open(bench.program('dies'));
    await servers.names();
    const answer = await servers.ask('mcp__s__echo');
    expect(answer).toEqual({
      text: 'MCP server s went away before echo answered. It may have done its work.',
      images: [],
      isError: true,
    });
    await until(() => servers.status()[0]?.state === 'failed');
    expect(servers.notices[0]).toMatchObject({
      what: 'MCP server s is gone.',
      why: expect.stringContaining('out of luck'),
    });
    expect(await servers.names()).toContain('mcp__s__echo');
    expect((await servers.ask('mcp__s__echo')).text).toContain('went away');
    expect(bench.noted().filter((it) => it.startsWith('pid'))).toHaveLength(2);
    // It died twice in a short life: now it has to wait.
    await until(() => servers.status()[0]?.state === 'failed');
    expect(await servers.names()).toEqual([]);
    expect((await servers.ask('mcp__s__echo')).text).toContain('MCP server s is gone.');
    expect(bench.noted().filter((it) => it.startsWith('pid'))).toHaveLength(2);
    expect(servers.notices).toHaveLength(1);
  });

  it('writes something else first, and works', async () => {
    const servers = bench.open(bench.program('noise first'));
    expect(await servers.names()).toContain('mcp__s__echo');
    expect(await servers.ask('mcp__s__echo', { text: 'x' })).toMatchObject({ text: 'x' });
  });

  it.each([
    ['floods', 'It wrote more than 1 MiB that are no messages.'],
    ['endless line', 'It sent a message above 8 MiB.'],
  ])('%s: is ended', async (how, why) => {
    const servers = bench.open(bench.program(how));
    await until(() => servers.status()[0]?.state === 'failed');
    expect(servers.notices[0]?.why).toContain(why);
    const pid = pidNoted('pid');
    await until(() => !isAlive(pid));
  });

  it('answers twice and to the wrong ones: the first right answer counts', async () => {
    const servers = bench.open(bench.program('twice'));
    await servers.names();
    expect(await servers.ask('mcp__s__echo')).toMatchObject({ text: 'first', isError: false });
    expect(await servers.ask('mcp__s__echo')).toMatchObject({ text: 'first', isError: false });
  });

  it('says a hundred thousand times how far it is: few of them are told, and its answer comes', async () => {
    const servers = bench.open(bench.program('chatty'));
    await servers.names();
    let told = 0;
    const progress = () => {
      told += 1;
    };
    expect(await servers.ask('mcp__s__echo', {}, { progress })).toMatchObject({ text: 'enough', isError: false });
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(500);
  });

  it('asks the person for something: it is told that nobody answers', async () => {
    const servers = bench.open(bench.program('asks'));
    await servers.names();
    expect(await servers.ask('mcp__s__echo')).toMatchObject({ text: 'decline', isError: false });
    expect(await servers.ask('mcp__s__write')).toMatchObject({
      text: expect.stringContaining('Method not found'),
      isError: false,
    });
  });

  it('does not read: 8 MiB wait for it, then it is ended', async () => {
    const servers = bench.open(bench.program('deaf', 'supports_parallel_tool_calls = true'));
    await servers.settled();
    await servers.ask('mcp__s__write', { text: 'now' });
    const text = 'x'.repeat(3 * 1024 * 1024);
    const answers = await Promise.all([1, 2, 3, 4].map(() => servers.ask('mcp__s__echo', { text })));
    expect(answers.at(-1)?.text).toBe('MCP server s cannot be reached: It does not read what it is sent.');
    expect(answers.map(({ isError }) => isError)).toEqual([true, true, true, true]);
    await until(async () => (await servers.names()).length > 0 && servers.status()[0]?.state === 'ready');
    expect(await servers.ask('mcp__s__echo', { text: 'again' })).toMatchObject({ text: 'again' });
  });

  it('answers 10 MB: the call fails, the server is ended', async () => {
    const servers = bench.open(bench.program('huge'));
    await servers.names();
    expect(await servers.ask('mcp__s__echo')).toMatchObject({ isError: true });
    expect(servers.notices[0]?.why).toContain('It sent a message above 8 MiB.');
  });

  it('answers 5 MB: the middle is left out and said so', async () => {
    const servers = bench.open(bench.program('large'));
    await servers.names();
    const { text, isError } = await servers.ask('mcp__s__echo');
    expect(isError).toBe(false);
    expect(text.length).toBeLessThan(1024 * 1024 + 100);
    expect(text).toMatch(/^begin.*characters in the middle are left out.*end$/s);
  });

  it('has 5,000 tools: the first 128 are offered, and that is told', async () => {
    const servers = bench.open(bench.program('many'));
    const names = await servers.names();
    expect(names).toHaveLength(128);
    expect(names[127]).toBe('mcp__s__t127');
    expect(servers.notices[0]?.what).toContain('the first 128 of 5000');
    const chosen = bench.open(bench.program('many', 'enabled_tools = ["t4999"]'));
    expect(await chosen.names()).toEqual(['mcp__s__t4999']);
    expect(chosen.notices).toEqual([]);
  });

  it('turns in circles with its list: it is read once around', async () => {
    const servers = bench.open(bench.program('circles'));
    expect(await servers.names()).toHaveLength(8);
  });

  it('has names nobody can call: each gets one of its own, and is called by what it is', async () => {
    const servers = bench.open(bench.program('names'));
    const tools = await servers.tools(new AbortController().signal);
    expect(tools).toHaveLength(9);
    expect(new Set(tools.map((it) => it.name)).size).toBe(9);
    for (const { name } of tools) expect(name).toMatch(/^[a-zA-Z0-9_-]{1,64}$/);
    for (const name of ['odd', 'wide', 'deep']) {
      expect(tools.find((it) => it.tool === name)?.parameters).toEqual({
        type: 'object',
        properties: {},
        additionalProperties: true,
      });
    }
    expect(tools.find((it) => it.tool === 'wordy')?.description).toHaveLength(8 * 1024);
    const spaced = tools.find((it) => it.tool === 'a b');
    await servers.ask(spaced?.name ?? '');
    expect(bench.noted()).toContain('call a b');
  });

  it('neither its input nor a signal ends it: it is killed with its grandchild', async () => {
    const servers = bench.open(bench.program('hangs'));
    await servers.names();
    const [pid, grandchild] = [pidNoted('pid'), pidNoted('grandchild')];
    expect(isAlive(pid) && isAlive(grandchild)).toBe(true);
    const begun = performance.now();
    await servers.close();
    expect(performance.now() - begun).toBeLessThan(2_500);
    expect(bench.noted()).toEqual(expect.arrayContaining(['input ended', 'term']));
    expect(isAlive(pid)).toBe(false);
    await until(() => !isAlive(grandchild));
  });

  it('ends in an instant when it is good', async () => {
    const servers = bench.open(bench.program('good'));
    await servers.names();
    const begun = performance.now();
    await servers.close();
    expect(performance.now() - begun).toBeLessThan(1_500);
    expect(bench.noted()).toContain('input ended');
    expect(await servers.ask('mcp__s__echo')).toMatchObject({ isError: true });
  });
});

describe('our own end', () => {
  it('without closing anything leaves nobody behind', async () => {
    const servers = bench.open(bench.program('hangs'));
    await servers.names();
    const pid = pidNoted('pid');
    const grandchild = pidNoted('grandchild');
    // What Node does with a listener when it exits.
    const [kill] = process.listeners('exit').slice(-1);
    kill?.call(process, 0);
    await until(() => !isAlive(pid) && !isAlive(grandchild));
  });
});
