// The door between the core and a front end, as a front end sees it.

import type { Ack, BusEvent, Command } from './contract.ts';
import type { AnswerTo, Query } from './queries.ts';

/** What a front end holds. The owner's own screen is just the first subscriber. */
export interface Door {
  command(command: Command): Promise<Ack>;
  query<Q extends Query>(query: Q): Promise<AnswerTo<Q>>;
  /**
   * Hears every event from sequence number `from` on, in order: first those that happened, then live ones.
   * Publishing never waits for a listener. Returns the way to stop hearing.
   */
  subscribe(from: number, listener: (event: BusEvent) => void): () => void;
}
