// Which paths are known? All of them in one block of bytes: a hundred thousand of them make no work for the collector.

/** Paths and bytes that are kept; what comes beyond is not found. */
const MOST_PATHS = 300_000;
const MOST_BYTES = 48 * 1024 * 1024;
/** A longer path than any file system has. */
const LONGEST_PATH = 4096;
/** Folders of one path; nobody's file is deeper. */
const MOST_FOLDERS = 64;

const SLASH = 0x2f;

/** Bytes as they are compared: ASCII letters in lower case. */
export const FOLDED: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
);

/** One bit for each letter, and a few for what else file names are made of: a path without a wanted bit cannot match. */
const BITS: Int32Array = Int32Array.from({ length: 256 }, (_, byte) => 1 << bitOf(FOLDED[byte]!));

function bitOf(byte: number): number {
  if (byte >= 0x61 && byte <= 0x7a) return byte - 0x61;
  if (byte >= 0x30 && byte <= 0x39) return 26;
  return { 47: 27, 46: 28, 45: 29, 95: 30 }[byte] ?? 31;
}

export function maskOf(bytes: Uint8Array): number {
  let mask = 0;
  for (const byte of bytes) mask |= BITS[byte]!;
  return mask;
}

export interface PathIndex {
  readonly count: number;
  /** A bound was reached: there are more paths than are known. */
  readonly isFull: boolean;
  /** What was added, as it came. Valid until the next `add`, like the places in it. */
  readonly bytes: Uint8Array;
  /** Where each path begins and ends in `bytes`, and where its last part begins. */
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
  readonly names: Uint32Array;
  readonly masks: Int32Array;
  /**
   * Takes relative paths that each end in a zero byte, and each folder on their way that is new; a folder ends in a
   * slash. Left out: what was just added, and names with control characters, which nobody can type or read.
   */
  add(paths: Uint8Array): void;
  text(entry: number): string;
}

export function createPathIndex(): PathIndex {
  let bytes = new Uint8Array(64 * 1024);
  let used = 0;
  let starts = new Uint32Array(1024);
  let ends = new Uint32Array(1024);
  let names = new Uint32Array(1024);
  let masks = new Int32Array(1024);
  let count = 0;
  let isFull = false;
  /** Where the path that was taken last stands: most are beside the one before. */
  let lastFrom = 0;
  let lastTo = 0;
  const folders = new Set<string>();
  /** Slashes of the path that is looked at: where they are, where the part before begins, and what was seen by then. */
  const slashes = new Int32Array(3 * MOST_FOLDERS);

  function append(from: number, to: number, name: number, mask: number): void {
    if (count === starts.length) {
      starts = grown(starts, 2 * count);
      ends = grown(ends, 2 * count);
      names = grown(names, 2 * count);
      masks = grown(masks, 2 * count);
    }
    starts[count] = from;
    ends[count] = to;
    names[count] = name;
    masks[count] = mask;
    count += 1;
  }

  /** A folder is the beginning of the path that it was found in. */
  function appendFolders(from: number, found: number): void {
    for (let index = 0; index < found; index += 1) {
      const to = slashes[3 * index]! + 1;
      const before = folders.size;
      folders.add(Buffer.from(bytes.buffer, from, to - from).toString('latin1'));
      if (folders.size > before) append(from, to, slashes[3 * index + 1]!, slashes[3 * index + 2]!);
    }
  }

  /** One pass over all bytes: this is where the time goes, so it works on what is its own. */
  function take(begin: number, end: number): void {
    const all = bytes;
    let from = begin;
    let name = begin;
    let mask = 0;
    let found = 0;
    let isPlain = true;
    /** Where the byte stands that this one is compared with; -1 when the paths have parted already. */
    let beside = lastFrom;
    let besideEnd = lastTo;
    for (let at = begin; at < end; at += 1) {
      const byte = all[at]!;
      if (byte === 0) {
        if (isPlain && at > from && at - from <= LONGEST_PATH && beside !== besideEnd) {
          appendFolders(from, found);
          if (all[at - 1] !== SLASH) append(from, at, name, mask);
          lastFrom = from;
          lastTo = at;
        }
        besideEnd = lastTo;
        beside = lastFrom;
        from = at + 1;
        name = from;
        mask = 0;
        found = 0;
        isPlain = true;
        continue;
      }
      if (beside >= 0) beside = beside < besideEnd && all[beside] === byte ? beside + 1 : -1;
      mask |= BITS[byte]!;
      if (byte < 0x20 || byte === 0x7f) isPlain = false;
      if (byte !== SLASH) continue;
      if (beside < 0 && found < MOST_FOLDERS) {
        slashes[3 * found] = at;
        slashes[3 * found + 1] = name;
        slashes[3 * found + 2] = mask;
        found += 1;
      }
      name = at + 1;
    }
  }

  return {
    get count() {
      return count;
    },
    get isFull() {
      return isFull;
    },
    get bytes() {
      return bytes;
    },
    get starts() {
      return starts;
    },
    get ends() {
      return ends;
    },
    get names() {
      return names;
    },
    get masks() {
      return masks;
    },
    add(paths) {
      if (count >= MOST_PATHS || used + paths.length > MOST_BYTES) {
        isFull = true;
        return;
      }
      if (used + paths.length > bytes.length) bytes = grown(bytes, Math.max(2 * bytes.length, used + paths.length));
      bytes.set(paths, used);
      used += paths.length;
      take(used - paths.length, used);
    },
    text: (entry) => Buffer.from(bytes.buffer, starts[entry]!, ends[entry]! - starts[entry]!).toString(),
  };
}

function grown<T extends Uint8Array | Uint32Array | Int32Array>(old: T, size: number): T {
  // Of the same kind as `old`, which the compiler cannot know.
  const made = new (old.constructor as new (size: number) => T)(size);
  made.set(old);
  return made;
}
