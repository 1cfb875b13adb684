// What does one subscriber of a client get next?

import { assertNever } from '../../problem/index.ts';
import { eventsOf, type PastEntry } from './past.ts';
import type { SessionLog } from './session-log.ts';
import { spell } from './wire.ts';

type Place =
  /** Event by event. */
  | { readonly kind: 'live'; next: number }
  /** Through what is kept of the past. `next`: what comes after it. */
  | { readonly kind: 'past'; readonly entries: PastEntry[]; at: number; readonly from: number; readonly next: number }
  /** It was told that it lagged, and has not asked again. */
  | { readonly kind: 'lagged' };

export interface Subscription {
  /** The next bytes to be sent; null: nothing for now. */
  take(): Buffer | null;
  /** More will be asked for. */
  readonly isLagging: boolean;
}

/** Begins at event `from`: with the events themselves where they are all there, else with what leads to the same fold. */
export function openSubscription(log: SessionLog, from: number): Subscription {
  const isRecent = from >= log.next || log.frame(from) !== null;
  let place: Place = isRecent
    ? { kind: 'live', next: from }
    : { kind: 'past', entries: log.past(from), at: 0, from, next: log.next };

  return {
    get isLagging() {
      return place.kind === 'lagged';
    },
    take() {
      switch (place.kind) {
        case 'lagged':
          return null;
        case 'past': {
          const entry = place.entries[place.at];
          if (entry !== undefined) {
            place.at += 1;
            return Buffer.concat(eventsOf(entry, place.from).map((event) => spell({ t: 'past', event })));
          }
          const { next } = place;
          place = { kind: 'live', next };
          return spell({ t: 'caught_up', next });
        }
        case 'live': {
          if (place.next >= log.next) return null;
          const frame = log.frame(place.next);
          if (frame !== null) {
            place.next += 1;
            return frame;
          }
          place = { kind: 'lagged' };
          return spell({ t: 'lagged', next: log.next });
        }
        default:
          return assertNever(place);
      }
    },
  };
}
