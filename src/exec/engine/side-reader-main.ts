// The thread that reads along with floods. It reads what is told to be there, and answers when it has come to an end.

import { readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { workBlock } from '../../bytes/index.ts';
import type { SideAnswer, SideRequest } from './side-reader.ts';
import { openStreamReader, type StreamPart, type StreamReader } from './stream-reader.ts';

interface Reading {
  readonly descriptor: number;
  readonly reader: StreamReader;
  at: number;
}

/** What is read here is searched where it is. */
const block = workBlock() ?? Buffer.allocUnsafeSlow(256 * 1024);
const readings = new Map<number, Reading>();

/** False: the file is shorter than it was said to be, or cannot be read. */
function readPart(reading: Reading, { to, isError }: StreamPart): boolean {
  while (reading.at < to) {
    const read = readSync(reading.descriptor, block, 0, Math.min(block.length, to - reading.at), reading.at);
    if (read === 0) return false;
    reading.reader.read(block.subarray(0, read), isError ? 'stderr' : 'stdout');
    reading.at += read;
  }
  return true;
}

function areRead(reading: Reading, parts: readonly StreamPart[]): boolean {
  try {
    return parts.every((part) => readPart(reading, part));
  } catch {
    return false;
  }
}

parentPort?.on('message', (request: SideRequest) => {
  const { id } = request;
  if (request.kind === 'open') {
    const { descriptor, watch } = request;
    readings.set(id, { descriptor, reader: openStreamReader(watch), at: 0 });
    return;
  }
  const reading = readings.get(id);
  if (reading === undefined) return;
  const isRead = areRead(reading, request.parts);
  if (isRead && request.kind === 'grown') return;
  readings.delete(id);
  const answer: SideAnswer = { id, read: isRead ? reading.reader.result() : null };
  parentPort?.postMessage(answer);
});
