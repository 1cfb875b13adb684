// `codex mcp-server`, driven by the official client: tools, results, events, questions, cancelling, leaving.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { CallToolResultSchema, ElicitRequestSchema } from '@modelcontextprotocol/sdk/types.js';
import { describe, expect, it } from 'vitest';
import { call, type ModelServer, type Script, say, startModelServer, status } from '../support/model-server.ts';
import { codexProgram, eventually, type Place, programsOfATest } from '../support/program.ts';

const tests = programsOfATest();

interface Driven {
  readonly place: Place;
  readonly server: ModelServer;
  readonly client: Client;
  /** The `msg` of each `codex/event`, with the session it is of. */
  readonly events: {
    readonly thread: string;
    readonly msg: { readonly type: string; readonly [field: string]: unknown };
  }[];
  readonly questions: { readonly message: string; readonly _meta?: Record<string, unknown> | undefined }[];
  readonly pid: number;
}

interface Wishes {
  readonly place?: Place;
  /** What the person answers; unsaid, the client cannot ask. Called once for each question. */
  readonly answer?: () => Promise<'accept' | 'decline' | 'cancel'>;
}

async function drive(script: Script, { place = tests.place(), answer }: Wishes = {}): Promise<Driven> {
  const server = await startModelServer(script);
  place.configure(
    `model = "test-model"\nmodel_provider = "loopback"\n[model_providers.loopback]\nbase_url = "${server.url}"\nrequest_max_retries = 0\n`,
  );
  const client = new Client(
    { name: 'test', version: '1' },
    { capabilities: answer === undefined ? {} : { elicitation: {} } },
  );
  const events: Driven['events'] = [];
  const questions: Driven['questions'] = [];
  client.fallbackNotificationHandler = async ({ method, params }) => {
    const { _meta, msg } = (params ?? {}) as { _meta: { threadId: string }; msg: Driven['events'][number]['msg'] };
    if (method === 'codex/event') events.push({ thread: _meta.threadId, msg });
  };
  if (answer !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, async ({ params }) => {
      questions.push(params);
      return { action: await answer() };
    });
  }
  const transport = new StdioClientTransport({
    command: codexProgram,
    args: ['mcp-server'],
    cwd: place.workspace,
    env: { ...place.env },
    stderr: 'inherit',
  });
  await client.connect(transport);
  tests.afterwards(async () => {
    await client.close();
    await server.close();
  });
  return { place, server, client, events, questions, pid: transport.pid ?? 0 };
}

function ask(
  client: Client,
  name: string,
  args: Record<string, unknown>,
  more: { signal?: AbortSignal; onprogress?: () => void } = {},
) {
  return client.request({ method: 'tools/call', params: { name, arguments: args } }, CallToolResultSchema, more);
}

function threadOf({ structuredContent }: Awaited<ReturnType<typeof ask>>): string {
  return String(structuredContent?.threadId);
}

/** The output of the last call, as the model was told it. */
function lastOutput(server: ModelServer): string {
  return JSON.stringify(server.requests.at(-1)?.body.input?.at(-1)?.output ?? '');
}

function isRunning(mark: string): boolean {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' }).split('\n').includes(`sleep ${mark}`);
}

describe('codex mcp-server', () => {
  it('has the two tools, and a session that goes on', async () => {
    const { client, server, events, place } = await drive((request) =>
      request.number === 0 ? call('exec_command', { cmd: 'echo seen; exit 3' }) : say(`answer ${request.number}`),
    );
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(['codex', 'codex-reply']);
    let progress = 0;
    const first = await ask(client, 'codex', { prompt: 'first' }, { onprogress: () => (progress += 1) });
    expect(first.content).toEqual([{ type: 'text', text: 'answer 1' }]);
    expect(first.structuredContent).toMatchObject({ content: 'answer 1' });
    const thread = threadOf(first);
    const second = await ask(client, 'codex-reply', { threadId: thread, prompt: 'second' });
    expect(second.structuredContent).toEqual({ threadId: thread, content: 'answer 2' });
    expect(JSON.stringify(server.requests[2]?.body.input)).toMatch(/first.*answer 1.*second/);
    expect(place.records()).toHaveLength(1);
    expect(progress).toBeGreaterThan(0);
    expect(new Set(events.map((event) => event.thread))).toEqual(new Set([thread]));
    const types = events.map(({ msg }) => msg.type);
    expect(types.slice(0, 4)).toEqual(['session_configured', 'task_started', 'user_message', 'exec_command_begin']);
    expect(types.at(-1)).toBe('task_complete');
    expect(events.find(({ msg }) => msg.type === 'exec_command_end')?.msg).toMatchObject({
      exit_code: 3,
      aggregated_output: 'seen\n',
      status: 'failed',
    });
    expect(events.findLast(({ msg }) => msg.type === 'task_complete')?.msg).toMatchObject({
      last_agent_message: 'answer 2',
    });
  });

  it('says what is wrong as a result: arguments, unknown sessions, a provider that fails', async () => {
    const { client } = await drive(() => status(400));
    const failures = [
      [await ask(client, 'codex', {}), 'prompt'],
      [await ask(client, 'codex', { prompt: 'x', cwd: 7 }), 'cwd'],
      [await ask(client, 'codex', { prompt: 'x', cwd: 'nowhere' }), 'not a folder'],
      [await ask(client, 'codex', { prompt: 'x', config: { a: null } }), 'config'],
      [await ask(client, 'codex', { prompt: ' ' }), 'empty'],
      [await ask(client, 'codex-reply', { prompt: 'x' }), 'threadId'],
      [await ask(client, 'codex-reply', { prompt: 'x', threadId: 'abcdef' }), 'no session'],
      [await ask(client, 'codex', { prompt: 'x' }), 'refused the request'],
    ] as const;
    for (const [{ isError, content }, said] of failures) {
      expect(isError).toBe(true);
      expect(JSON.stringify(content)).toContain(said);
    }
    expect(threadOf(failures[7][0])).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('asks the person through the client: what was blocked, and what a yes gives; a yes is for once', async () => {
    const place = tests.place();
    const command = { cmd: `echo x >> ${place.outside}/made` };
    const { client, questions } = await drive(
      (request) => (request.number % 2 === 0 ? call('exec_command', command) : say('Over.')),
      { place, answer: async () => 'accept' },
    );
    const first = await ask(client, 'codex', { prompt: 'x', 'approval-policy': 'on-request' });
    expect(readFileSync(path.join(place.outside, 'made'), 'utf8')).toBe('x\n');
    const [question] = questions;
    expect(question?.message).toContain(`$ echo x >> ${place.outside}/made`);
    expect(question?.message).toContain(`Blocked: create ${place.outside}/made`);
    expect(question?.message).toContain(`Would be allowed, this once: write ${place.outside}`);
    expect(question?._meta).toMatchObject({ threadId: threadOf(first), kind: 'denial', cwd: place.workspace });
    await ask(client, 'codex-reply', { threadId: threadOf(first), prompt: 'again' });
    expect(questions).toHaveLength(2);
  });

  it('takes a no, and a client that cannot ask, for a refusal', async () => {
    const place = tests.place();
    const script: Script = (request) =>
      request.number % 2 === 0 ? call('exec_command', { cmd: `echo x > ${place.outside}/made` }) : say('Over.');
    const asking = await drive(script, { place, answer: async () => 'decline' });
    await ask(asking.client, 'codex', { prompt: 'x' });
    expect(asking.questions).toHaveLength(1);
    expect(lastOutput(asking.server)).toContain('the person did not allow this command to create');
    await asking.client.close();
    const mute = await drive(script, { place });
    await ask(mute.client, 'codex', { prompt: 'x', 'approval-policy': 'on-request' });
    expect(lastOutput(mute.server)).toContain('nobody can be asked in this session');
    expect(mute.server.requests[0]?.body.instructions).toContain('Nobody can be asked');
    expect(existsSync(path.join(place.outside, 'made'))).toBe(false);
  });

  it('stops a turn that is called off, its question too, and goes on with the session', async () => {
    const place = tests.place();
    let asked: () => void = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { client, events } = await drive(
      (request) => {
        if (request.number === 0) return call('exec_command', { cmd: 'echo on; sleep 762001' });
        if (request.number === 1) return call('exec_command', { cmd: `echo x > ${place.outside}/made` });
        return say('Going on.');
      },
      { place, answer: () => new Promise(asked) },
    );
    const running = new AbortController();
    const first = ask(client, 'codex', { prompt: 'x' }, { signal: running.signal });
    await eventually(() => isRunning('762001'), 'the command runs');
    running.abort();
    await expect(first).rejects.toThrow();
    await eventually(() => !isRunning('762001'), 'the command is stopped');
    const threadId = events[0]?.thread ?? '';
    const waiting = new AbortController();
    const second = ask(client, 'codex-reply', { threadId, prompt: 'again' }, { signal: waiting.signal });
    await isAsked;
    waiting.abort();
    await expect(second).rejects.toThrow();
    const third = await ask(client, 'codex-reply', { threadId, prompt: 'on' });
    expect(third.structuredContent).toEqual({ threadId, content: 'Going on.' });
    expect(existsSync(path.join(place.outside, 'made'))).toBe(false);
  });

  it('runs several sessions side by side, each in its folder', async () => {
    const { client, place } = await drive((request) => {
      const input = JSON.stringify(request.body.input);
      if (input.includes('function_call_output')) return say(input.includes('name is one') ? 'first' : 'second');
      // Each waits for what the other one makes.
      const [own, other] = input.includes('"one"') ? ['one', 'two'] : ['two', 'one'];
      return call('exec_command', {
        cmd: `touch made; until [ -e ../${other}/made ]; do sleep 0.02; done; echo name is $(basename $PWD) ${own}`,
      });
    });
    for (const name of ['one', 'two']) mkdirSync(path.join(place.workspace, name));
    const results = await Promise.all(['one', 'two'].map((name) => ask(client, 'codex', { prompt: name, cwd: name })));
    expect(results.map(({ structuredContent }) => structuredContent?.content)).toEqual(['first', 'second']);
    expect(new Set(results.map(threadOf)).size).toBe(2);
  });

  it('ends everything in order when its client leaves; another server goes on from the record', async () => {
    const { client, place, pid } = await drive((request) =>
      request.number === 0 ? say('remember this') : call('exec_command', { cmd: 'echo on; sleep 762002' }),
    );
    const threadId = threadOf(await ask(client, 'codex', { prompt: 'first' }));
    const running = ask(client, 'codex-reply', { threadId, prompt: 'run' }).catch(() => {});
    await eventually(() => isRunning('762002'), 'the command runs');
    await client.close();
    await running;
    await eventually(() => !existsSync(`/proc/${pid}`), 'the server is gone');
    expect(isRunning('762002')).toBe(false);
    const [record = ''] = place.records();
    expect(readFileSync(record, 'utf8').trimEnd().split('\n').at(-1)).toContain('codex_ts.end');
    const next = await drive(() => say('I do.'), { place });
    const result = await ask(next.client, 'codex-reply', { threadId, prompt: 'do you' });
    expect(result.structuredContent).toEqual({ threadId, content: 'I do.' });
    expect(JSON.stringify(next.server.requests[0]?.body.input)).toMatch(/first.*remember this.*do you/);
  });

  it('has nothing but messages on stdout, and survives lines that are none', async () => {
    const { place } = await drive(() => say('ok'));
    const child = spawn(codexProgram, ['mcp-server'], { cwd: place.workspace, env: { ...place.env } });
    const lines: string[] = [];
    child.stdout.on('data', (piece) =>
      lines.push(
        ...String(piece)
          .split('\n')
          .filter((line) => line !== ''),
      ),
    );
    const send = (message: unknown) =>
      child.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', ...(message as object) })}\n`);
    child.stdin.write('this is no message\n{"jsonrpc":"2.0"}\n');
    send({
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } },
    });
    send({ method: 'notifications/initialized' });
    send({ id: 2, method: 'tools/call', params: { name: 'codex', arguments: { prompt: 'x' } } });
    await eventually(() => lines.some((line) => line.includes('"id":2')), 'the result');
    for (const line of lines) expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0' });
    child.stdin.end();
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
  });
});
