// How long a tool call waits for its process before it is answered.

import type { SessionProcess } from './process.ts';

/**
 * Output can follow the exit while a grandchild holds the streams open; after this much silence the call is answered
 * with what there is, and late output stays readable.
 */
const SILENCE_AFTER_EXIT_MS = 250;

/** A stop ends its processes within this time; whatever still lives then is not waited for. */
const STOP_LIMIT_MS = 8000;

/** `finished`: no more can come. `open`: it goes on (or its streams do). `background`: a person sent it there. */
export type WaitEnd = 'finished' | 'open' | 'background' | 'aborted';

/**
 * Waits until a call about `process` can be answered: it finished, its yield time is over (never while a question is
 * open), or a person sent it to the background. `yieldMs` null waits without limit. When `signal` aborts, a process of
 * the stopped turn is waited for until it ended, one that goes on in the background is not.
 */
export function waitToAnswer(
  process: SessionProcess,
  options: { readonly yieldMs: number | null; readonly isQuestionOpen: () => boolean; readonly signal: AbortSignal },
): Promise<WaitEnd> {
  return new Promise((resolve) => {
    let yieldTimer: NodeJS.Timeout | null = null;
    let silenceTimer: NodeJS.Timeout | null = null;
    let isOver = false;
    const wasInBackground = process.isInBackground;

    const end = (how: WaitEnd) => {
      if (yieldTimer !== null) clearTimeout(yieldTimer);
      if (silenceTimer !== null) clearTimeout(silenceTimer);
      stopWatching();
      options.signal.removeEventListener('abort', abort);
      resolve(how);
    };
    const abort = () => {
      if (wasInBackground) return end('aborted');
      if (yieldTimer !== null) clearTimeout(yieldTimer);
      yieldTimer = setTimeout(() => end('aborted'), STOP_LIMIT_MS);
    };
    const look = () => {
      if (process.finished !== null) return end('finished');
      if (process.isInBackground && !wasInBackground) return end('background');
      if (isOver && !options.isQuestionOpen()) return end('open');
      if (process.exit !== null && !options.isQuestionOpen()) restartSilence();
    };
    const restartSilence = () => {
      if (silenceTimer !== null) clearTimeout(silenceTimer);
      silenceTimer = setTimeout(() => {
        if (process.exit !== null && !options.isQuestionOpen()) end('open');
      }, SILENCE_AFTER_EXIT_MS);
    };

    const stopWatching = process.watch(look);
    options.signal.addEventListener('abort', abort, { once: true });
    if (options.signal.aborted) abort();
    else if (options.yieldMs !== null) {
      yieldTimer = setTimeout(() => {
        isOver = true;
        look();
      }, options.yieldMs);
    }
    look();
  });
}
