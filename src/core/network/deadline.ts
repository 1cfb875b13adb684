// A limit of time that can be set again and again, and is never set twice at once.

export interface Deadline {
  /** Runs `onLate` after `ms`, unless stopped or started anew before. */
  start(onLate: () => void): void;
  stop(): void;
}

export function openDeadline(ms: number): Deadline {
  let timer: NodeJS.Timeout | null = null;
  const stop = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };
  return {
    start(onLate) {
      stop();
      timer = setTimeout(onLate, ms);
    },
    stop,
  };
}
