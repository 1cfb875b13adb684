// How does an arranged launch become a running child? Descriptors are opened, handed over and closed again here.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import type { LaunchPlan } from '../../sandbox/index.ts';
import { assertNever, fail, ok, type Result } from '../../problem/index.ts';
import type { ProcessStart } from '../environment.ts';
import type { DescriptorTable } from './descriptors.ts';
import { arrangeLaunch, type Launch, type LaunchTools } from './launch.ts';
import { type FilterFiles, openNamelessFile, readStatus } from './nameless-file.ts';
import type { Pipes } from './pipe-channel.ts';
import type { PtyDriver, PtyPair } from './pty.ts';

/** What launches share, for the life of an environment. */
export interface LaunchResources {
  readonly descriptors: DescriptorTable;
  readonly filters: FilterFiles;
  readonly tools: LaunchTools;
}

/** The text of bubblewrap's status documents so far. `close` when nobody will ask again. */
export interface StatusSource {
  read(): string;
  close(): void;
}

/** Our ends of a child's input and output. The master and the streams are the receiver's to close. */
export type OpenStdio =
  | { readonly kind: 'pty'; readonly driver: PtyDriver; readonly pair: PtyPair; readonly hasTerminal: boolean }
  | { readonly kind: 'pipe'; readonly pipes: Pipes };

export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdio: OpenStdio;
  /** Null where there is no bubblewrap. */
  readonly status: StatusSource | null;
}

/** `driver` may be null for pipes. Fails with what the system said. */
export async function spawnPlanned(
  plan: LaunchPlan,
  start: ProcessStart,
  driver: PtyDriver | null,
  resources: LaunchResources,
): Promise<Result<Spawned, unknown>> {
  let pair: PtyPair | null = null;
  try {
    if (start.stdio.kind === 'pty') {
      if (driver === null) throw new Error('no terminals on this machine');
      pair = driver.open(start.stdio.cols, start.stdio.rows);
      resources.descriptors.adopt(pair.master);
    }
    // No `await` from here to the spawn: the numbers must still be right when the child inherits them.
    const launch = arrangeLaunch(plan, start, resources.tools, resources.descriptors.leaking());
    const { child, status } = spawnLaunch(plan, launch, start, pair, resources);
    if (child.pid === undefined) {
      status?.close();
      throw await new Promise<unknown>((resolve) => child.once('error', resolve));
    }
    child.on('error', () => {
      // Only a failed kill is told here once a child runs, and we signal by pid ourselves.
    });
    return ok({ child, pid: child.pid, stdio: ourEnds(child, driver, pair, launch), status });
  } catch (error) {
    if (pair !== null) {
      resources.descriptors.release(pair.master);
      closeSync(pair.master);
    }
    return fail(error);
  }
}

type Slot = 'pipe' | 'ignore' | number;

function spawnLaunch(
  plan: LaunchPlan,
  launch: Launch,
  start: ProcessStart,
  pair: PtyPair | null,
  resources: LaunchResources,
): { readonly child: ChildProcess; readonly status: StatusSource | null } {
  const slots: Slot[] = standardSlots(start, pair);
  const place = (index: number, slot: Slot): void => {
    // From 3 on `ignore` leaves a number as it is, so gaps do nothing.
    while (slots.length < index) slots.push('ignore');
    slots[index] = slot;
  };
  for (const index of launch.covers) place(index, resources.descriptors.devNull);
  const filter = plan.backend === 'bubblewrap' ? plan.filter : null;
  const filterFile = filter === null ? null : resources.filters.open(filter);
  const statusFile = launch.sandbox === null ? null : openNamelessFile();
  if (launch.sandbox !== null) {
    place(launch.sandbox.filter, filterFile ?? 'pipe');
    place(launch.sandbox.status, statusFile ?? 'pipe');
  }
  try {
    const child = spawn(launch.file, launch.args, { cwd: launch.cwd, env: start.env, stdio: slots, detached: launch.isDetached });
    if (launch.sandbox === null) return { child, status: null };
    if (filterFile === null && filter !== null) sendThrough(child, launch.sandbox.filter, filter);
    return { child, status: statusFile === null ? statusFromPipe(child, launch.sandbox.status) : statusFromFile(statusFile) };
  } catch (error) {
    if (statusFile !== null) closeSync(statusFile);
    throw error;
  } finally {
    if (filterFile !== null) closeSync(filterFile);
    // At once: while we hold the slave, the end of output never comes.
    if (pair !== null) closeSync(pair.slave);
  }
}

function standardSlots(start: ProcessStart, pair: PtyPair | null): Slot[] {
  if (pair !== null) return [pair.slave, pair.slave, pair.slave];
  switch (start.stdio.kind) {
    case 'pipe':
      return [start.stdio.stdin === 'open' ? 'pipe' : 'ignore', 'pipe', 'pipe'];
    case 'pty':
      throw new Error('a terminal was asked for and none is open');
    default:
      return assertNever(start.stdio);
  }
}

function ourEnds(child: ChildProcess, driver: PtyDriver | null, pair: PtyPair | null, launch: Launch): OpenStdio {
  if (pair !== null && driver !== null) return { kind: 'pty', driver, pair, hasTerminal: launch.hasTerminal };
  if (child.stdout === null || child.stderr === null) throw new Error('spawn made no pipes although it was asked to');
  return { kind: 'pipe', pipes: { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr } };
}

function statusFromFile(descriptor: number): StatusSource {
  return { read: () => readStatus(descriptor), close: () => closeSync(descriptor) };
}

/** Where no nameless file can be made. The documents arrive a turn of the loop later. */
function statusFromPipe(child: ChildProcess, index: number): StatusSource {
  const stream = child.stdio[index];
  let text = '';
  if (stream instanceof Readable) {
    stream.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
    });
    stream.on('error', () => {
      // No status is the same as an unreadable one.
    });
  }
  return { read: () => text, close: () => void (stream instanceof Readable && stream.destroy()) };
}

function sendThrough(child: ChildProcess, index: number, bytes: Uint8Array): void {
  const stream = child.stdio[index];
  if (!(stream instanceof Writable)) return;
  stream.on('error', () => {
    // EPIPE: bubblewrap gave up before it read the filter, and says so on its stderr.
  });
  stream.end(bytes);
}
