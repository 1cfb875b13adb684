// Which records are kept while the disk takes none, and which are given up when there are too many?

import type { RecordLine } from './record.ts';

/** What may wait in memory. Enough for hours of conversation; a flood of output is what fills it. */
export const WAITING_BYTES = 4 * 1024 * 1024;

/** Given up in this order; what no line names is given up last. Questions and decisions are never given up. */
const GIVEN_UP_FIRST: readonly string[] = ['codex_ts.output', 'codex_ts.text'];
const NEVER_GIVEN_UP = new Set(['session_meta', 'codex_ts.question', 'codex_ts.decision']);

interface Waiting {
  readonly record: RecordLine;
  /** Null: nobody had to know yet, as most records are written at once. */
  size: number | null;
}

export interface WaitingRecords {
  entries: Waiting[];
  bytes: number;
  /** Given up since the disk was last written. */
  givenUp: number;
}

export function noneWaiting(): WaitingRecords {
  return { entries: [], bytes: 0, givenUp: 0 };
}

/** Adds records at the end. */
export function keepWaiting(waiting: WaitingRecords, records: readonly RecordLine[]): void {
  for (const record of records) waiting.entries.push({ record, size: null });
}

/** They were not written: makes room for later ones. Only what must not be given up can exceed the bound. */
export function makeRoom(waiting: WaitingRecords): void {
  for (const entry of waiting.entries) {
    if (entry.size !== null) continue;
    entry.size = JSON.stringify(entry.record.payload).length;
    waiting.bytes += entry.size;
  }
  for (const type of GIVEN_UP_FIRST) giveUp(waiting, (record) => record.type === type);
  giveUp(waiting, (record) => !NEVER_GIVEN_UP.has(record.type));
}

/** The first ones were written. */
export function dropWritten(waiting: WaitingRecords, count: number): void {
  for (const { size } of waiting.entries.splice(0, count)) waiting.bytes -= size ?? 0;
}

function giveUp(waiting: WaitingRecords, mayGo: (record: RecordLine) => boolean): void {
  if (waiting.bytes <= WAITING_BYTES) return;
  waiting.entries = waiting.entries.filter(({ record, size }) => {
    if (waiting.bytes <= WAITING_BYTES || !mayGo(record)) return true;
    waiting.bytes -= size ?? 0;
    waiting.givenUp += 1;
    return false;
  });
}
