// Which output records does a piece of a process's output become?

import type { EventOf } from '../bus/contract.ts';
import { bytesToFields, unfinishedBytes } from './output-text.ts';
import type { RecordLine } from './record.ts';

/** The record holds the beginning of each attempt's output; everything after it is in the output file. */
export const RECORDED_OUTPUT_BYTES = 1024 * 1024;

/** One record stays far below the size from which a write may tear when its process is killed. */
const RECORD_BYTES = 65_536;

/** What has been recorded of the newest attempt's output. */
export interface OutputSpelling {
  readonly attempt: number;
  recordedBytes: number;
  /** Bytes that came, recorded or not. */
  seenBytes: number;
  /** The beginning of a code point, held back until the rest of it comes. */
  carry: { readonly from: number; readonly stream: Stream; readonly bytes: Uint8Array } | null;
  lastStream: Stream;
  isFileOpen: boolean;
}
type Stream = EventOf<'process.output'>['stream'];

export function beginOutput(attempt: number): OutputSpelling {
  return { attempt, recordedBytes: 0, seenBytes: 0, carry: null, lastStream: 'pty', isFileOpen: false };
}

export function outputRecords(output: OutputSpelling, event: EventOf<'process.output'>, at: number): RecordLine[] {
  const { carry } = output;
  const isContinued = carry !== null && carry.stream === event.stream && carry.from + carry.bytes.length === event.from;
  const records = isContinued ? [] : flushCarry(output, event.process, at);
  output.seenBytes = event.from + event.bytes.length;
  output.lastStream = event.stream;
  const taken = event.bytes.subarray(0, RECORDED_OUTPUT_BYTES - output.recordedBytes);
  if (taken.length === 0) return records;
  output.recordedBytes += taken.length;
  const whole = isContinued ? Buffer.concat([carry.bytes, taken]) : taken;
  const from = isContinued ? carry.from : event.from;
  const held = output.recordedBytes < RECORDED_OUTPUT_BYTES ? unfinishedBytes(whole) : 0;
  const end = whole.length - held;
  output.carry =
    held === 0 ? null : { from: from + end, stream: event.stream, bytes: Buffer.from(whole.subarray(end)) };
  for (let start = 0; start < end; ) {
    const piece = pieceAt(whole.subarray(start, end));
    records.push(outputRecord(event.process, output.attempt, event.stream, from + start, piece, at));
    start += piece.length;
  }
  return records;
}

function pieceAt(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= RECORD_BYTES) return bytes;
  const piece = bytes.subarray(0, RECORD_BYTES);
  return piece.subarray(0, RECORD_BYTES - unfinishedBytes(piece));
}

/** A code point that never got its rest is recorded as the bytes it is. */
export function flushCarry(output: OutputSpelling, process: number, at: number): RecordLine[] {
  const { carry } = output;
  if (carry === null) return [];
  output.carry = null;
  return [outputRecord(process, output.attempt, carry.stream, carry.from, carry.bytes, at)];
}

/** Without an output file the end of a long output would be nowhere: what is left of it is recorded at closed. */
export function tailRecords(output: OutputSpelling, process: number, tail: Uint8Array, at: number): RecordLine[] {
  const missing = output.seenBytes - output.recordedBytes;
  if (output.isFileOpen || missing <= 0) return [];
  const bytes = tail.subarray(Math.max(0, tail.length - missing));
  return [outputRecord(process, output.attempt, output.lastStream, output.seenBytes - bytes.length, bytes, at)];
}

function outputRecord(
  process: number,
  attempt: number,
  stream: Stream,
  from: number,
  bytes: Uint8Array,
  at: number,
): RecordLine {
  const payload = { process, attempt, stream, from, n: bytes.length, ...bytesToFields(bytes) };
  return { at, type: 'codex_ts.output', payload, extra: null };
}
