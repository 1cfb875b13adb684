import { afterEach, describe, expect, it } from 'vitest';
import {
  functionCallOutput,
  type ModelEvent,
  type ModelRequest,
  type ResponseItem,
  type ToolSchema,
  userMessage,
} from '../../../src/core/agent/index.ts';
import type { ModelChoice } from '../../../src/core/config/index.ts';
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
import { call, calls, incomplete, raw, respond, say, text, thought, toolCall } from '../../support/model-server.ts';

const { serve, close } = openServers();
afterEach(close);

const { signal } = new AbortController();

async function chat(
  url: string,
  request: Partial<ModelRequest> = {},
  more: Partial<ModelChoice> = {},
): Promise<ModelEvent[]> {
  return collect(providerAt(url, { wire: 'chat', ...more }).respond({ ...someRequest, ...request }, signal));
}

/** What is sent for a conversation. */
async function sentFor(input: readonly ResponseItem[], more: Partial<ModelChoice> = {}) {
  const server = await serve([say('ok')]);
  await chat(server.url, { input }, more);
  const { messages } = server.requests[0]?.body ?? {};
  if (!Array.isArray(messages)) throw new Error('no messages');
  return messages;
}

/** The events of a stream of these chunks. */
async function eventsOf(chunks: readonly unknown[], request: Partial<ModelRequest> = {}, done = true) {
  const frames = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
  const server = await serve([raw([...frames, ...(done ? ['data: [DONE]\n\n'] : [])])]);
  return chat(server.url, request, { streamRetries: 0 });
}

const delta = (fields: object, finish: string | null = null) => ({
  choices: [{ index: 0, delta: fields, finish_reason: finish }],
});

const patchTool: ToolSchema = {
  type: 'custom',
  name: 'apply_patch',
  description: 'patches',
  format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
};

describe('a response in Chat Completions', () => {
  it('is text as it is written, the finished item under the same name, and what it used', async () => {
    const server = await serve([say('one two three')]);
    const events = await chat(server.url);
    expect(typesOf(events)).toEqual(['text', 'text', 'text', 'item', 'usage']);
    expect(textsOf(events, 'text')).toBe('one two three');
    const [first, , , item] = events;
    expect(item).toMatchObject({ id: first?.type === 'text' ? first.item : '' });
    expect(events.at(-1)).toEqual({
      type: 'usage',
      used: 120,
      window: 8000,
      tokens: { input: 100, cached: 0, output: 20, reasoning: 0 },
    });
  });

  it('is asked for with the conversation, the tools and how to think', async () => {
    const server = await serve([say('ok')]);
    await chat(
      server.url,
      { outputSchema: { type: 'object' } },
      { options: { effort: 'low', summary: 'auto', verbosity: 'high', maxOutputTokens: 99, webSearch: 'live' } },
    );
    expect(server.requests[0]?.path).toBe('/v1/chat/completions');
    expect(server.requests[0]?.body).toEqual({
      model: 'test-model',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'hello' },
      ],
      stream: true,
      stream_options: { include_usage: true },
      tools: [
        { type: 'function', function: { name: 'exec_command', description: 'runs', parameters: { type: 'object' } } },
      ],
      tool_choice: 'auto',
      parallel_tool_calls: true,
      reasoning_effort: 'low',
      verbosity: 'high',
      max_tokens: 99,
      response_format: {
        type: 'json_schema',
        json_schema: { name: 'answer', strict: true, schema: { type: 'object' } },
      },
    });
  });

  it('without tools says nothing of tools, in either protocol', async () => {
    for (const wire of ['chat', 'responses'] as const) {
      const server = await serve([say('a summary')]);
      await chat(server.url, { tools: [] }, { wire, searches: true });
      for (const name of ['tools', 'tool_choice', 'parallel_tool_calls'])
        expect(server.requests[0]?.body).not.toHaveProperty(name);
    }
  });

  it('brings several calls side by side', async () => {
    const server = await serve([
      calls([
        ['exec_command', { cmd: 'a' }],
        ['exec_command', { cmd: 'b' }],
      ]),
    ]);
    const items = itemsOf(await chat(server.url));
    expect(items.map((one) => one.arguments)).toEqual(['{"cmd":"a"}', '{"cmd":"b"}']);
  });

  it('calls a tool that takes a text as one with an argument, and nobody behind notices', async () => {
    const server = await serve([call('apply_patch', { input: '*** Begin' }, 'p1'), say('ok')]);
    const tools = [patchTool];
    const made = itemsOf(await chat(server.url, { tools }));
    expect(made).toEqual([{ type: 'custom_tool_call', name: 'apply_patch', input: '*** Begin', call_id: 'p1' }]);
    expect(server.requests[0]?.body.tools).toMatchObject([
      { type: 'function', function: { name: 'apply_patch', parameters: { required: ['input'] } } },
    ]);
    const answer = { type: 'custom_tool_call_output', call_id: 'p1', output: 'Done.' };
    await chat(server.url, { tools, input: [...someRequest.input, ...made, answer] });
    expect(server.requests[1]?.body.messages).toMatchObject([
      {},
      {},
      { role: 'assistant', tool_calls: [{ id: 'p1', function: { arguments: '{"input":"*** Begin"}' } }] },
      { role: 'tool', tool_call_id: 'p1', content: 'Done.' },
    ]);
  });

  it.each([
    ['reasoning_content', [delta({ reasoning_content: 'hm ' }), delta({ reasoning_content: 'yes' })]],
    ['reasoning', [delta({ reasoning: 'hm ', reasoning_content: '' }), delta({ reasoning: 'yes' })]],
    ['both names', [delta({ reasoning: 'hm yes', reasoning_content: 'hm yes' })]],
    ['details', [delta({ reasoning_details: [{ type: 'reasoning.text', text: 'hm yes' }] })]],
    ['parts', [delta({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'hm yes' }] }] })]],
    [
      'marks',
      [
        delta({ content: '<thi' }),
        delta({ content: 'nk>hm y' }),
        delta({ content: 'es</thi' }),
        delta({ content: 'nk>\n\n' }),
      ],
    ],
  ])('shows thoughts that come as %s, apart from the answer', async (_, thoughts) => {
    const events = await eventsOf([...thoughts, delta({ content: 'It is 4.' }), delta({}, 'stop')]);
    expect(textsOf(events, 'reasoning')).toBe('hm yes');
    expect(events.every((event) => event.type !== 'reasoning' || event.isRaw === true)).toBe(true);
    expect(textsOf(events, 'text')).toBe('It is 4.');
    expect(itemsOf(events)).toHaveLength(1);
  });

  it('loses nothing of an answer that begins like a mark, or of thoughts without an end', async () => {
    expect(textsOf(await eventsOf([delta({ content: '<th' }), delta({}, 'stop')]), 'text')).toBe('<th');
    expect(textsOf(await eventsOf([delta({ content: '<think>a </th' }), delta({}, 'stop')]), 'reasoning')).toBe(
      'a </th',
    );
  });

  it('keeps the answer alone where only the end of the thoughts is marked', async () => {
    const [item] = itemsOf(await eventsOf([delta({ content: 'hm yes</think>\n\nIt is 4.' }), delta({}, 'stop')]));
    expect(item?.content).toMatchObject([{ text: 'It is 4.' }]);
    const [quoted] = itemsOf(await eventsOf([delta({ content: 'The mark `</think>` ends it.' }), delta({}, 'stop')]));
    expect(quoted?.content).toMatchObject([{ text: 'The mark `</think>` ends it.' }]);
  });

  it('may have its counts in the last chunk, with null everywhere else', async () => {
    const events = await eventsOf([
      {
        choices: [{ index: 0, delta: { role: 'assistant', content: null, tool_calls: null }, finish_reason: null }],
        usage: null,
      },
      delta({ role: 'assistant', content: 'ok' }),
      delta({ content: null }, 'stop'),
      {
        choices: [],
        usage: {
          prompt_tokens: 9,
          prompt_tokens_details: { cached_tokens: 4 },
          completion_tokens: 5,
          completion_tokens_details: { reasoning_tokens: 3 },
        },
      },
    ]);
    expect(events.at(-1)).toMatchObject({ used: 14, tokens: { input: 9, cached: 4, output: 5, reasoning: 3 } });
  });

  it('is over with its finish, without [DONE], also on a connection that stays open', async () => {
    const frames = [delta({ content: 'ok' }), delta({}, 'stop')].map((it) => `data: ${JSON.stringify(it)}\n\n`);
    for (const end of ['end', 'cut'] as const) {
      const server = await serve([raw(frames, { end })]);
      expect(typesOf(await chat(server.url, {}, { streamRetries: 0 })), end).toEqual(['text', 'item']);
    }
    const open = await serve([raw(frames, { end: 'stall' })]);
    const idleTimeoutMs = 300;
    expect(typesOf(await chat(open.url, {}, { idleTimeoutMs, streamRetries: 0 }))).toEqual(['text', 'item']);
    const done = await serve([raw([...frames, 'data: [DONE]\n\n'], { end: 'stall' })]);
    expect(typesOf(await chat(done.url, {}, { streamRetries: 0 }))).toEqual(['text', 'item']);
  });

  it('is not over without either: half a sentence is asked for again', async () => {
    expect(typesOf(await eventsOf([delta({ content: 'half a' })], {}, false))).toEqual(['text', 'failed']);
  });

  it('that is no stream is understood, too', async () => {
    const message = {
      role: 'assistant',
      content: 'whole',
      tool_calls: [{ id: 'c', function: { name: 'exec_command', arguments: '{}' } }],
    };
    const server = await serve([raw([JSON.stringify({ choices: [{ message, finish_reason: 'tool_calls' }] })])]);
    expect(itemsOf(await chat(server.url)).map(({ type }) => type)).toEqual(['message', 'function_call']);
  });

  it('of an older server may call a function in the older form', async () => {
    const events = await eventsOf([
      delta({ function_call: { name: 'exec_command', arguments: '' } }),
      delta({ function_call: { arguments: '{}' } }),
      delta({}, 'function_call'),
    ]);
    expect(itemsOf(events)).toMatchObject([{ type: 'function_call', name: 'exec_command', arguments: '{}' }]);
  });

  it('whose limit cuts a call off does not carry it out', async () => {
    const server = await serve([incomplete('max', [text('I will.')])]);
    expect(failureIn(await chat(server.url)).problem.what).toContain('longest answer');
    const events = await eventsOf([
      delta({
        tool_calls: [{ index: 0, id: 'c', function: { name: 'exec_command', arguments: '{"cmd":"rm -rf /tm' } }],
      }),
      delta({}, 'length'),
    ]);
    expect(typesOf(events)).toEqual(['failed']);
  });

  it.each([
    ['an error object', { error: { message: 'CUDA out of memory', code: 500 } }],
    ['an error of a choice', { choices: [{ error: { message: 'CUDA out of memory' }, finish_reason: 'error' }] }],
    ['an error of its own form', { object: 'error', message: 'CUDA out of memory', type: 'InternalServerError' }],
  ])('may fail in the middle with %s', async (_, chunk) => {
    const { problem } = failureIn(await eventsOf([delta({ content: 'a' }), chunk]));
    expect(problem.why).toContain('CUDA out of memory');
  });

  it('that calls a tool without a name is asked for again', async () => {
    const events = await eventsOf([
      delta({ tool_calls: [{ index: 0, function: { arguments: '{}' } }] }),
      delta({}, 'stop'),
    ]);
    expect(typesOf(events)).toEqual(['failed']);
  });
});

describe('a conversation in Chat Completions', () => {
  const assistant = text('I look.').item as ResponseItem;
  const made = (id: string) => toolCall('exec_command', { cmd: id }, id).item as ResponseItem;

  it('has the calls of a response in one message, and exactly their answers behind it', async () => {
    const sent = await sentFor([
      userMessage('go'),
      made('c1'),
      assistant,
      made('c2'),
      functionCallOutput('c2', 'two'),
      userMessage('wait'),
      functionCallOutput('c1', 'one'),
    ]);
    expect(sent.slice(1)).toMatchObject([
      { role: 'user', content: 'go' },
      { role: 'assistant', content: null, tool_calls: [{ id: 'c1' }] },
      { role: 'tool', tool_call_id: 'c1', content: 'one' },
      { role: 'assistant', content: 'I look.', tool_calls: [{ id: 'c2' }] },
      { role: 'tool', tool_call_id: 'c2', content: 'two' },
      { role: 'user', content: 'wait' },
    ]);
  });

  it('has an answer for each call, and none without one', async () => {
    const sent = await sentFor([userMessage('go'), functionCallOutput('gone', 'x'), made('c1')]);
    expect(sent.slice(1).map(({ role }) => role)).toEqual(['user', 'assistant', 'tool']);
    expect(sent.at(-1).content).toContain('interrupted');
  });

  it('has one system message, and never two of one side in a row', async () => {
    const developer = (words: string): ResponseItem => ({
      type: 'message',
      role: 'developer',
      content: [{ type: 'input_text', text: words }],
    });
    const sent = await sentFor([
      developer('rules'),
      userMessage('a'),
      userMessage('b'),
      developer('more'),
      assistant,
      assistant,
    ]);
    expect(sent).toEqual([
      { role: 'system', content: 'Be brief.\n\nrules' },
      { role: 'user', content: 'a\n\nb\n\nmore' },
      { role: 'assistant', content: 'I look.\n\nI look.' },
    ]);
  });

  it('has pictures as such, those of a tool as a person’s', async () => {
    const image = { type: 'input_image', image_url: 'data:image/png;base64,AAAA' };
    const sent = await sentFor([
      userMessage('look', [image]),
      made('c1'),
      { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'here' }, image] },
    ]);
    const picture = { type: 'image_url', image_url: { url: image.image_url } };
    expect(sent.slice(1)).toMatchObject([
      { role: 'user', content: [{ type: 'text', text: 'look' }, picture] },
      { role: 'assistant' },
      { role: 'tool', content: 'here' },
      { role: 'user', content: [picture] },
    ]);
  });

  it('has no arguments that are no JSON: servers refuse all of it for them', async () => {
    const broken = toolCall('exec_command', '{"cmd":', 'c1').item as ResponseItem;
    const sent = await sentFor([userMessage('go'), broken, functionCallOutput('c1', 'not JSON')]);
    expect(sent[2].tool_calls[0].function.arguments).toBe('{}');
  });

  it('gives the model its thoughts of this turn back with its calls, and no older ones', async () => {
    const server = await serve([
      raw([
        `data: ${JSON.stringify(delta({ reasoning_content: 'I need a file.' }))}\n\n`,
        `data: ${JSON.stringify(delta({ tool_calls: [{ index: 0, id: 'c1', function: { name: 'exec_command', arguments: '{}' } }] }, 'tool_calls'))}\n\n`,
      ]),
      say('ok'),
      say('ok'),
    ]);
    const items = itemsOf(await chat(server.url));
    expect(items.map(({ type }) => type)).toEqual(['reasoning', 'function_call']);
    const input = [...someRequest.input, ...items, functionCallOutput('c1', 'done')];
    await chat(server.url, { input });
    expect(server.requests[1]?.body.messages).toMatchObject([{}, {}, { reasoning_content: 'I need a file.' }, {}]);
    await chat(server.url, { input: [...input, userMessage('next')] });
    expect(JSON.stringify(server.requests[2]?.body)).not.toContain('I need a file.');
  });

  it('that began with another protocol goes on: thoughts and searches for somebody else stay behind', async () => {
    const search: ResponseItem = { type: 'web_search_call', id: 'ws_1', action: { type: 'search', query: 'x' } };
    const blob = thought('only for OpenAI').item as ResponseItem;
    const sent = await sentFor([
      userMessage('go'),
      blob,
      search,
      made('c1'),
      functionCallOutput('c1', 'one'),
      assistant,
    ]);
    expect(JSON.stringify(sent)).not.toMatch(/only for OpenAI|ws_1/);
    expect(sent.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'tool', 'assistant']);
  });

  it('goes back to the other protocol, where a server may not know what it cannot know', async () => {
    const input: ResponseItem[] = [
      userMessage('go'),
      { type: 'reasoning', summary: [], content: [{ type: 'reasoning_text', text: 'of another model' }] },
      { type: 'custom_tool_call', name: 'apply_patch', input: 'p', call_id: 'p1' },
      { type: 'custom_tool_call_output', call_id: 'p1', output: 'Done.' },
      thought('encrypted').item as ResponseItem,
    ];
    const small = await serve([say('ok')]);
    await collect(providerAt(small.url).respond({ ...someRequest, tools: [patchTool], input }, signal));
    expect(small.requests[0]?.body.input?.map(({ type }) => type)).toEqual([
      'message',
      'function_call',
      'function_call_output',
    ]);
    expect(small.requests[0]?.body.tools).toMatchObject([{ type: 'function', name: 'apply_patch' }]);
    const large = await serve([say('ok')]);
    await collect(
      providerAt(large.url, { model: 'gpt-5' }).respond({ ...someRequest, tools: [patchTool], input }, signal),
    );
    expect(large.requests[0]?.body.input?.map(({ type }) => type)).toEqual([
      'message',
      'custom_tool_call',
      'custom_tool_call_output',
      'reasoning',
    ]);
    expect(large.requests[0]?.body.tools).toMatchObject([{ type: 'custom', name: 'apply_patch' }]);
  });

  it('is the same to a server that knows only functions and answers with one', async () => {
    const server = await serve([respond(toolCall('apply_patch', { input: 'p' }, 'p1'))]);
    const events = await collect(providerAt(server.url).respond({ ...someRequest, tools: [patchTool] }, signal));
    expect(itemsOf(events)).toMatchObject([{ type: 'custom_tool_call', name: 'apply_patch', input: 'p' }]);
  });
});
