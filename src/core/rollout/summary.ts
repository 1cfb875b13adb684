// What does one line of the session list say about a record?

import type { SessionSummary } from '../bus/queries.ts';
import { type Decoded, decodeRecords } from './decode.ts';
import { type OpenFile, readRange, withFile } from './lines.ts';
import { isCompressed, isSessionId, sessionOfPath } from './place.ts';
import { parseLine } from './record.ts';

/** The first line of codex-cli alone is 21 KB; what follows in this much is the first message, as a rule. */
const HEAD_BYTES = 32 * 1024;

/** A first line longer than this is no session's. */
const LONGEST_HEAD_BYTES = 4 * 1024 * 1024;

/** The last records tell whether something was under way: a few of them, as a rule. */
const LONGEST_TAIL_BYTES = 64 * 1024;
const TAIL_BYTES = [4 * 1024, LONGEST_TAIL_BYTES] as const;

/** None of these is the last record of a session that ended in order. */
const WRITTEN_WHILE_RUNNING = new Set([
  'codex_ts.output',
  'codex_ts.process',
  'codex_ts.question',
  'codex_ts.decision',
]);

/** More of a first message is never shown in one row. */
const TITLE_UNITS = 200;

/** A file as the walk found it. `mtimeMs` is when the session last changed. */
export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** What the head tells; enough to say whether the session belongs to a folder. */
export interface SessionHead {
  readonly file: FoundFile;
  /** Null when the head cannot be understood. */
  readonly decoded: Decoded | null;
  /** Where it was opened, and where it stood at the end of the head: it belongs to both. */
  readonly folders: readonly string[];
}

const OPTIONS = { codexHome: '/', whenFileEnds: 'open' } as const;

/** Reads the beginning of a file: 32 KiB, and further to the end of the first line. Never throws. */
export function readHead(file: FoundFile): SessionHead {
  const unreadable = { file, decoded: null, folders: [] };
  if (isCompressed(file.path)) return unreadable;
  const text = textOf(file.path, (opened) => {
    for (let size = HEAD_BYTES; ; size *= 4) {
      const bytes = readRange(opened, 0, Math.min(size, file.size));
      const isComplete = bytes.includes(10) || size >= file.size || size >= LONGEST_HEAD_BYTES;
      if (isComplete) return bytes.toString('utf8');
    }
  });
  if (text === null) return unreadable;
  const lines = text.split('\n');
  const isWhole = text.length >= file.size;
  // The last line is cut, unless the whole file was read.
  if (!isWhole) lines.pop();
  // What follows the first message tells only how many turns there are, in a file that is read as a whole.
  const first = isWhole ? -1 : lines.findIndex(isMessage);
  const upToMessage = decodeRecords(first < 0 ? lines : lines.slice(0, first + 1), OPTIONS);
  const decoded = first < 0 || firstMessage(upToMessage) !== '' ? upToMessage : decodeRecords(lines, OPTIONS);
  if (decoded.events.length === 0) return unreadable;
  const opened = decoded.events.find((event) => event.type === 'session.opened');
  return { file, decoded, folders: [...(opened === undefined ? [] : [opened.cwd]), decoded.facts.cwd] };
}

/** Enough of a line to see what it is, without parsing it. */
const PREFIX = 600;

function isMessage(line: string): boolean {
  return /"type":"(?:UserMessage|user_message)"/.test(line.slice(0, PREFIX));
}

/** The line of the list. `name` is the given one; `isOpen` when some program holds the session's lock. */
export function summaryOf(
  head: SessionHead,
  names: ReadonlyMap<string, string>,
  isOpen: (session: string) => boolean,
): SessionSummary {
  const { file, decoded } = head;
  const named = sessionOfPath(file.path);
  const told = decoded?.facts.session ?? null;
  const session = told !== null && isSessionId(told) ? told : (named?.session ?? file.path);
  const common = {
    session,
    path: file.path,
    startedAt: decoded?.facts.startedAt ?? named?.startedAt ?? 0,
    changedAt: Math.max(0, Math.round(file.mtimeMs)),
  };
  if (decoded === null) {
    return { ...common, cwd: '', title: names.get(session) ?? '', turns: null, state: 'unreadable', originator: '' };
  }
  const tail = readEnd(file);
  return {
    ...common,
    cwd: tail?.cwd ?? decoded.facts.cwd,
    title: names.get(session) ?? firstMessage(decoded),
    turns: file.size <= HEAD_BYTES ? turnsOf(decoded) : null,
    state: isOpen(session) ? 'open' : tail?.wasUnderWay ? 'lost' : 'ended',
    originator: decoded.facts.originator,
  };
}

function firstMessage(decoded: Decoded): string {
  for (const event of decoded.events) {
    // What begins with a tag was put there for the model, not typed.
    if (event.type !== 'message.added' || event.text.trimStart().startsWith('<')) continue;
    return event.text.trim().slice(0, TITLE_UNITS);
  }
  return '';
}

function turnsOf(decoded: Decoded): number {
  return decoded.events.filter((event) => event.type === 'turn.started').length;
}

interface End {
  readonly wasUnderWay: boolean;
  readonly cwd: string | null;
}

/** The end of the file, decoded as far as it goes without what came before. Null when it cannot be read. */
function readEnd(file: FoundFile): End | null {
  for (const size of TAIL_BYTES) {
    const from = Math.max(0, file.size - size);
    const text = textOf(file.path, (opened) => readRange(opened, from, file.size).toString('utf8'));
    if (text === null) return null;
    const lines = text.split('\n');
    if (from > 0) lines.shift();
    const last = lines.map(parseLine).findLast((record) => record !== 'blank' && record !== 'damaged');
    // One that ended in order says so in its last record; else more has to be read.
    if (from > 0 && size < LONGEST_TAIL_BYTES && !isLastOfOrder(last)) continue;
    const { wasUnderWay, facts } = decodeRecords(lines, OPTIONS);
    // The process these belong to may have begun before what was read.
    const isInside = typeof last === 'object' && WRITTEN_WHILE_RUNNING.has(last.type);
    return { wasUnderWay: isInside || wasUnderWay, cwd: facts.cwd === '' ? null : facts.cwd };
  }
  return null;
}

function isLastOfOrder(record: ReturnType<typeof parseLine> | undefined): boolean {
  return typeof record === 'object' && (record.type === 'codex_ts.end' || record.payload.type === 'task_complete');
}

/** Null when the file was archived or removed while it was listed, or is not ours to read. */
function textOf(path: string, read: (file: OpenFile) => string): string | null {
  try {
    return withFile(path, read);
  } catch {
    return null;
  }
}
