// How does input reach a process once, in order, over connections that come and go?

import { fail, ok, type Result } from '../../problem/index.ts';
import type { CallProblem } from './problem.ts';
import type { CallResult } from './results.ts';

/** Typed ahead of a server that does not take it. */
const QUEUE_BYTES = 1024 * 1024;

/** What goes out as one write. */
const CHUNK_BYTES = 256 * 1024;

export interface InputLine {
  /** Resolves when the server has it. All or nothing: refused when it would not fit into the queue. */
  write(bytes: Uint8Array): Promise<Result<void, CallProblem>>;
}

interface Waiting {
  readonly bytes: Buffer;
  readonly answer: (answer: Result<void, CallProblem>) => void;
}

/**
 * One write is under way at a time, so that neither a server with several lanes nor a repetition can change the order;
 * what is typed meanwhile goes out together. `send` repeats a write with the same id when the connection went.
 */
export function openInputLine(
  send: (chunk: Buffer, writeId: string) => Promise<Result<CallResult<'process/write'>, CallProblem>>,
): InputLine {
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let isSending = false;
  let writes = 0;

  const takeSome = (): Waiting[] => {
    let bytes = 0;
    let count = 0;
    for (const it of waiting) {
      if (count > 0 && bytes + it.bytes.length > CHUNK_BYTES) break;
      bytes += it.bytes.length;
      count++;
    }
    const some = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return some;
  };
  const pump = async (): Promise<void> => {
    if (isSending) return;
    isSending = true;
    while (waiting.length > 0) {
      const some = takeSome();
      const chunk = Buffer.concat(some.map((it) => it.bytes));
      const sent = await send(chunk, String(++writes));
      waitingBytes -= chunk.length;
      const answer = sent.ok ? statusAnswer(sent.value.status) : sent;
      for (const it of some) it.answer(answer);
    }
    isSending = false;
  };

  return {
    write(bytes) {
      if (bytes.length === 0) return Promise.resolve(ok(undefined));
      if (waitingBytes + bytes.length > QUEUE_BYTES) return Promise.resolve(fail(queueFull));
      return new Promise((answer) => {
        waiting.push({ bytes: Buffer.from(bytes), answer });
        waitingBytes += bytes.length;
        void pump();
      });
    },
  };
}

function statusAnswer(status: CallResult<'process/write'>['status']): Result<void, CallProblem> {
  switch (status) {
    case 'accepted':
      return ok(undefined);
    case 'stdinClosed':
      return fail({ kind: 'input', message: 'the input of the process is closed' });
    case 'unknownProcess':
      return fail({ kind: 'input', message: 'the server does not know the process any more' });
    case 'starting':
      return fail({ kind: 'input', message: 'the process is still being started' });
  }
}

const queueFull: CallProblem = { kind: 'full', message: 'the server has not taken the last 1 MiB of input' };
