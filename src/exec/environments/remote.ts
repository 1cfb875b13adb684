// Another machine as a place where commands run: the same contract as this one, over an exec-server's wire.

import { randomUUID } from 'node:crypto';
import { countNewlines } from '../../bytes/index.ts';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import {
  type CallProblem,
  callProblemText,
  type EnvironmentConnection,
  type ExecClient,
  type RemoteExit,
  type RemoteProcess,
} from '../client/index.ts';
import { DEFAULT_OUTPUT_LIMITS, type OutputLimits, openOutputLog } from '../engine/output-log.ts';
import type { Exit, ProcessListener, RunningProcess, Signal, Stdio } from '../environment.ts';
import { CODES } from '../protocol/failure.ts';
import { nativePath, type PathUri, pathUri } from '../protocol/path-uri.ts';
import type { CommandStart, Environment, EnvironmentFacts, NotStarted, ReadyEnvironment } from './environment.ts';
import { openRemoteVerdict, type VerdictSurroundings } from './remote-denial.ts';
import { openRemoteFiles } from './remote-files.ts';
import { openRemoteServices } from './remote-services.ts';
import { type WireSandbox, wireSandbox } from './wire-profile.ts';

export interface RemoteOptions {
  readonly connection: EnvironmentConnection;
  readonly outputLimits?: Partial<OutputLimits>;
}

/** What is typed ahead of a connection that does not take it. */
const UNSENT_BYTES = 1024 * 1024;

export function openRemotePlace({ connection, outputLimits }: RemoteOptions): Environment {
  const { name } = connection;
  const limits = { ...DEFAULT_OUTPUT_LIMITS, ...outputLimits };
  const running = new Set<Attempt>();
  const services = openRemoteServices(name);
  connection.watchLink((isLinked) => {
    for (const attempt of running) attempt.linked(isLinked);
  });
  /** Said once: the profile is the same for every command. */
  const toldClosed = new Set<string>();

  const startOn =
    (client: ExecClient, { home }: EnvironmentFacts): ReadyEnvironment['start'] =>
    async (wanted, listener) => {
      const sandbox = wireSandbox(wanted.sandbox, { cwd: wanted.cwd, home });
      if (!sandbox.ok) return fail({ kind: 'command', problem: sandbox.problem });
      tellClosed(sandbox.value, listener);

      const attempt = openAttempt(name, wanted, listener, limits, { home, exists: existsOn(client) });
      const { output, exited, closed, failed } = attempt;
      const started = await client.startProcess(paramsOf(wanted, sandbox.value), { output, exited, closed, failed });
      if (!started.ok) return fail(notStarted(started.problem, name));
      const process = started.value;
      if (sandbox.value.context !== null && process.sandboxType === 'none') {
        await process.terminate();
        return fail({ kind: 'sandbox', problem: unguarded(name) });
      }
      if (sandbox.value.context !== null && process.sandboxType === null && !toldClosed.has(UNKNOWN)) {
        toldClosed.add(UNKNOWN);
        listener.noticed?.(maybeUnguarded(name));
      }
      attempt.attach(process);
      running.add(attempt);
      void attempt.over.then(() => running.delete(attempt));
      return ok(attempt.process);
    };

  const filesOn =
    (client: ExecClient, { home, cwd }: EnvironmentFacts): ReadyEnvironment['files'] =>
    (intent) => {
      const wired = wireSandbox(intent, { cwd: intent.workspaceRoots[0] ?? cwd, home });
      const sandbox = wired.ok ? ok(wired.value.context) : wired;
      return openRemoteFiles({ client, environment: name, home, intent, sandbox });
    };

  const tellClosed = ({ staysClosed }: WireSandbox, listener: ProcessListener): void => {
    const news = staysClosed.filter((it) => !toldClosed.has(it));
    if (news.length === 0) return;
    for (const it of news) toldClosed.add(it);
    listener.noticed?.({
      what: `On ${name} these stay closed: ${news.join(', ')}.`,
      why: 'The protocol has no word for them.',
      next: '',
    });
  };

  return {
    name,
    state: () => connection.state(),
    problem: () => connection.problem(),
    async ready() {
      const used = await connection.use();
      if (!used.ok) return used;
      const facts = factsOf(used.value, name);
      if (!facts.ok) return facts;
      const { value: client } = used;
      return ok({
        name,
        facts: facts.value,
        start: startOn(client, facts.value),
        files: filesOn(client, facts.value),
        services: services.over(client),
      });
    },
    async dispose() {
      for (const { process } of running) process.signal('kill');
      const ends = [...[...running].map(({ over }) => over), ...services.endAll()];
      await Promise.all(ends.map((it) => Promise.race([it, soon()])));
      await connection.dispose();
    },
  };
}

const UNKNOWN = 'unknown sandbox';

/** A server ends what runs without being asked when its client is gone for long: nobody waits for an answer here. */
const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000).unref());

function factsOf({ info }: ExecClient, name: string): Result<EnvironmentFacts> {
  const cwd = nativeOr(info.cwd, '/');
  const home = nativeOr(info.userHomeDir, cwd ?? '/');
  if (cwd === null || home === null) return fail(otherPlatform(name));
  return ok({ shell: info.shell.path, cwd, home });
}

function existsOn(client: ExecClient): VerdictSurroundings['exists'] {
  return async (place) => {
    const answer = await client.call('fs/getMetadata', { path: pathUri(place) });
    // Whatever else keeps it from being seen: it may be there.
    return answer.ok || answer.problem.kind !== 'refused' || answer.problem.code !== CODES.notFound;
  };
}

function nativeOr(uri: PathUri | null, otherwise: string): string | null {
  if (uri === null) return otherwise;
  const native = nativePath(uri);
  return native.ok ? native.value : null;
}

function paramsOf(start: CommandStart, { context }: WireSandbox): Parameters<ExecClient['startProcess']>[0] {
  const { argv, cwd, variables, stdio, origin } = start;
  return {
    processId: `${origin.call}-${randomUUID()}`,
    argv,
    cwd: pathUri(cwd),
    env: variables.over,
    envPolicy: variables.policy,
    tty: stdio.kind === 'pty',
    pipeStdin: stdio.kind === 'pipe' && stdio.stdin === 'open',
    terminal: stdio.kind === 'pty' ? { rows: stdio.rows, cols: stdio.cols } : null,
    sandbox: context,
    enforceManagedNetwork: false,
    metadata: { threadId: origin.session, toolCallId: origin.call },
  };
}

interface Attempt {
  readonly process: RunningProcess;
  readonly over: Promise<void>;
  attach(remote: RemoteProcess): void;
  linked(isLinked: boolean): void;
  output(bytes: Uint8Array, stream: 'stdout' | 'stderr' | 'pty'): void;
  exited(exit: RemoteExit): void;
  closed(): void;
  failed(problem: CallProblem): void;
}

function openAttempt(
  environment: string,
  start: CommandStart,
  listener: ProcessListener,
  limits: OutputLimits,
  there: VerdictSurroundings,
): Attempt {
  const startedAt = performance.now();
  const verdict = openRemoteVerdict(environment, start, there);
  const log = openOutputLog(start.outputFile, limits, {
    fileOpened: (path) => listener.outputFileOpened(path),
    fileFailed: (problem) => listener.outputFileFailed?.(problem),
  });
  const input = openRemoteInput(start.stdio, () => listener.inputDrained?.());
  let remote: RemoteProcess | null = null;
  let ended: RemoteExit | null = null;
  let newlines = 0;
  let wasKilled = false;
  let isClosed = false;
  let tellOver: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    tellOver = resolve;
  });

  const close = async (exit: Exit, problem: Problem | null): Promise<void> => {
    if (isClosed) return;
    isClosed = true;
    log.finish();
    input.close();
    const { bytes } = log;
    const lines = newlines + (log.endsLine ? 0 : 1);
    const durationMs = performance.now() - startedAt;
    const denial = ended === null ? null : await verdict.denialOf(ended);
    listener.closed({ exit, bytes, lines, durationMs, denial, ran: problem === null, problem });
    tellOver();
  };

  const send = (signal: Signal): void => {
    if (remote === null || isClosed) return;
    switch (signal) {
      case 'interrupt':
        if (start.stdio.kind === 'pty') void remote.write(INTERRUPT);
        else void remote.interrupt();
        return;
      case 'terminate':
      case 'kill':
        // The protocol has one way to end a process.
        wasKilled = true;
        void remote.terminate();
        return;
      case 'continue':
        return;
    }
  };

  return {
    over,
    attach(started) {
      remote = started;
      input.attach(started);
    },
    linked(isLinked) {
      if (!isClosed) listener.linked?.(isLinked);
    },
    output(bytes, stream) {
      verdict.read(bytes);
      newlines += countNewlines(bytes);
      listener.output(bytes, log.append(bytes), stream);
    },
    exited(exit) {
      ended = exit;
      listener.exited(exitOf(exit.code, wasKilled));
    },
    closed() {
      void close(exitOf(ended?.code ?? -1, wasKilled), null);
    },
    failed(problem) {
      const exit: Exit = exitOf(ended?.code ?? -1, wasKilled);
      if (ended === null) listener.exited(exit);
      void close(exit, lostOn(environment, problem));
    },
    process: {
      // A process of another machine: no number here is its own.
      pid: 0,
      write: (bytes) => input.write(bytes),
      endInput() {
        if (start.stdio.kind === 'pty') void remote?.write(END_OF_INPUT);
      },
      resize: (cols, rows) => void remote?.resize(rows, cols),
      signal: send,
      pause: () => remote?.pause(),
      resume: () => remote?.resume(),
      readOutput: (from, to) => log.read(from, to),
    },
  };
}

const INTERRUPT = new Uint8Array([0x03]);
const END_OF_INPUT = new Uint8Array([0x04]);

/** A code above 128 may be a program's own; where we ended it, it is what a signal leaves. */
function exitOf(code: number, wasKilled: boolean): Exit {
  return wasKilled && code === 137 ? { kind: 'signal', signal: 'SIGKILL', code } : { kind: 'code', code };
}

interface RemoteInput {
  attach(remote: RemoteProcess): void;
  write(bytes: Uint8Array): Result<void>;
  close(): void;
}

function openRemoteInput(stdio: Stdio, drained: () => void): RemoteInput {
  const isOpen = stdio.kind === 'pty' || stdio.stdin === 'open';
  let remote: RemoteProcess | null = null;
  let unsent = 0;
  let isClosed = false;
  return {
    attach(started) {
      remote = started;
    },
    write(bytes) {
      if (!isOpen || isClosed || remote === null) return fail(inputIsClosed);
      if (unsent + bytes.length > UNSENT_BYTES) return fail(inputIsFull);
      unsent += bytes.length;
      // The bytes are the caller's again when this returns.
      void remote.write(Uint8Array.from(bytes)).then((written) => {
        unsent -= bytes.length;
        if (!written.ok && written.problem.kind === 'input') isClosed = true;
        if (unsent === 0) drained();
      });
      return ok(undefined);
    },
    close() {
      isClosed = true;
    },
  };
}

function notStarted(problem: CallProblem, name: string): NotStarted {
  const why = callProblemText(problem);
  if (problem.kind !== 'refused') return { kind: 'environment', problem: lostOn(name, problem) };
  const isSandbox = /sandbox/i.test(problem.message);
  if (problem.code === CODES.invalidParams && isSandbox) {
    return { kind: 'sandbox', problem: { what: `The sandbox of ${name} cannot be used.`, why, next: '' } };
  }
  return { kind: 'command', problem: { what: `Not started on ${name}.`, why: problem.message, next: '' } };
}

function lostOn(name: string, problem: CallProblem): Problem {
  return {
    what: `The connection to ${name} was lost while this ran.`,
    why: callProblemText(problem),
    next: 'Whether it ended there is not known. Nothing was started again.',
  };
}

function unguarded(name: string): Problem {
  return {
    what: `${name} started the command without a sandbox, so it was ended.`,
    why: 'The profile asks for one.',
    next: 'Use a profile without a sandbox there only if something else guards that machine.',
  };
}

function maybeUnguarded(name: string): Problem {
  return {
    what: `${name} does not say whether it has a sandbox.`,
    why: 'Its server is of an early version of the protocol.',
    next: 'Commands there may touch more than the profile says.',
  };
}

function otherPlatform(name: string): Problem {
  return {
    what: `${name} is a machine whose paths this program does not know.`,
    why: 'Its working folder is no path of Linux or macOS.',
    next: '',
  };
}

const inputIsClosed: Problem = { what: 'The program takes no more input.', why: '', next: '' };

const inputIsFull: Problem = {
  what: 'The input was not taken.',
  why: 'The other machine has not read what was typed before.',
  next: 'Wait, or interrupt the program.',
};
