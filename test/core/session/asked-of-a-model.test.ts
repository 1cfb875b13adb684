// What a session asks of a model's server, and what it tells of the thoughts that come back.

import { afterEach, describe, expect, it } from 'vitest';
import { type ModelServer, raw, type Script, say, startModelServer } from '../../support/model-server.ts';
import { type CoreAround, type OpenedCore, openTestCore, removeFoldersOf, TEST_CONTEXT } from './opened-core.ts';

const servers: ModelServer[] = [];
const cores: OpenedCore[] = [];

afterEach(async () => {
  for (const core of cores.splice(0)) {
    await core.close();
    removeFoldersOf(core);
  }
  for (const server of servers.splice(0)) await server.close();
});

async function serve(script: Script): Promise<ModelServer> {
  const server = await startModelServer(script);
  servers.push(server);
  return server;
}

function open(around: CoreAround): OpenedCore {
  const core = openTestCore(around);
  cores.push(core);
  return core;
}

describe('the requests of a session', () => {
  it('have its name for what the server remembers, its summaries too, and those of another session another', async () => {
    const server = await serve(() => say('ok'));
    const one = open({ url: server.url });
    await one.turn('a');
    await one.turn('b');
    await one.command({ type: 'compact', hint: '' });
    await one.heard('context.compacted');
    const other = open({ url: server.url });
    await other.turn('c');
    expect(server.requests.map(({ body }) => body.prompt_cache_key)).toEqual([
      one.core.session,
      one.core.session,
      one.core.session,
      other.core.session,
    ]);
  });
});

describe('the thoughts of a model', () => {
  const frames = [
    { type: 'response.reasoning_summary_text.delta', output_index: 0, delta: 'in short' },
    { type: 'response.reasoning_text.delta', output_index: 1, delta: 'word by word' },
    { type: 'response.completed', response: {} },
  ].map((event) => `data: ${JSON.stringify(event)}\n\n`);

  it.each([
    [false, false, []],
    [true, false, ['in short']],
    [true, true, ['in short', 'word by word']],
  ])('are told as far as wanted (summaries %s, themselves %s)', async (showsReasoning, showsThoughts, told) => {
    const server = await serve([raw(frames)]);
    const core = open({ url: server.url, more: { context: { ...TEST_CONTEXT, showsReasoning, showsThoughts } } });
    await core.turn('think');
    expect(core.of('reasoning.completed').map(({ text }) => text)).toEqual(told);
  });
});
