// Servers at an address: one that works, and what happens when it does not.

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HttpServer, openHttpServer } from './http-server.ts';
import { type Bench, openBench, until } from './opened.ts';

let bench: Bench;
let server: HttpServer;
let other: HttpServer;

beforeEach(async () => {
  bench = openBench();
  other = await openHttpServer();
  server = await openHttpServer(other.url);
});

afterEach(async () => {
  await bench.end();
  await server.close();
  await other.close();
});

const settings = (further = ''): string => `[mcp_servers.h]\nurl = "${server.url}"\n${further}\n`;

describe('a server at an address', () => {
  it('offers its tools, answers, and is told that we leave', async () => {
    const servers = bench.open(settings());
    expect(await servers.names()).toEqual(['mcp__h__echo']);
    expect(await servers.ask('mcp__h__echo', { text: 'over HTTP' })).toMatchObject({
      text: 'over HTTP',
      isError: false,
    });
    server.behave('streams');
    expect(await servers.ask('mcp__h__echo', { text: 'streamed' })).toMatchObject({ text: 'streamed', isError: false });
    await servers.close();
    expect(server.seen.at(-1)).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'session-1' } });
    expect(servers.notices).toEqual([]);
  });

  it('gets its token and its headers, and no others of ours', async () => {
    const further = [
      'bearer_token_env_var = "TOKEN"',
      'http_headers = { "X-Team" = "blue" }',
      'env_http_headers = { "X-Key" = "KEY", "X-Empty" = "NOTHING" }',
    ].join('\n');
    const servers = bench.open(settings(further), { TOKEN: 'tok-1', KEY: 'key-1' });
    await servers.names();
    await servers.ask('mcp__h__echo');
    for (const { headers } of server.seen) {
      expect(headers).toMatchObject({ authorization: 'Bearer tok-1', 'x-team': 'blue', 'x-key': 'key-1' });
      expect(headers).not.toHaveProperty('x-empty');
    }
    expect(server.seen.length).toBeGreaterThan(3);
  });

  it('is not asked without the token that it needs', async () => {
    const servers = bench.open(settings('bearer_token_env_var = "TOKEN"'));
    expect(await servers.names()).toEqual([]);
    expect(server.seen).toEqual([]);
    expect(servers.notices[0]?.what).toBe('MCP server h needs its token in TOKEN, which holds none.');
  });

  it('never shows a header that is not possible', async () => {
    const servers = bench.open(settings('http_headers = { "X-Key" = "se\\ncret" }'));
    await servers.names();
    expect(JSON.stringify([servers.notices, servers.status()])).not.toContain('cret');
    expect(servers.status()[0]?.state).toBe('failed');
  });

  it('wants a login: it says how', async () => {
    server.behave('wants login');
    const servers = bench.open(settings());
    expect(await servers.names()).toEqual([]);
    expect(servers.status()[0]).toMatchObject({ state: 'needs_login', problem: { next: 'Run `codex mcp login h`.' } });
    expect(servers.notices).toHaveLength(1);
  });

  it('wants a login in the middle', async () => {
    const servers = bench.open(settings());
    await servers.names();
    server.behave('wants login');
    expect((await servers.ask('mcp__h__echo')).text).toContain('codex mcp login h');
    expect(servers.status()[0]?.state).toBe('needs_login');
  });

  it('hangs: the call ends with its time, the next one works', async () => {
    const servers = bench.open(settings('tool_timeout_sec = 0.2'));
    await servers.names();
    server.behave('hangs');
    expect((await servers.ask('mcp__h__echo')).text).toBe('echo of MCP server h did not answer within 0.2 s.');
    server.behave('works');
    expect(await servers.ask('mcp__h__echo', { text: 'again' })).toMatchObject({ text: 'again', isError: false });
  });

  it.each(['cuts', 'ends early'] as const)('%s: the call ends at once, the next one works', async (how) => {
    const servers = bench.open(settings());
    await servers.names();
    server.behave(how);
    const begun = performance.now();
    const answer = await servers.ask('mcp__h__echo');
    expect(answer).toMatchObject({ isError: true, text: expect.stringContaining('went away before echo answered') });
    expect(performance.now() - begun).toBeLessThan(2_000);
    server.behave('works');
    expect(await servers.ask('mcp__h__echo', { text: 'again' })).toMatchObject({ text: 'again', isError: false });
  });

  it.each(['too long', 'endless event', 'wrong type', 'fails'] as const)('%s: the call fails', async (how) => {
    const servers = bench.open(settings());
    await servers.names();
    server.behave(how);
    expect(await servers.ask('mcp__h__echo')).toMatchObject({ isError: true });
    server.behave('works');
    expect(await servers.ask('mcp__h__echo', { text: 'again' })).toMatchObject({ text: 'again', isError: false });
  });

  it('says a hundred thousand times how far it is: few of them are told, and its answer comes', async () => {
    const servers = bench.open(settings());
    await servers.names();
    server.behave('chatty');
    let told = 0;
    const progress = () => {
      told += 1;
    };
    expect(await servers.ask('mcp__h__echo', {}, { progress })).toMatchObject({ text: 'enough', isError: false });
    expect(told).toBeGreaterThan(0);
    expect(told).toBeLessThan(500);
  });

  it('has forgotten the session: the call is made in a new one', async () => {
    const servers = bench.open(settings());
    await servers.names();
    server.forget();
    expect(await servers.ask('mcp__h__echo', { text: 'new' })).toMatchObject({ text: 'new', isError: false });
    expect(server.seen.filter((it) => it.message?.method === 'initialize')).toHaveLength(2);
  });

  it('sends us elsewhere: nothing of ours goes there', async () => {
    server.behave('redirects');
    const servers = bench.open(settings('bearer_token_env_var = "TOKEN"'), { TOKEN: 'tok-1' });
    expect(await servers.names()).toEqual([]);
    expect(servers.status()[0]?.state).toBe('failed');
    expect(other.seen).toEqual([]);
  });

  it('is gone: the call says so, and it is found again when it is back', async () => {
    const servers = bench.open(settings());
    await servers.names();
    await server.close();
    expect((await servers.ask('mcp__h__echo')).text).toContain('MCP server h cannot be reached');
    expect(servers.status()[0]?.state).toBe('failed');
  });

  it('ends its streams at once and again: they are not opened without rest', async () => {
    server.behave('opens and ends streams');
    const servers = bench.open(settings());
    await servers.names();
    const opened = () => server.seen.filter((it) => it.method === 'GET').length;
    await until(() => opened() === 5);
    for (let i = 0; i < 20; i++) await servers.ask('mcp__h__echo');
    expect(opened()).toBe(5);
  });
});
