// With which ordinal does an existing file go on, and may it be written at all?

import { causeOf, fail, ok, type Result } from '../../problem/index.ts';
import { linesBackwards, linesForwards, type OpenFile, readRange, withFile } from './lines.ts';
import { countIn, FORMAT_VERSION, parseLine, textIn } from './record.ts';

/** How many lines from the end are looked at for an ordinal: our own records between them carry none. */
const LOOKED_AT_LINES = 20_000;

/** Once one ordinal is found, a few more lines tell whether a later one was lower (two writers, a doubled line). */
const COMPARED_ORDINALS = 64;

export interface Continuation {
  /** Null: the file has no ordinals, and gets none. */
  readonly nextOrdinal: number | null;
  /** It does not end with a newline. */
  readonly isTorn: boolean;
}

export function readContinuation(path: string): Result<Continuation> {
  try {
    return withFile(path, (file) => continuationOf(path, file));
  } catch (error) {
    return fail({ what: `${path} cannot be read.`, why: causeOf(error), next: 'Look at its owner and its mode.' });
  }
}

function continuationOf(path: string, file: OpenFile): Result<Continuation> {
  const history = historyMode(file);
  if (history !== undefined && history !== 'paginated' && history !== 'legacy') {
    return fail({
      what: 'This session was written in a form this program does not know.',
      why: `${path} has the history mode "${history}".`,
      next: 'It can be read. To go on with it, use the program that wrote it.',
    });
  }
  const newer = newerFormat(file);
  if (newer !== null) {
    return fail({
      what: 'This session was written by a newer version of this program.',
      why: `${path} has the format ${newer}, and this version writes ${FORMAT_VERSION}.`,
      next: 'Update to go on with it, or go on with a copy: codex fork.',
    });
  }
  const last = readRange(file, Math.max(0, file.size - 1), file.size);
  const isTorn = file.size > 0 && last[0] !== 10;
  const highest = highestOrdinal(file);
  // A first line that cannot be read says nothing about the mode; ordinals in the file do.
  const isNumbered = history === 'paginated' || (history === undefined && highest !== null);
  return ok({ nextOrdinal: isNumbered ? (highest ?? -1) + 1 : null, isTorn });
}

/** Records of the program itself stand among the first lines, and again at each resume. */
const FORMAT_LINES = 8;

/** The highest format that is named near the beginning or the end, when this program does not know it; else null. */
function newerFormat(file: OpenFile): number | null {
  let highest = 0;
  for (const lines of [linesForwards(file), linesBackwards(file)]) {
    let looked = 0;
    for (const { text } of lines) {
      if (looked >= FORMAT_LINES) break;
      looked += 1;
      const record = text === null ? 'damaged' : parseLine(text);
      if (typeof record === 'object' && record.type === 'codex_ts.session')
        highest = Math.max(highest, countIn(record.payload, 'format') ?? 0);
    }
  }
  return highest > FORMAT_VERSION ? highest : null;
}

/** The word of the first line; undefined when it has none or is not readable. */
function historyMode(file: OpenFile): string | undefined {
  for (const line of linesForwards(file)) {
    const record = line.text === null ? 'damaged' : parseLine(line.text);
    if (record === 'blank') continue;
    if (record === 'damaged' || record.type !== 'session_meta') return undefined;
    return textIn(record.payload, 'history_mode') ?? undefined;
  }
  return undefined;
}

function highestOrdinal(file: OpenFile): number | null {
  let highest: number | null = null;
  let lines = 0;
  let found = 0;
  for (const line of linesBackwards(file)) {
    lines += 1;
    if (found >= COMPARED_ORDINALS || lines > LOOKED_AT_LINES) break;
    const record = line.text === null ? 'damaged' : parseLine(line.text);
    if (record === 'blank' || record === 'damaged' || record.ordinal === null) continue;
    found += 1;
    highest = Math.max(highest ?? 0, record.ordinal);
  }
  return highest;
}
