// Which record of our own stands for which event? One table, read by the speller and by the decoder.

import type { EventType } from '../bus/contract.ts';
import type { JsonObject, OwnType } from './record.ts';

/** Events that are one record of ours with the same fields. */
export const RECORD_OF_EVENT = {
  'session.resumed': 'codex_ts.resumed',
  'session.moved': 'codex_ts.moved',
  'environment.picked': 'codex_ts.environment',
  'session.ended': 'codex_ts.end',
  'message.queued': 'codex_ts.queued',
  'message.unqueued': 'codex_ts.unqueued',
  'answer.delta': 'codex_ts.text',
  'reasoning.delta': 'codex_ts.reasoning',
  'plan.updated': 'codex_ts.plan',
  'files.changed': 'codex_ts.files',
  'web.searched': 'codex_ts.web_search',
  'context.compacted': 'codex_ts.compacted',
  'process.resized': 'codex_ts.resize',
  'process.closed': 'codex_ts.closed',
  'question.opened': 'codex_ts.question',
  'question.decided': 'codex_ts.decision',
  'question.withdrawn': 'codex_ts.withdrawn',
  'grant.given': 'codex_ts.grant',
  'grant.revoked': 'codex_ts.grant_revoked',
  'grant.restored': 'codex_ts.grant_restored',
  notice: 'codex_ts.notice',
} as const satisfies Partial<Record<EventType, OwnType>>;

/** Events that are a `codex_ts.process` record, told apart by its `state`. */
export const STATE_OF_EVENT = {
  'process.started': 'started',
  'process.suspended': 'suspended',
  'process.signalled': 'signalled',
  'process.backgrounded': 'background',
  'process.foregrounded': 'foreground',
  'process.exited': 'exited',
} as const satisfies Partial<Record<EventType, string>>;

const eventOfRecord: ReadonlyMap<string, string> = new Map(
  Object.entries(RECORD_OF_EVENT).map(([event, record]) => [record, event]),
);
const eventOfState: ReadonlyMap<string, string> = new Map(
  Object.entries(STATE_OF_EVENT).map(([event, state]) => [state, event]),
);

/** The event type a record of ours stands for; null when it stands for none by itself. */
export function eventTypeOf(recordType: string, payload: JsonObject): string | null {
  if (recordType !== 'codex_ts.process') return eventOfRecord.get(recordType) ?? null;
  return typeof payload.state === 'string' ? (eventOfState.get(payload.state) ?? null) : null;
}

/** Field names as they stand in a file: `durationMs` is `duration_ms`, like every other name there. */
export function toFileNames(fields: JsonObject): JsonObject {
  return renamed(fields, (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
}

export function fromFileNames(fields: JsonObject): JsonObject {
  return renamed(fields, (name) => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

function renamed(fields: JsonObject, rename: (name: string) => string): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [rename(name), value]));
}
