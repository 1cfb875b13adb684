import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { openEnvironmentConnection } from '../../../src/exec/client/environment-connection.ts';
import { webSocketTransport } from '../../../src/exec/client/websocket.ts';
import { eventually } from '../machine.ts';
import { openFakeServer } from './fake-server.ts';
import { listen, problemOf, startParams, TIMES, unwrap } from './listening.ts';

const connectionTo = (url: string, isEager = true) =>
  openEnvironmentConnection({
    name: 'devbox',
    isEager,
    canResume: true,
    open: webSocketTransport({ url, token: 'secret-token', connectMs: 2000 }),
    times: TIMES,
  });

/** A port where nobody listens. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise<void>((resolve) => server.once('listening', () => resolve()));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

it('an environment with a URL is connected to in the background, and everybody shares the attempt', async () => {
  const server = await openFakeServer();
  const connection = connectionTo(server.url);
  expect(connection.state()).toBe('connecting');
  const clients = await Promise.all(Array.from({ length: 10 }, () => connection.use()));
  expect(new Set(clients.map(unwrap)).size).toBe(1);
  expect(server.peers.length).toBe(1);
  expect(unwrap(await connection.use()).info.shell.name).toBe('bash');
  await connection.dispose();
  await server.close();
});

it('a failed attempt is told to everybody who shared it, and a later use makes one more', async () => {
  const port = await freePort();
  const connection = connectionTo(`ws://127.0.0.1:${port}`);
  const problems = (await Promise.all([connection.use(), connection.use()])).map(problemOf);
  expect(problems[0]).toBe(problems[1]);
  expect(problems[0]?.why).toMatch(/ECONNREFUSED/);
  expect(problems[0]?.next).toMatch(/Nothing was run elsewhere/);
  expect(connection.state()).toBe('failed');
  expect(connection.problem()).toBe(problems[0]);
  const server = await openFakeServer({ port });
  const clients = await Promise.all([connection.use(), connection.use()]);
  expect(new Set(clients.map(unwrap)).size).toBe(1);
  expect(server.peers.length).toBe(1);
  expect(connection.problem()).toBe(null);
  await connection.dispose();
  await server.close();
});

it('a session that is lost for good is followed by a new one, which all who ask share', async () => {
  const server = await openFakeServer();
  const connection = connectionTo(server.url, false);
  const first = unwrap(await connection.use());
  const heard = listen();
  unwrap(await first.startProcess(startParams('p'), heard.listener));
  server.forgetSessions();
  server.peers[0]?.cut();
  await heard.over;
  expect(connection.state()).toBe('failed');
  expect(connection.problem()?.why).toMatch(/unknown session id/);
  const before = server.peers.length;
  const clients = (await Promise.all([connection.use(), connection.use(), connection.use()])).map(unwrap);
  expect(new Set(clients).size).toBe(1);
  expect(clients[0]).not.toBe(first);
  expect(server.peers.length).toBe(before + 1);
  // The old handle stays what it was.
  expect(problemOf(await first.call('environment/status', null)).kind).toBe('failed');
  await connection.dispose();
  await server.close();
});

it('a session is used while it is being recovered', async () => {
  const server = await openFakeServer();
  const connection = connectionTo(server.url);
  const client = unwrap(await connection.use());
  const told: boolean[] = [];
  connection.watchLink((isLinked) => told.push(isLinked));
  server.peers[0]?.cut();
  await eventually(() => told.length === 2, 'it comes back');
  expect(told).toEqual([false, true]);
  expect(server.peers.length).toBe(2);
  expect(unwrap(await connection.use())).toBe(client);
  unwrap(await client.call('environment/status', null));
  await connection.dispose();
  await server.close();
});

it('disposing cancels an attempt under way, and nothing is connected to afterwards', async () => {
  const server = await openFakeServer({ intercept: () => true });
  const connection = connectionTo(server.url);
  const use = connection.use();
  await eventually(() => server.callsOf('initialize').length === 1, 'it is under way');
  const gone = new Promise<void>((resolve) => server.peers[0]?.socket.once('close', () => resolve()));
  await connection.dispose();
  await gone;
  expect((await use).ok).toBe(false);
  expect(problemOf(await connection.use()).what).toBe('The environment devbox was taken away.');
  expect(server.peers.length).toBe(1);
  await server.close();
});
