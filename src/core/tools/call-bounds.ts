// The bounds that both tools share: how long a call waits, and how much of the output it is told.

export interface Bounds {
  readonly unsaid: number;
  readonly least: number;
  readonly most: number;
}

/** A call that starts or types: long enough for most commands, short enough to look at the others. */
export const WAIT_FOR_COMMAND: Bounds = { unsaid: 10_000, least: 250, most: 30_000 };
export const WAIT_AFTER_TYPING: Bounds = { unsaid: 250, least: 250, most: 30_000 };

/** A call that only looks costs a whole request each time: at least five seconds, at most five minutes. */
export const WAIT_WHILE_POLLING: Bounds = { unsaid: 5000, least: 5000, most: 300_000 };

/** About 40 KB of text unless the model asks otherwise; one answer never takes more than a tenth of a large context. */
export const OUTPUT_TOKENS: Bounds = { unsaid: 10_000, least: 0, most: 25_000 };

export function within(bounds: Bounds, asked: number | null): number {
  return asked === null ? bounds.unsaid : Math.min(Math.max(asked, bounds.least), bounds.most);
}
