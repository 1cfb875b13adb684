// One running attempt: output in order, input, signals, and its end told exactly once.

import { assertNever, fail } from '../../problem/index.ts';
import type { DenialJudge } from '../../sandbox/index.ts';
import type { Exit, OutputStream, ProcessListener, ProcessStart, RunningProcess, Signal } from '../environment.ts';
import type { Channel } from './channel.ts';
import type { DescriptorTable } from './descriptors.ts';
import { type ChildEnd, exitOf, type NotRun, whyNotRun } from './exit.ts';
import { openGatherer } from './gather.ts';
import { type InputSource, watchForInput } from './input-wait.ts';
import { type OutputLimits, openOutputLog } from './output-log.ts';
import { openPaneTerminal, type PaneTerminal } from './pane-terminal.ts';
import { openPipeChannel } from './pipe-channel.ts';
import { openPtyChannel } from './pty-channel.ts';
import {
  foregroundGroupOf,
  groupOf,
  killAll,
  killLeftovers,
  type ProcessRoot,
  signalGroup,
  survivorsOf,
} from './reach.ts';
import { parseSandboxStatus } from './sandbox-status.ts';
import type { Spawned } from './spawn.ts';
import type { TerminalColours } from './terminal.ts';
import { askTerminalModes } from './terminal-modes.ts';
import { inputEnded } from './write-queue.ts';

export interface AttemptSurroundings {
  readonly descriptors: DescriptorTable;
  readonly limits: OutputLimits;
  readonly colours: TerminalColours;
  /** Absolute path of `stty`, null where there is none: then password prompts are not told apart. */
  readonly stty: string | null;
  /** Null: nothing is judged, because nothing is closed to the command. */
  readonly judge: DenialJudge | null;
  /** Of `performance.now()`, taken when the start was asked for. */
  readonly startedAt: number;
  /** The sandbox failed although it was thought to work. */
  readonly sandboxFailed: () => void;
}

/** What the environment needs beyond the contract. */
export interface Attempt {
  readonly process: RunningProcess;
  readonly closed: Promise<void>;
  /** Ends the reading although somebody still holds the streams open. */
  abandon(): void;
  /** Pids that still live. */
  survivors(): readonly number[];
}

/** A signal that comes while the sandbox is being built is tried again this often, for this long. */
const REACH_AGAIN_MS = 10;
const REACH_TRIES = 200;

/** The monitor ends by itself once its init is gone; one that does not is killed after this long. */
const MONITOR_GRACE_MS = 1000;

/** Enough of the output to find bubblewrap's complaint: when it complains, there is no other. */
const COMPLAINT_BYTES = 8 * 1024;

export function runAttempt(
  spawned: Spawned,
  start: ProcessStart,
  listener: ProcessListener,
  around: AttemptSurroundings,
): Attempt {
  const { child, pid, stdio, status } = spawned;
  const root: ProcessRoot =
    status === null
      ? { kind: 'bare', leader: pid }
      : { kind: 'sandboxed', monitor: pid, status: () => parseSandboxStatus(status.read()) };
  const timers = new Set<NodeJS.Timeout>();
  let end: { readonly exit: Exit; readonly notRun: NotRun | null } | null = null;
  let haveStreamsEnded = false;
  let isClosed = false;
  let wasKilled = false;
  let wasAbandoned = false;
  let resolveClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });

  const log = openOutputLog(start.outputFile, around.limits, {
    fileOpened: (path) => listener.outputFileOpened(path),
    fileFailed: (problem) => listener.outputFileFailed?.(problem),
  });

  const deliver = (bytes: Uint8Array, stream: OutputStream): void => {
    around.judge?.read(bytes);
    const from = log.append(bytes);
    listener.output(bytes, from, stream);
    pane?.read(bytes);
    watch.stirred();
  };
  const gatherer = openGatherer(deliver);

  const finishWhenBoth = (): void => {
    if (end === null || !haveStreamsEnded || isClosed) return;
    isClosed = true;
    gatherer.flush();
    watch.stop();
    pane?.dispose();
    for (const timer of timers) clearTimeout(timer);
    status?.close();
    log.finish();
    // Without a sandbox something may still hold one of the pipes, and would read along with the next command.
    if (stdio.kind === 'pipe') stdio.release(root.kind === 'sandboxed' && !wasAbandoned);
    const { exit, notRun } = end;
    if (notRun?.isSandbox === true) around.sandboxFailed();
    listener.closed({
      exit,
      bytes: log.bytes,
      lines: log.lines,
      durationMs: performance.now() - around.startedAt,
      denial: notRun === null ? (around.judge?.judge(exit.code) ?? null) : null,
      ran: notRun === null,
      problem: notRun?.problem ?? null,
    });
    resolveClosed();
  };

  const channelListener = {
    read: () => channel.poke(),
    ended: () => {
      haveStreamsEnded = true;
      finishWhenBoth();
    },
  };
  const channel: Channel =
    stdio.kind === 'pty'
      ? openPtyChannel(stdio.driver, stdio.pair, around.descriptors, gatherer, channelListener)
      : openPipeChannel(stdio.pipes, gatherer, channelListener);

  const pane: PaneTerminal | null =
    start.stdio.kind === 'pty'
      ? openPaneTerminal(start.stdio, around.colours, log, (bytes) => void channel.write(bytes))
      : null;

  const watch = watchForInput(root, inputSource(spawned, around.stty), listener);

  child.once('exit', (code, signal) => {
    const childEnd: ChildEnd = { code, signal, wasKilled, status: root.kind === 'sandboxed' ? root.status() : null };
    if (wasKilled) killLeftovers(root);
    gatherer.flush();
    const exit = exitOf(childEnd);
    const failedStart = { program: start.argv[0], path: start.env['PATH'], cwd: start.cwd };
    const notRun = whyNotRun(childEnd, exit, failedStart, () =>
      Buffer.from(log.read(0, COMPLAINT_BYTES).bytes).toString('latin1'),
    );
    end = { exit: notRun?.exit ?? exit, notRun };
    watch.stop();
    listener.exited(end.exit);
    finishWhenBoth();
  });

  const after = (ms: number, action: () => void): void => {
    const timer = setTimeout(() => {
      timers.delete(timer);
      action();
    }, ms);
    timers.add(timer);
  };

  /** Tries until somebody was reached: the sandbox may still be on its way up. */
  const reach = (attempt: (isLast: boolean) => boolean, tries = REACH_TRIES): void => {
    if (isClosed || attempt(tries <= 1) || tries <= 1) return;
    after(REACH_AGAIN_MS, () => reach(attempt, tries - 1));
  };

  const interrupt = (isLast: boolean): boolean => {
    if (spawned.hasTerminal) {
      // Before the command has taken the terminal there is no foreground group, and the character would be lost.
      const foreground = foregroundGroupOf(root);
      if (foreground === null) return isLast && channel.typeInterrupt();
      return channel.typeInterrupt() || signalGroup(foreground, 'SIGINT');
    }
    const group = groupOf(root);
    return group !== null && signalGroup(group, 'SIGINT');
  };

  const toGroup =
    (...signals: readonly NodeJS.Signals[]) =>
    (): boolean => {
      const groups = new Set([groupOf(root), foregroundGroupOf(root)].filter((group) => group !== null));
      return [...groups]
        .map((group) => signals.map((signal) => signalGroup(group, signal)).includes(true))
        .includes(true);
    };

  const terminate = (): boolean => {
    const group = groupOf(root);
    if (group === null || !signalGroup(group, 'SIGTERM')) return false;
    // A stopped process takes the signal only when it goes on.
    signalGroup(group, 'SIGCONT');
    return true;
  };

  const kill = (): void => {
    wasKilled = true;
    killAll(root);
    after(MONITOR_GRACE_MS, () => {
      if (end === null) child.kill('SIGKILL');
    });
  };

  const signal = (name: Signal): void => {
    if (isClosed) return;
    switch (name) {
      case 'interrupt':
        return reach(interrupt);
      case 'terminate':
        return reach(terminate);
      case 'continue':
        return reach(toGroup('SIGCONT'));
      case 'kill':
        return kill();
      default:
        return assertNever(name);
    }
  };

  return {
    closed,
    abandon() {
      wasAbandoned = true;
      channel.abandon();
    },
    survivors: () => survivorsOf(root),
    process: {
      pid,
      write(bytes) {
        if (isClosed) return fail(inputEnded());
        watch.stirred();
        return channel.write(bytes);
      },
      endInput: () => channel.endInput(),
      resize(cols, rows) {
        channel.resize(cols, rows);
        pane?.resize(cols, rows);
      },
      signal,
      pause: () => channel.pause(),
      resume: () => channel.resume(),
      readOutput: (from, to) => log.read(from, to),
    },
  };
}

function inputSource(spawned: Spawned, stty: string | null): InputSource {
  if (spawned.stdio.kind === 'pipe') return { kind: 'pipe' };
  const { path } = spawned.stdio.pair;
  return { kind: 'pty', askModes: async () => (stty === null ? null : askTerminalModes(stty, path)) };
}
