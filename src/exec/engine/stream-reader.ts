// What do the lines of an output say, when two streams of it come one after the other and cut each other's lines?

import { countNewlines } from '../../bytes/index.ts';
import { type KeptLine, type LineWatch, openLineWatch } from '../../sandbox/index.ts';
import type { OutputStream } from '../environment.ts';

/** See `openLineWatch`. */
export interface WatchWish {
  readonly withEveryday: boolean;
}

/** Everything up to byte `to` that no part before has is of one stream. */
export interface StreamPart {
  to: number;
  readonly isError: boolean;
}

/** What was found. */
export interface Read {
  readonly newlines: number;
  readonly kept: readonly KeptLine[];
}

export interface StreamReader {
  read(bytes: Uint8Array, stream: OutputStream): void;
  /** Without counting: it was read before. */
  lookAt(bytes: Uint8Array, stream: OutputStream): void;
  result(): Read;
}

/** `wish` null: lines are only counted. */
export function openStreamReader(wish: WatchWish | null): StreamReader {
  const open = (): LineWatch | null => (wish === null ? null : openLineWatch(wish));
  const main = open();
  /** Opened with the first byte of stderr. */
  let errors: LineWatch | null = null;
  let newlines = 0;

  const lookAt = (bytes: Uint8Array, stream: OutputStream): void => {
    if (stream !== 'stderr') return main?.read(bytes);
    errors ??= open();
    errors?.read(bytes);
  };

  return {
    lookAt,
    read(bytes, stream) {
      lookAt(bytes, stream);
      newlines += countNewlines(bytes);
    },
    // Most programs complain on stderr.
    result: () => ({ newlines, kept: [...(errors?.lines() ?? []), ...(main?.lines() ?? [])] }),
  };
}
