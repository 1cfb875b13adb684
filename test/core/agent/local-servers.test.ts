import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createUnpickedProvider, pickModel } from '../../../src/core/agent/index.ts';
import type { UnpickedChoice } from '../../../src/core/config/index.ts';
import { problemText } from '../../../src/problem/index.ts';
import { choiceAt, collect, failureIn, openServers, providerAt, someRequest } from '../../support/model-requests.ts';
import { say, startModelServer, status } from '../../support/model-server.ts';

const { serve, close } = openServers();
afterEach(close);

const { signal } = new AbortController();

function unpicked(url: string, more: Partial<UnpickedChoice> = {}): UnpickedChoice {
  const { model: _model, ...choice } = choiceAt(url);
  return { ...choice, key: null, contextWindow: null, ...more, kind: 'unpicked' };
}

/** With a server that has these models. */
async function pick(
  gets: Record<string, unknown>,
  more: Partial<UnpickedChoice> = {},
  preferred: string | null = null,
) {
  const server = await serve([], { gets });
  return pickModel(unpicked(server.url, more), { env: {} }, { preferred });
}

const models = (...ids: string[]) => ({ '/v1/models': { object: 'list', data: ids.map((id) => ({ id })) } });

describe('a server without a model in the configuration', () => {
  it('is asked which it has: the only one to talk to, or the first', async () => {
    expect(await pick(models('qwen3:8b'))).toMatchObject({ ok: true, value: { kind: 'model', model: 'qwen3:8b' } });
    expect(await pick(models('nomic-embed-text', 'bge-m3', 'a', 'b'))).toMatchObject({ value: { model: 'a' } });
  });

  it('is asked for the last one again, where it is still there', async () => {
    expect(await pick(models('a', 'b'), {}, 'b')).toMatchObject({ value: { model: 'b' } });
    expect(await pick(models('a', 'b'), {}, 'gpt-5')).toMatchObject({ value: { model: 'a' } });
  });

  it('is asked for the one that is loaded', async () => {
    const lmstudio = {
      ...models('a', 'b'),
      '/api/v0/models': {
        data: [
          { id: 'a', state: 'not-loaded', max_context_length: 131_072 },
          { id: 'b', state: 'loaded', max_context_length: 131_072, loaded_context_length: 4096 },
        ],
      },
    };
    expect(await pick(lmstudio, { id: 'lmstudio' })).toMatchObject({ value: { model: 'b', contextWindow: 4096 } });
    const ollama = { ...models('a', 'b'), '/api/ps': { models: [{ name: 'b', model: 'b', context_length: 8192 }] } };
    expect(await pick(ollama, { id: 'ollama' })).toMatchObject({ value: { model: 'b', contextWindow: 8192 } });
  });

  it.each([
    ['vllm', { '/v1/models': { data: [{ id: 'm', max_model_len: 32_768 }] } }, 32_768],
    [
      'llamacpp',
      { '/v1/models': { data: [{ id: 'm' }] }, '/props': { default_generation_settings: { n_ctx: 16_384 } } },
      16_384,
    ],
    ['other', { '/v1/models': { data: [{ id: 'm', context_length: 64_000 }] } }, 64_000],
    ['other', { '/v1/models': [{ id: 'm' }] }, null],
    ['other', { '/v1/models': { models: [{ name: 'm' }] } }, null],
  ])('of the kind %s says how much it holds', async (id, gets, window) => {
    expect(await pick(gets, { id })).toMatchObject({ ok: true, value: { model: 'm', contextWindow: window } });
  });

  it.each([
    ['ollama', 'Ollama', 'ollama pull'],
    ['lmstudio', 'LM Studio', 'lms get'],
    ['llamacpp', 'llama.cpp', 'llama-server -m'],
    ['vllm', 'vLLM', 'vllm serve'],
  ])('of the kind %s that has none says how one gets there', async (id, name, next) => {
    const picked = await pick(models('text-embedding-3'), { id, name });
    expect(picked.ok ? '' : picked.problem.what).toBe(`${name} has no model to talk to.`);
    expect(picked.ok ? '' : picked.problem.next).toContain(next);
  });

  it.each([
    ['ollama', 'Ollama', 'Start it with: ollama serve'],
    ['lmstudio', 'LM Studio', 'Start it with: lms server start'],
    ['llamacpp', 'llama.cpp', 'Start it with: llama-server -m MODEL.gguf'],
    ['vllm', 'vLLM', 'Start it with: vllm serve MODEL'],
  ])('of the kind %s that does not run says how it is started', async (id, name, next) => {
    const server = await startModelServer([]);
    await server.close();
    const picked = await pickModel(unpicked(server.url, { id, name }), { env: {} });
    expect(picked.ok ? '' : problemText(picked.problem)).toBe(
      `${name} does not answer at ${server.url}.\nConnection refused: nothing listens there.\n${next}`,
    );
  });

  it('may be something else altogether', async () => {
    const picked = await pick({ '/v1/models': '<html>' });
    expect(picked.ok).toBe(false);
    const none = await pick({});
    expect(none.ok ? '' : none.problem.what).toContain('404');
  });
});

describe('a list of models', () => {
  it('has no names that are none', async () => {
    const names = ['nomic-embed-text', 7, null, 'a\nb', '', 'x'.repeat(300), 'qwen3:4b'].map((id) => ({ id }));
    expect(await pick({ '/v1/models': { data: names } })).toMatchObject({ value: { model: 'qwen3:4b' } });
  });

  it.each<[string, (response: http.ServerResponse) => void]>([
    ['a list without end', (response) => endlessly(response, '{"data":[{"id":"x"},')],
    ['silence', () => {}],
    ['half a list', (response) => void response.write('{"data":[')],
    ['other JSON', (response) => void response.end('{"data":{"id":"x"}}')],
    ['a refusal without end', (response) => endlessly(response.writeHead(500), 'no ')],
    ['nothing at all', (response) => void response.destroy()],
  ])('that is %s is none, and nobody waits long for it', async (_, answer) => {
    const server = http.createServer((_request, response) => answer(response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const before = performance.now();
    const found = await pickModel(unpicked(`http://127.0.0.1:${port}/v1`), { env: {} }, { patienceMs: 800 });
    expect(found.ok).toBe(false);
    expect(performance.now() - before).toBeLessThan(3000);
    server.closeAllConnections();
    server.close();
  });
});

function endlessly(response: http.ServerResponse, words: string): void {
  const more = (): void => {
    while (!response.destroyed && response.write(words.repeat(5000)));
  };
  response.on('drain', more);
  more();
}

describe('a model that is not there', () => {
  it.each([
    ['ollama', 'Get it with: ollama pull big'],
    ['lmstudio', 'Get it with: lms get big'],
    ['vllm', 'vllm serve big'],
    ['llamacpp', '--alias big'],
    ['else', '--model'],
  ])('says what %s has instead, and how it gets there', async (id, next) => {
    const missing = status(404, { error: { message: 'model "big" not found, try pulling it first' } });
    const server = await serve([missing], { gets: models('small', 'other', 'third\u001b[2J') });
    const events = await collect(
      providerAt(server.url, { id, model: 'big', wire: 'chat' }).respond(someRequest, signal),
    );
    const { problem } = failureIn(events);
    expect(problem.what).toContain('has no model big');
    expect(problem.why).toBe('It has small, other.');
    expect(problem.next).toContain(next);
  });
});

describe('what a model holds', () => {
  it('is asked of its server beside the first request, where nobody here knows', async () => {
    const server = await serve(() => say('ok'), {
      gets: { '/v1/models': { data: [{ id: 'test-model', max_model_len: 9000 }] } },
    });
    const provider = providerAt(server.url, { contextWindow: null });
    await collect(provider.respond(someRequest, signal));
    const events = await collect(provider.respond(someRequest, signal));
    expect(events.at(-1)).toMatchObject({ type: 'usage', window: 9000 });
  });

  it('is not known where the server does not say', async () => {
    const server = await serve(() => say('ok'));
    const events = await collect(providerAt(server.url, { contextWindow: null }).respond(someRequest, signal));
    expect(events.at(-1)).toMatchObject({ type: 'usage', window: null });
  });
});

describe('a server that is not there yet', () => {
  it('is asked with each message, until it has a model, which then stays', async () => {
    const gets: Record<string, unknown> = {};
    const server = await serve(() => say('ok'), { gets });
    const picked: string[] = [];
    const provider = createUnpickedProvider(unpicked(server.url, { id: 'ollama', name: 'Ollama' }), {
      env: {},
      preferred: 'b',
      onPicked: (model) => void picked.push(model),
    });
    const ask = () => collect(provider.respond(someRequest, signal));
    expect(failureIn(await ask()).problem.what).toContain('/v1');
    gets['/v1/models'] = { data: [] };
    expect(failureIn(await ask()).problem.next).toBe(
      'The message is kept; send it again. Get one: ollama pull gpt-oss:20b',
    );
    gets['/v1/models'] = models('a', 'b')['/v1/models'];
    for (let turn = 0; turn < 2; turn += 1) expect((await ask()).at(-1)?.type).toBe('usage');
    expect(server.requests.map(({ body }) => body.model)).toEqual(['b', 'b']);
    expect(picked).toEqual(['b']);
  });

  it('says nothing when the person stops', async () => {
    const silent = await startModelServer([]);
    const provider = createUnpickedProvider(unpicked(silent.url), { env: {}, preferred: null, onPicked: () => {} });
    expect(await collect(provider.respond(someRequest, AbortSignal.abort()))).toEqual([]);
    await silent.close();
  });
});
