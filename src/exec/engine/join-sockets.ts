// Two sockets become one connection: bytes both ways, each side's end passed on, neither outliving the other.

import type net from 'node:net';

/**
 * How long a tunnel may be silent after one side has finished sending. A client that is gone altogether looks like one
 * that only has nothing more to say; without a limit each would hold a connection for ever.
 */
const SILENT_HALF_OPEN_MS = 120_000;

/**
 * Joins them until both ended. Never holds more than the two streams' own marks: a side is read only as fast as the
 * other one takes it.
 */
export function joinSockets(client: net.Socket, upstream: net.Socket, halfOpenMs = SILENT_HALF_OPEN_MS): void {
  passOn(client, upstream, halfOpenMs);
  passOn(upstream, client, halfOpenMs);
}

function passOn(from: net.Socket, to: net.Socket, halfOpenMs: number): void {
  from.once('end', () => {
    // Reading and writing both count: while anything flows, neither socket is idle.
    for (const socket of [from, to]) socket.setTimeout(halfOpenMs, () => socket.destroy());
  });
  from.once('error', () => abort(to));
  // What was read before the close is still written out.
  from.once('close', () => to.destroySoon());
  if (from.destroyed) return abort(to);
  from.pipe(to);
}

/** A broken connection must not look like a finished one on the other side. */
function abort(socket: net.Socket): void {
  // Only TCP can say so; a unix socket has no address and just closes.
  if (socket.remoteAddress !== undefined) socket.resetAndDestroy();
  else socket.destroy();
}
