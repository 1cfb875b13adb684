// Does the person look at this window? Pure.

/** Where no window says whether it is in front, somebody who pressed no key for so long may be elsewhere. */
const GONE_AFTER_MS = 30_000;

export interface Presence {
  /** Null: this terminal has never said. */
  readonly isInFront: boolean | null;
  /** Clock ms of the last key. */
  readonly lastKeyAt: number;
}

export function isAway({ isInFront, lastKeyAt }: Presence, now: number): boolean {
  return isInFront === null ? now - lastKeyAt >= GONE_AFTER_MS : !isInFront;
}
