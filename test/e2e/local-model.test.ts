// A server on this machine and nothing said of a model, and a login that is of no use here.

import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCodex } from '../support/exec.ts';
import { say, startModelServer } from '../support/model-server.ts';
import { type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

async function ollamaAt(port: number) {
  const gets = { '/v1/models': { data: ['embed-x', 'qwen3:4b', 'other'].map((id) => ({ id })) } };
  const server = await startModelServer(() => say('hello there'), { gets, port });
  tests.afterwards(() => server.close());
  return server;
}

/** Nothing listens there until a test lets it. */
async function freePort(): Promise<number> {
  const server = await startModelServer([]);
  await server.close();
  return Number(new URL(server.url).port);
}

const configOf = (port: number): string =>
  `model_provider = "ollama"\n[model_providers.ollama]\nbase_url = "http://127.0.0.1:${port}/v1"\n`;

const exec = (place: Place) => runCodex({ place, args: ['exec', '--skip-git-repo-check', 'hi'] });

describe('a server on this machine without a named model', () => {
  it('answers with its first', async () => {
    const server = await ollamaAt(0);
    const place = tests.place();
    place.configure(configOf(Number(new URL(server.url).port)));
    expect(await exec(place)).toMatchObject({ code: 0, stdout: 'hello there\n' });
    expect(server.requests.map(({ body }) => body.model)).toEqual(['qwen3:4b']);
  });

  it('that is not there ends codex exec, which says how to start it', async () => {
    const place = tests.place();
    place.configure(configOf(await freePort()));
    const ran = await exec(place);
    expect(ran.code).toBe(78);
    expect(ran.stderr).toContain('Start it with: ollama serve');
  });

  it('that is not there keeps no session from opening: it is said to the first message, and found when it comes', async () => {
    const port = await freePort();
    const program = tests.open({ config: configOf(port) });
    await program.waitFor(/^Ollama [·-] /m);
    await program.enter('are you there');
    await program.waitFor(/Ollama does not answer at/);
    await program.waitFor(/ollama serve/);
    const server = await ollamaAt(port);
    await program.enter('and now');
    await program.waitForLine(/hello there/);
    expect(server.requests.map(({ body }) => body.model)).toEqual(['qwen3:4b']);
  });
});

describe('a ChatGPT login without anything else', () => {
  const login = { auth_mode: 'chatgpt', OPENAI_API_KEY: null, tokens: { access_token: 'not-for-anybody' } };

  function placeWithLogin(): Place {
    const place = tests.place();
    mkdirSync(place.codexHome, { recursive: true });
    writeFileSync(path.join(place.codexHome, 'auth.json'), JSON.stringify(login), { mode: 0o600 });
    return place;
  }

  it('is said at the start, on a screen and without one', async () => {
    const place = placeWithLogin();
    const ran = await runCodex({ place, args: ['exec', '--skip-git-repo-check', 'true'] });
    expect(ran.stderr).toContain('The ChatGPT login in');
    expect(ran.stderr).not.toContain('not-for-anybody');
    const program = tests.open({ place });
    await program.waitFor(/The ChatGPT login in/);
    await program.waitFor(/codex login/);
  });

  it('is not said to whoever wants no model, or has another', async () => {
    const place = placeWithLogin();
    place.configure('model_provider = "shell"\n');
    expect((await exec(place)).stderr).not.toContain('ChatGPT');
  });
});
