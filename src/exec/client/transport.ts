// What does the client need of the way its messages travel?

import type { Result } from '../../problem/index.ts';

export interface TransportListener {
  /** One message, as text. */
  message(text: string): void;
  /** Nothing comes any more; told once, and only of a transport that was open. `why` holds no secrets. */
  ended(why: string): void;
}

/** One open way to a server. */
export interface Transport {
  send(text: string): void;
  /** What was sent and is still in our memory, in bytes. */
  waitingBytes(): number;
  /** Everything that ever came, in bytes, messages that are not complete included: a sign of life. */
  receivedBytes(): number;
  /** Asks for a sign of life; null where the way has none of its own. */
  readonly ping: (() => void) | null;
  /** Stops reading, so that the server stops too; what was read already may still come. */
  pause(): void;
  resume(): void;
  /** What was sent goes out first. Resolves when the other side is gone, or was made to go. */
  close(): Promise<void>;
}

/** Opens a way. The problem is one sentence without secrets. */
export type OpenTransport = (listener: TransportListener, signal: AbortSignal) => Promise<Result<Transport, string>>;
