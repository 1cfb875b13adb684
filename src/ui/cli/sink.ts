// How is a stream of ours written that may be slow, or closed by whoever reads it?

import { causeOf, errnoOf } from '../../problem/index.ts';

/** A pipe, a socket, a terminal. */
const READER_LEFT: readonly string[] = ['EPIPE', 'ECONNRESET', 'EIO'];

export interface Sink {
  /** Resolves when the next piece can be taken, or nobody reads any more. */
  write(piece: string | Uint8Array): Promise<void>;
  /** Resolves when all of it has left. */
  flush(): Promise<void>;
  /** Nobody reads any more, or nobody waits for who does. */
  readonly isGone: boolean;
  /** From now on nothing is written and nothing waited for. */
  abandon(): void;
}

/** `onGone`: nothing can be written any more; `why` is `''` when it is only that the reader closed its end. */
export function openSink(stream: NodeJS.WritableStream, onGone: (why: string) => void = () => {}): Sink {
  let isGone = false;
  let wake: () => void = () => {};
  const leave = (): void => {
    isGone = true;
    wake();
  };
  stream.on('drain', () => wake());
  stream.on('error', (error) => {
    if (isGone) return;
    leave();
    onGone(READER_LEFT.includes(errnoOf(error)) ? '' : causeOf(error));
  });

  const drained = (): Promise<void> =>
    new Promise((resolve) => {
      wake = resolve;
    });

  return {
    get isGone() {
      return isGone;
    },
    async write(piece) {
      if (isGone || piece.length === 0) return;
      if (!stream.write(piece) && !isGone) await drained();
    },
    async flush() {
      if (isGone) return;
      const written = drained();
      stream.write('', () => wake());
      await written;
    },
    abandon: leave,
  };
}
