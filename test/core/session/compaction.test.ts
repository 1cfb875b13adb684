// Does a session stay within what its model can hold, and does it still know its beginning?

import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import {
  call,
  type ModelServer,
  type Reply,
  respond,
  type Script,
  say,
  startModelServer,
  status,
  text,
} from '../../support/model-server.ts';
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

type Request = ModelServer['requests'][number];

const inputText = ({ body }: Request): string => JSON.stringify(body.input);
const tokensOf = (request: Request): number => Math.ceil(JSON.stringify(request.body).length / 4);
const isSummaryRequest = (request: Request): boolean => (request.body.tools?.length ?? 0) === 0;

/** A reply that says how full it is, as servers do. */
function counted(reply: Reply, request: Request): Reply {
  return reply.kind === 'stream' ? { ...reply, usage: { input: tokensOf(request), output: 20 } } : reply;
}

/** Notes what it is asked to remember, in its summary too, as a model would; refuses what does not fit. */
function rememberingModel(window: number, reply: (request: Request) => Reply): Script {
  return (request) => {
    if (tokensOf(request) > window)
      return status(400, {
        error: { code: 'context_length_exceeded', message: 'Your input exceeds the context window' },
      });
    if (!isSummaryRequest(request)) return counted(reply(request), request);
    const known = [...new Set(inputText(request).match(/remember \w+=\w+/g))];
    return counted(say(`Goal: to be tested. Facts: ${known.join(', ')}.`), request);
  };
}

describe('a session of 300 turns', () => {
  it('stays within its window, and still answers from its beginning', async () => {
    const window = 12_000;
    let requests = 0;
    let largest = 0;
    const server = await serve(
      rememberingModel(window, (request) => {
        requests += 1;
        largest = Math.max(largest, tokensOf(request));
        const said = inputText(request);
        const last = JSON.stringify(request.body.input?.at(-1));
        if (last.includes('what is the color')) return say(/color=(\w+)/.exec(said)?.[1] ?? 'I do not know');
        if (last.includes('what is number 7')) return say(/seven=(\w+)/.exec(said)?.[1] ?? 'I do not know');
        if (last.includes('run step')) return call('exec_command', { cmd: `printf '%0800d' ${requests}` });
        return say('Noted.');
      }),
    );
    const core = open({
      url: server.url,
      more: { context: { ...TEST_CONTEXT, window }, isRecorded: true },
    });
    await core.turn('remember color=teal');
    for (let turn = 2; turn < 300; turn += 1) {
      const words =
        turn === 7
          ? 'remember seven=plum'
          : turn % 10 === 0
            ? `run step ${turn}`
            : `message ${turn} ${'x'.repeat(400)}`;
      const end = await core.turn(words);
      expect(end.outcome, `turn ${turn}: ${JSON.stringify(end.problem)}`).toBe('completed');
    }
    await core.turn('what is the color');
    await core.turn('what is number 7');
    expect(
      core
        .of('answer.completed')
        .slice(-2)
        .map(({ text: said }) => said),
    ).toEqual(['teal', 'plum']);
    expect(core.of('turn.ended')).toHaveLength(301);
    expect(core.of('context.compacted').length).toBeGreaterThan(3);
    expect(largest).toBeLessThan(window);
    expect(core.of('notice')).toEqual([]);
  }, 120_000);
});

describe('a conversation that fills the memory', () => {
  it('in the middle of a turn goes on with the work: the task, what was done and what runs', async () => {
    const window = 6_000;
    let step = 0;
    const server = await serve(
      rememberingModel(window, (request) => {
        step += 1;
        if (step === 1) return call('update_plan', { plan: [{ step: 'read all of it', status: 'in_progress' }] });
        if (step === 2) return call('exec_command', { cmd: 'echo up; read line', tty: true, yield_time_ms: 250 });
        if (inputText(request).includes('replaced by this summary')) return say('Done.');
        return call('exec_command', { cmd: `yes ${step} | head -c 6000` });
      }),
    );
    const core = open({ url: server.url, more: { context: { ...TEST_CONTEXT, window } } });
    const end = await core.turn('read the big log, remember task=reading');
    expect(end).toMatchObject({ outcome: 'completed', problem: null });
    const [compacted] = core.of('context.compacted');
    expect(compacted).toMatchObject({ by: 'automatic' });
    expect(compacted?.after).toBeLessThan((compacted?.before ?? 0) / 2);
    const last = server.requests.at(-1);
    const said = inputText(last as Request);
    expect(said).toContain('read the big log');
    expect(said).toMatch(/session \d+: echo up; read line/);
    expect(said).toContain('[in_progress] read all of it');
    expect(said).not.toContain('function_call');
    await core.command({ type: 'process.signal', process: 1, signal: 'kill' });
  });

  it('is summarised when the server says that it is too long, though nobody knew its window', async () => {
    const server = await serve(
      rememberingModel(5_000, (request) =>
        inputText(request).includes('are you there') ? say('Still here.') : say('y'.repeat(6_000)),
      ),
    );
    const core = open({ url: server.url });
    for (const words of ['one', 'two', 'three']) await core.turn(words);
    const end = await core.turn('are you there');
    expect(end).toMatchObject({ outcome: 'completed', problem: null });
    expect(core.of('context.compacted')).toHaveLength(1);
    expect(core.of('answer.completed').at(-1)?.text).toBe('Still here.');
  });

  it('tells why when it cannot be summarised, and loses nothing by it', async () => {
    let isDown = true;
    const server = await serve((request) => {
      if (isSummaryRequest(request) && isDown) return status(500, { error: { message: 'out of order' } });
      return isSummaryRequest(request) ? say('Facts: none.') : say(`${request.body.input?.length} items`);
    });
    const core = open({ url: server.url });
    await core.turn('first');
    await core.command({ type: 'compact', hint: '' });
    const failed = await core.heard('turn.ended', ({ outcome }) => outcome === 'failed');
    expect(failed.problem?.what).not.toBe('');
    await core.turn('second');
    expect(core.of('answer.completed').at(-1)?.text).toBe('3 items');
    isDown = false;
    await core.command({ type: 'compact', hint: 'the color' });
    await core.heard('context.compacted');
    expect(inputText(server.requests.at(-1) as Request)).toContain('Above all keep: the color');
    await core.heard('turn.ended', ({ outcome }) => outcome === 'completed' && core.of('turn.ended').length === 4);
    await core.turn('third');
    expect(core.of('answer.completed').at(-1)?.text).toBe('4 items');
  });

  it('that was stopped in the middle of its summary is as it was', async () => {
    let release: () => void = () => {};
    const asked = new Promise<void>((resolve) => {
      release = resolve;
    });
    const server = await serve(async (request) => {
      if (!isSummaryRequest(request)) return say(`${request.body.input?.length} items`);
      release();
      return { kind: 'stream', parts: [text('Goal:')], end: 'stall', usage: { input: 1, output: 1 } };
    });
    const core = open({ url: server.url });
    await core.turn('first');
    await core.command({ type: 'compact', hint: '' });
    await asked;
    await core.command({ type: 'interrupt' });
    await core.heard('turn.ended', ({ outcome }) => outcome === 'interrupted');
    await core.turn('second');
    expect(core.of('answer.completed').at(-1)?.text).toBe('3 items');
    expect(core.of('context.compacted')).toEqual([]);
  });

  it('is known as its summary after a resume, and recorded in the form that codex-cli reads', async () => {
    const server = await serve(
      rememberingModel(50_000, (request) => respond(text(/color=(\w+)/.exec(inputText(request))?.[1] ?? 'unknown'))),
    );
    const core = open({ url: server.url });
    await core.turn('remember color=teal');
    await core.command({ type: 'compact', hint: '' });
    await core.heard('turn.ended', () => core.of('turn.ended').length === 2);
    await core.close();
    const record = readFileSync(core.core.recordPath ?? '', 'utf8');
    const compacted = record.split('\n').find((line) => line.includes('"type":"compacted"'));
    expect(JSON.parse(compacted ?? '{}').payload).toMatchObject({
      message: expect.stringContaining('remember color=teal'),
      replacement_history: [{ role: 'user' }, { role: 'user' }],
    });
    const again = open({ url: server.url, after: core });
    expect(again.of('context.compacted')).toMatchObject([{ by: 'person', summary: expect.stringContaining('teal') }]);
    await again.turn('what was it');
    expect(again.of('answer.completed').at(-1)?.text).toBe('teal');
    expect(server.requests.at(-1)?.body.input).toHaveLength(3);
  });
});
