// The assembled scanner: how it is loaded, and how bytes get into its memory.

import { SCAN_MODULE } from './scan-module.ts';

/** Where the block begins in the scanner's memory, and how much fits in behind the sets of marks (see scan.wat). */
const BLOCK_AT = 131_072;
export const BLOCK_BYTES = 262_144;
const MOST_SETS = 6;
const SET_BYTES = 20_480;
const WORDS_AT = 4096;
const VECTOR_BYTES = 16;
const NEWLINE = 0x0a;

/** A mark is so many bytes. */
export const MARK_BYTES = 4;

export interface VectorScan {
  /** At most `BLOCK_BYTES`; copied in unless they are in the work block. */
  load(block: Uint8Array): void;
  /** False: another scan has loaded something since. */
  isLoaded(): boolean;
  /** Index of the next mark that begins in [from, to) of the loaded block, or -1. */
  find(from: number, to: number): number;
  /** Line feeds in the loaded block. */
  newlines(): number;
}

/** The slot of a mark: two marks of one slot cannot both be searched. */
export function slotOf(mark: number): number {
  return Math.imul(mark, 0x9e3779b1) >>> 20;
}

/**
 * Memory of the scanner: what is read into it is searched where it is. One for the whole thread; null where there is no
 * scanner.
 */
export function workBlock(): Buffer | null {
  const own = machine();
  return own === null ? null : Buffer.from(own.bytes.buffer, BLOCK_AT, BLOCK_BYTES);
}

/**
 * Null where this processor or this runtime has no vector instructions, and where there are too many sets already.
 * `marks` are words, each in its own slot; without any, nothing is ever found.
 */
export function openVectorScan(marks: readonly number[]): VectorScan | null {
  const own = machine();
  if (own === null) return null;
  const set = marks.length === 0 ? 0 : own.takeSet();
  if (set === null) return null;
  const { bytes, find, newlines } = own;
  if (marks.length > 0) writeMarks(bytes, set, marks);
  let at = BLOCK_AT;
  let length = 0;
  let loads = -1;
  return {
    load(block) {
      length = block.length;
      const isThere = block.buffer === bytes.buffer && block.byteOffset >= BLOCK_AT;
      at = isThere ? block.byteOffset : BLOCK_AT;
      if (!isThere) {
        bytes.set(block, BLOCK_AT);
        own.loads += 1;
      }
      loads = own.loads;
    },
    isLoaded: () => loads === own.loads,
    find: (from, to) => {
      const found = marks.length === 0 ? -1 : find(set, at + from, at + to);
      return found === -1 ? -1 : found - at;
    },
    newlines() {
      const whole = length - (length % VECTOR_BYTES);
      let count = newlines(at, at + whole);
      for (let rest = at + whole; rest < at + length; rest++) if (bytes[rest] === NEWLINE) count++;
      return count;
    },
  };
}

function writeMarks(bytes: Uint8Array, set: number, marks: readonly number[]): void {
  const words = new Uint32Array(bytes.buffer, set + WORDS_AT, 4096);
  // Neighbours in order share their first bytes, so that a kind lets little else through.
  [...marks].sort(byBytes).forEach((mark, index) => {
    words[slotOf(mark)] = mark;
    const kind = 1 << Math.floor((index * 8) / marks.length);
    for (let place = 0; place < MARK_BYTES; place++) {
      const byte = (mark >>> (8 * place)) & 0xff;
      const low = set + place * 2 * VECTOR_BYTES + (byte & 15);
      const high = set + (place * 2 + 1) * VECTOR_BYTES + (byte >> 4);
      bytes[low] = (bytes[low] ?? 0) | kind;
      bytes[high] = (bytes[high] ?? 0) | kind;
    }
  });
}

/** What is used of it; the types of Node come without. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (...never: never) => { readonly buffer: ArrayBuffer };
};

interface Machine {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly find: (set: number, at: number, end: number) => number;
  readonly newlines: (at: number, end: number) => number;
  /** Where a new set of marks begins; null: there is no more room. */
  takeSet(): number | null;
  /** How often something was copied in. */
  loads: number;
}

/** One for the thread: all scans search in the same block, one after the other. */
let made: Machine | null | undefined;

function machine(): Machine | null {
  if (made === undefined) made = instantiate();
  return made;
}

function instantiate(): Machine | null {
  try {
    const module = new WebAssembly.Module(Buffer.from(SCAN_MODULE, 'base64'));
    const { memory, find, newlines } = new WebAssembly.Instance(module).exports;
    if (!(memory instanceof WebAssembly.Memory) || !isFunction(find) || !isFunction(newlines)) return null;
    let sets = 0;
    return {
      bytes: new Uint8Array(memory.buffer),
      find: (set, at, end) => find(set, at, end),
      newlines: (at, end) => newlines(at, end),
      loads: 0,
      takeSet: () => (sets === MOST_SETS ? null : sets++ * SET_BYTES),
    };
  } catch {
    return null; // An old processor, or no room for the reserved addresses (ulimit -v): slower ways remain.
  }
}

function isFunction(value: unknown): value is (...numbers: number[]) => number {
  return typeof value === 'function';
}

function byBytes(a: number, b: number): number {
  return swapped(a) - swapped(b);
}

function swapped(mark: number): number {
  return (((mark & 0xff) << 24) | ((mark & 0xff00) << 8) | ((mark >>> 8) & 0xff00) | (mark >>> 24)) >>> 0;
}
