// How are a process's pipes read to their end, and its stdin written without filling our memory?

import { type OnReadOpts, Socket, type SocketConstructorOpts } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { fail, ok } from '../../problem/index.ts';
import type { OutputStream } from '../environment.ts';
import type { Channel, ChannelListener } from './channel.ts';
import type { Gatherer } from './gather.ts';
import { inputEnded, QUEUE_BYTES, queueFull } from './write-queue.ts';

/** Our ends; `stdin` null when the process reads /dev/null. `pipes` are descriptors, which the channel closes. */
export type Pipes =
  | { readonly kind: 'sockets'; readonly stdin: Writable | null; readonly stdout: Readable; readonly stderr: Readable }
  | {
      readonly kind: 'pipes';
      readonly stdin: number | null;
      readonly stdout: number;
      readonly stderr: number;
      /** What is read comes here, and was handed on when the next pipe is read to the same place. */
      readonly space: Buffer;
    };

export function openPipeChannel(pipes: Pipes, gatherer: Gatherer, listener: ChannelListener): Channel {
  const take = (bytes: Uint8Array, name: OutputStream): void => {
    gatherer.add(bytes, name);
    listener.read();
  };
  const stdin = openInput(pipes);
  const outputs = [openOutput(pipes, 'stdout', take), openOutput(pipes, 'stderr', take)];
  let open = outputs.length;
  for (const stream of outputs) {
    stream.on('error', () => {
      // A broken pipe has nothing more to say; `close` follows.
    });
    stream.once('close', () => {
      open--;
      if (open > 0) return;
      stdin?.destroy();
      listener.ended();
    });
  }
  stdin?.on('drain', () => listener.drained());
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
    pause() {
      for (const stream of outputs) stream.pause();
    },
    resume() {
      for (const stream of outputs) stream.resume();
    },
    abandon() {
      for (const stream of outputs) stream.destroy();
    },
  };
}

function openInput(pipes: Pipes): Writable | null {
  if (pipes.kind === 'sockets') return pipes.stdin;
  if (pipes.stdin === null) return null;
  const stdin = new Socket({ fd: pipes.stdin, readable: false, writable: true });
  // A pipe cannot be shut down like a socket: its reader hears of the end only when it is closed.
  return stdin.once('finish', () => stdin.destroy());
}

function openOutput(
  pipes: Pipes,
  name: 'stdout' | 'stderr',
  take: (bytes: Uint8Array, name: OutputStream) => void,
): Readable {
  if (pipes.kind === 'sockets') return pipes[name].on('data', (bytes: Buffer) => take(bytes, name));
  const options: SocketConstructorOpts & { readonly onread: OnReadOpts } = {
    fd: pipes[name],
    readable: true,
    writable: false,
    onread: {
      buffer: pipes.space,
      callback(length, buffer) {
        take(buffer.subarray(0, length), name);
        return true;
      },
    },
  };
  return new Socket(options).resume();
}
