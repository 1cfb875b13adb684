// The way to another machine breaks while a command runs there, and is mended.

import { once } from 'node:events';
import { existsSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { eventually } from '../machine.ts';
import { openTestPlace, type TestPlace } from './places.ts';

let place: TestPlace | null = null;
let way: Way | null = null;
afterEach(async () => {
  await place?.close();
  way?.cut();
});

interface Way {
  readonly port: number;
  /** Breaks every connection and takes no new one, until it is mended. */
  cut(): void;
  mend(): Promise<void>;
}

async function openWay(to: number): Promise<Way> {
  const sockets = new Set<Socket>();
  let server: Server | null = null;
  const listen = async (at: number): Promise<number> => {
    const listening = createServer((socket) => {
      const other = connect(to, '127.0.0.1');
      for (const [one, two] of [
        [socket, other],
        [other, socket],
      ] as const) {
        sockets.add(one);
        one.pipe(two);
        one.on('error', () => two.destroy()).on('close', () => two.destroy());
      }
    }).listen(at, '127.0.0.1');
    await once(listening, 'listening');
    server = listening;
    return (listening.address() as AddressInfo).port;
  };
  const port = await listen(0);
  return {
    port,
    cut() {
      server?.close();
      for (const socket of sockets) socket.destroy();
      sockets.clear();
    },
    mend: async () => void (await listen(port)),
  };
}

it('is told while it lasts, and what was printed meanwhile comes once', async () => {
  place = await openTestPlace('websocket', async (url) => {
    way = await openWay(Number(new URL(url).port));
    return `ws://127.0.0.1:${way.port}`;
  });
  const name = (file: string): string => join(place?.workspace ?? '', file);
  const awaited = (file: string): string => `while [ ! -e ${name(file)} ]; do sleep 0.01; done`;
  const script = `echo before; ${awaited('go')}; echo meanwhile; touch ${name('said')}; ${awaited('end')}; echo after`;
  const { told } = await place.start(script);
  await told.until(() => told.text().includes('before'));
  way?.cut();
  await told.until(() => told.order.includes('unlinked'));
  writeFileSync(name('go'), '');
  await eventually(() => existsSync(name('said')), 'it goes on there');
  expect(told.text()).toBe('before\n');
  await way?.mend();
  await told.until(() => told.order.includes('linked'));
  expect(told.text()).toBe('before\nmeanwhile\n');
  writeFileSync(name('end'), '');
  expect(await told.closed).toMatchObject({ exit: { kind: 'code', code: 0 }, ran: true });
  expect(told.text()).toBe('before\nmeanwhile\nafter\n');
  expect(told.order.filter((what) => what.endsWith('linked'))).toEqual(['unlinked', 'linked']);
});
