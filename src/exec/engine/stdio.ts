// Which descriptors does a child get as 0, 1 and 2, and what is at our end of them?

import type { ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { assertNever } from '../../problem/index.ts';
import type { Stdio } from '../environment.ts';
import type { DescriptorTable } from './descriptors.ts';
import type { Pipes } from './pipe-channel.ts';
import type { PipeEnds, PipeSupply } from './pipe-supply.ts';
import type { PtyDriver, PtyPair } from './pty.ts';

/** What `spawn` takes for one descriptor of the child. From 3 on `ignore` leaves the number as it is. */
export type Slot = 'pipe' | 'ignore' | number;

/** Our ends of a child's input and output, the receiver's to close. */
export type OpenStdio =
  | { readonly kind: 'pty'; readonly driver: PtyDriver; readonly pair: PtyPair }
  | {
      readonly kind: 'pipe';
      readonly pipes: Pipes;
      /** Call at the end. True: everything that could hold the other ends is gone, so the pipes may serve again. */
      readonly release: (canServeAgain: boolean) => void;
    };

/** Both sides, before the spawn. After it call `spawned` or `failed`, at once. */
export interface PreparedStdio {
  readonly slots: readonly [Slot, Slot, Slot];
  /** Closes the child's ends: while we hold them, the end of output never comes. */
  spawned(child: ChildProcess): OpenStdio;
  /** Closes both. */
  failed(): void;
}

export interface StdioResources {
  readonly descriptors: DescriptorTable;
  readonly pipes: PipeSupply;
}

/** How many pipes the next `prepareStdio` will want. */
export function pipesWanted(stdio: Stdio): number {
  if (stdio.kind === 'pty') return 0;
  return stdio.stdin === 'open' ? 3 : 2;
}

/** `driver` is needed for a terminal only. Throws what the system says when it has no more to give. */
export function prepareStdio(stdio: Stdio, driver: PtyDriver | null, resources: StdioResources): PreparedStdio {
  switch (stdio.kind) {
    case 'pty':
      if (driver === null) throw new Error('a terminal is wanted and no driver is loaded');
      return terminal(driver, driver.open(stdio.cols, stdio.rows), resources.descriptors);
    case 'pipe':
      return pipes(stdio.stdin === 'open', resources.pipes) ?? sockets(stdio.stdin === 'open');
    default:
      return assertNever(stdio);
  }
}

function terminal(driver: PtyDriver, pair: PtyPair, descriptors: DescriptorTable): PreparedStdio {
  descriptors.adopt(pair.master);
  return {
    slots: [pair.slave, pair.slave, pair.slave],
    spawned(child) {
      // Until the child has ended: coreutils close stdout and stderr before they exit, `touch` stdin as well. With
      // nobody left on the terminal we would close our side, and the hang-up would kill a child that is only ending.
      child.once('exit', () => closeSync(pair.slave));
      return { kind: 'pty', driver, pair };
    },
    failed() {
      descriptors.release(pair.master);
      closeSync(pair.slave);
      closeSync(pair.master);
    },
  };
}

function pipes(isInputOpen: boolean, pool: PipeSupply): PreparedStdio | null {
  const outputs = [pool.take('output'), pool.take('output')];
  const [stdout, stderr] = outputs;
  const stdin = isInputOpen ? pool.take('input') : null;
  const taken = [stdin, ...outputs].filter((ends) => ends !== null && ends !== undefined);
  const release = (canServeAgain: boolean): void => {
    for (const ends of taken) ends.release(canServeAgain);
  };
  const closeAll = (): void => {
    for (const ends of taken) {
      closeSync(ends.input);
      closeSync(ends.output);
    }
    release(true);
  };
  if (!isEnds(stdout) || !isEnds(stderr) || (isInputOpen && stdin === null)) {
    closeAll();
    return null;
  }
  return {
    slots: [stdin?.output ?? 'ignore', stdout.input, stderr.input],
    spawned() {
      for (const descriptor of [stdin?.output, stdout.input, stderr.input]) {
        if (descriptor !== undefined) closeSync(descriptor);
      }
      const ours: Pipes = {
        kind: 'pipes',
        stdin: stdin?.input ?? null,
        stdout: stdout.output,
        stderr: stderr.output,
        space: pool.space,
      };
      return { kind: 'pipe', pipes: ours, release };
    },
    failed: closeAll,
  };
}

function isEnds(ends: PipeEnds | null | undefined): ends is PipeEnds {
  return ends !== null && ends !== undefined;
}

function sockets(isInputOpen: boolean): PreparedStdio {
  return {
    slots: [isInputOpen ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    spawned(child) {
      const { stdin, stdout, stderr } = child;
      if (stdout === null || stderr === null) throw new Error('spawn made no pipes although it was asked to');
      return {
        kind: 'pipe',
        pipes: { kind: 'sockets', stdin, stdout, stderr },
        release() {
          // Sockets are closed with their streams.
        },
      };
    },
    failed() {
      // Nothing was opened by us.
    },
  };
}
