// The record of a session: written before anything is shown, read back as the same events.

export {
  noRollout,
  openRollout,
  type Rollout,
  type RolloutOptions,
  resumeRollout,
  type WriteOutcome,
} from './append.ts';
export { archiveSession, deleteSession, unarchiveSession } from './archive.ts';
export { type Decoded, type DecodeOptions, decodeRecords } from './decode.ts';
export type { RecordedEvent, SessionFacts } from './decode-state.ts';
export { type Disk, makeFolders, realDisk } from './disk.ts';
export { forkSession } from './fork.ts';
export { historyOf } from './history.ts';
export { readMessages, rememberMessage } from './history-file.ts';
export { findSession, growingList, latestSession, listSessions, type SessionList } from './list.ts';
export { lockSession, type SessionLock } from './lock.ts';
export { LOST_ANSWER } from './lost.ts';
export { appendName, readNames } from './names.ts';
export { ownerOfThisProcess } from './owner.ts';
export { outputFolder, rolloutPath } from './place.ts';
export { countItems, type ReadOptions, type ReadSession, readAll, readHistory, readTail } from './read.ts';
export type { Json, JsonObject, RecordLine } from './record.ts';
export { primeSpelling, recordsOf, type SpellInput } from './spell.ts';
export { RECORDED_OUTPUT_BYTES } from './spell-output.ts';
export { beginSpelling, type SessionIdentity, type SpellState } from './spell-state.ts';
export { isUuid, uuid7 } from './uuid7.ts';
