// Servers at an address that only another machine reaches: every request of theirs is made there.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config/index.ts';
import { loginTo, mcpServerSettings, openCredentials, openLoginFetch } from '../../../src/core/mcp/index.ts';
import type { Environment, ServiceRequest } from '../../../src/exec/index.ts';
import { problemText, type Result } from '../../../src/problem/index.ts';
import { startServer } from '../../exec/environments/places.ts';
import { type HttpServer, openHttpServer } from './http-server.ts';
import { openMachineAt, openWire, type Wire, withPort } from './machines.ts';
import { type OAuthServer, openOAuthServer } from './oauth-server.ts';
import { type Bench, type Machine, openBench, until } from './opened.ts';

/** Nobody listens there: whoever asks it from here is refused. */
const CLOSED_PORT = 9;

let there: Awaited<ReturnType<typeof startServer>>;
let home: Bench;
let bench: Bench;
let wire: Wire;
let devbox: Environment;
let reached: Machine;
let requests: ServiceRequest[];

beforeAll(async () => {
  home = openBench();
  const env = {
    PATH: process.env.PATH ?? '',
    HOME: home.folder,
    XDG_RUNTIME_DIR: home.folder,
    TOKEN: 'of-there',
  };
  there = await startServer('ws://127.0.0.1:0', home.folder, env);
});

afterAll(async () => {
  await there.end();
  await home.end();
});

beforeEach(async () => {
  bench = openBench();
  wire = await openWire(there.url);
  devbox = openMachineAt(wire.url);
  requests = [];
});

afterEach(async () => {
  await bench.end();
  await devbox.dispose(0);
  await wire.close();
});

describe('a server at an address that another machine reaches', () => {
  let server: HttpServer;

  beforeEach(async () => {
    server = await openHttpServer();
    reached = withPort(devbox, CLOSED_PORT, Number(new URL(server.url).port), requests);
  });

  afterEach(() => server.close());

  const settings = (further = ''): string =>
    `[mcp_servers.h]\nurl = "http://127.0.0.1:${CLOSED_PORT}/mcp"\nenvironment_id = "devbox"\n${further}\n`;
  const open = (further = '', env = {}) => bench.open(settings(further), env, [reached]);

  it('offers its tools, answers, and is told there that we leave', async () => {
    const servers = open();
    expect(await servers.settled()).toEqual(['mcp__h__echo']);
    expect(await servers.ask('mcp__h__echo', { text: 'one' })).toMatchObject({ text: 'one', isError: false });
    server.behave('streams');
    expect(await servers.ask('mcp__h__echo', { text: 'two' })).toMatchObject({ text: 'two', isError: false });
    await servers.close();
    expect(server.seen.map((it) => it.method)).toEqual(expect.arrayContaining(['POST', 'GET', 'DELETE']));
    expect(requests.map((it) => it.method).sort()).toEqual(server.seen.map((it) => it.method).sort());
    expect(servers.notices).toEqual([]);
  });

  it('has a time for its requests while it starts, and none for a stream or afterwards', async () => {
    const servers = open('startup_timeout_sec = 5');
    await servers.settled();
    await servers.ask('mcp__h__echo');
    const [initialize, initialized] = requests;
    for (const request of [initialize, initialized]) {
      expect(request?.timeoutMs).toBeGreaterThan(100);
      expect(request?.timeoutMs).toBeLessThanOrEqual(5_000);
    }
    expect(requests.filter((it) => it.method === 'GET').map((it) => it.timeoutMs)).toEqual([null]);
    expect(requests.at(-1)).toMatchObject({ method: 'POST', timeoutMs: null });
  });

  it('gets the token of that machine, which never comes here, and our headers', async () => {
    const further =
      'bearer_token_env_var = "TOKEN"\nhttp_headers = { "X-Team" = "blue" }\nenv_http_headers = { "X-Key" = "KEY" }';
    const servers = open(further, { TOKEN: 'of-here', KEY: 'key-1' });
    await servers.settled();
    expect(await servers.ask('mcp__h__echo', { text: 'x' })).toMatchObject({ isError: false });
    for (const { headers } of server.seen) {
      expect(headers).toMatchObject({ authorization: 'Bearer of-there', 'x-team': 'blue', 'x-key': 'key-1' });
    }
    expect(JSON.stringify(requests)).not.toMatch(/of-here|of-there/);
  });

  it('says which variable that machine does not have', async () => {
    const servers = open('bearer_token_env_var = "MISSING"', { MISSING: 'of-here' });
    expect(await servers.settled()).toEqual([]);
    expect(server.seen).toEqual([]);
    expect(servers.notices[0]?.why).toContain('environment variable MISSING');
  });

  it.each(['redirects', 'wrong type', 'fails', 'too long', 'endless event'] as const)(
    '%s: the call fails',
    async (how) => {
      const servers = open();
      await servers.settled();
      server.behave(how);
      expect(await servers.ask('mcp__h__echo')).toMatchObject({ isError: true });
      server.behave('works');
      await until(async () => (await servers.names()).length === 1);
      await until(() => servers.status()[0]?.state === 'ready');
      expect(await servers.ask('mcp__h__echo', { text: 'again' })).toMatchObject({ text: 'again', isError: false });
    },
  );

  it('hangs: the call ends with its time, the next one works', async () => {
    const servers = open('tool_timeout_sec = 0.2');
    await servers.settled();
    server.behave('hangs');
    expect((await servers.ask('mcp__h__echo')).text).toBe('echo of MCP server h did not answer within 0.2 s.');
    server.behave('works');
    expect(await servers.ask('mcp__h__echo', { text: 'again' })).toMatchObject({ text: 'again', isError: false });
  });

  it.each(['cuts', 'ends early'] as const)('%s: the call ends at once, the next one works', async (how) => {
    const servers = open();
    await servers.settled();
    server.behave(how);
    expect((await servers.ask('mcp__h__echo')).text).toContain('went away before echo answered');
    server.behave('works');
    expect(await servers.ask('mcp__h__echo', { text: 'again' })).toMatchObject({ text: 'again', isError: false });
  });

  it('is on a wire that is cut in the middle of a call: the call says so, the next one works', async () => {
    const servers = open();
    await servers.settled();
    server.behave('hangs');
    const answered = servers.ask('mcp__h__echo');
    await until(() => server.seen.at(-1)?.message?.method === 'tools/call');
    server.behave('works');
    wire.cut();
    expect(await answered).toMatchObject({
      isError: true,
      text: expect.stringContaining('The connection to devbox was lost'),
    });
    await until(async () => (await servers.names()).length === 1);
    await until(() => servers.status()[0]?.state === 'ready');
    expect(await servers.ask('mcp__h__echo', { text: 'again' })).toMatchObject({ text: 'again', isError: false });
  });
});

describe('a login at a server that another machine reaches', () => {
  let server: OAuthServer;

  beforeEach(async () => {
    server = await openOAuthServer({ says: CLOSED_PORT });
    reached = withPort(devbox, CLOSED_PORT, server.port, requests);
  });

  afterEach(() => server.close());

  const settings = (): string => `[mcp_servers.o]\nurl = "${server.url}"\nenvironment_id = "devbox"\n`;
  const why = (result: Result<void>): string => (result.ok ? '' : result.problem.why);

  /** A person's browser has a way there of its own. */
  const allow = (url: string) =>
    void fetch(url.replace(`:${CLOSED_PORT}/`, `:${server.port}/`)).then((it) => it.text());

  async function login(): Promise<Result<void>> {
    const { config } = readConfig(settings(), 'config.toml');
    const written = config.mcp_servers.o;
    const place = written && mcpServerSettings('o', written, config).place;
    if (place?.kind !== 'http') throw new Error('no address');
    const ready = await reached.ready();
    if (!ready.ok) throw new Error(problemText(ready.problem));
    const opened = openLoginFetch({}, ready.value.services);
    if (!opened.ok) throw new Error(problemText(opened.problem));
    return loginTo({
      name: 'o',
      place,
      fetch: opened.value,
      credentials: openCredentials(bench.folder),
      signal: new AbortController().signal,
      scopes: null,
      openUrl: allow,
    });
  }

  it('asks everything there, and ends with a token that the server takes', async () => {
    const before = bench.open(settings(), {}, [reached]);
    expect(await before.settled()).toEqual([]);
    expect(before.status()[0]?.state).toBe('needs_login');
    expect(await login()).toEqual({ ok: true, value: undefined });
    const asked = requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`);
    expect(asked).toEqual(
      expect.arrayContaining(['POST /register', 'POST /token', 'GET /.well-known/oauth-authorization-server']),
    );
    const servers = bench.open(settings(), {}, [reached]);
    expect(await servers.settled()).toEqual(['mcp__o__echo']);
    expect(await servers.ask('mcp__o__echo')).toMatchObject({ text: 'done', isError: false });
    // All but what the browser asked.
    expect(requests).toHaveLength(server.asked.filter((it) => it !== 'GET /authorize').length);
  });

  it('is refreshed there', async () => {
    await login();
    const servers = bench.open(settings(), {}, [reached]);
    await servers.settled();
    server.expire();
    expect(await servers.ask('mcp__o__echo')).toMatchObject({ text: 'done', isError: false });
    expect(server.forms.filter((it) => it.get('grant_type') === 'refresh_token')).toHaveLength(1);
    expect(requests).toHaveLength(server.asked.filter((it) => it !== 'GET /authorize').length);
  });

  it('reads 1 MiB of an answer, and no byte more', async () => {
    const sized = (bytes: number) => {
      const document = (filler: string) => JSON.stringify({ error: 'invalid_grant', error_description: filler });
      const body = document('x'.repeat(bytes - document('').length));
      server.instead('/token', (response) => response.writeHead(400, { 'content-type': 'application/json' }).end(body));
    };
    sized(1024 * 1024);
    expect(why(await login())).not.toContain('exceeds');
    sized(1024 * 1024 + 1);
    expect(why(await login())).toBe('OAuth HTTP response body exceeds 1048576 bytes');
  });

  it('does not go on at another place that a redirect names', async () => {
    const elsewhere = 'http://127.0.0.1:10/token';
    server.instead('/token', (response) => response.writeHead(307, { location: elsewhere }).end());
    expect((await login()).ok).toBe(false);
    expect(requests.at(-1)?.url).toBe(`${server.origin}/token`);
  });
});
