// How is a recorded session read: its end at once, all of it when somebody asks?

import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { type Decoded, decodeRecords } from './decode.ts';
import { historyOf } from './history.ts';
import { type FileLine, linesBackwards, linesForwards, type OpenFile, withFile } from './lines.ts';
import { withOutputTails } from './output-tail.ts';
import { isCompressed, sessionOfPath } from './place.ts';
import type { JsonObject } from './record.ts';

export interface ReadOptions {
  readonly codexHome: string;
  /** `lost` when nobody can be writing the file (the lock is ours, or free). */
  readonly whenFileEnds: 'lost' | 'open';
}

/** A session, or its end, as events for the fold that live events go through. */
export interface ReadSession extends Decoded {
  /** Items in the part that was not read; also in `session.opened`. */
  readonly earlierItems: { readonly count: number; readonly isExact: boolean };
  /** Lines too long to load. */
  readonly skippedLines: number;
}

/** A turn that holds more than this is cut: its end is what the first screen needs. */
const MOST_TAIL_BYTES = 64 * 1024 * 1024;

/** Session and first settings stand in the first lines; the first alone can be longer than a block. */
const HEAD_LINES = 2;

/** Enough of a line to see what it is, without parsing it. */
const PREFIX = 600;

/** Whole turns from the end, until there are `wantedItems` items or the file begins. */
export function readTail(path: string, options: ReadOptions & { readonly wantedItems: number }): Result<ReadSession> {
  return reading(path, (file) => {
    const tail = tailLines(file, options.wantedItems);
    const head = headLines(file, tail.from);
    const decoded = decode(path, [...head, ...tail.lines], options);
    const items = tail.items > 0 ? tail.items : 1;
    const count =
      tail.from === 0 ? 0 : Math.max(1, Math.round((tail.from / Math.max(1, file.size - tail.from)) * items));
    return withEarlier(decoded, { count, isExact: tail.from === 0 }, tail.skipped);
  });
}

/** The whole session. */
export function readAll(path: string, options: ReadOptions): Result<ReadSession> {
  return reading(path, (file) => {
    const skipped = { lines: 0 };
    const decoded = decode(path, textsOf(linesForwards(file), skipped), options);
    return withEarlier(decoded, { count: 0, isExact: true }, skipped.lines);
  });
}

/** What a model gets back of the session: see `historyOf`. */
export function readHistory(path: string): Result<JsonObject[]> {
  return reading(path, (file) => historyOf(textsOf(linesForwards(file), { lines: 0 })));
}

/** Items in the first `to` bytes, counted without parsing: 20 ms for 20 MB. */
export function countItems(path: string, to: number): Result<number> {
  return reading(path, (file) => {
    let count = 0;
    for (const line of linesForwards(file, 0, Math.min(to, file.size))) if (isItem(line)) count += 1;
    return count;
  });
}

function reading<T>(path: string, read: (file: OpenFile) => T): Result<T> {
  if (isCompressed(path)) {
    return fail({ what: 'This session is compressed.', why: path, next: `Expand it first: zstd -d --rm '${path}'` });
  }
  try {
    return ok(withFile(path, read));
  } catch (error) {
    return fail({
      what: `${path} cannot be read.`,
      why: causeOf(error),
      next: 'It may have been archived or removed.',
    });
  }
}

function* textsOf(lines: Iterable<FileLine>, skipped: { lines: number }): Generator<string> {
  for (const { text } of lines) {
    if (text === null) skipped.lines += 1;
    else yield text;
  }
}

function decode(path: string, lines: Iterable<string>, options: ReadOptions): Decoded {
  const named = sessionOfPath(path);
  const decoded = decodeRecords(lines, { ...options, ...(named === null ? {} : { fallback: named }) });
  return { ...decoded, events: withOutputTails(decoded.events, decoded.outputFiles) };
}

function withEarlier(decoded: Decoded, earlierItems: ReadSession['earlierItems'], skippedLines: number): ReadSession {
  const events = decoded.events.map((event) =>
    event.type === 'session.opened' ? { ...event, earlierItems: earlierItems.count } : event,
  );
  return { ...decoded, events, earlierItems, skippedLines };
}

interface TailLines {
  readonly lines: string[];
  /** Where the first of them begins. */
  readonly from: number;
  readonly items: number;
  readonly skipped: number;
}

function tailLines(file: OpenFile, wantedItems: number): TailLines {
  const lines: string[] = [];
  let from = file.size;
  let items = 0;
  let skipped = 0;
  let loaded = 0;
  for (const line of linesBackwards(file)) {
    from = line.from;
    if (line.text === null) skipped += 1;
    else lines.push(line.text);
    if (isItem(line)) items += 1;
    if (items >= wantedItems && isTurnStart(line)) break;
    loaded += line.text?.length ?? 0;
    if (loaded > MOST_TAIL_BYTES) break;
  }
  return { lines: lines.reverse(), from, items, skipped };
}

function headLines(file: OpenFile, before: number): string[] {
  const head: string[] = [];
  for (const line of linesForwards(file, 0, before)) {
    if (head.length >= HEAD_LINES) break;
    if (line.text !== null && /"type":"(session_meta|codex_ts\.session)"/.test(line.text.slice(0, PREFIX))) {
      head.push(line.text);
    } else break;
  }
  return head;
}

function isItem({ text }: FileLine): boolean {
  if (text === null) return false;
  const prefix = text.slice(0, PREFIX);
  if (prefix.includes('"item_completed"')) return /"type":"(UserMessage|AgentMessage|CommandExecution)"/.test(prefix);
  return /"type":"(user_message|agent_message|codex_ts\.notice)"/.test(prefix);
}

/** Where reading may begin: files of old versions have no record for the beginning of a turn but its settings. */
function isTurnStart({ text }: FileLine): boolean {
  return text !== null && /"type":"(task_started|turn_started)"/.test(text.slice(0, PREFIX));
}
