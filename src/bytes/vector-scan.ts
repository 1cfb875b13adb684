// The assembled scanner: how it is loaded, and how bytes get into its memory.

import { SCAN_MODULE } from './scan-module.ts';

/** Where the block begins in the scanner's memory, and how much fits in behind the tables (see scan.wat). */
const BLOCK_AT = 65_536;
export const BLOCK_BYTES = 65_536;
const MARKS_AT = 4096;
const VECTOR_BYTES = 16;

/** A mark is so many bytes. */
export const MARK_BYTES = 4;

export interface VectorScan {
  /** Copies at most `BLOCK_BYTES` in. */
  load(block: Uint8Array): void;
  /** Index of the next mark that begins in [from, to) of the loaded block, or -1. */
  find(from: number, to: number): number;
  /** Line feeds in the loaded block. */
  newlines(): number;
}

/** The slot of a mark: two marks of one slot cannot both be searched. */
export function slotOf(mark: number): number {
  return Math.imul(mark, 0x9e3779b1) >>> 20;
}

/** Null where this processor or this runtime has no vector instructions. `marks` are words, each in its own slot. */
export function openVectorScan(marks: readonly number[]): VectorScan | null {
  const exports = instantiate();
  if (exports === null) return null;
  const { find, newlines, memory } = exports;
  const bytes = new Uint8Array(memory.buffer);
  const words = new Uint32Array(memory.buffer, MARKS_AT, 4096);
  // Neighbours in order share their first bytes, so that a kind lets little else through.
  [...marks].sort(byBytes).forEach((mark, index) => {
    words[slotOf(mark)] = mark;
    const kind = 1 << Math.floor((index * 8) / marks.length);
    for (let place = 0; place < MARK_BYTES; place++) {
      const byte = (mark >>> (8 * place)) & 0xff;
      const low = place * 2 * VECTOR_BYTES + (byte & 15);
      const high = (place * 2 + 1) * VECTOR_BYTES + (byte >> 4);
      bytes[low] = (bytes[low] ?? 0) | kind;
      bytes[high] = (bytes[high] ?? 0) | kind;
    }
  });
  let length = 0;
  return {
    load(block) {
      length = block.length;
      bytes.set(block, BLOCK_AT);
      // What an earlier block left there must not be found.
      bytes.fill(0, BLOCK_AT + length, BLOCK_AT + length + 2 * VECTOR_BYTES);
    },
    find: (from, to) => {
      const found = find(BLOCK_AT + from, BLOCK_AT + to);
      return found === -1 ? -1 : found - BLOCK_AT;
    },
    newlines: () => newlines(BLOCK_AT, BLOCK_AT + Math.ceil(length / VECTOR_BYTES) * VECTOR_BYTES),
  };
}

/** What is used of it; the types of Node come without. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly Memory: new (...never: never) => { readonly buffer: ArrayBuffer };
};

interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly find: (at: number, end: number) => number;
  readonly newlines: (at: number, end: number) => number;
}

function instantiate(): Exports | null {
  try {
    const module = new WebAssembly.Module(Buffer.from(SCAN_MODULE, 'base64'));
    const { memory, find, newlines } = new WebAssembly.Instance(module).exports;
    if (!(memory instanceof WebAssembly.Memory) || !isFunction(find) || !isFunction(newlines)) return null;
    return { memory, find: (at, end) => find(at, end), newlines: (at, end) => newlines(at, end) };
  } catch {
    return null; // An old processor, or no room for the reserved addresses (ulimit -v): slower ways remain.
  }
}

function isFunction(value: unknown): value is (at: number, end: number) => number {
  return typeof value === 'function';
}

function byBytes(a: number, b: number): number {
  return swapped(a) - swapped(b);
}

function swapped(mark: number): number {
  return (((mark & 0xff) << 24) | ((mark & 0xff00) << 8) | ((mark >>> 8) & 0xff00) | (mark >>> 24)) >>> 0;
}
