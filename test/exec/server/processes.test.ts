// Processes of a real server, as a peer sees them: started, told, read again, written to and ended.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, processesWith } from '../machine.ts';
import { eventOf, type Fields, type Peer, type Served, serving, textOf } from './serving.ts';

let served: Served;
let peer: Peer;
let count = 0;
const freshId = (): string => `p${++count}`;

beforeAll(async () => {
  served = await serving();
  peer = await served.peer();
});
afterAll(() => served.close());

async function run(argv: readonly string[], more: Fields = {}) {
  const id = freshId();
  const started = await peer.start(id, argv, more);
  const events = await peer.events(id);
  return { id, started, events, exit: eventOf(events, 'process/exited') };
}

describe('the events of a process', () => {
  it('are numbered without holes, output and exit and close, after the answer of its start', async () => {
    const id = freshId();
    const started = await peer.start(id, ['/bin/sh', '-c', 'printf out; printf err >&2; exit 3']);
    expect(started).toEqual({ processId: id, sandboxType: 'none' });
    const events = await peer.events(id);
    expect(events.map(({ params }) => params?.seq)).toEqual([1, 2, 3, 4]);
    expect(eventOf(events, 'process/exited')).toMatchObject({ exitCode: 3, sandboxDenied: false });
    expect([textOf(events, 'stdout'), textOf(events, 'stderr')]).toEqual(['out', 'err']);
    const answered = peer.seen.findIndex(({ result }) => result === started);
    expect(answered).toBeLessThan(peer.seen.indexOf(events[0] ?? {}));
  });

  it('come after the answer, however short the process is', async () => {
    const ids = Array.from({ length: 40 }, freshId);
    await Promise.all(ids.map((id) => peer.start(id, ['/bin/echo', id])));
    for (const id of ids) {
      const events = await peer.events(id);
      const first = peer.seen.indexOf(events[0] ?? {});
      const answered = peer.seen.findIndex(({ result }) => result?.processId === id);
      expect(answered).toBeLessThan(first);
      expect(textOf(events)).toBe(`${id}\n`);
    }
  });

  it('tell the exit at once though a grandchild holds the streams, and close after its last words', async () => {
    const id = freshId();
    const fifo = join(served.folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await peer.start(id, ['/bin/sh', '-c', `(read -r line < ${fifo}; echo "late $line") & echo first`]);
    const exited = await peer.until((it) => it.method === 'process/exited' && it.params?.processId === id);
    expect(exited.params?.exitCode).toBe(0);
    expect(await peer.ask('process/read', { processId: id })).toMatchObject({ exited: true, closed: false });
    writeFileSync(fifo, 'words\n');
    expect(textOf(await peer.events(id))).toBe('first\nlate words\n');
  });

  it.each([
    [['/bin/sh', '-c', 'kill -9 $$'], false, 137],
    [['/bin/sh', '-c', 'kill -INT $$'], false, 130],
    [['/bin/sh', '-c', 'kill -9 $$'], true, 137],
    [['/bin/sh', '-c', 'exit 7'], true, 7],
  ])('carry the exit code of %j, tty %s', async (argv, tty, code) => {
    const { exit } = await run(argv, { tty });
    expect(exit.exitCode).toBe(code);
  });

  it('carry an id in any script as it was given', async () => {
    const id = 'prüfung "☃" 😀';
    await peer.start(id, ['/bin/echo', 'x']);
    expect(textOf(await peer.events(id))).toBe('x\n');
  });
});

describe('a start', () => {
  it('gives exactly the environment that was asked for', async () => {
    const { events } = await run(['/usr/bin/env'], { env: { A: '1', B: 'zwei' } });
    expect(textOf(events).trim().split('\n').sort()).toEqual(['A=1', 'B=zwei']);
    expect(textOf((await run(['/usr/bin/env'], { env: {} })).events)).toBe('');
  });

  it('lays the given variables over what a policy leaves of its own', async () => {
    const envPolicy = {
      inherit: 'all',
      ignoreDefaultExcludes: true,
      exclude: ['HOME'],
      set: { A: '1' },
      includeOnly: [],
    };
    const { events } = await run(['/usr/bin/env'], { env: { A: '2' }, envPolicy });
    const lines = textOf(events).trim().split('\n');
    expect(lines).toContain('A=2');
    expect(lines).toContain('SERVER_ONLY=yes');
    expect(lines.some((line) => line.startsWith('HOME='))).toBe(false);
  });

  it.each([false, true])('lets the program see another name, tty %s', async (tty) => {
    const { events } = await run(['/bin/sh', '-c', 'tr "\\0" " " < /proc/$$/cmdline'], { arg0: 'another name', tty });
    expect(textOf(events)).toMatch(/^another name -c /);
  });

  it('gives a terminal of 24 rows and 80 columns, or of the size that was asked for', async () => {
    const env = { PATH: '/usr/bin:/bin', TERM: 'dumb' };
    expect(textOf((await run(['/bin/stty', 'size'], { tty: true, env })).events, 'pty')).toBe('24 80\r\n');
    const sized = await run(['/bin/stty', 'size'], { tty: true, env, terminal: { rows: 7, cols: 33 } });
    expect(textOf(sized.events)).toBe('7 33\r\n');
  });

  it('takes the program from PATH of the command and from its folder', async () => {
    const script = join(served.folder, 'tool');
    writeFileSync(script, '#!/bin/sh\necho "ran in $PWD"\n', { mode: 0o755 });
    const cwd = served.folderUri;
    expect(textOf((await run(['./tool'], { cwd })).events)).toBe(`ran in ${served.folder}\n`);
    expect(textOf((await run(['tool'], { env: { PATH: `${served.folder}:/bin` } })).events)).toBe('ran in /tmp\n');
  });

  const missing = 'No such file or directory (os error 2)';
  it.each([
    [{ argv: ['/nonexistent'] }, -32603, missing],
    [{ argv: ['nonexistent-tool'] }, -32603, missing],
    [{ argv: ['nonexistent-tool'], tty: true }, -32603, missing],
    [{ argv: ['/etc/passwd'] }, -32603, 'Permission denied (os error 13)'],
    [{ argv: ['/tmp'] }, -32603, 'Permission denied (os error 13)'],
    [{ argv: ['/bin/echo', 'x'.repeat(200_000)] }, -32603, 'Argument list too long (os error 7)'],
    [{ argv: ['/bin/echo', 'a\0b'] }, -32603, 'nul byte found in provided data'],
    [{ argv: ['/bin/true'], cwd: 'file:///nonexistent' }, -32603, missing],
    [{ argv: ['/bin/true'], cwd: 'file:///etc/passwd' }, -32603, 'Not a directory (os error 20)'],
    [{ argv: ['/bin/true'], cwd: 'file:///C:/x' }, -32602, "'file:///C:/x' is invalid on 'linux'"],
    [{ argv: ['/bin/true'], cwd: '/tmp' }, -32602, 'invalid URI: relative URL without a base'],
    [{ argv: [] }, -32602, 'argv must not be empty'],
    [{ argv: ['/bin/true'], networkProxy: {} }, -32602, 'network proxies cannot be started on this executor'],
    [
      { argv: ['/bin/true'], tty: true, terminal: { rows: 0, cols: 5 } },
      -32602,
      'a terminal has 1 to 65535 rows and columns',
    ],
  ])('is refused for %j', async (params, code, message) => {
    const id = freshId();
    const given = { processId: id, cwd: 'file:///tmp', env: { PATH: '/usr/bin:/bin' }, tty: false, ...params };
    const { error } = await peer.call('process/start', given);
    expect(error).toEqual({ code, message });
    // The id is free again.
    await peer.start(id, ['/bin/true']);
  });

  it('needs an id that no process has, also one that has ended', async () => {
    const { id } = await run(['/bin/true']);
    const { error } = await peer.call('process/start', {
      processId: id,
      argv: ['/bin/true'],
      cwd: 'file:///tmp',
      env: {},
      tty: false,
    });
    expect(error).toEqual({ code: -32600, message: `process ${id} already exists` });
  });
});

describe('a read', () => {
  it('gives what came after a number, and where to go on', async () => {
    const { id, events } = await run(['/bin/sh', '-c', 'echo one; sleep 0.02; echo two']);
    const all = await peer.ask('process/read', { processId: id });
    expect(all).toMatchObject({ nextSeq: events.length + 1, exited: true, exitCode: 0, closed: true, failure: null });
    expect(all.sandboxDenied).toBe(false);
    const after = await peer.ask('process/read', { processId: id, afterSeq: 1 });
    expect(after.chunks).toEqual((all.chunks as unknown[]).slice(1));
    const bounded = await peer.ask('process/read', { processId: id, maxBytes: 0 });
    expect(bounded).toMatchObject({ chunks: [{ seq: 1 }], nextSeq: 2 });
    const nothing = await peer.ask('process/read', { processId: id, afterSeq: events.length, maxBytes: 10 });
    expect(nothing).toMatchObject({ chunks: [], nextSeq: events.length + 1 });
  });

  it('waits for output, exit and close, and is woken by each', async () => {
    const id = freshId();
    await peer.start(id, ['/bin/sh', '-c', 'read -r a; echo "$a"; read -r b; exec >&- 2>&-; read -r c'], {
      pipeStdin: true,
    });
    const read = (afterSeq: number) => peer.ask('process/read', { processId: id, afterSeq, waitMs: 60_000 });
    const write = (text: string) =>
      peer.ask('process/write', { processId: id, chunk: Buffer.from(text).toString('base64'), writeId: text });
    const output = read(0);
    await write('x\n');
    expect(await output).toMatchObject({ chunks: [{ seq: 1 }], exited: false });
    const exit = read(1);
    await write('y\n');
    await write('z\n');
    expect(await exit).toMatchObject({ chunks: [], exited: true });
    expect(await read(2)).toMatchObject({ closed: true, nextSeq: 4 });
  });

  it('ends at its time when nothing happens, and holds nobody up meanwhile', async () => {
    const id = freshId();
    await peer.start(id, ['/bin/cat'], { pipeStdin: true });
    const order: string[] = [];
    const long = peer.ask('process/read', { processId: id, waitMs: 150 }).then((answer) => {
      order.push('read');
      return answer;
    });
    await peer.ask('environment/status').then(() => order.push('status'));
    expect(await long).toMatchObject({ chunks: [], nextSeq: 1, exited: false, closed: false });
    expect(order).toEqual(['status', 'read']);
    await peer.ask('process/terminate', { processId: id });
  });

  it('has the last MiB in whole pieces of a process that printed more, while all of it was told', async () => {
    const { id, events } = await run(['/usr/bin/head', '-c', '3000000', '/dev/zero']);
    expect(textOf(events).length).toBe(3_000_000);
    const { chunks } = await peer.ask('process/read', { processId: id });
    const kept = (chunks as { chunk: string; seq: number }[]).map((it) => Buffer.from(it.chunk, 'base64').length);
    const bytes = kept.reduce((sum, length) => sum + length, 0);
    expect(bytes).toBeLessThanOrEqual(1024 * 1024);
    expect(bytes).toBeGreaterThan(1024 * 1024 - 64 * 1024 - 1);
  });

  it('of an id that nobody has is an error', async () => {
    const { error } = await peer.call('process/read', { processId: 'zz' });
    expect(error).toEqual({ code: -32600, message: 'unknown process id zz' });
  });
});

describe('a closed process', () => {
  it('is forgotten when those after it hold a lot: the oldest first', async () => {
    const ids: string[] = [];
    // 70 MiB of output that can be read again.
    for (let n = 0; n < 70; n += 1) {
      const id = freshId();
      ids.push(id);
      await peer.start(id, ['/usr/bin/head', '-c', '1048576', '/dev/zero']);
      await peer.events(id);
    }
    const [first = '', last = ''] = [ids[0], ids.at(-1)];
    expect((await peer.call('process/read', { processId: first })).error?.message).toBe(`unknown process id ${first}`);
    expect(await peer.ask('process/read', { processId: last, maxBytes: 1 })).toMatchObject({ closed: true });
  });
});

describe('a write', () => {
  const write = (processId: string, text: string, writeId: string) =>
    peer.ask('process/write', { processId, chunk: Buffer.from(text).toString('base64'), writeId });

  it('reaches the program once for each id', async () => {
    const id = freshId();
    await peer.start(id, ['/bin/sh', '-c', 'read -r line; echo "got $line"'], { pipeStdin: true });
    const answers = await Promise.all([write(id, 'a', '1'), write(id, 'a', '1'), write(id, 'b\n', '2')]);
    expect(answers).toEqual([{ status: 'accepted' }, { status: 'accepted' }, { status: 'accepted' }]);
    expect(textOf(await peer.events(id))).toBe('got ab\n');
    // Asked again by who lost the answer, after the process has closed.
    expect(await write(id, 'b\n', '2')).toEqual({ status: 'accepted' });
    expect(await write(id, 'c', '3')).toEqual({ status: 'stdinClosed' });
  });

  it('waits while the program does not read, holds up nothing else, and loses no byte', async () => {
    const id = freshId();
    await peer.start(id, ['/bin/sh', '-c', 'kill -STOP $$; exec wc -c'], { pipeStdin: true });
    const big = peer.ask('process/write', {
      processId: id,
      chunk: Buffer.alloc(5_000_000, 'x').toString('base64'),
      writeId: 'b',
    });
    const more = write(id, 'end', 'e');
    expect(await peer.ask('process/read', { processId: id })).toMatchObject({ chunks: [] });
    // wc counts to the end of its input, which nobody gives: that it reads is enough.
    const [pid = 0] = processesWith('kill -STOP $$; exec wc -c');
    await eventually(() => {
      process.kill(pid, 'SIGCONT');
      return processesWith('wc\0-c').length > 0;
    }, 'it goes on');
    expect([await big, await more]).toEqual([{ status: 'accepted' }, { status: 'accepted' }]);
    await peer.ask('process/terminate', { processId: id });
  });

  it('is refused by a process without input, one that has ended, and one that is not there', async () => {
    const { id } = await run(['/bin/true'], { pipeStdin: true });
    expect(await write(id, 'x', '1')).toEqual({ status: 'stdinClosed' });
    const deaf = freshId();
    await peer.start(deaf, ['/bin/sleep', '60']);
    expect(await write(deaf, 'x', '1')).toEqual({ status: 'stdinClosed' });
    await peer.ask('process/terminate', { processId: deaf });
    expect(await write('nobody', 'x', '1')).toEqual({ status: 'unknownProcess' });
  });

  it('needs a name', async () => {
    const { error } = await peer.call('process/write', { processId: 'x', chunk: '', writeId: '' });
    expect(error).toEqual({ code: -32602, message: 'writeId must not be empty' });
  });
});

describe('an end', () => {
  it('by terminate takes everything along, also what ignores SIGTERM', async () => {
    const id = freshId();
    const marker = `31${Date.now()}`;
    await peer.start(id, ['/bin/sh', '-c', `trap "" TERM; sleep ${marker} & echo up; wait`]);
    await peer.until((it) => it.method === 'process/output' && it.params?.processId === id);
    expect(await peer.ask('process/terminate', { processId: id })).toEqual({ running: true });
    expect(eventOf(await peer.events(id), 'process/exited')).toMatchObject({ exitCode: 137 });
    expect(processesWith(marker)).toEqual([]);
    expect(await peer.ask('process/terminate', { processId: id })).toEqual({ running: false });
    expect(await peer.ask('process/terminate', { processId: 'nobody' })).toEqual({ running: false });
  });

  it('by interrupt is the program own to answer', async () => {
    const id = freshId();
    await peer.start(id, ['/bin/bash', '-c', 'trap "echo int; exit 7" INT; echo up; while :; do sleep 0.01; done']);
    await peer.until((it) => it.method === 'process/output' && it.params?.processId === id);
    expect(await peer.ask('process/signal', { processId: id, signal: 'interrupt' })).toEqual({});
    const events = await peer.events(id);
    expect(textOf(events)).toBe('up\nint\n');
    expect(eventOf(events, 'process/exited').exitCode).toBe(7);
    expect(await peer.ask('process/signal', { processId: 'nobody', signal: 'interrupt' })).toEqual({});
    const { error } = await peer.call('process/signal', { processId: id, signal: 'kill' });
    expect(error).toEqual({ code: -32602, message: 'unknown variant `kill`, expected `interrupt`' });
  });

  it('by Ctrl-C in a terminal has the code of the signal', async () => {
    const id = freshId();
    await peer.start(id, ['/bin/sh', '-c', 'echo up; exec cat'], { tty: true });
    await peer.until((it) => it.method === 'process/output' && it.params?.processId === id);
    await peer.ask('process/write', { processId: id, chunk: 'Aw==', writeId: '1' });
    expect(eventOf(await peer.events(id), 'process/exited').exitCode).toBe(130);
  });

  it('comes after a new size was told', async () => {
    const id = freshId();
    const script = 'trap "stty size; exit" WINCH; echo up; while :; do sleep 0.01; done';
    await peer.start(id, ['/bin/bash', '-c', script], { tty: true });
    await peer.until((it) => it.method === 'process/output' && it.params?.processId === id);
    expect(await peer.ask('process/resize', { processId: id, rows: 9, cols: 44 })).toEqual({});
    expect(textOf(await peer.events(id))).toBe('up\r\n9 44\r\n');
    const { error } = await peer.call('process/resize', { processId: 'nobody', rows: 9, cols: 44 });
    expect(error?.message).toBe('unknown process id nobody');
  });
});
