// What is kept of one attempt's output for a screen: its first and its last bytes, and how much there was.

/** Kept from the start, and again from the end: more rows than any fold shows, few enough for hundreds of attempts. */
export const EXCERPT_SIDE_BYTES = 64 * 1024;

/** Buffers start small, because most commands print a line or two, and double until a side is full. */
const FIRST_ALLOCATION_BYTES = 1024;

const NEWLINE = 10;

/**
 * Bytes of one attempt, by their position in its output. `head` begins at byte 0. `tail` ends at byte `bytes` and
 * begins at `tailFrom`; it never overlaps `head`. What lies between them was left out.
 */
export interface ExcerptValue {
  readonly bytes: number;
  readonly head: Uint8Array;
  readonly tail: Uint8Array;
  readonly tailFrom: number;
  /** Lines of everything (by `\n`, plus a last one without), or null when bytes are missing, so nobody here can count. */
  readonly lines: number | null;
}

/** A piece of output and its place. */
export interface OutputPiece {
  readonly from: number;
  readonly bytes: Uint8Array;
}

/**
 * Collects one attempt's output. Adding copies at most two sides' worth of bytes, whatever the piece's size, and makes
 * no strings. The value depends on the bytes and their places only, never on how they were cut into pieces.
 */
export class Excerpt {
  private head = new Uint8Array(0);
  private headLength = 0;
  /** A ring: the byte at position p stands at `p % EXCERPT_SIDE_BYTES` once it has its full size. */
  private ring = new Uint8Array(0);
  private end = 0;
  /** Start of the unbroken run that ends at `end`. */
  private runFrom = 0;
  private isReleased = false;

  /** How many bytes there were, those left out included. */
  get bytes(): number {
    return this.end;
  }

  /** Memory held, in bytes. */
  get heldBytes(): number {
    return this.head.length + this.ring.length;
  }

  /** The bytes were given up to stay within a memory bound; only the counts are left. */
  get wasReleased(): boolean {
    return this.isReleased;
  }

  /** Every byte from 0 on is here. */
  get isWhole(): boolean {
    return this.headLength + (this.end - this.tailFrom()) === this.end;
  }

  /** Pieces come in order; a gap before a piece is bytes that were left out, an overlap is skipped. */
  add(from: number, bytes: Uint8Array): void {
    const known = this.end - from;
    if (known >= bytes.length) return;
    const piece = known > 0 ? bytes.subarray(known) : bytes;
    const start = Math.max(from, this.end);
    if (start > this.end) this.runFrom = start;
    this.end = start + piece.length;
    if (this.isReleased) return;
    let rest = piece;
    if (this.headLength === start && start < EXCERPT_SIDE_BYTES) {
      const taken = piece.subarray(0, EXCERPT_SIDE_BYTES - start);
      this.head = grown(this.head, this.headLength + taken.length);
      this.head.set(taken, this.headLength);
      this.headLength += taken.length;
      rest = piece.subarray(taken.length);
    }
    this.keepLast(rest);
  }

  /** Gives the bytes up. */
  release(): void {
    this.isReleased = true;
    this.head = new Uint8Array(0);
    this.ring = new Uint8Array(0);
    this.headLength = 0;
  }

  value(): ExcerptValue {
    const { bytes, tailFrom } = { bytes: this.end, tailFrom: this.tailFrom() };
    const head = this.head.slice(0, this.headLength);
    const tail = this.copy(tailFrom, bytes);
    return { bytes, head, tail, tailFrom, lines: tailFrom === head.length ? countLines(head, tail) : null };
  }

  /** The last bytes, at most `count` of them and only as far as they are unbroken, for a pane that shows a few rows. */
  last(count: number): Uint8Array {
    const tailFrom = this.tailFrom();
    const from = Math.max(this.end - count, tailFrom);
    const tail = this.copy(from, this.end);
    const missing = Math.min(count - tail.length, this.headLength);
    if (missing <= 0 || tailFrom !== this.headLength) return tail;
    const joined = new Uint8Array(missing + tail.length);
    joined.set(this.head.subarray(this.headLength - missing, this.headLength));
    joined.set(tail, missing);
    return joined;
  }

  private tailFrom(): number {
    if (this.isReleased) return this.end;
    return Math.min(this.end, Math.max(this.runFrom, this.headLength, this.end - EXCERPT_SIDE_BYTES));
  }

  private keepLast(piece: Uint8Array): void {
    if (piece.length === 0) return;
    const kept = piece.subarray(Math.max(0, piece.length - EXCERPT_SIDE_BYTES));
    let at = this.end - kept.length;
    this.growRing(this.end - Math.max(this.runFrom, this.headLength));
    let rest = kept;
    while (rest.length > 0) {
      const slot = at % this.ring.length;
      const part = rest.subarray(0, this.ring.length - slot);
      this.ring.set(part, slot);
      at += part.length;
      rest = rest.subarray(part.length);
    }
  }

  /** Positions map to slots by the ring's size, so a larger ring is filled anew from what the old one still holds. */
  private growRing(run: number): void {
    const needed = Math.min(run, EXCERPT_SIDE_BYTES);
    if (needed <= this.ring.length) return;
    const size = sizeFor(needed, this.ring.length);
    const larger = new Uint8Array(size);
    const old = this.ring;
    if (old.length > 0) {
      // The old content may belong to a run before a gap; copying it is harmless, since `tailFrom` leaves it out.
      const from = Math.max(0, this.end - EXCERPT_SIDE_BYTES - old.length);
      for (let p = Math.max(from, this.end - run); p < this.end; p++) larger[p % size] = old[p % old.length]!;
    }
    this.ring = larger;
  }

  private copy(from: number, to: number): Uint8Array {
    const out = new Uint8Array(Math.max(0, to - from));
    const size = this.ring.length;
    if (size === 0) return out;
    let done = 0;
    while (done < out.length) {
      const slot = (from + done) % size;
      const part = this.ring.subarray(slot, Math.min(size, slot + out.length - done));
      out.set(part, done);
      done += part.length;
    }
    return out;
  }
}

/** The excerpt of pieces in order, e.g. those of a record. */
export function excerptOf(pieces: Iterable<OutputPiece>): ExcerptValue {
  const excerpt = new Excerpt();
  for (const { from, bytes } of pieces) excerpt.add(from, bytes);
  return excerpt.value();
}

function sizeFor(needed: number, current: number): number {
  let size = Math.max(FIRST_ALLOCATION_BYTES, current);
  while (size < needed) size *= 2;
  return Math.min(size, EXCERPT_SIDE_BYTES);
}

function grown(buffer: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  if (needed <= buffer.length) return buffer;
  const larger = new Uint8Array(sizeFor(needed, buffer.length));
  larger.set(buffer);
  return larger;
}

function countLines(head: Uint8Array, tail: Uint8Array): number {
  const last = tail.length > 0 ? tail[tail.length - 1] : head[head.length - 1];
  return newlinesIn(head) + newlinesIn(tail) + (last === undefined || last === NEWLINE ? 0 : 1);
}

function newlinesIn(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
