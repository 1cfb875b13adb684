// What happened to one process, by number, and who waits to hear of it? Every event takes the next number.

import type { Results, StreamName } from '../protocol/messages.ts';
import type { WireDenial } from './denial-details.ts';
import { openOutputWindow, type ReadBytes } from './output-window.ts';

/** How it ended. `denial` null: the sandbox stopped nothing. */
export interface RecordedExit {
  readonly code: number;
  readonly denial: WireDenial | null;
}

export interface ReadQuestion {
  readonly afterSeq: number;
  /** Null: no bound. */
  readonly maxBytes: number | null;
}

export type ReadAnswer = Results['process/read'];

export interface ProcessRecord {
  /** Each returns the number of the event. */
  output(stream: StreamName, from: number, length: number): number;
  exited(exit: RecordedExit): number;
  closed(): number;
  readonly exit: RecordedExit | null;
  readonly isClosed: boolean;
  /** Of output that can be read again. */
  readonly heldBytes: number;
  read(question: ReadQuestion): ReadAnswer;
  /** True: there is something to tell, or nothing will ever come. */
  hasNews(afterSeq: number): boolean;
  /** Calls back at the next event; returns how to give up. */
  wake(listener: () => void): () => void;
}

export function openProcessRecord(readBytes: ReadBytes): ProcessRecord {
  const window = openOutputWindow(readBytes);
  const waiting = new Set<() => void>();
  let nextSeq = 1;
  let exit: RecordedExit | null = null;
  let exitSeq = 0;
  let isClosed = false;

  const tell = (): void => {
    for (const listener of [...waiting]) listener();
  };

  return {
    output(stream, from, length) {
      const seq = nextSeq++;
      window.add({ seq, stream, from, length });
      tell();
      return seq;
    },
    exited(how) {
      exit = how;
      exitSeq = nextSeq++;
      tell();
      return exitSeq;
    },
    closed() {
      isClosed = true;
      window.close();
      const seq = nextSeq++;
      tell();
      return seq;
    },
    get exit() {
      return exit;
    },
    get isClosed() {
      return isClosed;
    },
    get heldBytes() {
      return window.heldBytes;
    },
    read({ afterSeq, maxBytes }) {
      const chunks = window.read(afterSeq, maxBytes);
      const last = chunks.at(-1);
      return {
        chunks,
        // With a bound the caller goes on from what it got; without one it hears of exit and close as well.
        nextSeq: maxBytes === null || last === undefined ? nextSeq : last.seq + 1,
        exited: exit !== null,
        exitCode: exit?.code ?? null,
        closed: isClosed,
        failure: null,
        sandboxDenied: exit !== null && exit.denial !== null,
        ...(exit?.denial == null ? {} : { denial: exit.denial }),
      };
    },
    hasNews: (afterSeq) => isClosed || (exit !== null && exitSeq > afterSeq) || window.hasAfter(afterSeq),
    wake(listener) {
      waiting.add(listener);
      return () => void waiting.delete(listener);
    },
  };
}
