import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  createModelProvider,
  functionCallOutput,
  type ModelEvent,
  type ModelRequest,
  type ResponseItem,
  userMessage,
} from '../../../src/core/agent/index.ts';
import type { ModelChoice } from '../../../src/core/config/index.ts';
import { loopbackCertificate } from '../../support/loopback-certificate.ts';
import {
  call,
  calls,
  cut,
  failed,
  garbage,
  hangUp,
  incomplete,
  item,
  linger,
  type ModelServer,
  respond,
  type Script,
  say,
  stall,
  startModelServer,
  status,
  text,
  thought,
  toolCall,
} from '../../support/model-server.ts';

const KEY = 'test-key-that-must-not-show';
const servers: ModelServer[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function serve(script: Script, options?: Parameters<typeof startModelServer>[1]): Promise<ModelServer> {
  const server = await startModelServer(script, options);
  servers.push(server);
  return server;
}

function choiceFor(url: string, more: Partial<ModelChoice> = {}): ModelChoice {
  return {
    kind: 'model',
    wire: 'responses',
    id: 'scripted',
    name: 'Scripted',
    model: 'test-model',
    baseUrl: url,
    key: { kind: 'variable', name: 'SCRIPTED_KEY' },
    headers: {},
    query: {},
    requestRetries: 2,
    streamRetries: 2,
    idleTimeoutMs: 60_000,
    contextWindow: 8000,
    options: { effort: null, summary: 'auto', verbosity: null, maxOutputTokens: null, webSearch: 'disabled' },
    searches: false,
    ...more,
  };
}

function providerFor(url: string, more: Partial<ModelChoice> = {}, env: Record<string, string> = {}) {
  // Without chance the first wait is 200 ms.
  return createModelProvider(choiceFor(url, more), { env: { SCRIPTED_KEY: KEY, ...env }, chance: () => 0 });
}

const request: ModelRequest = {
  instructions: 'Be brief.',
  environments: [],
  input: [userMessage('hello')],
  tools: [
    { type: 'function', name: 'exec_command', description: 'runs', strict: false, parameters: { type: 'object' } },
  ],
};

async function collect(events: AsyncIterable<ModelEvent>): Promise<ModelEvent[]> {
  const all: ModelEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

async function respondOnce(url: string, more: Partial<ModelChoice> = {}, env: Record<string, string> = {}) {
  return collect(providerFor(url, more, env).respond(request, new AbortController().signal));
}

function typesOf(events: readonly ModelEvent[]): string[] {
  return events.map((event) => event.type);
}

function itemsOf(events: readonly ModelEvent[]): ResponseItem[] {
  return events.flatMap((event) => (event.type === 'item' ? [event.item] : []));
}

function problemOf(events: readonly ModelEvent[]) {
  const last = events.at(-1);
  if (last?.type !== 'failed') throw new Error(`expected a failure, got ${JSON.stringify(last)}`);
  return last.problem;
}

describe('a response', () => {
  it('is text as it is written, the finished item under the same name, and what it used', async () => {
    const server = await serve([say('one two three')]);
    const events = await respondOnce(server.url);
    expect(typesOf(events)).toEqual(['text', 'text', 'text', 'item', 'usage']);
    const texts = events.flatMap((event) => (event.type === 'text' ? [event] : []));
    expect(texts.map((event) => event.text).join('')).toBe('one two three');
    const finished = events[3];
    expect(finished?.type === 'item' && finished.id).toBe(texts[0]?.item);
    expect(events.at(-1)).toEqual({
      type: 'usage',
      used: 120,
      window: 8000,
      tokens: { input: 100, cached: 0, output: 20, reasoning: 0 },
    });
  });

  it('asks for nothing to be stored, with the key, instructions, conversation and tools', async () => {
    const server = await serve([say('ok')]);
    await respondOnce(server.url);
    const [seen] = server.requests;
    expect(seen?.path).toBe('/v1/responses');
    expect(seen?.headers.authorization).toBe(`Bearer ${KEY}`);
    expect(seen?.body).toMatchObject({
      model: 'test-model',
      instructions: 'Be brief.',
      store: false,
      stream: true,
      parallel_tool_calls: true,
      input: [{ type: 'message', role: 'user' }],
      tools: [{ type: 'function', name: 'exec_command', strict: false }],
    });
    expect(seen?.body).not.toHaveProperty('include');
  });

  it('brings several calls side by side', async () => {
    const server = await serve([
      calls([
        ['exec_command', { cmd: 'a' }],
        ['exec_command', { cmd: 'b' }],
      ]),
    ]);
    const items = itemsOf(await respondOnce(server.url));
    expect(items.map((one) => one.arguments)).toEqual(['{"cmd":"a"}', '{"cmd":"b"}']);
  });

  it('hands over encrypted reasoning and unknown kinds exactly, and gets them back exactly', async () => {
    const strange = item({ type: 'dream_call_record', nested: { deep: [1, null, 'x'] } });
    const server = await serve([respond(thought('secret-blob'), strange, text('done')), say('again')]);
    const provider = providerFor(server.url, { model: 'gpt-5-test' });
    const signal = new AbortController().signal;
    const first = itemsOf(await collect(provider.respond(request, signal)));
    expect(first.map((one) => one.type)).toEqual(['reasoning', 'dream_call_record', 'message']);
    await collect(provider.respond({ ...request, input: [...request.input, ...first] }, signal));
    expect(server.requests[1]?.body.input?.slice(1)).toEqual(first);
    expect(server.requests[0]?.body.include).toEqual(['reasoning.encrypted_content']);
  });

  it('does not send reasoning back that is a mere name of something not stored', async () => {
    const server = await serve([say('ok')]);
    const bare: ResponseItem = { type: 'reasoning', id: 'rs_1', summary: [] };
    const events = providerFor(server.url).respond(
      { ...request, input: [...request.input, bare] },
      new AbortController().signal,
    );
    await collect(events);
    expect(server.requests[0]?.body.input).toHaveLength(1);
  });

  it('is over with its last event, even when the server leaves the connection open', async () => {
    const server = await serve([linger([text('ok')]), say('next')]);
    expect(typesOf(await respondOnce(server.url))).toEqual(['text', 'item', 'usage']);
  });

  it('that reaches a limit of the model says so after what was finished', async () => {
    const server = await serve([incomplete('max_output_tokens', [text('half')])]);
    const events = await respondOnce(server.url);
    expect(itemsOf(events)).toHaveLength(1);
    expect(problemOf(events).what).toContain('longest answer');
  });
});

describe('what leaves this machine', () => {
  it('is the configured headers and query, and none that the environment adds behind our back', async () => {
    const before = process.env.OPENAI_CUSTOM_HEADERS;
    process.env.OPENAI_CUSTOM_HEADERS = 'X-Stray: stray-secret';
    try {
      const server = await serve([say('ok')]);
      await respondOnce(server.url, { headers: { 'X-Team': 'blue' }, query: { 'api-version': '7' } });
      const [seen] = server.requests;
      expect(seen?.headers['x-team']).toBe('blue');
      expect(seen?.query.get('api-version')).toBe('7');
      expect(seen?.headers).not.toHaveProperty('x-stray');
      expect(Object.keys(seen?.headers ?? {}).filter((name) => name.startsWith('x-stainless'))).toEqual([]);
    } finally {
      if (before === undefined) delete process.env.OPENAI_CUSTOM_HEADERS;
      else process.env.OPENAI_CUSTOM_HEADERS = before;
    }
  });

  it('is no key for a server that wants none, even when OPENAI_API_KEY is set', async () => {
    const before = process.env.OPENAI_API_KEY;
    process.env.OPENAI_API_KEY = 'for-somebody-else';
    try {
      const server = await serve([say('ok')]);
      await respondOnce(server.url, { key: null });
      expect(server.requests[0]?.headers).not.toHaveProperty('authorization');
    } finally {
      if (before === undefined) delete process.env.OPENAI_API_KEY;
      else process.env.OPENAI_API_KEY = before;
    }
  });

  it('does not follow a redirect to another server', async () => {
    const other = await serve([say('stolen')]);
    const server = await serve([status(307, { headers: { location: `${other.url}/responses` } })]);
    const problem = problemOf(await respondOnce(server.url, { headers: { 'api-key': 'header-secret' } }));
    expect(problem.what).toContain('another address');
    expect(other.requests).toEqual([]);
  });
});

describe('a request that is refused', () => {
  it('names the variable of a bad key, does not try again, and never shows the key', async () => {
    const server = await serve([status(401, { error: { message: `Incorrect API key: ${KEY} or sk-abc***wxyz12` } })]);
    const events = await respondOnce(server.url);
    expect(typesOf(events)).toEqual(['failed']);
    expect(problemOf(events).what).toBe('The provider refused the key in SCRIPTED_KEY (401).');
    expect(JSON.stringify(events)).not.toContain(KEY);
    expect(JSON.stringify(events)).not.toContain('wxyz12');
    expect(server.requests).toHaveLength(1);
  });

  it('waits as long as a rate limit asks, then goes on', async () => {
    const server = await serve([status(429, { headers: { 'retry-after-ms': '35' } }), say('ok')]);
    const events = await respondOnce(server.url);
    expect(events[0]).toMatchObject({ type: 'retry', attempt: 1, of: 2, waitMs: 35 });
    expect(typesOf(events).slice(1)).toEqual(['text', 'item', 'usage']);
  });

  it('reads retry-after in seconds', async () => {
    const server = await serve([status(429, { headers: { 'retry-after': '0.02' } }), say('ok')]);
    expect((await respondOnce(server.url))[0]).toMatchObject({ type: 'retry', waitMs: 20 });
  });

  it('gives up at once when the wait is longer than anybody sits there', async () => {
    const server = await serve([status(429, { headers: { 'retry-after': '7200' } })]);
    const events = await respondOnce(server.url);
    expect(problemOf(events).what).toBe('The provider asks for a wait of 7200 s (429).');
    expect(server.requests).toHaveLength(1);
  });

  it('does not repeat what an empty account will refuse again', async () => {
    const server = await serve([status(429, { error: { code: 'insufficient_quota' } })]);
    const problem = problemOf(await respondOnce(server.url));
    expect(problem.what).toContain('no quota left');
    expect(problem.next).toContain('plan');
  });

  it('says in one line that it goes on by itself, and asks nothing of a person meanwhile', async () => {
    const error = { error: { message: 'all workers are busy' } };
    const server = await serve(() => status(503, { headers: { 'retry-after-ms': '1' }, ...error }));
    const events = await respondOnce(server.url);
    expect(events[0]).toMatchObject({
      type: 'retry',
      problem: {
        what: `The model server at ${server.url} is in trouble (503): all workers are busy. Trying again in 0.0 s (1 of 2).`,
        why: '',
        next: '',
      },
    });
    expect(problemOf(events).why).toBe('all workers are busy. Tried 3 times.');
  });

  it('tries trouble of the server a bounded number of times and says how often', async () => {
    const server = await serve(() => status(503, { headers: { 'retry-after-ms': '1' } }));
    const events = await respondOnce(server.url);
    expect(typesOf(events)).toEqual(['retry', 'retry', 'failed']);
    expect(problemOf(events).why).toContain('Tried 3 times.');
    expect(server.requests).toHaveLength(3);
  });

  it('says which model or address a 404 is about', async () => {
    const server = await serve([status(404)]);
    expect(problemOf(await respondOnce(server.url)).what).toBe(
      `${server.url} has no model test-model, or no Responses API (404).`,
    );
  });

  it('says that nothing listens, and how to start the server', async () => {
    const server = await startModelServer([]);
    await server.close();
    const problem = problemOf(await respondOnce(server.url, { id: 'ollama', requestRetries: 0 }));
    expect(problem.what).toBe(`Scripted does not answer at ${server.url}.`);
    expect(problem.why).toContain('Connection refused');
    expect(problem.next).toContain('ollama serve');
  });

  it('tries again when the connection is closed without an answer', async () => {
    const server = await serve([hangUp, say('ok')]);
    expect(typesOf(await respondOnce(server.url))).toEqual(['retry', 'text', 'item', 'usage']);
  });

  it('says what came instead when it is no stream of events', async () => {
    const server = await serve([garbage(), garbage(), garbage()]);
    expect(problemOf(await respondOnce(server.url, { streamRetries: 0 })).what).toContain('not a response');
    const page = await serve([status(200, { body: '<html>a web page</html>' })]);
    expect(problemOf(await respondOnce(page.url, { streamRetries: 0 })).next).toContain('base_url');
  });
});

describe('a stream that breaks', () => {
  it('inside a text is asked for again, and the half text is given up by name', async () => {
    const server = await serve([cut([text('half a sen')], true), say('whole')]);
    const events = await respondOnce(server.url);
    const half = events.find((event) => event.type === 'text');
    const retry = events.find((event) => event.type === 'retry');
    expect(retry).toMatchObject({ attempt: 1, of: 2, abandoned: [half?.type === 'text' && half.item] });
    expect(retry?.type === 'retry' && retry.problem.what).toContain('was lost after');
    expect(itemsOf(events)).toHaveLength(1);
    expect(server.requests[1]?.body.input).toHaveLength(1);
  });

  it('after a finished call ends the response with that call, and does not ask for it twice', async () => {
    const server = await serve([
      cut([text('first'), toolCall('exec_command', { cmd: 'rm x' }, 'call_x')]),
      say('done'),
    ]);
    const provider = providerFor(server.url);
    const signal = new AbortController().signal;
    const events = await collect(provider.respond(request, signal));
    expect(typesOf(events)).toEqual(['text', 'item', 'item']);
    expect(server.requests).toHaveLength(1);

    const input = [...request.input, ...itemsOf(events), functionCallOutput('call_x', 'removed')];
    await collect(provider.respond({ ...request, input }, signal));
    const sent = server.requests[1]?.body.input ?? [];
    expect(sent.map((one) => one.type)).toEqual(['message', 'message', 'function_call', 'function_call_output']);
  });

  it('after a finished text keeps it and sends it back in the next try', async () => {
    const server = await serve([cut([text('kept')]), say('more')]);
    const events = await respondOnce(server.url);
    expect(itemsOf(events)).toHaveLength(2);
    expect(server.requests[1]?.body.input).toHaveLength(2);
  });

  it('after reasoning alone does not keep it, since a server wants what follows it, too', async () => {
    const server = await serve([cut([thought('blob')]), call('exec_command', { cmd: 'x' })]);
    const events = await respondOnce(server.url);
    expect(itemsOf(events).map((one) => one.type)).toEqual(['function_call']);
    expect(server.requests[1]?.body.input).toHaveLength(1);
  });

  it('with a garbled frame is asked for again', async () => {
    const server = await serve([garbage([text('a')]), say('b')]);
    expect(typesOf(await respondOnce(server.url))).toContain('retry');
  });

  it('that stays silent counts as broken after the idle time', async () => {
    const server = await serve([stall([text('then nothing')]), say('ok')]);
    const events = await respondOnce(server.url, { idleTimeoutMs: 400 });
    const retry = events.find((event) => event.type === 'retry');
    expect(retry?.type === 'retry' && retry.problem.what).toContain('has sent nothing for 0.4 s');
    expect(events.at(-1)?.type).toBe('usage');
  });

  it('is tried a bounded number of times', async () => {
    const server = await serve(() => cut());
    const events = await respondOnce(server.url, { streamRetries: 1 });
    expect(typesOf(events)).toEqual(['retry', 'failed']);
    expect(server.requests).toHaveLength(2);
  });

  it('because the model failed says what the server said, and repeats only what may go better', async () => {
    const full = await serve([failed({ code: 'context_length_exceeded', message: 'too long' })]);
    expect(problemOf(await respondOnce(full.url)).next).toContain('new session');
    const busy = await serve([
      failed({ code: 'rate_limit_exceeded', message: 'Please try again in 12ms.' }),
      say('ok'),
    ]);
    expect((await respondOnce(busy.url))[0]).toMatchObject({ type: 'retry', waitMs: 12 });
  });
});

describe('stopping', () => {
  it('in the middle of a stream ends it without a word and closes the connection', async () => {
    const server = await serve([stall([text('and')])]);
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const event of providerFor(server.url).respond(request, abort.signal)) {
      seen.push(event.type);
      if (event.type === 'item') abort.abort();
    }
    expect(seen).toEqual(['text', 'item']);
  });

  it('before the answer begins ends it without a word', async () => {
    const server = await serve(() => new Promise(() => {}));
    const abort = new AbortController();
    const events = collect(providerFor(server.url).respond(request, abort.signal));
    await server.arrived(1);
    abort.abort();
    expect(await events).toEqual([]);
  });

  it('while waiting for another try makes no other try', async () => {
    const server = await serve([status(429, { headers: { 'retry-after': '60' } })]);
    const abort = new AbortController();
    const seen: string[] = [];
    for await (const event of providerFor(server.url).respond(request, abort.signal)) {
      seen.push(event.type);
      abort.abort();
    }
    expect(seen).toEqual(['retry']);
    expect(server.requests).toHaveLength(1);
  });
});

describe('a connection that is kept', () => {
  it('serves the next request, and one that the server closed meanwhile is no failure', async () => {
    const sockets = new Set<unknown>();
    let answered = 0;
    const body = [
      'data: {"type":"response.completed","response":{"usage":{"input_tokens":1,"output_tokens":1}}}',
      '',
      '',
    ].join('\n');
    const server = http.createServer((incoming, response) => {
      incoming.resume();
      const isKept = sockets.has(incoming.socket);
      sockets.add(incoming.socket);
      // The third request comes over a connection that is being closed: it is reset without an answer.
      if (isKept && answered === 2) {
        answered += 1;
        incoming.socket.resetAndDestroy();
        return;
      }
      answered += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const provider = providerFor(`http://127.0.0.1:${port}/v1`);
      for (let turn = 0; turn < 3; turn += 1) {
        expect(typesOf(await collect(provider.respond(request, new AbortController().signal)))).toEqual(['usage']);
      }
      expect(sockets.size).toBe(2);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});

describe('a certificate authority of one’s own', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'codex-ca-'));
  const cert = path.join(folder, 'cert.pem');
  writeFileSync(cert, loopbackCertificate.cert);

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is refused with the way out when it is not named, and trusted when CODEX_EXTRA_CA names it', async () => {
    const server = await serve([say('ok')], { tls: loopbackCertificate });
    const refused = await respondOnce(server.url);
    expect(typesOf(refused)).toEqual(['failed']);
    expect(problemOf(refused).what).toBe(`The certificate of ${server.url} is not trusted.`);
    expect(problemOf(refused).next).toContain('NODE_EXTRA_CA_CERTS');

    expect(typesOf(await respondOnce(server.url, {}, { CODEX_EXTRA_CA: cert }))).toEqual(['text', 'item', 'usage']);

    const missing = problemOf(await respondOnce(server.url, {}, { CODEX_EXTRA_CA: `${cert}.gone` }));
    expect(missing.what).toContain('cannot be read');
  });
});
