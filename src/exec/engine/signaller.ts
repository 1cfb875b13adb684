// How is an attempt interrupted, ended and continued, also while its sandbox is still being built?

import { assertNever } from '../../problem/index.ts';
import type { Signal } from '../environment.ts';
import type { Channel } from './channel.ts';
import {
  foregroundGroupOf,
  groupOf,
  killAll,
  killLeftovers,
  type ProcessRoot,
  signalGroup,
  survivorsOf,
} from './reach.ts';

/** A signal that comes while the sandbox is being built is tried again this often, this many times. */
const REACH_AGAIN_MS = 10;
const REACH_TRIES = 200;

/** The monitor ends by itself once its init is gone; one that does not is killed after this long. */
const MONITOR_GRACE_MS = 1000;

export interface SignalTarget {
  readonly root: ProcessRoot;
  readonly channel: Channel;
  /** An interrupt is typed into the terminal, as a person would. */
  readonly hasTerminal: boolean;
  /** SIGKILL for our direct child, while that number is still its own. */
  readonly killChild: () => void;
}

export interface Signaller {
  send(signal: Signal): void;
  /** SIGKILL was asked for. */
  wasKilled(): boolean;
  /** Our child ended: what a kill may have missed is ended too. */
  childEnded(): void;
  /** Nothing is tried any more. */
  stop(): void;
}

export function openSignaller({ root, channel, hasTerminal, killChild }: SignalTarget): Signaller {
  const timers = new Set<NodeJS.Timeout>();
  let isOver = false;
  let wasKilled = false;

  const after = (ms: number, action: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.add(timer);
  };

  /** Tries until somebody was reached. */
  const reach = (attempt: (isLast: boolean) => boolean, tries = REACH_TRIES): void => {
    if (isOver || attempt(tries <= 1) || tries <= 1) return;
    after(REACH_AGAIN_MS, () => reach(attempt, tries - 1));
  };

  const toGroup = (signal: NodeJS.Signals): boolean => {
    const group = groupOf(root);
    return group !== null && signalGroup(group, signal);
  };

  const interrupt = (isLast: boolean): boolean => {
    if (!hasTerminal) return toGroup('SIGINT');
    // Before the command has taken the terminal there is no foreground group, and the character would be lost.
    const foreground = foregroundGroupOf(root);
    if (foreground === null) return isLast && channel.typeInterrupt();
    return channel.typeInterrupt() || signalGroup(foreground, 'SIGINT');
  };

  const terminate = (): boolean => {
    if (!toGroup('SIGTERM')) return false;
    // A stopped process takes the signal only when it goes on.
    toGroup('SIGCONT');
    return true;
  };

  const goOn = (): boolean => {
    const foreground = foregroundGroupOf(root);
    const hasReached = toGroup('SIGCONT');
    return (foreground !== null && signalGroup(foreground, 'SIGCONT')) || hasReached;
  };

  const kill = (): void => {
    wasKilled = true;
    reach(() => killAll(root));
    after(MONITOR_GRACE_MS, () => {
      if (survivorsOf(root).length > 0) killChild();
    });
  };

  return {
    send(signal) {
      if (isOver) return;
      switch (signal) {
        case 'interrupt':
          reach(interrupt);
          break;
        case 'terminate':
          reach(terminate);
          break;
        case 'continue':
          reach(goOn);
          break;
        case 'kill':
          kill();
          break;
        default:
          assertNever(signal);
      }
    },
    wasKilled: () => wasKilled,
    childEnded() {
      if (wasKilled) killLeftovers(root);
    },
    stop() {
      isOver = true;
      for (const timer of timers) clearTimeout(timer);
    },
  };
}
