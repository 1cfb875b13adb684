// The log of a session's events and the listeners that hear it.

import type { BusEvent, EventBody } from './contract.ts';

/**
 * How much of the past a new listener can still hear. Output dominates it; a screen keeps its own excerpt, so this
 * only has to cover what happens between the first event and the moment the first screen listens.
 */
const RETAINED_BYTES = 16 * 1024 * 1024;
const RETAINED_EVENTS = 20_000;

export interface Bus {
  publish(body: EventBody): BusEvent;
  subscribe(from: number, listener: (event: BusEvent) => void): () => void;
}

export interface BusOptions {
  readonly session: string;
  readonly now: () => number;
  /** A listener threw: a defect of the front end, which must not reach the core. */
  readonly onListenerError: (error: unknown) => void;
}

/** Opens the event log of one session. `seq` starts at 1. */
export function openBus({ session, now, onListenerError }: BusOptions): Bus {
  const listeners = new Set<(event: BusEvent) => void>();
  const log: BusEvent[] = [];
  let retained = 0;
  let next = 1;

  function trim(): void {
    let drop = Math.max(0, log.length - RETAINED_EVENTS);
    for (let i = 0; i < drop; i++) retained -= weight(log[i]!);
    while (retained > RETAINED_BYTES && drop < log.length - 1) retained -= weight(log[drop++]!);
    if (drop > 0) log.splice(0, drop);
  }

  return {
    publish(body) {
      const event: BusEvent = { seq: next++, at: now(), session, ...body };
      log.push(event);
      retained += weight(event);
      if (log.length > RETAINED_EVENTS + 1000 || retained > RETAINED_BYTES) trim();
      for (const listener of listeners) {
        try {
          listener(event);
        } catch (error) {
          onListenerError(error);
        }
      }
      return event;
    },
    subscribe(from, listener) {
      for (const event of log) if (event.seq >= from) listener(event);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function weight(event: BusEvent): number {
  return event.type === 'process.output' ? event.bytes.length + 100 : 300;
}
