// How does an arranged launch become a running child? Descriptors are opened, handed over and closed again here.

import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { Readable, Writable } from 'node:stream';
import { fail, ok, type Result } from '../../problem/index.ts';
import type { LaunchPlan } from '../../sandbox/index.ts';
import type { ProcessStart } from '../environment.ts';
import { arrangeLaunch, type Launch, type LaunchTools, splitLoader } from './launch.ts';
import type { Mark } from './lifeline.ts';
import { type FilterFiles, openNamelessFile, readStatus } from './nameless-file.ts';
import type { PtyDriver } from './pty.ts';
import {
  type OpenStdio,
  type PreparedStdio,
  pipesWanted,
  prepareStdio,
  type Slot,
  type StdioResources,
} from './stdio.ts';

/** What launches share, for the life of an environment. */
export interface LaunchResources extends StdioResources {
  readonly filters: FilterFiles;
  readonly tools: LaunchTools;
  readonly mark: Mark;
}

/** The text of bubblewrap's status documents so far. `close` when nobody will ask again. */
interface StatusSource {
  read(): string;
  /** Calls back, perhaps at once, when everything that bubblewrap wrote can be read. Ask after its end. */
  whenComplete(callback: () => void): void;
  close(): void;
}

export interface Spawned {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly stdio: OpenStdio;
  /** False: no Ctrl-C through a terminal, because there is none or nothing here could give it to the command. */
  readonly hasTerminal: boolean;
  /** Null where there is no bubblewrap. */
  readonly status: StatusSource | null;
}

/** `driver` may be null for pipes, `around` as `arrangeLaunch` has it, with the descriptor of the keeper. Fails with what the system said. */
export async function spawnPlanned(
  plan: LaunchPlan,
  start: ProcessStart,
  driver: PtyDriver | null,
  resources: LaunchResources,
  around: { readonly enter: readonly string[]; readonly keeper: number | null },
): Promise<Result<Spawned, unknown>> {
  await resources.pipes.ready(pipesWanted(start.stdio));
  let prepared: PreparedStdio | null = null;
  try {
    // No `await` from here to the spawn: the numbers must still be right when the child inherits them.
    prepared = prepareStdio(start.stdio, driver, resources);
    const { loader, others } =
      plan.backend === 'bubblewrap' ? splitLoader(start.env) : { loader: {}, others: start.env };
    const mark = plan.backend === 'bubblewrap' ? resources.mark : null;
    const own = mark === null ? others : { ...others, [mark.name]: mark.value };
    const launch = arrangeLaunch(plan, start, resources.tools, resources.descriptors.leaking(), {
      enter: around.enter,
      loader,
      hasKeeper: around.keeper !== null,
      kept: mark === null ? [] : [mark.name],
    });
    const { child, status } = spawnLaunch(plan, launch, own, prepared.slots, around.keeper, resources);
    if (child.pid === undefined) {
      status?.close();
      throw await new Promise<unknown>((resolve) => child.once('error', resolve));
    }
    child.on('error', () => {
      // Only a failed kill is told here once a child runs, and we signal by pid ourselves.
    });
    return ok({ child, pid: child.pid, stdio: prepared.spawned(child), hasTerminal: launch.hasTerminal, status });
  } catch (error) {
    prepared?.failed();
    return fail(error);
  }
}

function spawnLaunch(
  plan: LaunchPlan,
  launch: Launch,
  env: ProcessStart['env'],
  standard: PreparedStdio['slots'],
  keeper: number | null,
  resources: LaunchResources,
): { readonly child: ChildProcess; readonly status: StatusSource | null } {
  const slots: Slot[] = [...standard];
  const place = (index: number, slot: Slot): void => {
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
    if (launch.sandbox.keeper !== null && keeper !== null) place(launch.sandbox.keeper, keeper);
  }
  try {
    const { cwd, isDetached: detached } = launch;
    const child = spawn(launch.file, launch.args, {
      cwd,
      env,
      stdio: slots,
      detached,
      ...(launch.argv0 === null ? {} : { argv0: launch.argv0 }),
    });
    if (launch.sandbox === null) return { child, status: null };
    if (filterFile === null && filter !== null) sendThrough(child, launch.sandbox.filter, filter);
    const status = statusFile === null ? statusFromPipe(child, launch.sandbox.status) : statusFromFile(statusFile);
    return { child, status };
  } catch (error) {
    if (statusFile !== null) closeSync(statusFile);
    throw error;
  } finally {
    if (filterFile !== null) closeSync(filterFile);
  }
}

function statusFromFile(descriptor: number): StatusSource {
  return {
    read: () => readStatus(descriptor),
    whenComplete: (callback) => callback(),
    close: () => closeSync(descriptor),
  };
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
  return {
    read: () => text,
    whenComplete(callback) {
      if (stream instanceof Readable && !stream.closed) stream.once('close', callback);
      else callback();
    },
    close: () => void (stream instanceof Readable && stream.destroy()),
  };
}

function sendThrough(child: ChildProcess, index: number, bytes: Uint8Array): void {
  const stream = child.stdio[index];
  if (!(stream instanceof Writable)) return;
  stream.on('error', () => {
    // EPIPE: bubblewrap gave up before it read the filter, and says so on its stderr.
  });
  stream.end(bytes);
}
