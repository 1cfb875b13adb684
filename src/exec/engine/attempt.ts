// One running attempt: output in order, input, signals, and its end told exactly once.

import { fail } from '../../problem/index.ts';
import { type Denial, type DenialQuestion, hidesSomething, judgeLines, type KeptLine } from '../../sandbox/index.ts';
import type { Exit, OutputStream, ProcessListener, ProcessStart, RunningProcess } from '../environment.ts';
import type { Channel } from './channel.ts';
import type { DescriptorTable } from './descriptors.ts';
import { type ChildEnd, exitOf, type NotRun, whyNotRun } from './exit.ts';
import { openGatherer } from './gather.ts';
import { type InputSource, type InputWatch, NO_WATCH, watchForInput } from './input-wait.ts';
import { type OutputLimits, openOutputLog } from './output-log.ts';
import { openPaneTerminal, type PaneTerminal } from './pane-terminal.ts';
import { openPipeChannel } from './pipe-channel.ts';
import { openPtyChannel } from './pty-channel.ts';
import { type ProcessRoot, survivorsOf } from './reach.ts';
import { openReadingAlong } from './reading-along.ts';
import { parseSandboxStatus } from './sandbox-status.ts';
import type { SideReader } from './side-reader.ts';
import { openSignaller } from './signaller.ts';
import type { Spawned } from './spawn.ts';
import type { Read } from './stream-reader.ts';
import type { TerminalColours } from './terminal.ts';
import { askTerminalModes } from './terminal-modes.ts';
import { inputEnded } from './write-queue.ts';

export interface AttemptSurroundings {
  readonly descriptors: DescriptorTable;
  readonly limits: OutputLimits;
  readonly colours: TerminalColours;
  /** Absolute path of `stty`, null where there is none: then password prompts are not told apart. */
  readonly stty: string | null;
  /** The output goes to somebody elsewhere, who has the terminal and knows what it shows. */
  readonly isRelay: boolean;
  /** Null: nothing is judged, because nothing is closed to the command. */
  readonly question: DenialQuestion | null;
  /** Reads along with floods; null: there is no such thread. */
  readonly side: SideReader | null;
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
  let end: { readonly exit: Exit; readonly notRun: () => NotRun | null } | null = null;
  let haveStreamsEnded = false;
  let isClosed = false;
  let wasAbandoned = false;
  let resolveClosed: () => void = () => {};
  const closed = new Promise<void>((resolve) => {
    resolveClosed = resolve;
  });

  const log = openOutputLog(start.outputFile, around.limits, {
    fileOpened: (path) => listener.outputFileOpened(path),
    fileFailed: (problem) => listener.outputFileFailed?.(problem),
  });

  const { question } = around;
  const along = openReadingAlong({
    watch: question === null ? null : { withEveryday: hidesSomething(question.profile) },
    side: around.side,
    path: start.outputFile,
    again: (from, to) => log.read(from, to),
  });
  const verdict = (kept: readonly KeptLine[], code: number): Denial | null =>
    question === null ? null : judgeLines(question, kept, code);

  const deliver = (bytes: Uint8Array, stream: OutputStream): void => {
    const from = log.append(bytes);
    along.read(bytes, from, log.onDisk, stream);
    listener.output(bytes, from, stream);
    pane?.read(bytes);
    watch.stirred();
  };
  const gatherer = openGatherer(deliver, start.isAwaited);

  const finishWhenBoth = (): void => {
    if (end === null || !haveStreamsEnded || isClosed) return;
    isClosed = true;
    gatherer.flush();
    watch.stop();
    pane?.dispose();
    signaller.stop();
    status?.close();
    // Without a sandbox something may still hold one of the pipes, and would read along with the next command.
    if (stdio.kind === 'pipe') stdio.release(root.kind === 'sandboxed' && !wasAbandoned);
    const { exit } = end;
    // Only now the sandbox's own complaint is sure to have been read.
    const notRun = end.notRun();
    if (notRun?.isSandbox === true) around.sandboxFailed();
    const conclude = ({ newlines, kept }: Read): void => {
      log.finish();
      listener.closed({
        exit,
        bytes: log.bytes,
        lines: newlines + (log.endsLine ? 0 : 1),
        durationMs: performance.now() - around.startedAt,
        denial: notRun === null ? verdict(kept, exit.code) : null,
        ran: notRun === null,
        problem: notRun?.problem ?? null,
      });
      resolveClosed();
    };
    const read = along.finish();
    if (read instanceof Promise) void read.then(conclude);
    else conclude(read);
  };

  const channelListener = {
    read: () => channel.poke(),
    drained: () => listener.inputDrained?.(),
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
    start.stdio.kind === 'pty' && !around.isRelay
      ? openPaneTerminal(start.stdio, around.colours, log, (bytes) => void channel.write(bytes))
      : null;

  const signaller = openSignaller({
    root,
    channel,
    hasTerminal: spawned.hasTerminal,
    killChild: () => void (end === null && child.kill('SIGKILL')),
  });

  const watch: InputWatch = around.isRelay
    ? NO_WATCH
    : watchForInput(root, inputSource(spawned, around.stty), listener);

  const childEnded = (code: number | null, signal: NodeJS.Signals | null): void => {
    const wasKilled = signaller.wasKilled();
    const childEnd: ChildEnd = { code, signal, wasKilled, status: root.kind === 'sandboxed' ? root.status() : null };
    signaller.childEnded();
    gatherer.flush();
    const exit = exitOf(childEnd);
    const failedStart = { program: start.argv[0], path: start.env.PATH, cwd: start.cwd };
    const notRun = (): NotRun | null =>
      whyNotRun(childEnd, exit, failedStart, () => Buffer.from(log.read(0, COMPLAINT_BYTES).bytes).toString('latin1'));
    end = { exit: notRun()?.exit ?? exit, notRun };
    watch.stop();
    listener.exited(end.exit, () => verdict(along.keptSoFar(), exit.code));
    finishWhenBoth();
  };
  child.once('exit', (code, signal) => {
    if (status === null) childEnded(code, signal);
    else status.whenComplete(() => childEnded(code, signal));
  });

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
      signal: (signal) => signaller.send(signal),
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
