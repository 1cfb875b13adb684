// What of a long output stands in the item of a finished command? Its head and its tail.

/** codex-cli keeps at most 64 KiB of output in an item; the rest of that is room for the line between the halves. */
const HALF = (65_536 - 128) / 2;

/** Head and tail of everything added so far. Memory: at most three halves of an item. */
export interface Aggregate {
  head: Buffer[];
  headBytes: number;
  tail: Buffer[];
  tailBytes: number;
  total: number;
}

export function emptyAggregate(): Aggregate {
  return { head: [], headBytes: 0, tail: [], tailBytes: 0, total: 0 };
}

/** `from` counts from the start of the output. A gap before it is what nobody was told: it stands in no item. */
export function addToAggregate(aggregate: Aggregate, from: number, bytes: Uint8Array): void {
  if (from > aggregate.total) {
    aggregate.tail = [];
    aggregate.tailBytes = 0;
  }
  aggregate.total = from + bytes.length;
  const forHead = bytes.subarray(0, HALF - aggregate.headBytes);
  if (forHead.length > 0) {
    aggregate.head.push(Buffer.from(forHead));
    aggregate.headBytes += forHead.length;
  }
  const forTail = bytes.subarray(Math.max(forHead.length, bytes.length - HALF));
  if (forTail.length === 0) return;
  aggregate.tail.push(Buffer.from(forTail));
  aggregate.tailBytes += forTail.length;
  // Joined only now and then, so that many small chunks cost no quadratic copying.
  if (aggregate.tailBytes > 2 * HALF) {
    const joined = Buffer.concat(aggregate.tail);
    aggregate.tail = [Buffer.from(joined.subarray(joined.length - HALF))];
    aggregate.tailBytes = HALF;
  }
}

/** The last bytes, at most half of an item, none of which are in the head. */
export function tailOf(aggregate: Aggregate): Buffer {
  const joined = Buffer.concat(aggregate.tail);
  return joined.subarray(Math.max(0, joined.length - HALF));
}

export function aggregateText(aggregate: Aggregate): string {
  const tail = tailOf(aggregate);
  const left = aggregate.total - aggregate.headBytes - tail.length;
  const head = Buffer.concat(aggregate.head);
  if (left === 0) return Buffer.concat([head, tail]).toString('utf8');
  return `${head.toString('utf8')}\n[… ${left} bytes are not in this record …]\n${tail.toString('utf8')}`;
}
