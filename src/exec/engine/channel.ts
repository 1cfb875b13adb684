// What does an attempt need of the thing that carries its input and output?

import type { Result } from '../../problem/index.ts';

/** Either a terminal or pipes. Everything may be called at any time; after the end it does nothing. */
export interface Channel {
  write(bytes: Uint8Array): Result<void>;
  /** Room may have been made in the other direction. */
  poke(): void;
  endInput(): void;
  resize(cols: number, rows: number): void;
  /** Types the interrupt character, and forgets what waits to be read. False: it would not be read, send a signal. */
  typeInterrupt(): boolean;
  pause(): void;
  resume(): void;
  /** Reads what is there and ends, although somebody still holds the other side open. */
  abandon(): void;
}

export interface ChannelListener {
  /** Bytes went to the gatherer. */
  read(): void;
  /** A pipe that was full has taken all that waited. */
  drained(): void;
  /** No more bytes can come; told once. */
  ended(): void;
}
