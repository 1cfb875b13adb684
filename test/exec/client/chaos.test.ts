// A session is disturbed at each of its messages: no byte is lost or doubled, and no call hangs.

import { expect, it } from 'vitest';
import type { ExecClient } from '../../../src/exec/client/client.ts';
import { connectClient } from '../../../src/exec/client/client.ts';
import type { RemoteProcess } from '../../../src/exec/client/processes.ts';
import { webSocketTransport } from '../../../src/exec/client/websocket.ts';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { type ChaosProxy, type Disturbance, openChaosProxy } from './chaos-proxy.ts';
import { type FakeProcess, type FakeServer, openFakeServer } from './fake-server.ts';
import { connect, expectWhole, type Heard, listen, startParams, TIMES, unwrap } from './listening.ts';

/** Speaks on both streams, answers each line, and ends with output after its exit. */
function program(it: FakeProcess): void {
  it.out('ready;');
  it.out('warning;', 'stderr');
  let input = '';
  it.read = (text) => {
    input += text;
    if (text.includes('a')) it.out('got a;');
    if (input !== 'abc') return;
    for (const number of [1, 2, 3]) it.out(`${number};`);
    it.exit(7, true);
    it.out('late;');
    it.close();
  };
}

const OUT = 'ready;got a;1;2;3;late;';

/** What a person does who sees that a start failed: starts it again. */
async function startSomehow(client: ExecClient): Promise<{ process: RemoteProcess; heard: Heard; tries: number }> {
  for (let tries = 1; tries <= 4; tries++) {
    const heard = listen();
    const started = await client.startProcess(startParams(`job-${tries}`), heard.listener);
    if (started.ok) return { process: started.value, heard, tries };
    expect(heard.order.filter((what) => what !== 'output')).toEqual([]);
  }
  throw new Error('it cannot be started');
}

async function runScenario(client: ExecClient): Promise<Heard> {
  const { process, heard } = await startSomehow(client);
  await heard.until(() => heard.text('stdout') === 'ready;');
  unwrap(await process.write(Buffer.from('a')));
  unwrap(await client.call('fs/getMetadata', { path: pathUri('/srv') }));
  const writes = [process.write(Buffer.from('b')), process.write(Buffer.from('c'))];
  await heard.over;
  for (const write of writes) unwrap(await write);
  return heard;
}

/** One run with one disturbance at one message. */
async function disturbed(at: number, disturbance: Disturbance): Promise<string[]> {
  const server = await openFakeServer({ program });
  const proxy = await openChaosProxy(server.url, at, disturbance);
  try {
    const client = await connectSomehow(proxy);
    const heard = await runScenario(client);
    await client.close();
    expectWhole(heard);
    expect(heard.text('stdout')).toBe(OUT);
    expect(heard.text('stderr')).toBe('warning;');
    expect(heard.exits).toEqual([{ code: 7, sandboxDenied: true, denial: null }]);
    expectOnce(server);
    return proxy.passed;
  } catch (error) {
    throw new Error(`${disturbance} at ${at}: ${error}\n${proxy.passed.join('\n')}`);
  } finally {
    await proxy.close();
    await server.close();
  }
}

/** A first connection that breaks is told of; the next attempt is made by whoever uses it. */
async function connectSomehow(proxy: ChaosProxy): Promise<ExecClient> {
  const open = webSocketTransport({ url: proxy.url, token: null, connectMs: 2000 });
  const options = { open, canResume: true, times: { ...TIMES, initializeMs: 300 } };
  for (let tries = 0; tries < 3; tries++) {
    const connected = await connectClient(options, new AbortController().signal);
    if (connected.ok) return connected.value;
  }
  return connect(proxy.url);
}

/** The process that is used got each byte once; one whose start was not adopted got none and is not left running. */
function expectOnce({ processes }: FakeServer): void {
  const used = processes.filter(({ written }) => written.length > 0);
  expect(used.map(({ written }) => written.join(''))).toEqual(['abc']);
  for (const it of processes) if (!used.includes(it)) expect(it.wasTerminated).toBe(true);
}

/** Side by side, as each waits most of the time. */
async function atEach(places: readonly number[], disturbance: Disturbance): Promise<void> {
  await Promise.all(places.map((at) => disturbed(at, disturbance)));
}

const everywhere = async (): Promise<number[]> => (await disturbed(-1, 'none')).map((_, index) => index);

it('an undisturbed session costs no read', async () => {
  const passed = await disturbed(-1, 'none');
  expect(passed).not.toContain('> process/read');
  expect(passed.length).toBeGreaterThan(20);
});

for (const disturbance of ['cutBefore', 'cutAfter', 'cutTwice', 'delay', 'duplicate', 'swap'] as const)
  it(`${disturbance} at every message`, async () => {
    await atEach(await everywhere(), disturbance);
  });

it('the loss of any event but the last', async () => {
  const passed = await disturbed(-1, 'none');
  const events = passed.flatMap((name, index) => (/^< process\/(output|exited)$/.test(name) ? [index] : []));
  expect(events.length).toBeGreaterThan(6);
  await atEach(events, 'lose');
});
