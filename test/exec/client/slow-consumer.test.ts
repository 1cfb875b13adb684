import { describe, expect, it } from 'vitest';
import { eventually } from '../machine.ts';
import { connect, expectWhole, listen, problemOf, startParams, unwrap } from './listening.ts';
import { begin, client, server } from './pair.ts';

const reads = (): number => server.callsOf('process/read').length;

describe('a slow consumer', () => {
  it('stops the reading of the connection, holds little, and loses nothing: neither the connection nor a call', async () => {
    const total = 64 << 20;
    const piece = 'x'.repeat(256 << 10);
    let sent = 0;
    await begin(
      {
        intercept: ({ method }) => method === 'fs/readBlock',
        program(it) {
          const socket = server.peers.at(-1)?.socket;
          const push = (): void => {
            while (sent < total && (socket?.bufferedAmount ?? 0) < 1 << 20) {
              it.out(piece);
              sent += piece.length;
            }
            if (sent < total) setTimeout(push, 2);
            else {
              it.exit(0);
              it.close();
            }
          };
          push();
        },
      },
      { pingMs: 10, callMs: 500 },
    );
    let heardBytes = 0;
    const heard = listen();
    const process = unwrap(
      await client.startProcess(startParams('p'), {
        ...heard.listener,
        output: (bytes) => {
          heardBytes += bytes.length;
        },
      }),
    );
    process.pause();
    const before = heardBytes;
    // Nothing moves any more: the same amount is sent at two looks that are far more than a push apart.
    let last = -1;
    let same = 0;
    await eventually(() => {
      same = sent === last ? same + 1 : 0;
      last = sent;
      return same > 20;
    }, 'the server is stopped');
    expect(heardBytes).toBe(before);
    expect(sent).toBeLessThan(total / 2);
    // What is sent still reaches the server; its answer waits until somebody reads, however long that takes.
    const interrupted = process.interrupt();
    await eventually(() => server.callsOf('process/signal').length === 1, 'the signal arrives');
    const pings: Buffer[] = [];
    server.peers.at(-1)?.socket.on('ping', (data: Buffer) => pings.push(data));
    const other = await connect(server.url, { times: { pingMs: 10, callMs: 500 } });
    expect(problemOf(await other.call('fs/readBlock', { handleId: 'mute', offset: 0, len: 1 })).kind).toBe('late');
    await other.close();
    expect(pings).toEqual([]);
    process.resume();
    unwrap(await interrupted);
    await heard.over;
    expect(heardBytes).toBe(total);
    expectWhole(heard);
    expect(reads()).toBe(0);
    expect(server.peers.length).toBe(2);
  });
});
