// Between a client and a server: every message is counted, and at one of them something happens.

import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

/**
 * `cutBefore`: the connection breaks, and the message is lost. `cutAfter`: it arrives, and the connection breaks.
 * `cutTwice`: as `cutBefore`, and once more a few messages later. `delay`: it and all behind it come later. `duplicate`:
 * it comes twice. `swap`: the next one of its direction overtakes it. `lose`: it never comes.
 */
export type Disturbance = 'none' | 'cutBefore' | 'cutAfter' | 'cutTwice' | 'delay' | 'duplicate' | 'swap' | 'lose';

export interface ChaosProxy {
  readonly url: string;
  /** What passed, in order: `>` to the server, `<` to the client, with what it was. */
  readonly passed: string[];
  close(): Promise<void>;
}

/** Longer than a client waits for a hole to fill. */
const DELAY_MS = 60;

/** A message that nothing overtakes goes on after this. */
const OVERTAKE_MS = 30;

const SECOND_CUT = 3;

export async function openChaosProxy(upstream: string, at: number, disturbance: Disturbance): Promise<ChaosProxy> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise<void>((resolve) => sockets.once('listening', () => resolve()));
  const passed: string[] = [];

  sockets.on('connection', (client) => {
    const server = new WebSocket(upstream);
    const cut = (): void => {
      client.terminate();
      server.terminate();
    };
    const early: string[] = [];
    const toServer = oneWay('>', (text, sent) => server.send(text, sent), cut);
    const toClient = oneWay('<', (text, sent) => client.send(text, sent), cut);
    client.on('message', (data) => {
      if (server.readyState === WebSocket.OPEN) toServer(String(data));
      else early.push(String(data));
    });
    server.on('open', () => {
      for (const text of early) toServer(text);
    });
    server.on('message', (data) => toClient(String(data)));
    for (const socket of [client, server]) {
      socket.on('close', cut);
      socket.on('error', cut);
    }
  });

  /** Passes the messages of one direction of one connection on. */
  const oneWay = (
    arrow: string,
    send: (text: string, sent: () => void) => void,
    cut: () => void,
  ): ((text: string) => void) => {
    let held: string | null = null;
    const waiting: string[] = [];
    let isDelayed = false;

    const pass = (text: string): void => {
      send(text, () => {});
      if (held === null) return;
      const overtaken = held;
      held = null;
      send(overtaken, () => {});
    };
    return (text) => {
      const index = passed.push(`${arrow} ${nameOf(text)}`) - 1;
      if (isDelayed) return void waiting.push(text);
      const isSecondCut = disturbance === 'cutTwice' && index === at + SECOND_CUT;
      if (index !== at && !isSecondCut) return pass(text);
      switch (disturbance) {
        case 'none':
          return pass(text);
        case 'cutBefore':
        case 'cutTwice':
          return cut();
        case 'cutAfter':
          return send(text, cut);
        case 'duplicate':
          pass(text);
          return pass(text);
        case 'delay':
          isDelayed = true;
          waiting.push(text);
          setTimeout(() => {
            isDelayed = false;
            for (const late of waiting.splice(0)) pass(late);
          }, DELAY_MS);
          return;
        case 'swap':
          held = text;
          setTimeout(() => {
            const late = held;
            held = null;
            if (late !== null) pass(late);
          }, OVERTAKE_MS);
          return;
        case 'lose':
          return;
      }
    };
  };

  return {
    url: `ws://127.0.0.1:${(sockets.address() as AddressInfo).port}`,
    passed,
    close() {
      for (const socket of sockets.clients) socket.terminate();
      return new Promise((resolve) => sockets.close(() => resolve()));
    },
  };
}

/** The method of a request or notification; an answer has none. */
function nameOf(text: string): string {
  return (JSON.parse(text) as { method?: string }).method ?? 'answer';
}
