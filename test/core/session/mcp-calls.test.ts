// A model uses the tools of real servers: what is run, what is asked, what the model and the person are told.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { keyNamesOf, readConfig } from '../../../src/core/config/index.ts';
import { mcpServerSettings, openEnvironments } from '../../../src/core/index.ts';
import { startServer } from '../../exec/environments/places.ts';
import { type ModelServer, respond, say, startModelServer, toolCall } from '../../support/model-server.ts';
import { openHttpServer } from '../mcp/http-server.ts';
import { openMachineAt } from '../mcp/machines.ts';
import { type CoreAround, type OpenedCore, openTestCore, removeFoldersOf, TEST_CONTEXT } from './opened-core.ts';

const PROGRAM = path.join(import.meta.dirname, '../mcp/programs/server.cjs');

const ends: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

let callNumber = 0;

function nextId(): string {
  callNumber += 1;
  return `c${callNumber}`;
}

interface Wanted {
  readonly tool: string;
  readonly given: object;
}

interface Tried {
  readonly core: OpenedCore;
  readonly server: ModelServer;
  /** One turn in which the model calls these beside each other; what it was told of each. */
  calls(...wanted: readonly Wanted[]): Promise<readonly unknown[]>;
}

const serverOf = (how: string, further = '', name = 's'): string =>
  `[mcp_servers.${name}]\ncommand = ${JSON.stringify(process.execPath)}\nargs = ${JSON.stringify([PROGRAM, how])}\n${further}\n`;

async function open(toml: string, more: CoreAround['more'] = {}): Promise<Tried> {
  const { config, problems } = readConfig(toml, 'config.toml');
  expect(problems).toEqual([]);
  let next: readonly Wanted[] = [];
  const server = await startModelServer(() => {
    const now = next;
    next = [];
    if (now.length === 0) return say('Done.');
    return respond(...now.map(({ tool, given }) => toolCall(tool, { ...given }, nextId())));
  });
  const core = openTestCore({
    url: server.url,
    more: {
      env: { PATH: process.env.PATH, HOME: '/nonexistent', OPENAI_API_KEY: 'sk-secret' },
      keyNames: keyNamesOf(config),
      mcp: Object.entries(config.mcp_servers).map(([name, it]) => mcpServerSettings(name, it, config)),
      ...more,
    },
  });
  ends.push(
    () => server.close(),
    () => removeFoldersOf(core),
    () => core.close(),
  );
  return {
    core,
    server,
    async calls(...wanted) {
      next = wanted;
      const end = await core.turn('use them');
      expect(end).toMatchObject({ outcome: 'completed', problem: null });
      const answers = server.requests.at(-1)?.body.input?.filter(({ type }) => type === 'function_call_output') ?? [];
      return answers.slice(-wanted.length).map(({ output }) => output);
    },
  };
}

const toolsOffered = ({ requests }: ModelServer): readonly unknown[] =>
  (requests.at(-1)?.body.tools ?? []).map(({ name }) => name);

const outputOf = ({ of }: OpenedCore, number: number): string =>
  of('process.output')
    .filter(({ process }) => process === number)
    .map(({ bytes }) => Buffer.from(bytes).toString())
    .join('');

describe('a tool of an MCP server', () => {
  it('that only reads is called without a question, in a pane of its own', async () => {
    const { core, server, calls } = await open(serverOf('good'));
    const [answer] = await calls({ tool: 'mcp__s__echo', given: { text: 'hello there' } });
    expect(answer).toBe('hello there');
    expect(toolsOffered(server)).toEqual(expect.arrayContaining(['exec_command', 'mcp__s__echo', 'mcp__s__write']));
    expect(core.of('process.started')).toMatchObject([{ command: 's.echo {"text":"hello there"}', deed: 'tool' }]);
    expect(outputOf(core, 1)).toBe('hello there\n');
    expect(core.of('process.closed')).toMatchObject([{ outcome: 'ok' }]);
    expect(core.of('question.opened')).toEqual([]);
    await expect(core.core.door.query({ type: 'mcp' })).resolves.toMatchObject({
      servers: [{ name: 's', state: 'ready', problem: null }],
    });
  });

  it('that changes something is asked about: no is no, and for the session is asked once', async () => {
    const { core, calls } = await open(serverOf('good'));
    const refused = calls({ tool: 'mcp__s__write', given: { text: 'one' } });
    const first = await core.heard('question.opened');
    expect(first).toMatchObject({ deed: 'tool' });
    await core.command({
      type: 'decide',
      question: first.question,
      decision: 'refused',
      reason: 'not that file',
      shown: first.shown,
    });
    expect(String((await refused)[0])).toContain('not that file');

    const allowed = calls({ tool: 'mcp__s__write', given: { text: 'two' } });
    const second = await core.heard('question.opened', (event) => event !== first);
    await core.command({
      type: 'decide',
      question: second.question,
      decision: 'session',
      reason: '',
      shown: second.shown,
    });
    expect(await allowed).toEqual(['two']);
    expect(await calls({ tool: 'mcp__s__write', given: { text: 'three' } })).toEqual(['three']);
    expect(core.of('question.opened')).toHaveLength(2);
  });

  it('is not called where nobody may be asked, unless the person said so or nothing is confined', async () => {
    const never = await open(serverOf('good'), { policy: 'never' });
    expect(String((await never.calls({ tool: 'mcp__s__write', given: { text: 'x' } }))[0])).toContain('approval_mode');
    expect(never.core.of('process.output')).toEqual([]);
    const approved = await open(serverOf('good', 'default_tools_approval_mode = "approve"'), { policy: 'never' });
    expect(await approved.calls({ tool: 'mcp__s__write', given: { text: 'x' } })).toEqual(['x']);
  });

  it('that fails, or refuses, is told as that', async () => {
    const { core, calls } = await open(serverOf('good', 'default_tools_approval_mode = "approve"'));
    const [failed, refused, unknown] = await calls(
      { tool: 'mcp__s__fail', given: {} },
      { tool: 'mcp__s__refuse', given: {} },
      { tool: 'mcp__s__missing', given: {} },
    );
    expect(failed).toBe('it did not work');
    expect(String(refused)).toContain('wrong arguments');
    expect(String(unknown)).toMatch(/^mcp__s__missing was not run: .*\nThere are exec_command, .*mcp__s__echo, /);
    expect(core.of('process.closed')).toMatchObject([{ exit: { code: 1 } }, { exit: { code: 1 } }]);
  });

  it('that answers with a picture shows it to the model', async () => {
    const { calls } = await open(serverOf('good', 'default_tools_approval_mode = "approve"'));
    const [answer] = await calls({ tool: 'mcp__s__picture', given: {} });
    expect(answer).toEqual([
      { type: 'input_text', text: expect.stringContaining('of a resource') },
      { type: 'input_image', image_url: 'data:image/png;base64,iVBORw0KGgo=' },
    ]);
  });

  it('that says too much is cut for the model, and is whole in its pane up to a mebibyte', async () => {
    const { calls } = await open(serverOf('large', 'default_tools_approval_mode = "approve"'));
    const [answer] = await calls({ tool: 'mcp__s__echo', given: {} });
    expect(String(answer).length).toBeLessThan(60_000);
    expect(String(answer)).toMatch(/^begin/);
  });

  it('is cut where the settings say it, and never later than for all', async () => {
    const settings = 'default_tools_approval_mode = "approve"\ntools.echo.output_token_limit = 100';
    const few = await open(serverOf('large', settings));
    const [answer] = await few.calls({ tool: 'mcp__s__echo', given: {} });
    expect(String(answer)).toMatch(/^begin.*tokens left out.*end$/s);
    expect(String(answer).length).toBeLessThan(600);
    const many = settings.replace('100', '200000');
    const bounded = await open(serverOf('large', many), { context: { ...TEST_CONTEXT, mostOutputTokens: 100 } });
    expect(String((await bounded.calls({ tool: 'mcp__s__echo', given: {} }))[0]).length).toBeLessThan(600);
    const whole = await open(serverOf('large', many));
    expect(String((await whole.calls({ tool: 'mcp__s__echo', given: {} }))[0]).length).toBeGreaterThan(500_000);
  });

  it('that is slow says how far it is, and ends when the person interrupts', async () => {
    const { core, calls } = await open(serverOf('good', 'default_tools_approval_mode = "approve"'));
    const answered = calls({ tool: 'mcp__s__slow', given: {} });
    await core.heard('process.output');
    expect(outputOf(core, 1)).toBe('1/2 half\n');
    await core.command({ type: 'interrupt' });
    await expect(answered).rejects.toThrow();
    expect(core.of('turn.ended')).toMatchObject([{ outcome: 'interrupted' }]);
    expect(core.of('process.closed')).toHaveLength(1);
  });

  it('sees no key of ours', async () => {
    const { calls } = await open(serverOf('good', 'default_tools_approval_mode = "approve"'));
    const [answer] = await calls({ tool: 'mcp__s__env', given: {} });
    expect(String(answer)).toContain('/nonexistent');
    expect(String(answer)).not.toContain('sk-secret');
  });
});

describe('a server that another machine reaches', () => {
  it('is called as its tool there, and is told that we leave before the machine is left', async () => {
    const work = mkdtempSync(path.join(tmpdir(), 'mcp-there-'));
    const there = await startServer('ws://127.0.0.1:0', work, { PATH: process.env.PATH ?? '', HOME: work });
    const server = await openHttpServer();
    ends.push(
      () => rmSync(work, { recursive: true, force: true }),
      () => there.end(),
      () => server.close(),
    );
    const toml = `[mcp_servers.h]\nurl = "${server.url}"\nenvironment_id = "devbox"\ndefault_tools_approval_mode = "approve"\n`;
    const { core, calls } = await open(toml, { environments: openEnvironments([openMachineAt(there.url)], null) });
    expect(await calls({ tool: 'mcp__h__echo', given: { text: 'x' } })).toEqual(['x']);
    expect(core.of('process.started')).toMatchObject([{ command: '@devbox h.echo {"text":"x"}' }]);
    await core.close();
    expect(server.seen.at(-1)).toMatchObject({ method: 'DELETE' });
  });
});

describe('a server that does not start', () => {
  it('is told of once, and no turn waits for it or fails', async () => {
    const toml = `${serverOf('says why', '', 'broken')}${serverOf('good')}`;
    const { core, calls, server } = await open(toml);
    expect(await calls({ tool: 'mcp__s__echo', given: { text: 'still here' } })).toEqual(['still here']);
    expect(toolsOffered(server)).not.toContain('mcp__broken__echo');
    await core.turn('and again');
    const { problem } = await core.heard('notice');
    expect(problem?.what).toBe('MCP server broken could not be started.');
    expect(problem?.why).toContain('the database is locked');
    expect(core.of('notice')).toHaveLength(1);
  });

  it('ends the turn where it is required, before the model is asked', async () => {
    const { core, server } = await open(serverOf('says why', 'required = true'));
    const end = await core.turn('go');
    expect(end).toMatchObject({ outcome: 'failed', problem: { what: 'MCP server s could not be started.' } });
    expect(server.requests).toEqual([]);
  });
});
