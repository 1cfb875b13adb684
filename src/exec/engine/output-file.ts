// How does a process's output get to disk, within its bounds, so that what was shown can always be read again?

import { closeSync, constants, ftruncateSync, mkdirSync, openSync, readSync, statfsSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';

export interface OutputFileLimits {
  /** The file holds this many bytes from byte 0; what follows goes to the ring. */
  readonly fileBytes: number;
  /** Size of each of the ring's two files: one to two of these are always on disk. */
  readonly ringBytes: number;
  /** The file stops growing when the disk has less free than this; the ring is small enough to go on. */
  readonly minimumFreeBytes: number;
}

/** Raw bytes: position in the file = offset in the output, until the ring begins. */
export interface OutputFile {
  /** Synchronous, so that what a listener hears is already written. A problem is told once; then nothing is written. */
  append(bytes: Uint8Array): Problem | null;
  /** How many bytes from byte 0 on are on disk without a gap. */
  wholeBytes(): number;
  /** The first offset at or after `from` that is on disk, or null. */
  nextFrom(from: number): number | null;
  /** Copies what is on disk without a gap from `from` on, up to `to`, into `target` at `at`; returns how many bytes. */
  read(from: number, to: number, target: Uint8Array, at: number): number;
  /** Nothing more will be appended: holds no descriptor from now on. It can still be read while the file is there. */
  finish(): void;
}

/** How many bytes may be written between two looks at the free space. */
const FREE_SPACE_CHECK_BYTES = 64 * 1024 * 1024;

/** A stretch of the output in one file, which holds it from its position 0. Without a descriptor it is only read. */
interface Stretch {
  readonly path: string;
  descriptor: number | null;
  start: number;
  length: number;
}

interface Ring {
  /** The one being filled is last. */
  stretches: [Stretch, Stretch];
}

/**
 * Makes the file (mode 0600) and its folder (0700). Folders are made one at a time: the recursive form of mkdir never
 * returns below a parent that answers ENOENT to it, such as /proc.
 */
export function createOutputFile(path: string, limits: OutputFileLimits): Result<OutputFile> {
  try {
    makeFolders(dirname(path));
    const descriptor = openSync(
      path,
      constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW,
      0o600,
    );
    return ok(writeTo(path, descriptor, limits));
  } catch (error) {
    return fail(unwritable(path, error));
  }
}

function writeTo(path: string, descriptor: number, limits: OutputFileLimits): OutputFile {
  const whole: Stretch = { path, descriptor, start: 0, length: 0 };
  let ring: Ring | null = null;
  let isStopped = false;
  let untilCheck = 0;

  const stretches = (): Stretch[] => [whole, ...(ring?.stretches ?? [])];

  /** How many more bytes the whole file may take now. */
  const room = (): number => {
    if (ring !== null) return 0;
    if (untilCheck <= 0) {
      if (freeBytes(path) < limits.minimumFreeBytes) return 0;
      untilCheck = FREE_SPACE_CHECK_BYTES;
    }
    return limits.fileBytes - whole.length;
  };

  const appendToRing = (bytes: Uint8Array): void => {
    ring ??= openRing(path, whole.length);
    let rest = bytes;
    while (rest.length > 0) {
      const filling = ring.stretches[1];
      if (filling.length >= limits.ringBytes) {
        const [oldest] = ring.stretches;
        if (oldest.descriptor !== null) ftruncateSync(oldest.descriptor);
        oldest.start = filling.start + filling.length;
        oldest.length = 0;
        ring.stretches = [filling, oldest];
        continue;
      }
      const part = rest.subarray(0, limits.ringBytes - filling.length);
      writeStretch(filling, part);
      rest = rest.subarray(part.length);
    }
  };

  return {
    append(bytes) {
      if (isStopped) return null;
      try {
        const part = bytes.subarray(0, Math.max(0, room()));
        if (part.length > 0) writeStretch(whole, part);
        untilCheck -= part.length;
        if (part.length < bytes.length) appendToRing(bytes.subarray(part.length));
        return null;
      } catch (error) {
        isStopped = true;
        return unwritable(path, error);
      }
    },
    wholeBytes: () => whole.length,
    nextFrom(from) {
      const starts = stretches()
        .filter((stretch) => from < stretch.start + stretch.length)
        .map((stretch) => Math.max(from, stretch.start));
      return starts.length === 0 ? null : Math.min(...starts);
    },
    read(from, to, target, at) {
      let position = from;
      for (const stretch of stretches()) {
        const end = Math.min(to, stretch.start + stretch.length);
        if (position < stretch.start || position >= end) continue;
        position += readStretch(stretch, position, end, target, at + position - from);
      }
      return position - from;
    },
    finish() {
      isStopped = true;
      for (const stretch of stretches()) {
        if (stretch.descriptor !== null) closeSync(stretch.descriptor);
        stretch.descriptor = null;
      }
    },
  };
}

function openRing(path: string, start: number): Ring {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
  const half = (name: string): Stretch => ({ path: name, descriptor: openSync(name, flags, 0o600), start, length: 0 });
  return { stretches: [half(`${path}.b`), half(`${path}.a`)] };
}

/** A write may be short; what was written counts, whatever happens next. */
function writeStretch(stretch: Stretch, bytes: Uint8Array): void {
  let written = 0;
  while (stretch.descriptor !== null && written < bytes.length) {
    const now = writeSync(stretch.descriptor, bytes, written, bytes.length - written, stretch.length);
    written += now;
    stretch.length += now;
  }
}

function readStretch(stretch: Stretch, from: number, to: number, target: Uint8Array, at: number): number {
  if (stretch.descriptor !== null) return readPart(stretch.descriptor, stretch.start, from, to, target, at);
  let descriptor: number;
  try {
    descriptor = openSync(stretch.path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch {
    return 0; // Deleted with its session, or aged out: those bytes are no longer kept.
  }
  try {
    return readPart(descriptor, stretch.start, from, to, target, at);
  } finally {
    closeSync(descriptor);
  }
}

function readPart(descriptor: number, start: number, from: number, to: number, target: Uint8Array, at: number): number {
  let done = 0;
  while (from + done < to) {
    const now = readSync(descriptor, target, at + done, to - from - done, from + done - start);
    if (now === 0) break; // Somebody shortened the file.
    done += now;
  }
  return done;
}

function makeFolders(folder: string): void {
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return;
    if (errnoOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    makeFolders(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
  }
}

function freeBytes(path: string): number {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY; // Unknown: a full disk will say so itself.
  }
}

function unwritable(path: string, error: unknown): Problem {
  const isFull = errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT';
  return {
    what: `The output is not saved any further: ${path} cannot be written.`,
    why: isFull ? 'the disk is full' : causeOf(error),
    next: isFull
      ? 'free some space; the command goes on and its last MiB stays readable'
      : 'the command goes on and its last MiB stays readable',
  };
}
