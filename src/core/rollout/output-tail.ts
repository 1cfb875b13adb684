// What is the end of a long output whose record stops at the first MiB?

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { OutputFile, RecordedEvent } from './decode-state.ts';

/** As much as a pane that was scrolled up would want at once; everything else is in the file. */
export const OUTPUT_TAIL_BYTES = 64 * 1024;

interface Tail {
  readonly file: OutputFile;
  readonly from: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The events with the last bytes of each output file put before its attempt's end. A file that is gone adds nothing. */
export function withOutputTails(events: readonly RecordedEvent[], files: readonly OutputFile[]): RecordedEvent[] {
  const tails = files.map(readTailOf).filter((tail) => tail !== null);
  if (tails.length === 0) return [...events];
  const streams = new Map<string, 'pty' | 'stdout' | 'stderr'>();
  const placed = new Set<Tail>();
  const joined: RecordedEvent[] = [];
  for (const event of events) {
    if (event.type === 'process.output') streams.set(`${event.process}.${event.attempt}`, event.stream);
    const tail = event.type === 'process.closed' ? tails.find((one) => isOf(one.file, event)) : undefined;
    if (event.type !== 'process.closed' || tail === undefined) {
      joined.push(event);
      continue;
    }
    placed.add(tail);
    joined.push(outputOf(tail, event.at, streams));
    // A lost attempt's end was made from the record alone; the file knows how much there was.
    const bytes = Math.max(event.bytes, tail.from + tail.bytes.length);
    joined.push(event.outcome === 'lost' ? { ...event, bytes } : event);
  }
  // Of a process that still runs, the tail is the newest there is.
  for (const tail of tails) if (!placed.has(tail)) joined.push(outputOf(tail, events.at(-1)?.at ?? 0, streams));
  return joined;
}

function isOf(file: OutputFile, event: { process: number; attempt: number }): boolean {
  return file.process === event.process && file.attempt === event.attempt;
}

function outputOf(
  { file, from, bytes }: Tail,
  at: number,
  streams: ReadonlyMap<string, 'pty' | 'stdout' | 'stderr'>,
): RecordedEvent {
  const { process, attempt } = file;
  const stream = streams.get(`${process}.${attempt}`) ?? 'pty';
  return { type: 'process.output', process, attempt, from, stream, bytes, at };
}

function readTailOf(file: OutputFile): Tail | null {
  try {
    const { size } = statSync(file.path);
    const from = Math.max(file.recordedTo, size - OUTPUT_TAIL_BYTES);
    if (from >= size) return null;
    const fd = openSync(file.path, 'r');
    try {
      const bytes = new Uint8Array(size - from);
      const count = readSync(fd, bytes, 0, bytes.length, from);
      return { file, from, bytes: bytes.subarray(0, count) };
    } finally {
      closeSync(fd);
    }
  } catch {
    // Removed with age, or by a person: the record's first MiB is what is left.
    return null;
  }
}
