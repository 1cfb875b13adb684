// How do two streams carry the messages of the one connection of a server on stdin and stdout? A line each.

import type { Readable, Writable } from 'node:stream';
import { LIMITS } from '../protocol/messages.ts';
import { type Connection, type ConnectionPlace, openConnection } from './connection.ts';
import { lineFraming } from './framing.ts';
import { openOutbox } from './outbox.ts';
import { FULL_BYTES, openReadingGate } from './reading-gate.ts';
import { openRoom } from './room.ts';

const LINE_FEED = 0x0a;

/** Resolves when the peer is gone, or was sent away. */
export function carryLines(input: Readable, output: Writable, place: ConnectionPlace): Promise<void> {
  return new Promise((resolve) => {
    const room = openRoom();
    const gate = openReadingGate(
      () => input.pause(),
      () => input.resume(),
    );
    const outbox = openOutbox(output, lineFraming, (isCongested) => {
      room.set(!isCongested);
      if (!isCongested) gate.set('full', false);
      connection.congested(isCongested);
    });
    const end = (): void => {
      outbox.flush();
      outbox.close();
      room.set(true);
      connection.ended();
      resolve();
    };
    const connection: Connection = openConnection(
      {
        name: 'JSON-RPC message from exec-server stdio',
        transport: 'stdio',
        send: outbox.send,
        sendBytes: outbox.sendBytes,
        room: room.wait,
        close: end,
        probe() {
          // Its streams end when it does.
        },
        pauseReading: (isPaused) => gate.set('busy', isPaused),
      },
      place,
    );
    const lines = openLines((line) => connection.receive(line));
    input.on('data', (bytes: Buffer) => {
      if (!lines.read(bytes)) end();
      else if (outbox.waitingBytes() > FULL_BYTES) gate.set('full', true);
    });
    input.once('end', end);
    for (const stream of [input, output]) stream.once('error', end);
  });
}

interface Lines {
  /** False: a line is longer than a message may be. */
  read(bytes: Buffer): boolean;
}

/** Blank lines say nothing, and a carriage return before the feed is white space. */
function openLines(take: (line: string) => void): Lines {
  let parts: Buffer[] = [];
  let length = 0;

  const whole = (): void => {
    const line = Buffer.concat(parts).toString();
    parts = [];
    length = 0;
    if (line.trim() !== '') take(line);
  };

  return {
    read(bytes) {
      let at = 0;
      for (let feed = bytes.indexOf(LINE_FEED); feed !== -1; feed = bytes.indexOf(LINE_FEED, at)) {
        parts.push(bytes.subarray(at, feed));
        whole();
        at = feed + 1;
      }
      if (at < bytes.length) parts.push(bytes.subarray(at));
      length += bytes.length - at;
      return length <= LIMITS.messageBytes;
    },
  };
}
