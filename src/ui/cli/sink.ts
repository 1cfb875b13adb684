// How is a stream of ours written that may be slow, or closed by whoever reads it?

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

/** `onGone`: the reader closed its end. */
export function openSink(stream: NodeJS.WritableStream, onGone: () => void = () => {}): Sink {
  let isGone = false;
  let wake: () => void = () => {};
  const leave = (): void => {
    isGone = true;
    wake();
  };
  stream.on('drain', () => wake());
  // EPIPE, or EIO of a terminal that went away. Whoever reads stdin of nothing is not told.
  stream.on('error', () => {
    if (isGone) return;
    leave();
    onGone();
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
