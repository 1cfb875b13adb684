// Which events does a rollout tell? For files of this program and of codex-cli alike; never throws, whatever it is given.

import { isAbsolute, join } from 'node:path';
import { is } from 'valibot';
import { type EventOf, NetworkState } from '../bus/contract.ts';
import { decodeEventMessage, decodeMeta, decodeResponseItem, decodeTurnContext } from './decode-shared.ts';
import {
  accept,
  beginDecoding,
  type Decoding,
  follow,
  type OutputFile,
  type RecordedEvent,
  type SessionFacts,
} from './decode-state.ts';
import { settleLost } from './lost.ts';
import { fieldsToBytes } from './output-text.ts';
import { eventTypeOf, fromFileNames } from './own-records.ts';
import { type JsonObject, parseLine, type ReadRecord, textIn } from './record.ts';

export interface DecodeOptions {
  /** Recorded paths are relative to it. */
  readonly codexHome: string;
  /** `lost`: nobody writes this file any more, so what is open has ended. `open`: its owner may still live. */
  readonly whenFileEnds: 'lost' | 'open';
  /** From the file's name, for a file whose first line cannot be read. */
  readonly fallback?: { readonly session: string; readonly startedAt: number };
}

export interface Decoded {
  /** `session.opened` first, and once, if the file tells anything at all. */
  readonly events: RecordedEvent[];
  /** As of the newest record. */
  readonly facts: SessionFacts;
  /** Processes that were found running where an owner died. */
  readonly lost: number;
  /** True when a turn, a process or a question was open at the end. */
  readonly wasUnderWay: boolean;
  readonly damagedLines: number;
  /** Ms since 1970 of the newest record; 0 without one. */
  readonly lastAt: number;
  /** A new process takes a higher number than this. */
  readonly highestProcess: number;
  /** Processes running in what was read, whose beginning was not. */
  readonly runningBefore: ReadonlySet<number>;
  readonly outputFiles: readonly OutputFile[];
}

export function decodeRecords(lines: Iterable<string>, options: DecodeOptions): Decoded {
  const decoding = beginDecoding(options.codexHome);
  for (const line of lines) {
    const record = parseLine(line);
    if (record === 'blank') continue;
    if (record === 'damaged') decoding.damaged += 1;
    else decodeRecord(decoding, record);
  }
  const wasUnderWay = decoding.turn !== null || decoding.processes.size > 0 || decoding.questions.size > 0;
  if (options.whenFileEnds === 'lost') settleLost(decoding);
  const { facts } = decoding;
  facts.session ??= options.fallback?.session ?? null;
  facts.startedAt ??= options.fallback?.startedAt ?? null;
  const happened = decoding.events.filter((event) => event !== null);
  return {
    events:
      happened.length === 0 && decoding.opened === null && facts.originator === ''
        ? []
        : [{ ...opening(decoding), at: facts.startedAt ?? decoding.lastAt }, ...happened],
    facts,
    lost: decoding.lost,
    wasUnderWay,
    damagedLines: decoding.damaged,
    lastAt: decoding.lastAt,
    highestProcess: decoding.highestProcess,
    runningBefore: decoding.runningBefore,
    outputFiles: decoding.outputFiles,
  };
}

function decodeRecord(decoding: Decoding, record: ReadRecord): void {
  // Clocks are set back now and then; time in a session only goes on.
  decoding.lastAt = Math.max(decoding.lastAt, record.at ?? 0);
  const { type, payload } = record;
  switch (type) {
    case 'session_meta':
      decodeMeta(decoding, payload);
      return;
    case 'turn_context':
      decodeTurnContext(decoding, payload);
      return;
    case 'event_msg':
      decodeEventMessage(decoding, record);
      return;
    case 'response_item':
      decodeResponseItem(decoding, record);
      return;
    case 'codex_ts.session':
      decodeSession(decoding, payload);
      return;
    case 'codex_ts.output': {
      const bytes = fieldsToBytes(payload);
      if (bytes === null) decoding.damaged += 1;
      else accept(decoding, { ...payload, type: 'process.output', bytes });
      return;
    }
    case 'codex_ts.output_file': {
      const path = textIn(payload, 'path') ?? '';
      const absolute = isAbsolute(path) ? path : join(decoding.codexHome, path);
      accept(decoding, { ...payload, type: 'process.output_file', path: absolute });
      return;
    }
    case 'codex_ts.resumed':
      settleLost(decoding);
      break;
    default:
      break;
  }
  const event = eventTypeOf(type, payload);
  if (event !== null) accept(decoding, { ...fromFileNames(payload), type: event });
}

/** Written by each owner as it takes the session: what an earlier owner left running has ended. */
function decodeSession(decoding: Decoding, payload: JsonObject): void {
  const opened = openedOf(payload);
  if (opened === null) {
    decoding.damaged += 1;
    return;
  }
  if (decoding.hasOwnSession || decoding.events.length > 0) settleLost(decoding);
  if (!decoding.hasOwnSession && decoding.events.length === 0) {
    decoding.opened = opened;
    decoding.cwd = opened.cwd;
  }
  decoding.hasOwnSession = true;
  const { type: _type, earlierItems: _earlier, ...facts } = opened;
  Object.assign(decoding.facts, facts);
  follow(decoding, { type: 'session.moved', cwd: opened.cwd });
}

function openedOf(payload: JsonObject): EventOf<'session.opened'> | null {
  const { network } = payload;
  const [cwd, provider, profile, version] = ['cwd', 'provider', 'profile', 'version'].map((key) =>
    textIn(payload, key),
  );
  if (cwd == null || provider == null || profile == null || version == null) return null;
  if (!is(NetworkState, network)) return null;
  const model = textIn(payload, 'model');
  return { type: 'session.opened', cwd, provider, model, profile, network, version, earlierItems: 0 };
}

/** codex-cli has no such record: what its first line and its first turn say is put together. */
function opening(decoding: Decoding): EventOf<'session.opened'> {
  const { facts } = decoding;
  const { provider, model, profile, network, version } = facts;
  const cwd = decoding.openedIn ?? facts.cwd;
  return (
    decoding.opened ?? { type: 'session.opened', cwd, provider, model, profile, network, version, earlierItems: 0 }
  );
}
