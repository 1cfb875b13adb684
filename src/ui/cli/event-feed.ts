// How does a reader that takes its time hear every event, without what it has not heard filling the memory?

import type { BusEvent, Door } from '../../core/bus/index.ts';

/** Output that waits in memory. What comes beyond it is remembered by its place, and read again when its turn comes. */
const HELD_BYTES = 8 * 1024 * 1024;

type Output = Extract<BusEvent, { type: 'process.output' }>;

/** An event that waits. `bytes` null: they are with the core. */
type Waiting =
  | { readonly kind: 'whole'; readonly event: BusEvent }
  | { readonly kind: 'outline'; readonly event: Omit<Output, 'bytes'>; readonly length: number };

export interface EventFeed {
  /** The next event, as soon as there is one; null: the feed was ended and all was given. */
  next(): Promise<BusEvent | null>;
  /** No further events are taken in. */
  end(): void;
}

/**
 * Hears the session from its first event on. Of an earlier one that goes on here, what happened before is left out: it
 * was told when it happened.
 */
export function openEventFeed(door: Door): EventFeed {
  const waiting: Waiting[] = [];
  let at = 0;
  let held = 0;
  let hasEnded = false;
  let wake: () => void = () => {};

  const unsubscribe = door.subscribe(1, (event) => {
    if (event.type === 'process.output' && held + event.bytes.length > HELD_BYTES) {
      const { bytes, ...outline } = event;
      waiting.push({ kind: 'outline', event: outline, length: bytes.length });
    } else {
      held += sizeOf(event);
      waiting.push({ kind: 'whole', event });
    }
    wake();
  });
  // What there is already was delivered by now.
  const begins = waiting.findLastIndex(({ event }) => event.type === 'session.resumed');
  if (begins > 0) waiting.splice(0, begins, ...waiting.slice(0, begins).filter(isOpening));

  function shift(): Waiting | null {
    const first = waiting[at];
    if (first === undefined) return null;
    at += 1;
    // Shifting an array of many thousand costs as much each time as moving all of them.
    if (at > 1000 && at * 2 > waiting.length) {
      waiting.splice(0, at);
      at = 0;
    }
    return first;
  }

  return {
    async next() {
      for (;;) {
        const first = shift();
        if (first?.kind === 'outline') return { ...first.event, bytes: await bytesOf(door, first) };
        if (first !== null) {
          held -= sizeOf(first.event);
          return first.event;
        }
        if (hasEnded) return null;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
    end() {
      hasEnded = true;
      unsubscribe();
      wake();
    },
  };
}

function isOpening({ event }: Waiting): boolean {
  return event.type === 'session.opened';
}

function sizeOf(event: BusEvent): number {
  return event.type === 'process.output' ? event.bytes.length : 0;
}

/** Fewer bytes than there were where nothing of the session is kept on disk. */
async function bytesOf(door: Door, { event, length }: Extract<Waiting, { kind: 'outline' }>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const { process, attempt } = event;
  const to = event.from + length;
  for (let from = event.from; from < to; ) {
    const read = await door.query({ type: 'output', process, attempt, from, to });
    if (read.bytes.length === 0) break;
    parts.push(read.bytes);
    from = read.from + read.bytes.length;
  }
  return Buffer.concat(parts);
}
