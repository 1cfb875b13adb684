// The client of one test, and a server that does what the test says.

import { afterEach } from 'vitest';
import type { ExecClient } from '../../../src/exec/client/client.ts';
import { eventually } from '../machine.ts';
import { type FakeProcess, type FakeServer, type FakeServerOptions, openFakeServer } from './fake-server.ts';
import { connect, type Heard, listen, startParams, unwrap } from './listening.ts';

export let server: FakeServer;
export let client: ExecClient;

export async function begin(options: FakeServerOptions = {}, times = {}): Promise<void> {
  server = await openFakeServer(options);
  client = await connect(server.url, { times });
}
afterEach(async () => {
  await client.close();
  await server.close();
});

/** Cuts the connection; `isBack` resolves when there is a newer one. */
export function cut(): { isBack: Promise<void> } {
  const before = server.peers.length;
  server.peers.at(-1)?.cut();
  const isBack = eventually(
    () => server.peers.length > before && client.state() === 'connected',
    'it is connected again',
  );
  return { isBack };
}

export async function start(id = 'p'): Promise<{ heard: Heard; process: FakeProcess }> {
  const heard = listen();
  unwrap(await client.startProcess(startParams(id), heard.listener));
  const process = server.processes.find((it) => it.id === id);
  if (process === undefined) throw new Error('it was not started');
  return { heard, process };
}
