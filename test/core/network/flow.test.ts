import { once } from 'node:events';
import net from 'node:net';
import { describe, expect, it } from 'vitest';
import { joinSockets } from '../../../src/exec/index.ts';
import { connectTo, listen, promised, readAll, startOrigin, startProxy, tunnelTo } from './proxied.ts';

const MB = 1024 * 1024;
const TOTAL = 50 * MB;

/**
 * What Node may hold of one direction: the marks of the socket read and of the one written, each passed by a block.
 * The kernel's own buffers are not ours.
 */
const HELD_AT_MOST = 512 * 1024;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Sends `TOTAL` bytes as fast as they are taken. */
async function flood(socket: net.Socket): Promise<void> {
  const block = Buffer.alloc(64 * 1024, 'x');
  for (let sent = 0; sent < TOTAL; sent += block.length) {
    if (!socket.write(block)) await once(socket, 'drain');
  }
  socket.end();
}

/** A proxy whose both ends can be looked at. */
async function watchedProxy() {
  const dialled: net.Socket[] = [];
  const proxy = await startProxy({
    dial: (host, port) => {
      const socket = net.connect({ host, port, allowHalfOpen: true });
      dialled.push(socket);
      return socket;
    },
  });
  const held = (): number =>
    [...proxy.accepted, ...dialled].reduce((sum, socket) => sum + socket.readableLength + socket.writableLength, 0);
  return { proxy, held };
}

/** Reads a little in each turn of the loop, looking at what is held in between. */
async function readSlowly(reader: net.Socket, held: () => number): Promise<{ bytes: number; most: number }> {
  reader.pause();
  let most = 0;
  let bytes = 0;
  let isOver = false;
  reader.once('end', () => {
    isOver = true;
  });
  while (!isOver) {
    most = Math.max(most, held());
    bytes += reader.read()?.length ?? 0;
    await turn();
  }
  return { bytes, most };
}

/** Until nothing moves any more, everything between the two ends being full; or until too much is held. */
async function untilStuck(held: () => number, writer: net.Socket): Promise<number> {
  let most = 0;
  for (let quiet = 0, before = -1; quiet < 200 && most < HELD_AT_MOST; ) {
    await turn();
    most = Math.max(most, held());
    quiet = writer.bytesWritten === before && writer.writableNeedDrain ? quiet + 1 : 0;
    before = writer.bytesWritten;
  }
  return most;
}

describe('fifty megabytes', () => {
  it('to a client that does not read and then reads slowly are held by the kernel and the server, not by us', async () => {
    const behind = promised<net.Socket>();
    const port = await listen(net.createServer((socket) => behind.resolve(socket)));
    const { proxy, held } = await watchedProxy();
    const client = await tunnelTo(proxy, `127.0.0.1:${port}`);
    const server = await behind.promise;
    const flooding = flood(server);
    const stuck = await untilStuck(held, server);
    expect(stuck).toBeGreaterThan(0);
    expect(stuck).toBeLessThan(HELD_AT_MOST);
    expect(server.bytesWritten).toBeLessThan(TOTAL);
    const { bytes, most } = await readSlowly(client, held);
    await flooding;
    expect(bytes).toBe(TOTAL);
    expect(most).toBeLessThan(HELD_AT_MOST);
  });

  it('to a server that does not read are held back in the same way', async () => {
    const behind = promised<net.Socket>();
    const port = await listen(net.createServer({ pauseOnConnect: true }, (socket) => behind.resolve(socket)));
    const { proxy, held } = await watchedProxy();
    const client = await tunnelTo(proxy, `127.0.0.1:${port}`);
    const server = await behind.promise;
    const flooding = flood(client);
    const stuck = await untilStuck(held, client);
    expect(stuck).toBeLessThan(HELD_AT_MOST);
    const { bytes, most } = await readSlowly(server, held);
    await flooding;
    expect(bytes).toBe(TOTAL);
    expect(most).toBeLessThan(HELD_AT_MOST);
  });

  it('as the body of an answer, and as the body of a request, too', async () => {
    const body = Buffer.alloc(TOTAL, 'x');
    let received = 0;
    const port = await listen(
      net.createServer((socket) => {
        socket.on('data', (chunk) => {
          received += chunk.length;
          if (received < TOTAL) return;
          socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
        });
      }),
    );
    const origin = await startOrigin((_, response) => response.end(body));
    const { proxy, held } = await watchedProxy();
    const down = await proxy.connect();
    down.write(`GET http://127.0.0.1:${origin.port}/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const { bytes, most } = await readSlowly(down, held);
    expect(bytes).toBeGreaterThan(TOTAL);
    expect(most).toBeLessThan(HELD_AT_MOST);

    const up = await proxy.connect();
    const all = readAll(up);
    up.write(`POST http://127.0.0.1:${port}/ HTTP/1.1\r\nHost: x\r\nContent-Length: ${TOTAL}\r\n\r\n`);
    await flood(up);
    expect(await all).toMatch(/ok$/);
  });
});

describe('a tunnel of which one side has ended', () => {
  /** A pair of sockets that are joined to another pair. */
  async function joined(halfOpenMs: number) {
    const ends: net.Socket[] = [];
    const two = promised();
    const port = await listen(
      net.createServer({ allowHalfOpen: true }, (socket) => {
        ends.push(socket);
        if (ends.length === 2) two.resolve();
      }),
    );
    const client = await connectTo(port);
    const server = await connectTo(port);
    await two.promise;
    const [first, second] = ends;
    if (first === undefined || second === undefined) throw new Error('no sockets');
    joinSockets(first, second, halfOpenMs);
    return { client, server };
  }

  it('is closed when the other one stays silent', async () => {
    const { client, server } = await joined(50);
    const closed = Promise.all([readAll(client), readAll(server)]);
    client.end('bye');
    expect(await closed).toEqual(['', 'bye']);
    server.destroy();
  });

  it('goes on while the other one talks', async () => {
    const { client, server } = await joined(1000);
    const all = readAll(client);
    client.end();
    let told = 0;
    // Half as long again as the limit, a word in each tenth of it.
    const talk = setInterval(() => {
      server.write('.');
      if (++told < 15) return;
      clearInterval(talk);
      server.end();
    }, 100);
    expect(await all).toBe('.'.repeat(15));
  });
});
