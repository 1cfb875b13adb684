// When is something forgotten that nobody needs for long? After one time that is the same for all of a kind.

export interface Retention {
  /** Calls `forget` when the time is over. */
  after(forget: () => void): void;
  /** Nothing is forgotten any more. */
  stop(): void;
}

/** One timer for all: what came first is forgotten first. */
export function openRetention(forMs: number): Retention {
  const due: { readonly at: number; readonly forget: () => void }[] = [];
  let timer: NodeJS.Timeout | null = null;

  const sweep = (): void => {
    const now = performance.now();
    let count = 0;
    while (count < due.length && (due[count]?.at ?? 0) <= now) count++;
    for (const { forget } of due.splice(0, count)) forget();
    const next = due[0];
    timer = next === undefined ? null : setTimeout(sweep, Math.max(1, Math.ceil(next.at - now))).unref();
  };

  return {
    after(forget) {
      due.push({ at: performance.now() + forMs, forget });
      timer ??= setTimeout(sweep, forMs).unref();
    },
    stop() {
      if (timer !== null) clearTimeout(timer);
      due.length = 0;
    },
  };
}
