import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { functionCallOutput, type ModelEvent } from '../../../src/core/agent/index.ts';
import {
  collect,
  failureIn,
  itemsOf,
  openServers,
  providerAt,
  someRequest,
  textsOf,
  typesOf,
} from '../../support/model-requests.ts';
import {
  call,
  failed,
  garbage,
  item,
  type Part,
  type Reply,
  raw,
  respond,
  say,
  stall,
  status,
  text,
  toolCall,
} from '../../support/model-server.ts';

const { serve, close } = openServers();
afterEach(close);

const WIRES = ['responses', 'chat'] as const;
type WireName = (typeof WIRES)[number];

async function ask(url: string, more: Parameters<typeof providerAt>[1] = {}): Promise<ModelEvent[]> {
  return collect(providerAt(url, more).respond(someRequest, new AbortController().signal));
}

/** The bytes of a stream as the scripted server writes them. */
async function framesOf(reply: Reply, wire: WireName): Promise<string[]> {
  const server = await serve([reply]);
  const path = wire === 'chat' ? 'chat/completions' : 'responses';
  const response = await fetch(`${server.url}/${path}`, { method: 'POST', body: '{}' });
  return (await response.text()).split(/(?<=\n\n)/);
}

/** Without what differs from try to try. */
function contents(events: readonly ModelEvent[]): string[] {
  return itemsOf(events).map(({ type, call_id, content }) => JSON.stringify([type, call_id, content]));
}

const callIds = (events: readonly ModelEvent[]): unknown[] =>
  itemsOf(events).flatMap(({ call_id }) => (call_id === undefined ? [] : [call_id]));

describe.each(WIRES)('a server that speaks %s', (wire) => {
  const whole = respond(
    text('one two'),
    toolCall('exec_command', { cmd: 'a' }, 'c1'),
    toolCall('exec_command', { cmd: 'b' }, 'c2'),
  );

  it('may break off at any event: what was handed over is a beginning, and no call comes twice', async () => {
    const frames = await framesOf(whole, wire);
    const undisturbed = contents(await ask((await serve([whole])).url, { wire }));
    await Promise.all(
      frames.flatMap((_, at) =>
        (['cut', 'end'] as const).map(async (end) => {
          const server = await serve([raw(frames.slice(0, at), { end }), whole]);
          const events = await ask(server.url, { wire });
          const retry = events.findIndex(({ type }) => type === 'retry');
          const before = contents(retry < 0 ? events : events.slice(0, retry));
          expect(before, `${end} at ${at}`).toEqual(undisturbed.slice(0, before.length));
          expect(new Set(callIds(events)).size, `${end} at ${at}`).toBe(callIds(events).length);
          // Either all came, or the turn goes on with the calls that did.
          if (retry >= 0) expect(callIds(events.slice(retry))).toEqual(['c1', 'c2']);
          else expect(callIds(events).length, `${end} at ${at}`).toBeGreaterThan(0);
        }),
      ),
    );
  });

  it('may break off at any byte of any answer', async () => {
    const part: fc.Arbitrary<(at: number) => Part> = fc.oneof(
      fc.string({ minLength: 1 }).map((words) => () => text(`${words}.`)),
      fc.dictionary(fc.string(), fc.string()).map((args) => (at: number) => toolCall('exec_command', args, `c${at}`)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 0, max: 1000 }),
        fc.constantFrom('cut' as const, 'end' as const),
        async (parts, share, end) => {
          const answer = respond(...parts.map((make, at) => make(at)));
          const bytes = Buffer.from((await framesOf(answer, wire)).join(''));
          const undisturbed = contents(await ask((await serve([answer])).url, { wire }));
          const server = await serve([
            raw([bytes.subarray(0, Math.floor((share / 1000) * bytes.length))], { end }),
            answer,
          ]);
          const events = await ask(server.url, { wire });
          const retry = events.findIndex(({ type }) => type === 'retry');
          const before = contents(retry < 0 ? events : events.slice(0, retry));
          expect(before).toEqual(undisturbed.slice(0, before.length));
          // Asked again, a call would come again under another id.
          if (retry >= 0) expect(callIds(events.slice(0, retry))).toEqual([]);
          expect(typesOf(events)).not.toContain('failed');
          await close();
        },
      ),
      { numRuns: 30 },
    );
  });

  it.each([
    ['a frame that is no JSON', raw(['data: {"type": "respo\n\n', 'data: nothing at all\n\n'])],
    ['a web page with status 200', raw(['<html><title>Sign in</title>'], { headers: { 'content-type': 'text/html' } })],
    ['nothing', raw([])],
    ['only pings', raw([': ping\n\n', ': ping\n\n'])],
    ['bytes that are no text', raw([Buffer.from([0xff, 0xfe, 0x00, 0x0a, 0x0a])])],
    ['a list', raw(['[1, 2]\n'])],
    ['data that is a number, a text, null', raw(['data: 5\n\n', 'data: "a"\n\n', 'data: null\n\n'])],
    ['compression that is none', raw(['data: {}\n\n'], { headers: { 'content-encoding': 'gzip' } })],
  ])('may send %s: it is asked again', async (_, reply) => {
    const server = await serve([reply, say('ok')]);
    const events = await ask(server.url, { wire });
    expect(typesOf(events)).toEqual(['retry', 'text', 'item', 'usage']);
  });

  it('may compress what it sends', async () => {
    const frames = (await framesOf(say('packed words'), wire)).join('');
    const server = await serve([raw([gzipSync(frames)], { headers: { 'content-encoding': 'gzip' } })]);
    expect(textsOf(await ask(server.url, { wire }), 'text')).toBe('packed words');
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
  });

  it('may break off in the middle of a compressed stream', async () => {
    const packed = gzipSync((await framesOf(whole, wire)).join(''));
    const half = raw([packed.subarray(0, packed.length / 2)], { headers: { 'content-encoding': 'gzip' }, end: 'end' });
    const server = await serve([half, say('ok')]);
    const events = await ask(server.url, { wire });
    expect(typesOf(events)).not.toContain('failed');
    expect(new Set(callIds(events)).size).toBe(callIds(events).length);
  });

  it('may unpack to more than anybody has room for: the stream ends at its bound', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x'));
    const server = await serve([raw([bomb], { headers: { 'content-encoding': 'gzip' } })]);
    const { problem } = failureIn(await ask(server.url, { wire }));
    expect(problem.what).toContain('sent more than any model says');
    expect(server.requests).toHaveLength(1);
  });

  it('may never end: its text is bounded, and it is not asked again', async () => {
    const piece = 'x'.repeat(1024 * 1024);
    const frame =
      wire === 'chat'
        ? { choices: [{ index: 0, delta: { content: piece } }] }
        : { type: 'response.output_text.delta', output_index: 0, delta: piece };
    const chunk = `data: ${JSON.stringify(frame)}\n\n`;
    const endless = function* () {
      for (;;) yield chunk;
    };
    const server = await serve([raw(endless())]);
    let kept = 0;
    let last: ModelEvent | null = null;
    for await (const event of providerAt(server.url, { wire }).respond(someRequest, new AbortController().signal)) {
      if (event.type === 'text') kept += event.text.length;
      last = event;
    }
    expect(kept).toBeLessThanOrEqual(64 * 1024 * 1024);
    expect(last).toMatchObject({ type: 'failed' });
    expect(server.requests).toHaveLength(1);
  });

  it('may send 100,000 pieces of a text, or arguments of 4 MB', async () => {
    const pieces = Array.from({ length: 100_000 }, (_, at) => `${at} `);
    const frames = pieces.map((delta) =>
      wire === 'chat'
        ? { choices: [{ index: 0, delta: { content: delta } }] }
        : { type: 'response.output_text.delta', output_index: 0, delta },
    );
    const end =
      wire === 'chat'
        ? { choices: [{ delta: {}, finish_reason: 'stop' }] }
        : { type: 'response.completed', response: {} };
    const stream = [...frames, end].map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join('');
    const tiny = await serve([raw(stream.match(/[\s\S]{1,30000}/g) ?? [])]);
    expect(textsOf(await ask(tiny.url, { wire }), 'text')).toBe(pieces.join(''));
    const big = 'y'.repeat(4 * 1024 * 1024);
    const server = await serve([call('exec_command', { cmd: big })]);
    const [made] = itemsOf(await ask(server.url, { wire }));
    expect(JSON.parse(String(made?.arguments)).cmd).toBe(big);
  });

  it('may give one id to two calls: the second has another', async () => {
    const server = await serve([
      respond(toolCall('exec_command', { cmd: 'a' }, 'same'), toolCall('exec_command', { cmd: 'b' }, 'same')),
    ]);
    const ids = callIds(await ask(server.url, { wire }));
    expect(ids[0]).toBe('same');
    expect(ids[1]).toMatch(/^call_/);
  });

  it('may give the id of an earlier call, or none', async () => {
    const server = await serve([call('exec_command', { cmd: 'a' }, 'old'), call('exec_command', { cmd: 'a' }, '')]);
    const provider = providerAt(server.url, { wire });
    const { signal } = new AbortController();
    const first = itemsOf(await collect(provider.respond(someRequest, signal)));
    const input = [...someRequest.input, ...first, functionCallOutput('old', 'done')];
    const ids = callIds(await collect(provider.respond({ ...someRequest, input }, signal)));
    expect(ids).toHaveLength(1);
    expect(ids[0]).toMatch(/^call_/);
  });

  it('may say that the conversation is too long, in the stream or as a refusal', async () => {
    const server = await serve([
      failed({ code: 'x', message: "This model's maximum context length is 4096 tokens." }),
      status(400, { error: { code: 'context_length_exceeded' } }),
    ]);
    expect(failureIn(await ask(server.url, { wire }))).toMatchObject({ code: 'context_length' });
    expect(failureIn(await ask(server.url, { wire }))).toMatchObject({ code: 'context_length' });
  });

  it('may refuse the key and quote it, never to be seen', async () => {
    const server = await serve([status(401, { body: 'bad key: test-key-that-must-not-show or sk-proj-abcdefghijk' })]);
    const failure = failureIn(await ask(server.url, { wire }));
    expect(failure.problem.what).toContain('refused the key in SCRIPTED_KEY (401)');
    expect(JSON.stringify(failure)).not.toMatch(/must-not-show|abcdefghijk/);
  });

  it('may point elsewhere: the key does not follow', async () => {
    const other = await serve([say('stolen')]);
    const server = await serve(() => status(308, { headers: { location: other.url } }));
    expect(failureIn(await ask(server.url, { wire })).problem.what).toContain('points to another address (308)');
    expect(other.requests).toEqual([]);
  });

  it('may refuse with a body that never ends', async () => {
    const server = await serve([status(400, { body: `the reason ${'x'.repeat(300_000)}` })]);
    const { problem } = failureIn(await ask(server.url, { wire }));
    expect(problem.why).toMatch(/^the reason x+…$/);
    expect(problem.why.length).toBeLessThan(400);
  });

  it('may fall silent in the middle', async () => {
    const server = await serve([stall([text('then')]), say('ok')]);
    const events = await ask(server.url, { wire, idleTimeoutMs: 300 });
    expect(typesOf(events)).toContain('retry');
    expect(events.at(-1)?.type).toBe('usage');
  });

  it('may send garbage behind a text', async () => {
    const server = await serve([garbage([text('half')]), say('ok')]);
    expect(typesOf(await ask(server.url, { wire }))).toContain('retry');
  });
});

describe('a server of the Responses API', () => {
  const event = (type: string, fields: object): string => `data: ${JSON.stringify({ type, ...fields })}\n\n`;
  const completed = event('response.completed', { response: {} });

  it('may put two messages in one place: both stay', async () => {
    const message = (words: string) => ({ ...text(words).item, id: 'msg_1' });
    const server = await serve([
      raw([
        event('response.output_text.delta', { output_index: 0, delta: 'one' }),
        event('response.output_item.done', { output_index: 0, item: message('one') }),
        event('response.output_text.delta', { output_index: 0, delta: 'two' }),
        event('response.output_item.done', { output_index: 0, item: message('two') }),
        completed,
      ]),
      say('ok'),
    ]);
    const provider = providerAt(server.url);
    const { signal } = new AbortController();
    const events = await collect(provider.respond(someRequest, signal));
    const ids = events.flatMap((one) => (one.type === 'item' ? [one.id] : []));
    expect(new Set(ids).size).toBe(2);
    // And two items with one id are not sent back as such: servers refuse them.
    await collect(provider.respond({ ...someRequest, input: itemsOf(events) }, signal));
    expect(server.requests[1]?.body.input?.map(({ id }) => id)).toEqual(['msg_1', undefined]);
  });

  it('may say only at the end what its items are, or not stream at all', async () => {
    const output = [text('late').item, toolCall('exec_command', {}, 'c1').item];
    for (const reply of [
      raw([event('response.completed', { response: { output } })]),
      raw([JSON.stringify({ object: 'response', status: 'completed', output })], {
        headers: { 'content-type': 'application/json' },
      }),
    ]) {
      const server = await serve([reply]);
      expect(itemsOf(await ask(server.url)).map(({ type }) => type)).toEqual(['message', 'function_call']);
    }
  });

  it.each([
    ['no name', { type: 'function_call', arguments: '{}', call_id: 'c' }],
    ['no kind', { arguments: '{}' }],
    [
      'more levels than mean anything',
      JSON.parse(`{"type": "message", "content": ${'['.repeat(500)}${']'.repeat(500)}}`),
    ],
  ])('may send an item with %s: it is asked again, and the item is in no conversation', async (_, wrong) => {
    const server = await serve([raw([event('response.output_item.done', { item: wrong }), completed]), say('ok')]);
    const events = await ask(server.url);
    expect(typesOf(events)).toEqual(['retry', 'text', 'item', 'usage']);
  });

  it('may give a call arguments that are a value, or none, and no id', async () => {
    const server = await serve([
      respond(
        item({ type: 'function_call', name: 'exec_command', arguments: { cmd: 'a' }, call_id: 'c1' }),
        item({ type: 'function_call', name: 'exec_command' }),
      ),
    ]);
    const items = itemsOf(await ask(server.url));
    expect(items.map((one) => one.arguments)).toEqual(['{"cmd":"a"}', '{}']);
    expect(items[1]?.call_id).toMatch(/^call_/);
  });

  it('may cut a call off at its limit: it is not carried out', async () => {
    const half = { type: 'function_call', name: 'exec_command', arguments: '{"cmd":"rm -rf /tm', call_id: 'c1' };
    const server = await serve([
      raw([
        event('response.output_item.done', { item: { ...half, status: 'incomplete' } }),
        event('response.incomplete', { response: { incomplete_details: { reason: 'max_output_tokens' } } }),
      ]),
    ]);
    expect(typesOf(await ask(server.url))).toEqual(['failed']);
  });
});
