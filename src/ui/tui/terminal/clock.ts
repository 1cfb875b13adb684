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
