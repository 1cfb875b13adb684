// Is the other side still there? Told apart from a consumer of ours that keeps the line from being read.

import type { Transport } from './transport.ts';

/** As many signs of life in a row may stay out. */
const MISSED_PINGS = 2;

/** Our question waits behind what is on its way out: on a slow line one more may stay out for each of so many bytes. */
const PING_BYTES = 1024 * 1024;

/** Asks for a sign of life every `pingMs`; any byte is one. Returns what ends the asking. */
export function watchLiveness(
  transport: Transport,
  pingMs: number,
  isPaused: () => boolean,
  dead: () => void,
): () => void {
  const { ping } = transport;
  if (ping === null) return () => {};
  let received = transport.receivedBytes();
  let asked = 0;
  const timer = setInterval(() => {
    const now = transport.receivedBytes();
    if (now !== received || isPaused()) asked = 0;
    received = now;
    // An answer could not be read, and a server ends a connection on which too many answers wait to be.
    if (isPaused()) return;
    if (asked >= MISSED_PINGS + Math.ceil(transport.waitingBytes() / PING_BYTES)) return dead();
    asked++;
    ping();
  }, pingMs).unref();
  return () => clearInterval(timer);
}
