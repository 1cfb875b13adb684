// How does one WebSocket carry the messages of a connection? Read by `ws`, written by us into the same socket.

import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { LIMITS } from '../protocol/messages.ts';
import { type Connection, type ConnectionPlace, openConnection } from './connection.ts';
import { openFrameGuard } from './frame-guard.ts';
import { webSocketFraming } from './framing.ts';
import { openOutbox } from './outbox.ts';
import { FULL_BYTES, openReadingGate } from './reading-gate.ts';
import { openRoom } from './room.ts';

/** An idle connection through a router is forgotten there; a ping keeps it. */
const PING_MS = 30_000;

/** Every peer answers a ping (RFC 6455, 5.5.2). One that has lost its session tries for 45 s to get it back. */
const PROBE_MS = 2000;

/** RFC 6455, 7.4.1: what came is against the rules. */
const POLICY_VIOLATION = 1008;

/** A close frame has room for so much of a reason (RFC 6455, 5.5). */
const REASON_BYTES = 123;

/**
 * `ws` would wrap each message in two writes; its own frames (pongs, pings, the close frame) go between whole ones of
 * ours. `peer` is how it is named in answers to what cannot be read.
 */
export function carryWebSocket(webSocket: WebSocket, socket: Socket, peer: string, place: ConnectionPlace): void {
  socket.setNoDelay(true);
  const room = openRoom();
  const gate = openReadingGate(
    () => webSocket.pause(),
    () => webSocket.resume(),
  );
  const outbox = openOutbox(socket, webSocketFraming, (isCongested) => {
    room.set(!isCongested);
    if (!isCongested) gate.set('full', false);
    connection.congested(isCongested);
  });
  const connection: Connection = openConnection(
    {
      name: `websocket JSON-RPC message from ${peer}`,
      transport: 'websocket',
      send: outbox.send,
      sendBytes: outbox.sendBytes,
      room: room.wait,
      close(reason) {
        outbox.flush();
        outbox.close();
        webSocket.close(POLICY_VIOLATION, Buffer.from(reason).subarray(0, REASON_BYTES).toString());
        end();
      },
      probe() {
        if (probing !== null) return;
        webSocket.ping();
        probing = setTimeout(() => webSocket.terminate(), PROBE_MS);
      },
      pauseReading: (isPaused) => gate.set('busy', isPaused),
    },
    place,
  );
  let probing: NodeJS.Timeout | null = null;
  const alive = (): void => {
    if (probing !== null) clearTimeout(probing);
    probing = null;
  };
  const guard = openFrameGuard(LIMITS.frameBytes);
  const ping = setInterval(() => webSocket.ping(), PING_MS).unref();

  const end = (): void => {
    clearInterval(ping);
    alive();
    room.set(true);
    connection.ended();
  };

  socket.on('data', (bytes: Buffer) => {
    alive();
    if (!guard.read(bytes)) webSocket.terminate();
  });
  webSocket.on('message', (data: Buffer) => {
    connection.receive(data.toString());
    if (outbox.waitingBytes() > FULL_BYTES) gate.set('full', true);
  });
  webSocket.on('error', () => {
    // Broken or oversized frames: `close` follows.
  });
  webSocket.on('close', () => {
    outbox.close();
    end();
  });
}
