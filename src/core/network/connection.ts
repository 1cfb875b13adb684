// One accepted connection, as both protocols see it.

import type net from 'node:net';
import type { Deadline } from './deadline.ts';
import type { Reached } from './gate.ts';
import type { Attempt } from './network-policy.ts';

export interface Connection {
  readonly socket: net.Socket;
  /** Judges, records, and connects; given up when the client goes away. */
  readonly reach: (attempt: Attempt) => Promise<Reached>;
  /** Until when the request must be complete. */
  readonly deadline: Deadline;
}

/** A client that was told something and neither reads nor leaves is left after this time. */
const LINGER_MS = 2000;

/**
 * The last words on a connection. What still arrives is read and thrown away: closing with unread bytes would reset
 * the connection, and the client might lose the answer.
 */
export function sayAndClose(socket: net.Socket, words: string | Uint8Array): void {
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
  socket.end(words);
  socket.resume();
}
