// Writes events down before they are published, and syncs where it was promised.

import { type Rollout, recordsOf, type SpellInput, type SpellState } from '../rollout/index.ts';

export interface Recorder {
  record(input: SpellInput, at: number): void;
  /** What was recorded is on the medium when it returns: for a decision, before anything starts on it. */
  syncNow(): void;
  close(): Promise<void>;
}

/** Events after which the record is synced in the background: ends, which nobody wants to see twice. */
const SYNCED_AFTER: ReadonlySet<SpellInput['type']> = new Set([
  'process.closed',
  'turn.ended',
  'compacted',
  'session.ended',
]);

export function openRecorder(rollout: Rollout, state: SpellState): Recorder {
  return {
    record(input, at) {
      const records = recordsOf(input, at, state);
      if (records.length > 0) rollout.append(records);
      if (SYNCED_AFTER.has(input.type)) void rollout.sync();
    },
    syncNow: () => rollout.syncNow(),
    close: () => rollout.close(),
  };
}
