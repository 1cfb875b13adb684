// A machine for MCP servers: a real `codex exec-server`, with a wire that can be cut and times that are short.

import * as net from 'node:net';
import { openEnvironmentConnection, webSocketTransport } from '../../../src/exec/client/index.ts';
import { CLIENT_TIMES } from '../../../src/exec/client/times.ts';
import { openRemotePlace } from '../../../src/exec/environments/remote.ts';
import type { Environment, ServiceRequest } from '../../../src/exec/index.ts';
import type { Machine } from './opened.ts';

export interface Wire {
  readonly url: string;
  /** Connections that are there break without a word; new ones are taken as before. */
  cut(): void;
  /** The first connection breaks when so many bytes went to the server. */
  cutAfter(bytes: number): void;
  cuts(): number;
  close(): Promise<void>;
}

export async function openWire(upstream: string): Promise<Wire> {
  const { hostname, port } = new URL(upstream);
  const sockets = new Set<net.Socket>();
  let limit = Number.POSITIVE_INFINITY;
  let cuts = 0;
  const cut = () => {
    cuts += 1;
    limit = Number.POSITIVE_INFINITY;
    for (const socket of sockets) socket.resetAndDestroy();
  };
  const server = net.createServer((client) => {
    const there = net.connect(Number(port), hostname);
    let sent = 0;
    for (const socket of [client, there]) {
      sockets.add(socket);
      const other = socket === client ? there : client;
      socket.on('data', (bytes) => {
        if (socket === client) sent += bytes.length;
        if (sent > limit) return cut();
        other.write(bytes);
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens on a port has such an address.
  const { port: own } = server.address() as net.AddressInfo;
  return {
    url: `ws://127.0.0.1:${own}`,
    cut,
    cutAfter: (bytes) => {
      limit = bytes;
    },
    cuts: () => cuts,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export function openMachineAt(url: string, recoveryMs = 20_000): Environment {
  const open = webSocketTransport({ url, token: null, connectMs: 5_000 });
  const times = { ...CLIENT_TIMES, recoveryMs };
  return openRemotePlace({
    connection: openEnvironmentConnection({ name: 'devbox', isEager: true, canResume: true, open, times }),
  });
}

/** The same machine, for which a port is another one: what asks for it from here finds nobody. */
export function withPort(machine: Environment, from: number, to: number, seen: ServiceRequest[] = []): Machine {
  return {
    name: machine.name,
    async ready() {
      const ready = await machine.ready();
      if (!ready.ok || ready.value.services === null) return ready;
      const { services } = ready.value;
      return {
        ok: true,
        value: {
          ...ready.value,
          services: {
            ...services,
            request(request) {
              seen.push(request);
              return services.request({ ...request, url: request.url.replace(`:${from}/`, `:${to}/`) });
            },
          },
        },
      };
    },
  };
}
