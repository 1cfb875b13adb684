// What does one line of the session list say about a record?

import { type FileHandle, open } from 'node:fs/promises';
import type { SessionSummary } from '../bus/contract.ts';
import { type Decoded, decodeRecords } from './decode.ts';
import { isCompressed, sessionOfPath } from './place.ts';
import { parseLine } from './record.ts';

/** The first line of codex-cli alone is 21 KB; what follows in this much is the first message, as a rule. */
const HEAD_BYTES = 32 * 1024;

/** A first line longer than this is no session's. */
const LONGEST_HEAD_BYTES = 4 * 1024 * 1024;

/** The last records tell whether something was under way. */
const TAIL_BYTES = 64 * 1024;

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
export async function readHead(file: FoundFile): Promise<SessionHead> {
  if (isCompressed(file.path)) return { file, decoded: null, folders: [] };
  const text = await withHandle(file.path, async (handle) => {
    for (let size = HEAD_BYTES; ; size *= 4) {
      const bytes = await readAt(handle, 0, Math.min(size, file.size));
      const isComplete = bytes.includes(10) || size >= file.size || size >= LONGEST_HEAD_BYTES;
      if (isComplete) return bytes.toString('utf8');
    }
  });
  if (text === null) return { file, decoded: null, folders: [] };
  const lines = text.split('\n');
  // The last line is cut, unless the whole file was read.
  if (text.length < file.size) lines.pop();
  const decoded = decodeRecords(lines, OPTIONS);
  if (decoded.events.length === 0) return { file, decoded: null, folders: [] };
  const opened = decoded.events.find((event) => event.type === 'session.opened');
  return { file, decoded, folders: [...(opened === undefined ? [] : [opened.cwd]), decoded.facts.cwd] };
}

/** The line of the list. `name` is the given one; `isOpen` when some program holds the session's lock. */
export async function summaryOf(
  head: SessionHead,
  names: ReadonlyMap<string, string>,
  isOpen: (session: string) => boolean,
): Promise<SessionSummary> {
  const { file, decoded } = head;
  const named = sessionOfPath(file.path);
  const session = decoded?.facts.session ?? named?.session ?? file.path;
  const common = {
    session,
    path: file.path,
    startedAt: decoded?.facts.startedAt ?? named?.startedAt ?? 0,
    changedAt: Math.max(0, Math.round(file.mtimeMs)),
  };
  if (decoded === null) {
    return { ...common, cwd: '', title: names.get(session) ?? '', turns: null, state: 'unreadable', originator: '' };
  }
  const tail = await readEnd(file);
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

/** The end of the file, decoded as far as it goes without what came before. Null when it cannot be read. */
async function readEnd(file: FoundFile): Promise<{ wasUnderWay: boolean; cwd: string | null } | null> {
  const from = Math.max(0, file.size - TAIL_BYTES);
  const text = await withHandle(file.path, async (handle) => (await readAt(handle, from, file.size)).toString('utf8'));
  if (text === null) return null;
  const lines = text.split('\n');
  if (from > 0) lines.shift();
  const decoded = decodeRecords(lines, OPTIONS);
  const last = lines.map(parseLine).findLast((record) => record !== 'blank' && record !== 'damaged');
  // The process these belong to may have begun before what was read.
  const isInside = typeof last === 'object' && WRITTEN_WHILE_RUNNING.has(last.type);
  const wasUnderWay = isInside || decoded.wasUnderWay;
  return { wasUnderWay, cwd: decoded.facts.cwd === '' ? null : decoded.facts.cwd };
}

async function readAt(handle: FileHandle, from: number, to: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.max(0, to - from));
  const { bytesRead } = await handle.read(bytes, 0, bytes.length, from);
  return bytes.subarray(0, bytesRead);
}

async function withHandle<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T | null> {
  let handle: FileHandle | null = null;
  try {
    handle = await open(path, 'r');
    return await use(handle);
  } catch {
    // Archived or removed while it was listed, or not ours to read: listed as unreadable.
    return null;
  } finally {
    await handle?.close();
  }
}
