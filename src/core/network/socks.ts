// How a SOCKS5 client is served: greeting, request, tunnel.

import type net from 'node:net';
import { joinSockets } from '../../exec/index.ts';
import { type Connection, sayAndClose } from './connection.ts';
import type { Reached } from './gate.ts';
import {
  methodAnswer,
  readGreeting,
  readRequest,
  replyBytes,
  SOCKS_REPLY,
  type SocksRead,
  type SocksReply,
} from './socks-message.ts';

/** Serves one connection of which nothing was read, or everything put back. */
export async function serveSocks({ socket, reach, deadline }: Connection): Promise<void> {
  deadline.start(() => socket.destroy());
  const greeting = await readMessage(socket, readGreeting);
  if (greeting === null) return void socket.destroy();
  if (!greeting.isOpenOffered) return sayAndClose(socket, methodAnswer(greeting));
  socket.write(methodAnswer(greeting));
  const request = await readMessage(socket, readRequest);
  deadline.stop();
  if (request === null) return void socket.destroy();
  if (request.kind === 'unsupported') return sayAndClose(socket, replyBytes(request.reply));
  const reached = await reach({ target: request.target, protocol: 'socks5', method: null });
  if (reached.kind !== 'connected') return sayAndClose(socket, replyBytes(replyFor(reached)));
  socket.write(replyBytes(SOCKS_REPLY.succeeded));
  joinSockets(socket, reached.socket);
}

/** Reads one message, and puts back what came after it. Null: it is none, or the client left in the middle of it. */
function readMessage<T>(socket: net.Socket, read: (bytes: Buffer) => SocksRead<T>): Promise<T | null> {
  return new Promise((resolve) => {
    // No message has more than 262 bytes: what is kept here is that and one chunk.
    let bytes = Buffer.alloc(0);
    const settle = (value: T | null): void => {
      socket.off('data', take).off('end', leave).off('close', leave);
      socket.pause();
      resolve(value);
    };
    const leave = (): void => settle(null);
    const take = (chunk: Buffer): void => {
      bytes = Buffer.concat([bytes, chunk]);
      const message = read(bytes);
      if (message.kind === 'more') return;
      if (message.kind === 'wrong') return settle(null);
      settle(message.value);
      if (message.length < bytes.length) socket.unshift(bytes.subarray(message.length));
    };
    if (socket.destroyed) return resolve(null);
    socket.on('data', take).once('end', leave).once('close', leave);
    socket.resume();
  });
}

function replyFor(reached: Exclude<Reached, { kind: 'connected' }>): SocksReply {
  if (reached.kind === 'blocked') return SOCKS_REPLY.notAllowed;
  switch (reached.failure.reason) {
    case 'refused':
      return SOCKS_REPLY.refused;
    case 'unresolved':
    case 'unreachable':
    case 'timed_out':
      return SOCKS_REPLY.hostUnreachable;
    case 'upstream_proxy_failed':
    case 'upstream_proxy_refused':
      return SOCKS_REPLY.failed;
  }
}
