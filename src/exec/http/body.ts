// In which pieces is a body read? Few large ones, and no faster than they are taken.

import type { IncomingMessage } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** The most of one piece, and about what is read ahead of whoever takes them. The protocol allows no larger delta. */
const PIECE_BYTES = 1024 * 1024;

/** `whole`: the body ended where it said it would. `cut`: it did not, or the call was cancelled. */
export type Piece =
  | { readonly kind: 'bytes'; readonly bytes: Buffer }
  | { readonly kind: 'whole' }
  | { readonly kind: 'cut' };

export interface Body {
  /** Waits until something is there, and for whatever else comes in the same turn of the loop. One caller at a time. */
  next(): Promise<Piece>;
  /** Nothing more is wanted. */
  leave(): void;
}

/** Of an answer that no body can follow. */
export const NO_BODY: Body = {
  async next() {
    await nextTurn();
    return { kind: 'whole' };
  },
  leave() {},
};

/** Reads ahead from the start, so that no fault goes unheard. */
export function openBody(response: IncomingMessage, cancel: AbortSignal): Body {
  let waiting: Buffer[] = [];
  let waitingBytes = 0;
  let ended: 'whole' | 'cut' | null = cancel.aborted ? 'cut' : null;
  let wake = (): void => {};

  const end = (how: 'whole' | 'cut'): void => {
    ended ??= how;
    wake();
  };
  // A response that is cancelled drops what nobody has read yet, and may then end as if that had been all.
  const onCancel = (): void => end('cut');
  cancel.addEventListener('abort', onCancel);
  response.once('end', () => end('whole'));
  response.on('error', () => end('cut'));
  response.once('close', () => {
    cancel.removeEventListener('abort', onCancel);
    end('cut'); // Says nothing new after either of the others.
  });
  response.on('data', (bytes: Buffer) => {
    waiting.push(bytes);
    waitingBytes += bytes.length;
    if (waitingBytes >= PIECE_BYTES) response.pause();
    wake();
  });

  const take = (): Buffer => {
    const all = waiting.length === 1 ? waiting[0]! : Buffer.concat(waiting);
    const piece = all.subarray(0, PIECE_BYTES);
    waiting = piece.length === all.length ? [] : [all.subarray(PIECE_BYTES)];
    waitingBytes -= piece.length;
    if (waitingBytes < PIECE_BYTES) response.resume();
    return piece;
  };

  return {
    async next() {
      if (waitingBytes === 0 && ended === null) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      await nextTurn();
      if (waitingBytes > 0) return { kind: 'bytes', bytes: take() };
      return { kind: ended ?? 'cut' };
    },
    leave() {
      response.destroy();
    },
  };
}
