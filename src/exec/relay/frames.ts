// What travels through a relay: frames of many streams on one WebSocket, each a protobuf message of a known shape.
//
// Whoever carries them reads the stream's name and nothing else. Fields that are not known are passed over, and what is
// zero is not written, as protobuf has it.

import { fail, ok, type Result } from '../../problem/index.ts';

/** A message of the WebSocket is one frame of at most this. */
export const MOST_FRAME_BYTES = 256 * 1024;

/** Names are UUIDs of 36 characters; a little room for others'. */
const MOST_STREAM_NAME = 64;
const MOST_REASON = 256;

export type FrameBody =
  /** One encrypted record. `seq` counts up from 0 without gaps in each direction. */
  | { readonly kind: 'data'; readonly seq: number; readonly payload: Uint8Array }
  | { readonly kind: 'ack' }
  /** Claims the stream; the first thing its opener says. */
  | { readonly kind: 'resume'; readonly nextSeq: number }
  /** The stream is over. Anybody in between can say so: its reason is shown to nobody. */
  | { readonly kind: 'reset'; readonly reason: string }
  | { readonly kind: 'heartbeat' }
  | { readonly kind: 'handshake'; readonly payload: Uint8Array };

export interface RelayFrame {
  readonly stream: string;
  /** The highest number received with everything before it; means something in an `ack` frame. */
  readonly ack: number;
  readonly body: FrameBody;
}

const VERSION = 1;

const FIELD = {
  version: 1,
  stream: 2,
  ack: 3,
  ackBits: 4,
  data: 5,
  ackFrame: 6,
  resume: 7,
  reset: 8,
  heartbeat: 9,
  handshake: 10,
} as const;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export function encodeFrame({ stream, ack, body }: RelayFrame): Uint8Array {
  const content = contentOf(body);
  return Buffer.concat([
    number(FIELD.version, VERSION),
    bytes(FIELD.stream, Buffer.from(stream, 'utf8')),
    number(FIELD.ack, ack),
    content,
  ]);
}

function contentOf(body: FrameBody): Uint8Array {
  switch (body.kind) {
    case 'data':
      return bytes(FIELD.data, Buffer.concat([number(1, body.seq), number(3, 1), bytes(4, body.payload)]));
    case 'ack':
      return bytes(FIELD.ackFrame, NONE, true);
    case 'resume':
      return bytes(FIELD.resume, number(1, body.nextSeq), true);
    case 'reset':
      return bytes(FIELD.reset, bytes(1, Buffer.from(body.reason, 'utf8')), true);
    case 'heartbeat':
      return bytes(FIELD.heartbeat, NONE, true);
    case 'handshake':
      return bytes(FIELD.handshake, bytes(1, body.payload), true);
  }
}

const NONE = new Uint8Array(0);

function number(field: number, value: number): Uint8Array {
  return value === 0 ? NONE : Uint8Array.of(...varint((field << 3) | VARINT), ...varint(value));
}

/** Of a message inside, also nothing says that it is there. */
function bytes(field: number, content: Uint8Array, isMessage = false): Uint8Array {
  if (content.length === 0 && !isMessage) return NONE;
  return Buffer.concat([Uint8Array.of(...varint((field << 3) | BYTES), ...varint(content.length)), content]);
}

function varint(value: number): number[] {
  const parts: number[] = [];
  let left = value;
  while (left > 0x7f) {
    parts.push((left % 0x80) | 0x80);
    left = Math.floor(left / 0x80);
  }
  return [...parts, left];
}

// ------------------------------------------------------------------------------------------------------- reading

/** The stream of a frame, for whoever only carries it. Null: it is none. */
export function streamOf(frame: Uint8Array): string | null {
  const fields = readFields(frame);
  return fields === null ? null : nameIn(fields);
}

/** The problem is a word for a log; it holds nothing of what was sent. */
export function decodeFrame(frame: Uint8Array): Result<RelayFrame, string> {
  if (frame.length > MOST_FRAME_BYTES) return fail('too long');
  const fields = readFields(frame);
  if (fields === null) return fail('not a frame');
  if (numberIn(fields, FIELD.version) !== VERSION) return fail('another version');
  const stream = nameIn(fields);
  if (stream === null) return fail('no stream');
  const body = bodyIn(fields);
  return body === null ? fail('no content') : ok({ stream, ack: numberIn(fields, FIELD.ack), body });
}

function nameIn(fields: Fields): string | null {
  const name = bytesIn(fields, FIELD.stream);
  if (name === null || name.length === 0 || name.length > MOST_STREAM_NAME) return null;
  const text = Buffer.from(name).toString('latin1');
  return /^[\x21-\x7e]+$/.test(text) ? text : null;
}

/** The last one said counts, as protobuf has it. */
function bodyIn(fields: Fields): FrameBody | null {
  const last = fields.findLast(({ field }) => field >= FIELD.data && field <= FIELD.handshake);
  if (last === undefined || last.bytes === null) return null;
  const inside = readFields(last.bytes);
  if (inside === null) return null;
  switch (last.field) {
    case FIELD.data: {
      // An older form cut a message into segments; here a frame is a record.
      if (numberIn(inside, 2) !== 0 || numberIn(inside, 3) > 1) return null;
      return { kind: 'data', seq: numberIn(inside, 1), payload: bytesIn(inside, 4) ?? NONE };
    }
    case FIELD.ackFrame:
      return { kind: 'ack' };
    case FIELD.resume:
      return { kind: 'resume', nextSeq: numberIn(inside, 1) };
    case FIELD.reset:
      return { kind: 'reset', reason: Buffer.from(bytesIn(inside, 1) ?? NONE).toString('utf8', 0, MOST_REASON) };
    case FIELD.heartbeat:
      return { kind: 'heartbeat' };
    case FIELD.handshake:
      return { kind: 'handshake', payload: bytesIn(inside, 1) ?? NONE };
    default:
      return null;
  }
}

/** A field as it was written: a number, or bytes. */
interface Field {
  readonly field: number;
  readonly number: number;
  readonly bytes: Uint8Array | null;
}
type Fields = readonly Field[];

/** More fields than this are no frame of anybody's. */
const MOST_FIELDS = 64;

function readFields(message: Uint8Array): Fields | null {
  const fields: Field[] = [];
  let at = 0;

  /** Numbers that count here fit into 53 bits; what is larger is read and is no number of ours. */
  const readVarint = (): number | null => {
    let value = 0;
    for (let index = 0; index < 10; index += 1) {
      const byte = message[at];
      if (byte === undefined) return null;
      at += 1;
      value += (byte & 0x7f) * 2 ** (7 * index);
      if (byte < 0x80) return value;
    }
    return null;
  };

  while (at < message.length) {
    const key = readVarint();
    if (key === null || fields.length === MOST_FIELDS) return null;
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (field === 0) return null;
    if (wire === VARINT) {
      const value = readVarint();
      if (value === null) return null;
      fields.push({ field, number: Number.isSafeInteger(value) ? value : -1, bytes: null });
      continue;
    }
    const length = wire === BYTES ? readVarint() : wire === FIXED64 ? 8 : wire === FIXED32 ? 4 : null;
    if (length === null || length > message.length - at) return null;
    fields.push({ field, number: -1, bytes: message.subarray(at, at + length) });
    at += length;
  }
  return fields;
}

/** Not said is 0; -1 for what is no number. */
function numberIn(fields: Fields, field: number): number {
  return fields.findLast((one) => one.field === field)?.number ?? 0;
}

function bytesIn(fields: Fields, field: number): Uint8Array | null {
  return fields.findLast((one) => one.field === field)?.bytes ?? null;
}
