// How long a server may be silent, and how long it may take to close a stream in which all was said.

import { setTimeout as sleep } from 'node:timers/promises';
import { NEVER_MS } from './provider-client.ts';
import type { ResponseFailure } from './response-failure.ts';

export interface IdleWatch {
  /** Aborted by the caller's signal, by silence, and at the end. */
  readonly signal: AbortSignal;
  /** `isEnding`: what still comes is not waited for long. */
  over(events: AsyncIterable<unknown>, isEnding: () => boolean): AsyncIterable<unknown>;
  /** Set when it was silence. */
  failure(): ResponseFailure | null;
  dispose(): void;
}

/** How much was used comes behind the last word, or never. */
const LAST_WORDS_MS = 1000;

/** Silence is judged while waiting for the server only: a slow reader of ours is not the server's fault. */
export function watchIdle(idleMs: number, outer: AbortSignal): IdleWatch {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  outer.addEventListener('abort', abort, { once: true });
  if (outer.aborted) abort();
  let silence: 'none' | 'failure' | 'end' = 'none';
  const arm = (isEnding: boolean): NodeJS.Timeout =>
    setTimeout(
      () => {
        silence = isEnding ? 'end' : 'failure';
        controller.abort();
      },
      Math.min(isEnding ? LAST_WORDS_MS : idleMs, idleMs, NEVER_MS),
    );
  let timer = arm(false);
  return {
    signal: controller.signal,
    async *over(events, isEnding) {
      const iterator = events[Symbol.asyncIterator]();
      let hasEnded = false;
      try {
        for (;;) {
          clearTimeout(timer);
          timer = arm(isEnding());
          const next = await nextUnless(() => silence === 'end' || isEnding(), iterator);
          clearTimeout(timer);
          hasEnded = next.done === true;
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        clearTimeout(timer);
        if (!hasEnded && !controller.signal.aborted && !(await endsSoon(iterator))) abort();
        await iterator.return?.();
      }
    },
    failure: () => (silence === 'failure' ? { kind: 'silent', idleMs } : null),
    dispose() {
      clearTimeout(timer);
      outer.removeEventListener('abort', abort);
    },
  };
}

/** Cut off after its last word, by us or by its server, a stream has ended, and not failed. */
async function nextUnless(isOver: () => boolean, iterator: AsyncIterator<unknown>): Promise<IteratorResult<unknown>> {
  try {
    return await iterator.next();
  } catch (error) {
    if (isOver()) return { done: true, value: undefined };
    throw error;
  }
}

/** How long a stream may take to close after its last event. */
const LINGER_MS = 100;

/** A stream read to its very end leaves its connection for the next request, which saves a handshake. */
async function endsSoon(iterator: AsyncIterator<unknown>): Promise<boolean> {
  const patience = new AbortController();
  const drained = async (): Promise<boolean> => {
    while (!patience.signal.aborted) if ((await iterator.next()).done === true) return true;
    return false;
  };
  // Trouble after the last event is nobody's trouble any more: the connection is closed, and a new one opened.
  const outOfPatience = waited(LINGER_MS, patience.signal).then(() => false);
  const hasEnded = await Promise.race([drained().catch(() => false), outOfPatience]);
  patience.abort();
  return hasEnded;
}

/** False when the wait was called off. */
export async function waited(ms: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(ms, undefined, { signal });
    return true;
  } catch {
    // Only an abort ends this sleep early.
    return false;
  }
}
