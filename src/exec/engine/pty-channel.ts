// How is a terminal's master read to its very last byte, and written without ever blocking?

import { readSync, writeSync } from 'node:fs';
import type { OnReadOpts, SocketConstructorOpts } from 'node:net';
import { ReadStream } from 'node:tty';
import type { Channel, ChannelListener } from './channel.ts';
import type { DescriptorTable } from './descriptors.ts';
import type { Gatherer } from './gather.ts';
import type { PtyDriver, PtyPair } from './pty.ts';
import { openWriteQueue } from './write-queue.ts';

/** A read of a master returns at most a page; what comes beyond it is read by hand. */
const READ_BYTES = 16 * 1024;

/** A read this full says that more is waiting; after a shorter one a second try would mostly fail. */
const FULL_READ_BYTES = 1024;

/** Read by hand in one turn of the loop at most, so that the keyboard and other panes get theirs. */
const TURN_BYTES = 256 * 1024;

/** More than a kernel keeps for a terminal; a limit only because somebody might open it again and go on. */
const LAST_BYTES = 1024 * 1024;

const INTERRUPT = Uint8Array.of(0x03);
const END_OF_INPUT = Uint8Array.of(0x04);

/** The channel owns `pair.master` from here on. */
export function openPtyChannel(
  driver: PtyDriver,
  pair: PtyPair,
  descriptors: DescriptorTable,
  gatherer: Gatherer,
  listener: ChannelListener,
): Channel {
  const { master } = pair;
  const queue = openWriteQueue(master);
  let isOpen = true;
  let isPaused = false;

  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    onread: {
      // An own buffer: bytes must never wait inside the stream, where an error would drop them.
      buffer: Buffer.allocUnsafeSlow(READ_BYTES),
      callback(length, buffer) {
        gatherer.add(buffer.subarray(0, length), 'pty');
        if (length >= FULL_READ_BYTES && !isPaused) readByHand(TURN_BYTES);
        listener.read();
        return !isPaused;
      },
    },
  };
  const stream = new ReadStream(master, options);

  /** Until the kernel has no more, or `limit`. */
  const readByHand = (limit: number): void => {
    for (let taken = 0; taken < limit; ) {
      const length = readNow(master, gatherer.space('pty'));
      if (length === 0) return;
      gatherer.filled(length, 'pty');
      taken += length;
    }
  };

  stream.on('end', () => {
    // libuv before 1.52 takes a hang-up for the end although up to 15 kB still wait; the descriptor is open until
    // this handler returns.
    if (isOpen) readByHand(LAST_BYTES);
  });
  stream.on('error', () => {
    // EIO is how a terminal says that its last user closed it. Whatever it was, `close` follows.
  });
  stream.on('close', () => {
    if (!isOpen) return;
    isOpen = false;
    queue.close();
    descriptors.release(master);
    listener.ended();
  });
  stream.resume();

  return {
    write: (bytes) => queue.write(bytes),
    poke: () => queue.poke(),
    endInput: () => void queue.write(END_OF_INPUT),
    resize(cols, rows) {
      // After the close the number may already be another pane's.
      if (isOpen) driver.resize(master, cols, rows);
    },
    typeInterrupt() {
      if (!isOpen) return false;
      // Behind input that nobody reads the character would wait too, even where it fits in.
      if (queue.clear()) return false;
      try {
        return writeSync(master, INTERRUPT) === 1;
      } catch {
        return false; // EAGAIN: the same.
      }
    },
    pause() {
      isPaused = true;
      if (isOpen) stream.pause();
    },
    resume() {
      isPaused = false;
      if (isOpen) stream.resume();
    },
    abandon() {
      if (!isOpen) return;
      readByHand(TURN_BYTES);
      stream.destroy();
    },
  };
}

/** 0 when there is nothing now, or will be nothing any more. */
function readNow(descriptor: number, target: Buffer): number {
  try {
    return readSync(descriptor, target, 0, target.length, null);
  } catch {
    return 0; // EAGAIN: not now. EIO: never again, which the stream finds out by itself.
  }
}
