// What can a client be told of a session: the newest events as they were, and what leads to the same fold of all others.

import type { BusEvent } from '../bus/index.ts';
import { openPast, type PastEntry } from './past.ts';
import { spell } from './wire.ts';

/**
 * The newest events, spelled once for all clients: what a client may lag behind before it is told so. Clients read from
 * here at their own pace, so a hundred slow ones hold no more memory than a fast one.
 */
const RECENT_BYTES = 1024 * 1024;
const RECENT_EVENTS = 2000;

export interface SessionLog {
  /** Number of the event that comes next. */
  readonly next: number;
  take(event: BusEvent): void;
  /** The frame of an event; null when it is not among the newest any more, or not there yet. */
  frame(seq: number): Buffer | null;
  past(from: number): PastEntry[];
  /** Frames are spelled only while somebody listens. Returns the end of that. */
  watch(): () => void;
}

export function openSessionLog(): SessionLog {
  const past = openPast();
  const recent = new Map<number, Buffer>();
  let recentBytes = 0;
  let watchers = 0;
  let next = 1;

  return {
    get next() {
      return next;
    },
    take(event) {
      past.take(event);
      next = event.seq + 1;
      if (watchers === 0) return;
      const frame = spell({ t: 'event', event });
      recent.set(event.seq, frame);
      recentBytes += frame.length;
      for (const [seq, { length }] of recent) {
        // The newest stays, however long it is.
        if (seq === event.seq || (recent.size <= RECENT_EVENTS && recentBytes <= RECENT_BYTES)) return;
        recent.delete(seq);
        recentBytes -= length;
      }
    },
    frame: (seq) => recent.get(seq) ?? null,
    past: (from) => past.since(from),
    watch() {
      watchers += 1;
      let isWatching = true;
      return () => {
        if (!isWatching) return;
        isWatching = false;
        watchers -= 1;
        if (watchers > 0) return;
        recent.clear();
        recentBytes = 0;
      };
    },
  };
}
