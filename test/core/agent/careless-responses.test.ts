// What servers of the Responses API say otherwise than the API has it.

import { afterEach, describe, expect, it } from 'vitest';
import type { ModelEvent } from '../../../src/core/agent/index.ts';
import { collect, failureIn, itemsOf, openServers, providerAt, someRequest } from '../../support/model-requests.ts';
import { onlyBeats, raw } from '../../support/model-server.ts';

type Fields = Record<string, unknown>;

const { serve, close } = openServers();
afterEach(close);

async function ask(url: string, more: Parameters<typeof providerAt>[1] = {}): Promise<ModelEvent[]> {
  const provider = providerAt(url, { streamRetries: 0, ...more });
  return collect(provider.respond(someRequest, new AbortController().signal));
}

async function answered(...events: readonly Fields[]): Promise<ModelEvent[]> {
  return ask((await serve([raw(events.map((event) => `data: ${JSON.stringify(event)}\n\n`))])).url);
}

const done = (item: Fields, more: Fields = {}): Fields => ({ type: 'response.output_item.done', item, ...more });
const callItem = (id: string | undefined, args: unknown, more: Fields = {}): Fields => ({
  type: 'function_call',
  name: 'exec_command',
  arguments: args,
  call_id: id,
  ...more,
});
const message = (text: string, id: string): Fields => ({
  type: 'message',
  role: 'assistant',
  id,
  content: [{ type: 'output_text', text }],
});
const delta = (text: string, more: Fields): Fields => ({ type: 'response.output_text.delta', delta: text, ...more });
const completed = (output: readonly Fields[] = []): Fields => ({
  type: 'response.completed',
  response: { output, usage: { input_tokens: 1, output_tokens: 1 } },
});

const idsOf = (events: readonly ModelEvent[]) => itemsOf(events).map((item) => item.call_id);

describe('calls', () => {
  it('that are said twice are handed over once', async () => {
    const call = callItem('a', '{}', { id: 'fc_1' });
    const again = { ...call, status: 'completed' };
    expect(
      idsOf(await answered(done(call, { output_index: 0 }), done(again, { output_index: 0 }), completed([call]))),
    ).toEqual(['a']);
    expect(idsOf(await answered(completed([call, again])))).toEqual(['a']);
    const nameless = callItem('a', '{}');
    expect(idsOf(await answered(done(nameless), done(nameless), completed()))).toEqual(['a']);
  });

  it('without a name each, or with one for two, stay apart', async () => {
    const nameless = callItem(undefined, '{}');
    const events = await answered(
      ...[nameless, nameless, callItem('a', '{"n":1}'), callItem('a', '{"n":2}')].map((one) => done(one)),
      completed(),
    );
    expect(new Set(idsOf(events)).size).toBe(4);
    expect(idsOf(events).every((id) => typeof id === 'string' && id !== '')).toBe(true);
  });

  it('that only the last event has, with a value for arguments, are handed over', async () => {
    const events = await answered(completed([callItem('a', { cmd: 'ls' }), callItem('b', null)]));
    expect(itemsOf(events).map((item) => [item.call_id, item.arguments])).toEqual([
      ['a', '{"cmd":"ls"}'],
      ['b', '{}'],
    ]);
  });
});

describe('items', () => {
  it.each<[string, Fields, Fields]>([
    ['without places', {}, {}],
    ['all in one place', { output_index: 0 }, { output_index: 0 }],
    ['with places and one wrong id', { output_index: 0, item_id: 'x' }, { output_index: 1, item_id: 'x' }],
    ['with ids and no places', { item_id: 'm1' }, { item_id: 'm2' }],
  ])('%s have names of their own, those of their texts', async (_, one, two) => {
    const events = await answered(
      delta('a', one),
      done(message('a', 'm1'), one),
      delta('b', two),
      done(message('b', 'm2'), two),
      completed(),
    );
    const texts = events.flatMap((event) => (event.type === 'text' ? [event.item] : []));
    const items = events.flatMap((event) => (event.type === 'item' ? [event.id] : []));
    expect(items).toEqual(texts);
    expect(new Set(items).size).toBe(2);
  });

  it('that are written side by side, with ids only, keep their names', async () => {
    const events = await answered(
      delta('a', { item_id: 'm1' }),
      delta('b', { item_id: 'm2' }),
      done(message('b', 'm2')),
      delta('a', { item_id: 'm1' }),
      done(message('aa', 'm1')),
      completed(),
    );
    const nameOf = (text: string) => events.find((event) => event.type === 'text' && event.text === text);
    const items = events.flatMap((event) => (event.type === 'item' ? [event.id] : []));
    expect([nameOf('b'), nameOf('a')]).toMatchObject(items.map((item) => ({ item })));
    expect(new Set(items).size).toBe(2);
  });

  it('that are searches are told with what was looked for, and kept', async () => {
    const search = { type: 'web_search_call', id: 'ws_1', action: { type: 'search', query: 'codex' } };
    const opened = { type: 'web_search_call', id: 'ws_2', action: { type: 'open_page', url: 'https://x' } };
    const events = await answered(done(search, { output_index: 0 }), done(opened, { output_index: 1 }), completed());
    expect(events.flatMap((event) => (event.type === 'search' ? [event.query] : []))).toEqual(['codex']);
    expect(itemsOf(events)).toEqual([search, opened]);
  });

  it('that are thoughts have one name for all parts of a summary, which are paragraphs', async () => {
    const part = (text: string, at: number): Fields => ({
      type: 'response.reasoning_summary_text.delta',
      output_index: 0,
      summary_index: at,
      delta: text,
    });
    const events = await answered(part('a', 0), part('b', 0), part('c', 1), part('d', 1), completed());
    const thoughts = events.flatMap((event) => (event.type === 'reasoning' ? [event] : []));
    expect(thoughts.map(({ text }) => text).join('')).toBe('ab\n\ncd');
    expect(new Set(thoughts.map(({ item }) => item)).size).toBe(1);
  });
});

describe('what is no answer', () => {
  it('is told when it is a web page', async () => {
    const page = raw(['<!doctype html><title>Log in to the hotel</title>'], {
      headers: { 'content-type': 'text/html' },
    });
    const { problem } = failureIn(await ask((await serve([page])).url));
    expect(problem.what).toContain('not a response');
    expect(problem.why).toContain('Log in to the hotel');
  });

  it('is silence when it is signs of life only', async () => {
    const { url } = await serve([onlyBeats()]);
    const { problem } = failureIn(await ask(url, { idleTimeoutMs: 200 }));
    expect(problem.what).toContain('has sent nothing for 0.2 s');
  });
});
