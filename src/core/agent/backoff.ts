// How long to wait before the next try.

/** First wait, doubled for each further one up to the largest. Short enough to watch, long enough for a restart. */
const FIRST_WAIT_MS = 400;
const LARGEST_WAIT_MS = 15_000;

/** Nobody sits longer than this before a line that counts down: a server that asks for more has failed. */
export const LONGEST_ASKED_WAIT_MS = 5 * 60_000;

/**
 * Milliseconds before retry number `retry` (from 1). What the server asks for is kept to, and never undercut.
 * `chance` in [0, 1) spreads the retries of many clients over half to one and a half of the wait.
 */
export function waitBeforeRetry(retry: number, askedMs: number | null, chance: number): number {
  if (askedMs !== null) return Math.ceil(askedMs + chance * Math.min(askedMs * 0.1, 1000));
  const plain = Math.min(FIRST_WAIT_MS * 2 ** (retry - 1), LARGEST_WAIT_MS);
  return Math.ceil(plain * (0.5 + chance));
}
