// Tools of other programs, as `codex exec` and `codex mcp` have them: required ones, ones on other machines, a login there.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOAuthServer } from '../core/mcp/oauth-server.ts';
import { startServer } from '../exec/environments/places.ts';
import { endOf, runCodex, startCodex } from '../support/exec.ts';
import { call, type ModelServer, type Script, say, startModelServer } from '../support/model-server.ts';
import { codexProgram, eventually, type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

const PROGRAM = path.join(import.meta.dirname, '../core/mcp/programs/server.cjs');

async function withModel(script: Script, servers: string): Promise<{ place: Place; model: ModelServer }> {
  const model = await startModelServer(script);
  tests.afterwards(() => model.close());
  const place = tests.place();
  const provider = `[model_providers.loopback]\nbase_url = "${model.url}"\nrequest_max_retries = 0\n`;
  place.configure(`model = "test-model"\nmodel_provider = "loopback"\n${provider}${servers}`);
  return { place, model };
}

const serverOf = (how: string, further = '', name = 's'): string =>
  `[mcp_servers.${name}]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ${JSON.stringify([PROGRAM, how])}\n${further}\n`;

function machinesOf(place: Place, toml: string): void {
  mkdirSync(place.codexHome, { recursive: true });
  writeFileSync(path.join(place.codexHome, 'environments.toml'), toml);
}

const offered = ({ requests }: ModelServer): readonly unknown[] =>
  (requests[0]?.body.tools ?? []).map(({ name }) => name);

describe('a server that is required', () => {
  it('and does not start fails `codex exec` before the model is asked, with what it said', async () => {
    const { place, model } = await withModel([say('never')], serverOf('says why', 'required = true'));
    const ran = await runCodex({ place, args: ['exec', 'go'] });
    expect(ran.code).toBe(1);
    expect(ran.stdout).toBe('');
    expect(ran.stderr).toContain('MCP server s could not be started.');
    expect(ran.stderr).toContain('the database is locked');
    expect(model.requests).toEqual([]);
  });

  it('fails `codex exec --json` with an event that says so', async () => {
    const { place, model } = await withModel([say('never')], serverOf('says why', 'required = true'));
    const ran = await runCodex({ place, args: ['exec', '--json', 'go'] });
    expect(ran.code).toBe(1);
    const events = ran.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.find(({ type }) => type === 'turn.ended')).toMatchObject({
      outcome: 'failed',
      problem: { what: 'MCP server s could not be started.' },
    });
    expect(model.requests).toEqual([]);
  });

  it('and is slow is waited for', async () => {
    const slow = serverOf('slow to start', 'required = true');
    const { place, model } = await withModel([say('ok')], slow);
    const ran = await runCodex({ place, args: ['exec', 'go'] });
    expect(ran).toMatchObject({ code: 0, stdout: 'ok\n' });
    expect(offered(model)).toContain('mcp__s__echo');
  });

  it('and whose machine is not there fails with the words of the machine', async () => {
    const { place, model } = await withModel(
      [say('never')],
      serverOf('good', 'required = true\nenvironment_id = "box"'),
    );
    machinesOf(place, '[[environments]]\nid = "box"\nurl = "ws://127.0.0.1:9"\n');
    const ran = await runCodex({ place, args: ['exec', 'go'] });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain('The environment box cannot be reached.');
    expect(model.requests).toEqual([]);
  });
});

describe('a server on another machine', () => {
  it('runs there, its tools are called from here, and nothing of it is left when we are done', async () => {
    const { place, model } = await withModel(
      [call('mcp__s__echo', { text: 'from over there' }), say('done')],
      serverOf('good', 'required = true\nenvironment_id = "box"\nenv = { NOTES = "notes" }'),
    );
    const there = path.join(place.home, 'there');
    mkdirSync(there);
    const server = await startServer('ws://127.0.0.1:0', there, place.env);
    tests.afterwards(() => server.end());
    machinesOf(place, `[[environments]]\nid = "box"\nurl = "${server.url}"\n`);
    const ran = await runCodex({ place, args: ['exec', 'go'] });
    expect(ran).toMatchObject({ code: 0, stdout: 'done\n' });
    expect(ran.stderr).toContain('@box s.echo {"text":"from over there"}');
    expect(JSON.stringify(model.requests.at(-1)?.body.input?.at(-1))).toContain('from over there');
    // Its folder is the one of that machine.
    const notes = readFileSync(path.join(there, 'notes'), 'utf8');
    const pid = Number(/pid (\d+)/.exec(notes)?.[1]);
    await eventually(() => !isAlive(pid), 'the server on the other machine ends');
  });

  it('is shown by `codex mcp list` and `codex mcp get`', async () => {
    const place = tests.place();
    place.configure(serverOf('good', 'environment_id = "box"\ncwd = "/srv"') + serverOf('good', '', 'here'));
    const list = await runCodex({ place, args: ['mcp', 'list'] });
    expect(list.stdout).toMatch(/^s +on +- +box +\S+node/m);
    expect(list.stdout).toMatch(/^here +on +- +here +\S+node/m);
    const get = await runCodex({ place, args: ['mcp', 'get', 's'] });
    expect(get.stdout).toContain('  environment_id: box\n');
    const json = await runCodex({ place, args: ['mcp', 'get', 's', '--json'] });
    expect(JSON.parse(json.stdout)).toMatchObject({ environment_id: 'box' });
  });

  it('is logged in to from there', async () => {
    const server = await openOAuthServer();
    tests.afterwards(() => server.close());
    const place = tests.place();
    place.configure(`[mcp_servers.o]\nurl = "${server.url}"\nenvironment_id = "box"\n`);
    const missing = await runCodex({ place, args: ['mcp', 'login', 'o', '--no-browser'] });
    expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no machine box.') });
    expect(server.asked).toEqual([]);

    machinesOf(
      place,
      `[[environments]]\nid = "box"\nprogram = "${codexProgram}"\nargs = ["exec-server", "--listen", "stdio"]\n`,
    );
    const child = startCodex({ place, args: ['mcp', 'login', 'o', '--no-browser'] });
    const ended = endOf(child);
    const url = await new Promise<string>((resolve) => {
      let said = '';
      child.stderr.on('data', (piece) => {
        said += String(piece);
        const found = /(http:\S+authorize\S+)\n/.exec(said)?.[1];
        if (found !== undefined) resolve(found);
      });
    });
    await fetch(url);
    expect(await ended).toMatchObject({ code: 0, stdout: 'Logged in to o.\n' });
    const list = await runCodex({ place, args: ['mcp', 'list'] });
    expect(list.stdout).toMatch(/^o +on +logged in +box/m);
  });
});

describe('codex mcp add --url', () => {
  it('on a terminal says what is next where the server wants a login', async () => {
    const server = await openOAuthServer();
    tests.afterwards(() => server.close());
    const program = tests.open({ args: ['mcp', 'add', 'o', '--url', server.url] });
    await program.waitFor(/MCP server o is in/);
    await program.waitFor(/codex mcp login o/);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
