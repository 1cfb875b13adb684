// Is there a reason not to read from a peer just now?

/** Answers that the peer has not taken: beyond this it gets no more of them until it reads. */
export const FULL_BYTES = 32 * 1024 * 1024;

/** `busy`: enough is being worked on. `full`: the peer does not take its answers. */
export type Reason = 'busy' | 'full';

export interface ReadingGate {
  set(reason: Reason, holds: boolean): void;
}

/** Calls `pause` at the first reason, and `resume` when none is left. */
export function openReadingGate(pause: () => void, resume: () => void): ReadingGate {
  const reasons = new Set<Reason>();
  return {
    set(reason, holds) {
      const wasPaused = reasons.size > 0;
      if (holds) reasons.add(reason);
      else reasons.delete(reason);
      if (wasPaused === reasons.size > 0) return;
      if (wasPaused) resume();
      else pause();
    },
  };
}
