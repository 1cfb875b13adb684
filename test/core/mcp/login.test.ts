// Logging in to a server, with a browser that is the test; and what becomes of the token.

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/config/index.ts';
import { loginTo, mcpServerSettings, openCredentials, openLoginFetch } from '../../../src/core/mcp/index.ts';
import type { Result } from '../../../src/problem/index.ts';
import { type OAuthServer, openOAuthServer } from './oauth-server.ts';
import { type Bench, openBench } from './opened.ts';

let bench: Bench;
let server: OAuthServer;
let other: OAuthServer;
let file: string;

beforeEach(async () => {
  bench = openBench();
  server = await openOAuthServer();
  other = await openOAuthServer();
  file = path.join(bench.folder, '.credentials.json');
});

afterEach(async () => {
  await bench.end();
  await server.close();
  await other.close();
});

const settings = (further = ''): string => `[mcp_servers.o]\nurl = "${server.url}"\n${further}\n`;

type Browser = (url: string, answer: (address: string) => boolean) => void;

/** Allows it at once. */
const allow: Browser = (url) => void fetch(url).then((it) => it.text());

async function login(
  browser: Browser = allow,
  further = '',
  signal = new AbortController().signal,
): Promise<Result<void>> {
  const { config } = readConfig(settings(further), 'config.toml');
  const written = config.mcp_servers.o;
  const place = written && mcpServerSettings('o', written, config).place;
  if (place?.kind !== 'http') throw new Error('no address');
  const opened = openLoginFetch({}, null);
  if (!opened.ok) throw new Error(opened.problem.what);
  return loginTo({
    name: 'o',
    place,
    fetch: opened.value,
    credentials: openCredentials(bench.folder),
    signal,
    scopes: null,
    openUrl: browser,
  });
}

const kept = () => openCredentials(bench.folder).read('o', server.url);
const why = (result: Result<void>): string => (result.ok ? '' : result.problem.why);

describe('a login', () => {
  it('ends with a token that the server takes', async () => {
    const before = bench.open(settings());
    expect(await before.names()).toEqual([]);
    expect(before.status()[0]?.state).toBe('needs_login');
    expect(await login()).toEqual({ ok: true, value: undefined });
    const servers = bench.open(settings());
    expect(await servers.names()).toEqual(['mcp__o__echo']);
    expect(await servers.ask('mcp__o__echo')).toMatchObject({ text: 'done', isError: false });
    expect(server.forms[0]?.get('resource')).toBe(server.url);
  });

  it('is kept for the person alone, beside what was there', async () => {
    fs.writeFileSync(file, '{"theirs|1": {"server_name": "theirs", "x": 1}}', { mode: 0o644 });
    await login();
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toMatchObject({ 'theirs|1': { server_name: 'theirs', x: 1 } });
    expect(fs.readdirSync(bench.folder)).toEqual(['.credentials.json']);
    expect(openCredentials(bench.folder).forget('o', server.url)).toEqual({ ok: true, value: true });
    expect(openCredentials(path.join(bench.folder, 'none')).forget('o', server.url)).toEqual({
      ok: true,
      value: false,
    });
    expect(fs.existsSync(path.join(bench.folder, 'none'))).toBe(false);
    expect(JSON.parse(fs.readFileSync(file, 'utf8'))).toEqual({ 'theirs|1': { server_name: 'theirs', x: 1 } });
  });

  it.each(['not JSON', '[]'])('never writes over a file that it cannot read: %s', async (text) => {
    fs.writeFileSync(file, text);
    expect((await login()).ok).toBe(false);
    expect(fs.readFileSync(file, 'utf8')).toBe(text);
  });

  it('is not sent where a link leads', async () => {
    const elsewhere = path.join(bench.folder, 'elsewhere');
    fs.writeFileSync(elsewhere, '{}');
    fs.symlinkSync(elsewhere, file);
    expect((await login()).ok).toBe(false);
    expect(fs.readFileSync(elsewhere, 'utf8')).toBe('{}');
  });

  it('hears only who knows its state, letter by letter', async () => {
    const heard: number[] = [];
    const result = await login(async (url) => {
      const asked = new URL(url).searchParams;
      const [back, state] = [asked.get('redirect_uri') ?? '', asked.get('state') ?? ''];
      expect(state.length).toBeGreaterThan(40);
      for (const wrong of ['', state.slice(1), `${state}x`, state.toUpperCase()]) {
        heard.push((await fetch(`${back}?code=evil&state=${wrong}`)).status);
        heard.push((await fetch(`${back}?error=access_denied&state=${wrong}`)).status);
      }
      heard.push((await fetch(`${new URL('/other', back)}?code=evil&state=${state}`)).status);
      heard.push((await fetch(`${back}?state=${state}`)).status);
      heard.push((await fetch(`${back}?code=evil&state=${state}`, { method: 'POST' })).status);
      allow(url, () => false);
    });
    expect(result.ok).toBe(true);
    expect(new Set(heard)).toEqual(new Set([400]));
    expect(heard).toHaveLength(11);
  });

  it('can be answered with the address of a browser elsewhere', async () => {
    const result = await login(async (url, answer) => {
      const { headers } = await fetch(url, { redirect: 'manual' });
      expect(answer('https://elsewhere.test/callback?code=a&state=b')).toBe(false);
      expect(answer(headers.get('location') ?? '')).toBe(true);
    });
    expect(result.ok).toBe(true);
  });

  it('says that the person refused, and ends when we leave', async () => {
    const refused = await login((url) => {
      const asked = new URL(url).searchParams;
      void fetch(`${asked.get('redirect_uri')}?error=access_denied&error_description=no&state=${asked.get('state')}`);
    });
    expect(why(refused)).toBe('access_denied: no');
    const leaving = new AbortController();
    const left = await login(() => leaving.abort(new Error('You left.')), '', leaving.signal);
    expect(why(left)).toBe('You left.');
    expect(kept()).toBeNull();
  });

  it('uses the client, the scopes and the address that are configured', async () => {
    let asked = new URLSearchParams();
    const further = `scopes = ["a", "b"]
oauth_resource = "urn:mine"
oauth = { client_id = "mine", client_secret = "secret", callback_url = "https://proxy.test/back" }`;
    const result = await login((url, answer) => {
      asked = new URL(url).searchParams;
      void fetch(url, { redirect: 'manual' }).then(({ headers }) => answer(headers.get('location') ?? ''));
    }, further);
    expect(result.ok).toBe(true);
    expect(Object.fromEntries(asked)).toMatchObject({
      client_id: 'mine',
      scope: 'a b',
      resource: 'urn:mine',
      redirect_uri: 'https://proxy.test/back',
      code_challenge_method: 'S256',
    });
    expect(server.asked).not.toContain('POST /register');
    expect(kept()).toMatchObject({ clientId: 'mine', clientSecret: 'secret' });
  });

  it.each([
    '/.well-known/oauth-protected-resource/mcp',
    '/.well-known/oauth-authorization-server',
    '/register',
    '/token',
  ])('reads no more than 1 MiB of %s', async (place) => {
    server.instead(place, (response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(`{"a": "${'x'.repeat(1024 * 1024)}"}`);
    });
    expect(why(await login())).toMatch(/^OAuth HTTP response body exceeds/);
    expect(kept()).toBeNull();
  });

  it.each(['/register', '/token'])('does not go on at another place that %s names', async (place) => {
    server.instead(place, (response) => response.writeHead(307, { location: `${other.origin}${place}` }).end());
    expect((await login()).ok).toBe(false);
    expect(other.asked).toEqual([]);
  });

  it('asks for no token of another server', async () => {
    server.instead('/.well-known/oauth-protected-resource/mcp', (response) => {
      const document = { resource: 'https://bank.test/mcp', authorization_servers: [`${server.origin}/`] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
    expect(why(await login())).toContain('which it is not');
  });

  it('goes nowhere that others on the way could read', async () => {
    server.instead('/.well-known/oauth-protected-resource/mcp', (response) => {
      const document = { resource: server.url, authorization_servers: ['http://login.test/'] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
    expect(why(await login())).toBe('http://login.test is not a safe place for a login.');
  });
});

describe('a token that ends', () => {
  it('is replaced once for all who use it, and kept', async () => {
    await login();
    const servers = bench.open(settings());
    await servers.names();
    const first = kept();
    server.expire();
    const answers = await Promise.all([1, 2, 3].map(() => servers.ask('mcp__o__echo')));
    expect(answers.map((it) => it.text)).toEqual(['done', 'done', 'done']);
    expect(server.forms.filter((it) => it.get('grant_type') === 'refresh_token')).toHaveLength(1);
    expect(kept()?.accessToken).not.toBe(first?.accessToken);
    expect(kept()?.refreshToken).not.toBe(first?.refreshToken);
  });

  it('is replaced also when codex-cli wrote it', async () => {
    await login();
    const written = fs.readFileSync(file, 'utf8');
    const digest = createHash('sha256').update(`{"type":"http","url":"${server.url}","headers":{}}`).digest('hex');
    expect(Object.keys(JSON.parse(written))).toEqual([`o|${digest.slice(0, 16)}`]);
    expect(written).toContain(`"issuer": "${server.origin}"`);
    fs.writeFileSync(file, written.replace('"o|', '"another key|'));
    server.expire();
    const servers = bench.open(settings());
    expect(await servers.names()).toEqual(['mcp__o__echo']);
    expect(Object.keys(JSON.parse(fs.readFileSync(file, 'utf8')))).toEqual([`another key|${digest.slice(0, 16)}`]);
  });

  it('is replaced before it ends', async () => {
    await server.close();
    server = await openOAuthServer({ expiresIn: 10 });
    await login();
    const first = kept()?.accessToken;
    const servers = bench.open(settings());
    expect(await servers.names()).toEqual(['mcp__o__echo']);
    expect(kept()?.accessToken).not.toBe(first);
  });

  it('that cannot be replaced wants a login', async () => {
    await login();
    const servers = bench.open(settings());
    await servers.names();
    server.expire();
    server.instead('/token', (response) => response.writeHead(400).end('{"error":"invalid_grant"}'));
    expect((await servers.ask('mcp__o__echo')).text).toContain('codex mcp login o');
    expect(servers.status()[0]?.state).toBe('needs_login');
  });

  it('is never shown to another server of logins', async () => {
    await login();
    server.expire();
    server.instead('/.well-known/oauth-protected-resource/mcp', (response) => {
      const document = { resource: server.url, authorization_servers: [`${other.origin}/`] };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(document));
    });
    const servers = bench.open(settings());
    expect(await servers.names()).toEqual([]);
    expect(other.asked).not.toContain('POST /token');
    expect(servers.status()[0]?.state).toBe('needs_login');
  });
});
