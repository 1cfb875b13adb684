// How long was the connection read? What our own side did not want to read is not the server's delay.

export interface ReadingClock {
  /** Milliseconds of reading so far. */
  passed(): number;
  isStopped(): boolean;
  stop(): void;
  goOn(): void;
}

export function openReadingClock(): ReadingClock {
  let before = 0;
  /** Null while nothing is read. */
  let since: number | null = performance.now();
  const passed = (): number => before + (since === null ? 0 : performance.now() - since);

  return {
    passed,
    isStopped: () => since === null,
    stop() {
      before = passed();
      since = null;
    },
    goOn() {
      since ??= performance.now();
    },
  };
}
