// How does the body of an HTTP answer, fetched by the server, reach its reader piece by piece?

import { fail, ok, type Result } from '../../problem/index.ts';
import type { NotificationParams } from '../protocol/messages.ts';
import type { CallProblem } from './problem.ts';

/** Read ahead of one reader, and of all of them: whoever is beyond is failed, as nothing can ask a server to wait. */
const STREAM_BYTES = 16 * 1024 * 1024;
const ALL_BYTES = 4 * STREAM_BYTES;

export interface HttpBody {
  /** The next piece; null at the end. One reader at a time. */
  next(): Promise<Result<Uint8Array | null, CallProblem>>;
  /** Nobody wants the rest, which is dropped. Whoever stops reading before the end has to say so. */
  cancel(): void;
}

export interface HttpStreams {
  /** Before the request is sent: pieces may come before its answer. */
  open(requestId: string): HttpBody;
  take(delta: NotificationParams<'http/request/bodyDelta'>): void;
  /** Streams do not outlive their connection. */
  failAll(problem: CallProblem): void;
  openCount(): number;
}

interface Stream {
  take(delta: NotificationParams<'http/request/bodyDelta'>): void;
  end(problem: CallProblem | null): void;
}

export function openHttpStreams(): HttpStreams {
  const streams = new Map<string, Stream>();
  let allBytes = 0;

  const open = (requestId: string): HttpBody => {
    let pieces: Uint8Array[] = [];
    let pieceBytes = 0;
    let lastSeq = 0;
    let end: Result<null, CallProblem> | null = null;
    let wake: () => void = () => {};

    const count = (bytes: number): void => {
      pieceBytes += bytes;
      allBytes += bytes;
    };
    const finish = (problem: CallProblem | null): void => {
      if (end !== null) return;
      end = problem === null ? ok(null) : fail(problem);
      streams.delete(requestId);
      wake();
    };
    const drop = (): void => {
      count(-pieceBytes);
      pieces = [];
    };
    const failNow = (problem: CallProblem): void => {
      drop();
      finish(problem);
    };

    streams.set(requestId, {
      take({ seq, deltaBase64, done, error }) {
        if (seq <= lastSeq) return;
        if (seq !== lastSeq + 1) return failNow(hole(lastSeq + 1, seq));
        lastSeq = seq;
        const bytes = deltaBase64.length;
        if (pieceBytes + bytes > STREAM_BYTES || allBytes + bytes > ALL_BYTES) return failNow(tooFast);
        if (bytes > 0) {
          pieces.push(deltaBase64);
          count(bytes);
          wake();
        }
        if (done) finish(error === null ? null : { kind: 'refused', code: 0, message: error });
      },
      end: finish,
    });
    return {
      async next() {
        for (;;) {
          const piece = pieces.shift();
          if (piece !== undefined) {
            count(-piece.length);
            return ok(piece);
          }
          if (end !== null) return end;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      },
      cancel() {
        failNow({ kind: 'cancelled', message: 'the body was given up' });
      },
    };
  };

  return {
    open,
    take: (delta) => streams.get(delta.requestId)?.take(delta),
    failAll(problem) {
      for (const stream of [...streams.values()]) stream.end(problem);
    },
    openCount: () => streams.size,
  };
}

const hole = (expected: number, got: number): CallProblem => ({
  kind: 'malformed',
  message: `a piece of the http/request body is missing: expected ${expected}, got ${got}`,
});

const tooFast: CallProblem = {
  kind: 'full',
  message: 'the http/request body came faster than it was read, and 16 MiB of it (64 MiB of all) were waiting',
};
