// Which paths are known? All of them in one block of bytes: a hundred thousand of them make no work for the collector.

/** Paths and bytes that are kept; what comes beyond is not found. */
const MOST_PATHS = 300_000;
const MOST_BYTES = 48 * 1024 * 1024;
/** A longer path than any file system has. */
const LONGEST_PATH = 4096;
/** Room that is left for the folders of one path; a path with more of them is nobody's file. */
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
  /** All paths, one behind the other. Valid until the next `add`, like the places in it. */
  readonly bytes: Uint8Array;
  /** `count + 1` places in `bytes`: where each path begins, and where the last one ends. */
  readonly starts: Uint32Array;
  /** Where the last part of each path begins. */
  readonly names: Uint32Array;
  readonly masks: Int32Array;
  /**
   * Takes the relative path in `from` to `to` of `block`, and each folder on its way that is new; a folder ends in a
   * slash. Left out: what was just added, and names with control characters, which nobody can type or read.
   */
  add(block: Uint8Array, from: number, to: number): void;
  text(entry: number): string;
}

export function createPathIndex(): PathIndex {
  let bytes = new Uint8Array(64 * 1024);
  let starts = new Uint32Array(1024);
  let names = new Uint32Array(1024);
  let masks = new Int32Array(1024);
  let count = 0;
  let isFull = false;
  /** Where the path that was taken last stands: most are beside the one before. */
  let last = { from: 0, to: 0 };
  const folders = new Set<string>();

  /** The path must stand at the end of `bytes` already. */
  function append(from: number, to: number, mask: number, name: number): void {
    if (count + 2 > starts.length) {
      starts = grown(starts, count + 2);
      names = grown(names, count + 2);
      masks = grown(masks, count + 2);
    }
    starts[count] = from;
    names[count] = name;
    masks[count] = mask;
    count += 1;
    starts[count] = to;
  }

  /** Copies it to the end of `bytes`; gives where it begins there. */
  function copied(block: Uint8Array, from: number, to: number): number {
    const at = starts[count]!;
    if (at + to - from > bytes.length) bytes = grown(bytes, at + to - from);
    for (let index = from; index < to; index += 1) bytes[at + index - from] = block[index]!;
    return at;
  }

  /** Folders of the path that are not on the way of the one before. */
  function addFolders(block: Uint8Array, from: number, to: number): void {
    const both = Math.min(to - from, last.to - last.from);
    let known = from;
    for (let at = 0; at < both && block[from + at] === bytes[last.from + at]; at += 1)
      if (block[from + at] === SLASH) known = from + at + 1;
    let mask = 0;
    let name = from;
    for (let at = from; at < to; at += 1) {
      mask |= BITS[block[at]!]!;
      if (block[at] !== SLASH) continue;
      if (at >= known && isNew(block, from, at)) {
        const begin = copied(block, from, at + 1);
        append(begin, begin + at + 1 - from, mask, begin + name - from);
      }
      name = at + 1;
    }
  }

  function isNew(block: Uint8Array, from: number, to: number): boolean {
    const before = folders.size;
    folders.add(Buffer.from(block.buffer, block.byteOffset + from, to - from).toString('latin1'));
    return folders.size > before;
  }

  function isLast(block: Uint8Array, from: number, to: number): boolean {
    if (to - from !== last.to - last.from) return false;
    for (let at = 0; at < to - from; at += 1) if (block[from + at] !== bytes[last.from + at]) return false;
    return true;
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
    get names() {
      return names;
    },
    get masks() {
      return masks;
    },
    add(block, from, to) {
      if (to <= from || to - from > LONGEST_PATH || isLast(block, from, to)) return;
      if (count + MOST_FOLDERS > MOST_PATHS || starts[count]! + LONGEST_PATH * MOST_FOLDERS > MOST_BYTES) {
        isFull = true;
        return;
      }
      let mask = 0;
      let name = from;
      for (let at = from; at < to; at += 1) {
        const byte = block[at]!;
        if (byte < 0x20 || byte === 0x7f) return;
        if (byte === SLASH && at < to - 1) name = at + 1;
        mask |= BITS[byte]!;
      }
      addFolders(block, from, to);
      if (block[to - 1] === SLASH) return;
      const begin = copied(block, from, to);
      append(begin, begin + to - from, mask, begin + name - from);
      last = { from: begin, to: begin + to - from };
    },
    text: (entry) => Buffer.from(bytes.buffer, starts[entry]!, starts[entry + 1]! - starts[entry]!).toString(),
  };
}

function grown<T extends Uint8Array | Uint32Array | Int32Array>(old: T, least: number): T {
  const size = Math.max(least, old.length * 2);
  // Of the same kind as `old`, which the compiler cannot know.
  const made = new (old.constructor as new (size: number) => T)(size);
  made.set(old);
  return made;
}
