// What time is it, and how is something done later? A parameter wherever a decision depends on time.

export interface Clock {
  /** Milliseconds on a clock that never goes back; its zero has no meaning. */
  now(): number;
  /** Runs `run` once after `ms` (0: in the next turn of the loop); the result cancels it. */
  after(ms: number, run: () => void): () => void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, run) {
    if (ms <= 0) {
      const soon = setImmediate(run);
      return () => clearImmediate(soon);
    }
    const later = setTimeout(run, ms);
    return () => clearTimeout(later);
  },
};

/** One timer for several reasons to look: the earliest counts. */
export interface WakeUp {
  within(ms: number): void;
  cancel(): void;
}

export function createWakeUp(clock: Clock, run: () => void): WakeUp {
  let timer: { readonly at: number; readonly cancel: () => void } | null = null;
  const cancel = (): void => {
    timer?.cancel();
    timer = null;
  };
  return {
    within(ms) {
      const at = clock.now() + ms;
      if (timer !== null && timer.at <= at) return;
      cancel();
      timer = {
        at,
        cancel: clock.after(ms, () => {
          timer = null;
          run();
        }),
      };
    },
    cancel,
  };
}
