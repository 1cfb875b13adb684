import { describe, expect, it } from 'vitest';
import { pathUri } from '../../../src/exec/protocol/path-uri.ts';
import { eventually } from '../machine.ts';
import type { FakeProcess, FakeServerOptions } from './fake-server.ts';
import { expectWhole, listen, problemOf, startParams, unwrap } from './listening.ts';
import { begin, client, cut, server, start } from './pair.ts';

/** Cuts the connection when a call of `method` comes, once, before or after the server has done it. */
function cutAt(method: string, when: 'before' | 'after'): FakeServerOptions['intercept'] {
  let isDone = false;
  return (call, peer) => {
    if (isDone || call.method !== method) return false;
    isDone = true;
    // Whatever is answered on a connection that was cut goes nowhere.
    peer.cut();
    return when === 'before';
  };
}

describe('after the connection was cut', () => {
  it('the session is taken up again, and what was printed meanwhile is there, once', async () => {
    await begin();
    const { heard, process } = await start();
    process.out('1');
    await heard.until(() => heard.text() === '1');
    const { isBack } = cut();
    process.out('2');
    await isBack;
    process.out('3');
    process.exit(5);
    process.close();
    await heard.over;
    expect(heard.text()).toBe('123');
    expect(heard.exits[0]?.code).toBe(5);
    expectWhole(heard);
    expect(server.callsOf('initialize').map(({ params }) => params.resumeSessionId ?? null)).toEqual([
      null,
      expect.any(String),
    ]);
    expect(server.callsOf('process/read').map(({ params }) => params.afterSeq)).toEqual([1]);
  });

  it('an end that came meanwhile is told in its place', async () => {
    await begin();
    const { heard, process } = await start();
    process.out('1');
    await heard.until(() => heard.text() === '1');
    cut();
    process.out('2');
    process.exit(7, true);
    process.out('3');
    process.close();
    await heard.over;
    expect(heard.text()).toBe('123');
    expect(heard.exits).toEqual([{ code: 7, sandboxDenied: true, denial: null }]);
    expectWhole(heard);
  });

  it('a write whose answer was lost reaches the process once', async () => {
    await begin({ intercept: cutAt('process/write', 'after') });
    const heard = listen();
    const process = unwrap(await client.startProcess(startParams('p'), heard.listener));
    unwrap(await process.write(Buffer.from('once')));
    unwrap(await process.write(Buffer.from('more')));
    expect(server.processes[0]?.written).toEqual(['once', 'more']);
    expect(server.callsOf('process/write').map(({ params }) => params.writeId)).toEqual(['1', '1', '2']);
  });

  it('a write that never arrived reaches the process, before what was typed later', async () => {
    await begin({ intercept: cutAt('process/write', 'before') });
    const process = unwrap(await client.startProcess(startParams('p'), listen().listener));
    const writes = ['1', '2', '3'].map((text) => process.write(Buffer.from(text)));
    for (const write of writes) unwrap(await write);
    expect(server.processes[0]?.written).toEqual(['1', '23']);
  });

  for (const when of ['before', 'after'] as const)
    it(`a start whose answer was lost (cut ${when} it was done) is not adopted, and ended by its id`, async () => {
      await begin({ intercept: cutAt('process/start', when) });
      const heard = listen();
      expect(problemOf(await client.startProcess(startParams('p'), heard.listener))).toEqual({
        kind: 'lost',
        message: 'exec-server transport disconnected',
      });
      // A new one of the same id comes after the clean-up, and is not hit by it. Its server has the old one still.
      const again = await client.startProcess(startParams('p'), listen().listener);
      expect(server.calls.slice(-2).map(({ method }) => method)).toEqual(['process/terminate', 'process/start']);
      expect(again.ok).toBe(when === 'before');
      expect(server.processes[0]?.wasTerminated).toBe(when === 'after');
      expect(heard.order).toEqual([]);
    });

  const sandbox = null;
  const path = pathUri('/srv/x');
  const changes = [
    ['process/terminate', () => client.call('process/terminate', { processId: 'p' })],
    ['process/signal', () => client.call('process/signal', { processId: 'p', signal: 'interrupt' })],
    ['fs/writeFile', () => client.call('fs/writeFile', { path, dataBase64: '', sandbox })],
    ['fs/remove', () => client.call('fs/remove', { path, recursive: true, force: true, sandbox })],
    ['fs/open', () => client.call('fs/open', { handleId: 'h', path })],
  ] as const;
  for (const [method, change] of changes)
    it(`${method} is not done again, as it may have been done`, async () => {
      await begin({ intercept: cutAt(method, 'before') });
      expect(problemOf(await change()).kind).toBe('lost');
      unwrap(await client.call('environment/status', null));
      expect(server.callsOf(method).length).toBe(1);
    });

  const looks = [
    ['fs/getMetadata', () => client.call('fs/getMetadata', { path })],
    ['environment/status', () => client.call('environment/status', null)],
  ] as const;
  for (const [method, look] of looks)
    it(`${method} is asked again`, async () => {
      await begin({ intercept: cutAt(method, 'before') });
      expect((await look()).ok).toBe(true);
      expect(server.callsOf(method).length).toBe(2);
    });

  it('a call that breaks every connection is not asked for ever', async () => {
    await begin({
      intercept(call, peer) {
        if (!call.method.startsWith('fs/')) return false;
        peer.cut();
        return true;
      },
    });
    expect(problemOf(await client.call('fs/readFile', { path })).kind).toBe('lost');
    expect(server.callsOf('fs/readFile').length).toBe(2);
    expect(problemOf(await client.call('fs/getMetadata', { path })).kind).toBe('lost');
    expect(server.callsOf('fs/getMetadata').length).toBe(6);
    expect(unwrap(await client.call('environment/status', null)).status).toBe('ready');
  });

  it('what is asked meanwhile waits, and is answered', async () => {
    let isReady = false;
    let tries = 0;
    await begin({
      intercept(call, peer) {
        if (call.method !== 'initialize' || ++tries === 1 || isReady) return false;
        peer.refuse(call, -32010, 'session is already attached to another connection');
        return true;
      },
    });
    cut();
    await eventually(() => tries > 2, 'it is tried');
    expect(client.state()).toBe('recovering');
    const answer = client.call('environment/status', null);
    isReady = true;
    expect(unwrap(await answer).status).toBe('ready');
  });

  it('a server that has not noticed the end yet is tried until it has', async () => {
    let refusals = 0;
    await begin({
      intercept(call, peer) {
        if (call.method !== 'initialize' || call.params.resumeSessionId === undefined || refusals === 3) return false;
        refusals++;
        peer.refuse(call, -32010, 'session is already attached to another connection');
        return true;
      },
    });
    const { heard, process } = await start();
    await cut().isBack;
    process.out('x');
    await heard.until(() => heard.text() === 'x');
    expect(server.peers.length).toBe(5);
  });

  it('a process that prints much before the session is back blocks nothing', async () => {
    let flooding: FakeProcess | undefined;
    await begin({
      intercept(call) {
        if (call.method === 'initialize' && call.params.resumeSessionId !== undefined)
          // As its session is attached again, the flood goes out before the answer of the next call.
          setImmediate(() => {
            for (let number = 0; number < 500; number++) flooding?.out(`${number};`);
          });
        return false;
      },
    });
    const { heard, process } = await start();
    flooding = process;
    await cut().isBack;
    await heard.until(() => heard.text().endsWith('499;'));
    process.exit(0);
    process.close();
    await heard.over;
    expect(heard.text()).toBe(Array.from({ length: 500 }, (_, number) => `${number};`).join(''));
    expectWhole(heard);
  });

  it('a process that lost output fails alone; the others and the connection go on', async () => {
    await begin({
      intercept(call, peer) {
        if (call.method !== 'process/read' || call.params.processId !== 'gone') return false;
        const chunk = { seq: 9, stream: 'stdout', chunk: 'eA==' };
        const rest = { exited: false, exitCode: null, closed: false, failure: null, sandboxDenied: false };
        peer.answer(call, { chunks: [chunk], nextSeq: 10, ...rest });
        return true;
      },
    });
    const gone = await start('gone');
    const other = await start('other');
    const { isBack } = cut();
    await gone.heard.over;
    expect(gone.heard.problems[0]?.kind).toBe('gone');
    await isBack;
    await eventually(() => gone.process.wasTerminated, 'it is ended');
    other.process.exit(0);
    other.process.close();
    await other.heard.over;
    expectWhole(other.heard);
  });

  it('a process that the server does not know any more fails alone', async () => {
    await begin({
      intercept(call, peer) {
        if (call.method !== 'process/read') return false;
        peer.refuse(call, -32600, 'unknown process id p');
        return true;
      },
    });
    const { heard } = await start();
    const { isBack } = cut();
    await heard.over;
    expect(heard.problems[0]?.message).toMatch(/unknown process id p/);
    await isBack;
  });

  it('a connection that is cut while it is recovered is recovered again', async () => {
    let cuts = 0;
    await begin({
      intercept(call, peer) {
        if (call.method !== 'process/read' || cuts === 3) return false;
        cuts++;
        peer.cut();
        return true;
      },
    });
    const { heard, process } = await start();
    cut();
    process.out('x');
    process.exit(0);
    process.close();
    await heard.over;
    expect(heard.text()).toBe('x');
    expectWhole(heard);
    expect(server.peers.length).toBe(5);
  });
});
