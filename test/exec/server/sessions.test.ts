// Sessions outlive their connections, for a while: what runs goes on, can be read again, and ends at last.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually, processesWith } from '../machine.ts';
import { connect, type Fields, freshSize, type Peer, type Served, serving, textOf } from './serving.ts';

let served: Served;
afterEach(() => served.close());

interface Chunk {
  readonly seq: number;
  readonly chunk: string;
}

const readText = (answer: Fields): string =>
  (answer.chunks as Chunk[]).map(({ chunk }) => Buffer.from(chunk, 'base64').toString()).join('');

const write = (peer: Peer, processId: string, text: string, writeId: string) =>
  peer.ask('process/write', { processId, chunk: Buffer.from(text).toString('base64'), writeId });

/** The server has heard that the connection is gone when the session can be taken. */
async function resumed(sessionId: string): Promise<Peer> {
  for (;;) {
    const peer = await connect(served.url);
    const { error } = await peer.call('initialize', { clientName: 'test', resumeSessionId: sessionId });
    if (error === undefined) {
      peer.notify('initialized');
      return peer;
    }
    expect(error).toEqual({
      code: -32010,
      message: `session ${sessionId} is already attached to another connection`,
    });
    peer.drop();
  }
}

describe('a session whose connection is lost', () => {
  it('runs on, and gives a later connection what it missed, once, and what comes from then on', async () => {
    served = await serving();
    const peer = await served.peer();
    const script = 'while read -r line; do echo "$line"; done; echo end';
    await peer.start('loop', ['/bin/sh', '-c', script], { pipeStdin: true });
    await write(peer, 'loop', 'one\n', '1');
    const first = await peer.until(({ method }) => method === 'process/output');
    // Said into the dark: nobody hears the answer, and it is said again.
    peer.send(
      JSON.stringify({
        id: 'w',
        method: 'process/write',
        params: { processId: 'loop', chunk: Buffer.from('two\n').toString('base64'), writeId: '2' },
      }),
    );
    await peer.until(({ id }) => id === 'w');
    peer.drop();
    const again = await resumed(peer.sessionId);
    expect(await write(again, 'loop', 'two\n', '2')).toEqual({ status: 'accepted' });
    const missed = await again.ask('process/read', { processId: 'loop', afterSeq: first.params?.seq, waitMs: 10_000 });
    expect(readText(missed)).toBe('two\n');
    await write(again, 'loop', 'three\n', '3');
    const next = await again.until(({ method, params }) => method === 'process/output' && Number(params?.seq) > 2);
    expect(next.params).toMatchObject({ seq: 3 });
    expect(textOf([next])).toBe('three\n');
  });

  it('does not wait for anybody: a flood runs to its end into the window', async () => {
    served = await serving();
    const peer = await served.peer();
    const size = String(freshSize(50_000_000));
    peer.socket.pause();
    await Promise.race([
      peer.start('flood', ['/usr/bin/head', '-c', size, '/dev/zero']),
      // Its answer is not read, because nothing is.
      eventually(() => processesWith(size).length === 1, 'the flood has begun'),
    ]);
    peer.drop();
    const again = await resumed(peer.sessionId);
    let answer = await again.ask('process/read', { processId: 'flood' });
    while (answer.closed !== true) {
      const after = Number(answer.nextSeq) - 1;
      answer = await again.ask('process/read', { processId: 'flood', afterSeq: after, waitMs: 10_000 });
    }
    expect(await again.ask('process/read', { processId: 'flood' })).toMatchObject({ exitCode: 0, closed: true });
  });

  it('is nobody else to take while its connection lives, and keeps two of one name apart', async () => {
    served = await serving();
    const peer = await served.peer();
    await peer.start('k', ['/bin/cat'], { pipeStdin: true });
    const other = await served.peer();
    await other.start('k', ['/bin/true']);
    await other.events('k');
    const third = await connect(served.url);
    expect((await third.call('initialize', { clientName: 'x', resumeSessionId: peer.sessionId })).error?.code).toBe(
      -32010,
    );
    // It can still have one of its own.
    await third.shakeHands();
    expect((await third.call('process/read', { processId: 'k' })).error?.message).toBe('unknown process id k');
    third.drop();
    expect(await peer.ask('process/terminate', { processId: 'k' })).toEqual({ running: true });
  });

  it('can be taken from a connection that says nothing any more, though it was never closed', async () => {
    served = await serving();
    const silent = await connect(served.url, { autoPong: false });
    await silent.shakeHands();
    await silent.start('cat', ['/bin/cat'], { pipeStdin: true });
    // One that answers keeps it.
    const { sessionId } = await served.peer();
    const other = await connect(served.url);
    const refused = await other.call('initialize', { clientName: 'x', resumeSessionId: sessionId });
    expect(refused.error?.code).toBe(-32010);
    const again = await resumed(silent.sessionId);
    expect(await write(again, 'cat', 'x', '1')).toEqual({ status: 'accepted' });
    expect((await silent.ended)[0]).toBe(1006);
    expect((await other.call('initialize', { clientName: 'x', resumeSessionId: sessionId })).error?.code).toBe(-32010);
    for (const peer of [again, other]) peer.drop();
  });

  it('ends with all that runs in it when nobody comes in time', async () => {
    served = await serving({ retentionMs: 150 });
    const peer = await served.peer();
    const marker = `42${Date.now()}`;
    await peer.start('sleeper', ['/bin/sleep', marker]);
    expect(processesWith(marker).length).toBe(1);
    peer.drop();
    await eventually(() => processesWith(marker).length === 0, 'the command is ended');
    const late = await connect(served.url);
    const { error } = await late.call('initialize', { clientName: 'x', resumeSessionId: peer.sessionId });
    expect(error).toEqual({ code: -32600, message: `unknown session id ${peer.sessionId}` });
    late.drop();
  });

  it('lives on when it was resumed in time', async () => {
    served = await serving({ retentionMs: 300 });
    const peer = await served.peer();
    await peer.start('cat', ['/bin/cat'], { pipeStdin: true });
    peer.drop();
    const again = await resumed(peer.sessionId);
    // Past the time at which it would have ended.
    await again.call('process/read', { processId: 'cat', waitMs: 500 });
    expect(await write(again, 'cat', 'here\n', '1')).toEqual({ status: 'accepted' });
    await again.until(({ method }) => method === 'process/output');
  });
});

describe('a closed process', () => {
  it('is there for its time, counted from the end of its streams, and then its name is free', async () => {
    served = await serving({ retentionMs: 200 });
    const peer = await served.peer();
    const fifo = join(served.folder, 'fifo');
    execFileSync('mkfifo', [fifo]);
    await peer.start('p', ['/bin/sh', '-c', `(read -r line < ${fifo}; echo "$line") & echo first`]);
    const exited = await peer.until(({ method }) => method === 'process/exited');
    // Longer than a closed one is kept: it has exited, and what it left holds its streams.
    const afterSeq = exited.params?.seq;
    expect(await peer.ask('process/read', { processId: 'p', afterSeq, waitMs: 400 })).toMatchObject({ closed: false });
    writeFileSync(fifo, 'late\n');
    await peer.events('p');
    expect(readText(await peer.ask('process/read', { processId: 'p' }))).toBe('first\nlate\n');
    for (;;) {
      const { error } = await peer.call('process/read', { processId: 'p', waitMs: 50 });
      if (error !== undefined) {
        expect(error.message).toBe('unknown process id p');
        break;
      }
    }
    await peer.start('p', ['/bin/true']);
  });
});

describe('the end of a server', () => {
  it('ends the commands of every session, attached or not', async () => {
    served = await serving();
    const marker = `53${Date.now()}`;
    const peer = await served.peer();
    const other = await served.peer();
    await peer.start('a', ['/bin/sleep', marker]);
    await other.start('b', ['/bin/sh', '-c', `trap "" TERM HUP; sleep ${marker}; :`], { tty: true });
    peer.drop();
    await served.close();
    expect(processesWith(marker)).toEqual([]);
  });
});
