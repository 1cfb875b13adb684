// How are a process's pipes read to their end, and its stdin written without filling our memory?

import type { Readable, Writable } from 'node:stream';
import { fail, ok } from '../../problem/index.ts';
import type { OutputStream } from '../environment.ts';
import type { Channel, ChannelListener } from './channel.ts';
import type { Gatherer } from './gather.ts';
import { inputEnded, QUEUE_BYTES, queueFull } from './write-queue.ts';

/** Our ends; `stdin` null when the process reads /dev/null. */
export interface Pipes {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  readonly stderr: Readable;
}

export function openPipeChannel(pipes: Pipes, gatherer: Gatherer, listener: ChannelListener): Channel {
  const { stdin } = pipes;
  const outputs = [pipes.stdout, pipes.stderr];
  let open = outputs.length;

  const readFrom = (stream: Readable, name: OutputStream): void => {
    stream.on('data', (bytes: Buffer) => {
      gatherer.add(bytes, name);
      listener.read();
    });
    stream.on('error', () => {
      // A broken pipe has nothing more to say; `close` follows.
    });
    stream.once('close', () => {
      open--;
      if (open > 0) return;
      stdin?.destroy();
      listener.ended();
    });
  };
  readFrom(pipes.stdout, 'stdout');
  readFrom(pipes.stderr, 'stderr');
  stdin?.on('error', () => {
    // EPIPE: the program closed its stdin or ended; the next write is refused.
  });

  return {
    write(bytes) {
      if (stdin === null || !stdin.writable) return fail(inputEnded());
      if (stdin.writableLength + bytes.length > QUEUE_BYTES) return fail(queueFull());
      stdin.write(Uint8Array.from(bytes));
      return ok(undefined);
    },
    poke() {
      // The loop itself says when a pipe has room.
    },
    endInput: () => void stdin?.end(),
    resize() {
      // A pipe has no size.
    },
    typeInterrupt: () => false,
    pause: () => outputs.forEach((stream) => void stream.pause()),
    resume: () => outputs.forEach((stream) => void stream.resume()),
    abandon: () => outputs.forEach((stream) => void stream.destroy()),
  };
}
