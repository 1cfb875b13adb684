// How are a process's events told to a consumer that may be slower than they come?

import type { RemoteExit } from './event-order.ts';
import type { CallProblem } from './problem.ts';

/** What a process tells. In order; `closed` or `failed` is the last, told once. */
export interface RemoteProcessListener {
  output(bytes: Uint8Array, stream: 'stdout' | 'stderr' | 'pty'): void;
  /** Output may follow. */
  exited(exit: RemoteExit): void;
  closed(): void;
  /** Nothing more can be known of it. */
  failed(problem: CallProblem): void;
}

export type Told =
  | { readonly kind: 'output'; readonly bytes: Uint8Array; readonly stream: 'stdout' | 'stderr' | 'pty' }
  | { readonly kind: 'exited'; readonly exit: RemoteExit }
  | { readonly kind: 'closed' }
  | { readonly kind: 'failed'; readonly problem: CallProblem };

/** With this much untold the connection is not read any further, and with this little it is again. */
const HIGH_BYTES = 1024 * 1024;
const LOW_BYTES = HIGH_BYTES / 4;

/** Stops the reading of the connection as long as anybody holds it. */
export interface FlowGate {
  hold(holder: object): void;
  release(holder: object): void;
}

export interface Delivery {
  tell(told: Told): void;
  pause(): void;
  resume(): void;
}

export function openDelivery(listener: RemoteProcessListener, gate: FlowGate): Delivery {
  const untold: Told[] = [];
  const holder = {};
  let untoldBytes = 0;
  let isPaused = false;
  let isTelling = false;
  let isOver = false;

  const hand = (told: Told): void => {
    switch (told.kind) {
      case 'output':
        return listener.output(told.bytes, told.stream);
      case 'exited':
        return listener.exited(told.exit);
      case 'closed':
        return listener.closed();
      case 'failed':
        return listener.failed(told.problem);
    }
  };
  /** A listener may pause, resume or end things while it is told. */
  const drain = (): void => {
    if (isTelling) return;
    isTelling = true;
    for (let told = untold[0]; told !== undefined && !isPaused; told = untold[0]) {
      untold.shift();
      untoldBytes -= sizeOf(told);
      hand(told);
    }
    isTelling = false;
    if (untoldBytes <= LOW_BYTES) gate.release(holder);
  };

  return {
    tell(told) {
      if (isOver) return;
      isOver = told.kind === 'closed' || told.kind === 'failed';
      untold.push(told);
      untoldBytes += sizeOf(told);
      if (!isPaused) return drain();
      // What has ended will not take more memory than it has.
      if (isOver) gate.release(holder);
      else if (untoldBytes > HIGH_BYTES) gate.hold(holder);
    },
    pause() {
      isPaused = true;
    },
    resume() {
      isPaused = false;
      drain();
    },
  };
}

const sizeOf = (told: Told): number => (told.kind === 'output' ? told.bytes.length : 0);

/** One gate for one client: reading stops with the first holder and goes on after the last. */
export function openFlowGate(stop: () => void, goOn: () => void): FlowGate & { isHeld(): boolean } {
  const holders = new Set<object>();
  return {
    hold(holder) {
      holders.add(holder);
      if (holders.size === 1) stop();
    },
    release(holder) {
      if (holders.delete(holder) && holders.size === 0) goOn();
    },
    isHeld: () => holders.size > 0,
  };
}
