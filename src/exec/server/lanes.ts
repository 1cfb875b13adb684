// In which order are the requests of one connection worked on? As they came, but nobody waits behind a long wait.

import type { Method } from '../protocol/messages.ts';

/** Where a request stands. A key names what has its own order: one process, one file handle. */
export interface Place {
  /** Begins when the ordinary requests before it are done. */
  readonly waitsForLine: boolean;
  /** Ordinary requests after it wait for it. */
  readonly holdsLine: boolean;
  readonly waitsFor: readonly string[];
  readonly holds: string | null;
}

const FREE: Place = { waitsForLine: false, holdsLine: false, waitsFor: [], holds: null };
const IN_LINE: Place = { ...FREE, waitsForLine: true, holdsLine: true };
const BESIDE_LINE: Place = { ...FREE, waitsForLine: true };

/** Pure. `params` as they came: an odd one is refused when it is read. */
export function placeOf(method: Method, params: unknown): Place {
  const { processId, handleId, sandbox } = (params ?? {}) as Readonly<Record<string, unknown>>;
  const start = `start ${String(processId)}`;
  const handle = `handle ${String(handleId)}`;
  switch (method) {
    case 'initialize':
    case 'environment/info':
    case 'environment/status':
    // A long request, which may never be answered: nothing follows from it.
    case 'http/request':
      return FREE;
    case 'process/start':
      // What was written before is there when the program looks; nobody waits until it has started.
      return { ...BESIDE_LINE, waitsFor: [start], holds: start };
    case 'process/read':
    // The process itself keeps what it is sent in order, while it does not read.
    case 'process/write':
    case 'process/signal':
    case 'process/terminate':
    case 'process/resize':
      return { ...FREE, waitsFor: [start] };
    case 'fs/open':
      return { ...BESIDE_LINE, waitsFor: [handle], holds: handle };
    case 'fs/readBlock':
    case 'fs/writeBlock':
    case 'fs/close':
      return { ...FREE, waitsFor: [handle], holds: handle };
    case 'capabilityRoots/discoverV1':
      return BESIDE_LINE;
    case 'environmentConfig/read':
    case 'fs/readFile':
    case 'fs/writeFile':
    case 'fs/createDirectory':
    case 'fs/getMetadata':
    case 'fs/canonicalize':
    case 'fs/readDirectory':
    case 'fs/walk':
    case 'fs/remove':
    case 'fs/copy':
    case 'fs/watchMissing':
      // Under a sandbox it goes through another process, which may have to be started.
      return sandbox === undefined || sandbox === null ? IN_LINE : BESIDE_LINE;
  }
}

export interface Lanes {
  /** Runs the task when its turn comes: at once, where nothing is before it. */
  run(place: Place, task: Task): void;
}

/** Undefined: it is done already. It never throws. */
type Task = () => Promise<void> | undefined;

/** `width`: ordinary requests at the same time. With more than one they have no order among themselves. */
export function openLanes(width: number): Lanes {
  const tails = new Map<string, Promise<void>>();
  const line: (() => void)[] = [];
  let inLine = 0;

  const leave = (): void => {
    inLine--;
    line.shift()?.();
  };

  /** Takes a place in the line, or resolves when one was taken. */
  const enter = (): Promise<void> | undefined => {
    if (inLine < width && line.length === 0) {
      inLine++;
      return undefined;
    }
    return new Promise((resolve) => {
      line.push(() => {
        inLine++;
        resolve();
      });
    });
  };

  /** Gives the place up when the task has begun, or when it is done. */
  const inLineRun = (holdsLine: boolean, task: Task): Promise<void> | undefined => {
    const done = task();
    if (done === undefined || !holdsLine) {
      leave();
      return done;
    }
    return done.then(leave);
  };

  return {
    run({ waitsForLine, holdsLine, waitsFor, holds }, task) {
      // Where ordinary requests have no order, nothing else has to come after them.
      const isInLine = holdsLine || (waitsForLine && width === 1);
      const begin: Task = isInLine ? () => inLineRun(holdsLine, task) : task;
      const waits = waitsFor.flatMap((key) => tails.get(key) ?? []);
      const turn = isInLine ? enter() : undefined;
      const done = waits.length === 0 && turn === undefined ? begin() : after([...waits, turn], begin);
      if (holds === null || done === undefined) return;
      const tail = done.then(() => {
        if (tails.get(holds) === tail) tails.delete(holds);
      });
      tails.set(holds, tail);
    },
  };
}

async function after(waits: readonly (Promise<void> | undefined)[], task: Task): Promise<void> {
  for (const wait of waits) await wait;
  await task();
}
