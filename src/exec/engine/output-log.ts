// What did this attempt print, by byte number?

import type { Problem } from '../../problem/index.ts';
import type { OutputRange } from '../environment.ts';
import { type BytePages, openBytePages } from './byte-pages.ts';
import { createOutputFile, type OutputFile, type OutputFileLimits } from './output-file.ts';

/** Bounds of one attempt's output. Small values are for tests. */
export interface OutputLimits extends OutputFileLimits {
  /** Kept in memory from byte 0 on; the output file is made when it is full. */
  readonly headBytes: number;
  /** Kept in memory from the end. */
  readonly tailBytes: number;
}

const MIB = 1024 * 1024;

/** Enough in memory for a screen and a model's answer; enough on disk for any log a person would search. */
export const DEFAULT_OUTPUT_LIMITS: OutputLimits = {
  headBytes: MIB,
  tailBytes: MIB,
  fileBytes: 1024 * MIB,
  ringBytes: MIB,
  minimumFreeBytes: 1024 * MIB,
};

/** One read copies at most this much; a caller that wants more asks again. */
const READ_BYTES = 4 * MIB;

/** What stays in memory of a finished attempt whose output is on disk: about a screen. */
const FINISHED_TAIL_BYTES = 8 * 1024;

const NEWLINE = 0x0a;

/** Numbered bytes of one attempt: the first and the last in memory, all of them in a file once there are many. */
export interface OutputLog {
  readonly bytes: number;
  /** How many bytes from byte 0 on are in the file. */
  readonly onDisk: number;
  /** The last thing that was printed is a line feed, or nothing was. */
  readonly endsLine: boolean;
  /** Copies `bytes`; they are in the file when it returns. Their offset is the answer. */
  append(bytes: Uint8Array): number;
  /** From `from` on, or from the first byte after it that is still kept, up to `to` or the next gap, at most 4 MiB. */
  read(from: number, to: number): OutputRange;
  /** No more will come: the file is closed, and memory shrinks to a screenful when it has everything. */
  finish(): void;
}

/** What the log tells; both come before `append` returns. */
export interface OutputLogListener {
  fileOpened(path: string): void;
  /** Told once; the log goes on in memory. */
  fileFailed(problem: Problem): void;
}

/** `path` null keeps no file. */
export function openOutputLog(path: string | null, limits: OutputLimits, listener: OutputLogListener): OutputLog {
  const head = openBytePages(0);
  let tail = openBytePages(limits.headBytes);
  let file: OutputFile | null = null;
  let isFileWanted = path !== null;
  let bytesSeen = 0;
  let lastByte = NEWLINE;

  /** Opens the file and copies the head in: from here on the disk has everything. */
  const openFile = (target: string): void => {
    isFileWanted = false;
    const created = createOutputFile(target, limits);
    if (!created.ok) {
      listener.fileFailed(created.problem);
      return;
    }
    file = created.value;
    listener.fileOpened(target);
    writeToFile(copyOf(head));
  };

  const writeToFile = (bytes: Uint8Array): void => {
    const problem = file?.append(bytes) ?? null;
    if (problem !== null) listener.fileFailed(problem);
  };

  /** Copies from the first place that has `position`; 0 when none has. */
  const copyFrom = (position: number, to: number, target: Uint8Array, at: number): number => {
    if (position < head.end() && position >= head.start()) return head.copy(position, to, target, at);
    if (position >= tail.start()) return tail.copy(position, to, target, at);
    return file?.read(position, Math.min(to, tail.start()), target, at) ?? 0;
  };

  const firstKept = (from: number): number => {
    if (from < head.end() && from >= head.start()) return from;
    const candidates = [Math.max(from, tail.start()), file?.nextFrom(from) ?? null].filter((start) => start !== null);
    return Math.min(...candidates);
  };

  const readFrom = (start: number, to: number): OutputRange => {
    const end = Math.min(to, bytesSeen, start + READ_BYTES);
    if (start >= end) return { from: start, bytes: new Uint8Array(0) };
    const target = Buffer.allocUnsafeSlow(end - start);
    let done = 0;
    while (start + done < end) {
      const copied = copyFrom(start + done, end, target, done);
      if (copied === 0) break;
      done += copied;
    }
    return { from: start, bytes: target.subarray(0, done) };
  };

  return {
    get bytes() {
      return bytesSeen;
    },
    get onDisk() {
      return file?.wholeBytes() ?? 0;
    },
    get endsLine() {
      return lastByte === NEWLINE;
    },
    append(bytes) {
      const from = bytesSeen;
      if (bytes.length === 0) return from;
      if (isFileWanted && path !== null && from + bytes.length > limits.headBytes) openFile(path);
      writeToFile(bytes);
      const toHead = Math.max(0, Math.min(bytes.length, limits.headBytes - from));
      if (toHead > 0) head.append(bytes.subarray(0, toHead));
      // What is on disk is read from there; the end is kept where it is not.
      if (file?.wholeBytes() === from + bytes.length) tail.skipTo(from + bytes.length);
      else if (toHead < bytes.length) {
        tail.append(bytes.subarray(toHead));
        tail.trim(limits.tailBytes);
      }
      bytesSeen += bytes.length;
      lastByte = bytes.at(-1) ?? lastByte;
      return from;
    },
    read(from, to) {
      const start = Math.min(firstKept(Math.max(0, from)), bytesSeen);
      const read = readFrom(start, to);
      // The file may be gone by now; then the end, which is in memory, is what is still kept.
      return read.bytes.length === 0 && start < tail.start() ? readFrom(Math.min(tail.start(), bytesSeen), to) : read;
    },
    finish() {
      file?.finish();
      if (file?.wholeBytes() !== bytesSeen) return;
      const kept = openBytePages(Math.max(0, bytesSeen - FINISHED_TAIL_BYTES));
      kept.append(this.read(kept.start(), bytesSeen).bytes);
      head.trim(0);
      tail = kept;
    },
  };
}

function copyOf(pages: BytePages): Uint8Array {
  const copy = Buffer.allocUnsafeSlow(pages.end() - pages.start());
  pages.copy(pages.start(), pages.end(), copy, 0);
  return copy;
}
