import { describe, expect, it } from 'vitest';
import { eventually } from '../machine.ts';
import { type FakeProcess, INFO } from './fake-server.ts';
import { expectWhole, listen, problemOf, startParams, unwrap } from './listening.ts';
import { begin, client, server } from './pair.ts';

const reads = (): number => server.callsOf('process/read').length;

describe('a process', () => {
  it('that ends with everything in order costs no read, and its denial is there with the exit', async () => {
    await begin({
      program(it) {
        it.out('out');
        it.out('err', 'stderr');
        it.exit(1, true, { denial: { path: '/etc' } });
        it.out('late');
        it.close();
      },
    });
    const heard = listen();
    const process = unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.over;
    expect(process.sandboxType).toBe('none');
    expect(heard.order).toEqual(['output', 'output', 'exited', 'output', 'closed']);
    expect(heard.text('stdout')).toBe('outlate');
    expect(heard.text('stderr')).toBe('err');
    expect(heard.exits).toEqual([{ code: 1, sandboxDenied: true, denial: { path: '/etc' } }]);
    expect(reads()).toBe(0);
  });

  for (const said of [null, undefined])
    it(`whose exit says nothing of the sandbox (${said}) is asked about once, before anybody hears of the exit`, async () => {
      await begin({
        intercept(call, peer) {
          if (call.method !== 'process/start') return false;
          peer.answer(call, { processId: 'p' });
          peer.notify('process/output', { processId: 'p', seq: 1, stream: 'stdout', chunk: 'eA==' });
          peer.notify('process/exited', { processId: 'p', seq: 2, exitCode: 1, sandboxDenied: said });
          peer.notify('process/closed', { processId: 'p', seq: 3 });
          return true;
        },
      });
      const heard = listen();
      const starting = client.startProcess(startParams('p'), heard.listener);
      await eventually(() => reads() === 1, 'the read');
      // The server refuses, as it knows no such process: the exit is told all the same.
      expect(unwrap(await starting).sandboxType).toBe(null);
      await heard.over;
      expect(heard.exits).toEqual([{ code: 1, sandboxDenied: null, denial: null }]);
      expectWhole(heard);
      expect(reads()).toBe(1);
      expect(server.callsOf('process/read')[0]?.params).toMatchObject({ processId: 'p', afterSeq: 1, waitMs: 0 });
    });

  it('of an older server that says so only when it is asked has its denial', async () => {
    await begin({
      program(it) {
        it.out('x');
        it.exit(1, null);
        (it as FakeProcess & { sandboxDenied: boolean }).sandboxDenied = true;
        it.close();
      },
    });
    const heard = listen();
    unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.over;
    expect(heard.exits).toEqual([{ code: 1, sandboxDenied: true, denial: null }]);
    expectWhole(heard);
    expect(reads()).toBe(1);
  });

  it('that lost an event in the middle is whole again after one read, though nothing follows', async () => {
    await begin({
      program(it) {
        it.out('1');
        it.isSilent = true;
        it.out('2');
        it.isSilent = false;
        it.out('3');
        it.read = () => {
          it.exit(0);
          it.close();
        };
      },
    });
    const heard = listen();
    const process = unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.until(() => heard.text() === '123');
    expect(reads()).toBe(1);
    unwrap(await process.write(Buffer.from('end')));
    await heard.over;
    expectWhole(heard);
    expect(reads()).toBe(1);
  });

  it('that lost an event before its end is read at once', async () => {
    await begin({
      program(it) {
        it.isSilent = true;
        it.out('1');
        it.isSilent = false;
        it.exit(0);
        it.close();
      },
    });
    const heard = listen();
    unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.over;
    expect(heard.text()).toBe('1');
    expectWhole(heard);
    expect(reads()).toBe(1);
  });

  it('that lost the first of a thousand events is recovered, and no byte is doubled', async () => {
    await begin({
      program(it) {
        it.isSilent = true;
        it.out('0;');
        it.isSilent = false;
        for (let number = 1; number < 1000; number++) it.out(`${number};`);
        it.exit(0);
        it.close();
      },
    });
    const heard = listen();
    unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.over;
    expect(heard.text()).toBe(Array.from({ length: 1000 }, (_, number) => `${number};`).join(''));
    expectWhole(heard);
  });

  it('whose output the server has no more fails alone, and is ended', async () => {
    await begin({
      intercept(call, peer) {
        if (call.method !== 'process/read') return false;
        const chunk = { seq: 5, stream: 'stdout', chunk: 'eA==' };
        const rest = { exited: false, exitCode: null, closed: false, failure: null, sandboxDenied: null };
        peer.answer(call, { chunks: [chunk], nextSeq: 6, ...rest });
        return true;
      },
      program(it) {
        it.isSilent = true;
        it.out('1');
        it.isSilent = false;
        it.out('2');
      },
    });
    const heard = listen();
    unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.over;
    expect(heard.problems[0]?.message).toBe(
      'failed to recover process ID p: process events are no longer retained while recovering through sequence 5',
    );
    await eventually(() => server.processes[0]?.wasTerminated === true, 'it is ended');
    expect(client.state()).toBe('connected');
    expect(unwrap(await client.call('environment/status', null)).status).toBe('ready');
  });

  it('may tell before its start is answered', async () => {
    await begin({
      intercept(call, peer) {
        if (call.method !== 'process/start') return false;
        peer.notify('process/output', { processId: 'p', seq: 1, stream: 'stdout', chunk: 'eA==' });
        peer.notify('process/exited', { processId: 'p', seq: 2, exitCode: 0, sandboxDenied: false });
        peer.notify('process/closed', { processId: 'p', seq: 3 });
        peer.answer(call, { processId: 'p', sandboxType: 'none' });
        return true;
      },
    });
    const heard = listen();
    unwrap(await client.startProcess(startParams('p'), heard.listener));
    await heard.over;
    expectWhole(heard);
    expect(heard.text()).toBe('x');
  });

  it('that is refused tells nothing, and its id is free again', async () => {
    let isRefused = true;
    await begin({
      intercept(call, peer) {
        if (call.method !== 'process/start' || !isRefused) return false;
        peer.refuse(call, -32603, 'No such file or directory (os error 2)');
        return true;
      },
    });
    const heard = listen();
    const problem = problemOf(await client.startProcess(startParams('p'), heard.listener));
    expect(problem).toEqual({ kind: 'refused', code: -32603, message: 'No such file or directory (os error 2)' });
    isRefused = false;
    unwrap(await client.startProcess(startParams('p'), listen().listener));
    expect(problemOf(await client.startProcess(startParams('p'), listen().listener)).message).toBe(
      'process p already exists',
    );
    expect(heard.order).toEqual([]);
    expect(server.callsOf('process/terminate')).toEqual([]);
  });

  it('gets what is typed in order, and what is typed meanwhile together', async () => {
    await begin({});
    const process = unwrap(await client.startProcess(startParams('p'), listen().listener));
    const writes = ['a', 'b', 'c', 'd'].map((text) => process.write(Buffer.from(text)));
    for (const write of writes) unwrap(await write);
    expect(server.processes[0]?.written).toEqual(['a', 'bcd']);
    expect(server.callsOf('process/write').map(({ params }) => params.writeId)).toEqual(['1', '2']);
    expect(problemOf(await process.write(Buffer.alloc((1 << 20) + 1))).kind).toBe('full');
  });

  it('whose start is not answered in time is ended, and a new one of its id waits for that', async () => {
    let isMute = true;
    await begin(
      {
        intercept(call) {
          const wasMute = isMute && call.method === 'process/start';
          if (wasMute) isMute = false;
          return wasMute;
        },
      },
      { callMs: 30 },
    );
    expect(problemOf(await client.startProcess(startParams('p'), listen().listener)).kind).toBe('late');
    unwrap(await client.startProcess(startParams('p'), listen().listener));
    expect(server.calls.slice(-3).map(({ method }) => method)).toEqual([
      'process/start',
      'process/terminate',
      'process/start',
    ]);
    expect(server.processes[0]?.wasTerminated).toBe(false);
  });
});

describe('what only newer servers have', () => {
  it('is not sent to an older one', async () => {
    await begin({});
    const process = unwrap(
      await client.startProcess({ ...startParams('p'), tty: true, terminal: { rows: 5, cols: 9 } }, listen().listener),
    );
    expect(problemOf(await process.resize(5, 9)).kind).toBe('unsupported');
    expect(server.processes[0]?.params).not.toHaveProperty('terminal');
    expect(server.callsOf('process/resize')).toEqual([]);
  });

  it('is sent to one that has it', async () => {
    const info = { ...INFO, capabilities: { ...INFO.capabilities, terminalResize: true } };
    await begin({
      info,
      intercept(call, peer) {
        if (call.method !== 'process/resize') return false;
        peer.answer(call, {});
        return true;
      },
    });
    const process = unwrap(
      await client.startProcess({ ...startParams('p'), tty: true, terminal: { rows: 5, cols: 9 } }, listen().listener),
    );
    unwrap(await process.resize(6, 7));
    expect(server.processes[0]?.params.terminal).toEqual({ rows: 5, cols: 9 });
    expect(server.callsOf('process/resize')[0]?.params).toEqual({ processId: 'p', rows: 6, cols: 7 });
  });
});
