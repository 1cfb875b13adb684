// Carries out the calls of a model (or of the shell provider): each becomes a process, or reaches one.

import { randomBytes, randomInt } from 'node:crypto';
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import stripAnsi from 'strip-ansi';
import { type CommandVariables, LOCAL, type SandboxIntent } from '../../exec/index.ts';
import { fail, type Problem, problemText } from '../../problem/index.ts';
import { widenProfile } from '../../sandbox/index.ts';
import { changedDirectory } from '../agent/index.ts';
import type { Questions } from '../approvals/questions.ts';
import type { Origin } from '../bus/contract.ts';
import { type EnvironmentStep, type Standings, unusable } from '../environments/index.ts';
import {
  closedStdin,
  commandAnswer,
  EXEC_COMMAND,
  type ExecCommandCall,
  INTERRUPT,
  missingShell,
  missingWorkdir,
  parseExecCommand,
  parseWriteStdin,
  unknownSession,
  unknownTool,
  WRITE_STDIN,
} from '../tools/index.ts';
import { prefaceOf } from './call-answer.ts';
import type { SessionProcess } from './process.ts';
import type { Processes } from './processes.ts';
import { waitToAnswer } from './wait.ts';

export interface ToolSurroundings {
  readonly processes: Processes;
  readonly questions: Questions;
  readonly profileName: string;
  readonly variablesFor: (command: CommandFacts) => CommandVariables;
  readonly standings: Standings;
  /** The machine of commands that name none. */
  readonly current: () => string | null;
  /** A lone `cd` arrived somewhere else. */
  readonly moveTo: (environment: string, folder: string) => void;
  readonly terminalSize: () => { readonly cols: number; readonly rows: number };
}

/** What the variables of a command depend on. */
export interface CommandFacts {
  readonly call: string;
  readonly reader: Origin;
  readonly isTerminal: boolean;
  readonly networkIsOff: boolean;
  readonly previousFolder: string | null;
}

export interface ToolCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  readonly turn: string;
  readonly origin: Origin;
  /** The machines as the step that makes the call sees them. */
  readonly step: EnvironmentStep;
  readonly signal: AbortSignal;
}

export interface ToolCalls {
  /** The answer of one call. Never rejects: what goes wrong is an answer too. */
  run(call: ToolCall): Promise<string>;
}

/** Session ids as models know them from elsewhere: four or five digits. */
const [LOWEST_SESSION_ID, HIGHEST_SESSION_ID] = [1000, 99_999];

/** Models get a plain terminal when they ask for one without a screen of their own to fill. */
const MODEL_TERMINAL = { cols: 80, rows: 24 };

export function openToolCalls(around: ToolSurroundings): ToolCalls {
  /** Processes whose end was not told yet, by the id that was told instead. */
  const sessions = new Map<number, SessionProcess>();

  function sessionIdOf(process: SessionProcess): number {
    for (const [id, known] of sessions) if (known === process) return id;
    let id: number;
    do id = randomInt(LOWEST_SESSION_ID, HIGHEST_SESSION_ID + 1);
    while (sessions.has(id));
    sessions.set(id, process);
    return id;
  }

  function forget(process: SessionProcess): void {
    for (const [id, known] of sessions) if (known === process) sessions.delete(id);
  }

  async function execCommand(call: ToolCall): Promise<string> {
    const parsed = parseExecCommand(call.arguments);
    if (!parsed.ok) return problemText(parsed.problem);
    const asked = parsed.value;
    const name = asked.environment ?? around.current() ?? '';
    const ready = name === '' ? fail(noEnvironment) : await call.step.use(name);
    // What a person typed is shown to have failed; a model is told.
    if (!ready.ok && call.origin === 'model') return problemText(ready.problem);
    const environment = ready.ok ? ready.value : unusable(name, ready.problem);
    const { facts } = environment;
    const standing = around.standings.on(name, facts);
    const cwd = path.resolve(standing.cwd, asked.workdir ?? '.');
    const problem = name === LOCAL ? startProblem(asked, cwd) : null;
    if (problem !== null) return problemText(problem);
    if (call.signal.aborted) return problemText(stoppedBefore());
    const process = around.processes.start({
      call: call.id,
      turn: call.turn,
      origin: call.origin,
      command: asked.cmd,
      argv: [asked.shell ?? facts.shell, asked.login ? '-lc' : '-c', asked.cmd],
      environment,
      cwd,
      root: standing.root,
      variables: (sandbox) =>
        around.variablesFor({
          call: call.id,
          reader: call.origin,
          isTerminal: asked.tty,
          networkIsOff: isOffline(sandbox),
          previousFolder: standing.previous,
        }),
      stdio: asked.tty
        ? { kind: 'pty', ...(call.origin === 'person' ? around.terminalSize() : MODEL_TERMINAL) }
        : { kind: 'pipe', stdin: 'closed' },
      escalation: asked.escalation === null ? null : asked.escalation.justification,
    });
    // A person looks at their own command until it ends; only a model's call comes back early.
    const yieldMs = call.origin === 'person' ? null : asked.yieldTimeMs;
    const answer = await answerWhenDue(process, yieldMs, asked.maxOutputTokens, call.signal);
    if (call.origin === 'person') followDirectory(asked.cmd, process, answer);
    return answer;
  }

  async function writeStdin(call: ToolCall): Promise<string> {
    const parsed = parseWriteStdin(call.arguments);
    if (!parsed.ok) return problemText(parsed.problem);
    const { sessionId, chars, yieldTimeMs, maxOutputTokens } = parsed.value;
    const process = sessions.get(sessionId);
    if (process === undefined) return problemText(unknownSession(sessionId));
    if (chars !== '') {
      const problem = typeInto(process, chars);
      if (problem !== null) return problemText(problem);
    }
    return answerWhenDue(process, yieldTimeMs, maxOutputTokens, call.signal);
  }

  function typeInto(process: SessionProcess, chars: string): Problem | null {
    const { stdio } = process.request;
    if (stdio.kind === 'pipe' && stdio.stdin === 'closed') {
      if (chars !== INTERRUPT) return closedStdin();
      process.signal('interrupt');
      return null;
    }
    const written = process.write(Buffer.from(chars, 'utf8'));
    return written === null || written.ok ? null : written.problem;
  }

  async function answerWhenDue(
    process: SessionProcess,
    yieldMs: number | null,
    budget: number,
    signal: AbortSignal,
  ): Promise<string> {
    const startedAt = performance.now();
    process.lastUsedAt = Date.now();
    const { number } = process.request;
    const isQuestionOpen = () => around.questions.isOpenFor(number);
    await waitToAnswer(process, { yieldMs, isQuestionOpen, signal });
    const { finished } = process;
    const preface = finished === null ? { sentences: [], hasOutput: true } : prefaceOf(finished, around.profileName);
    const unread = process.unread.take();
    if (finished !== null) forget(process);
    if (!preface.hasOutput) return preface.sentences.join('\n');
    const exit = finished?.exit ?? process.exit;
    return commandAnswer({
      chunkId: randomBytes(3).toString('hex'),
      wallTimeMs: performance.now() - startedAt,
      state:
        finished !== null && exit !== null
          ? { kind: 'exited', code: exit.code }
          : { kind: 'running', sessionId: sessionIdOf(process) },
      output: unread,
      maxOutputTokens: budget,
      outputFile: process.outputFile,
      preface: preface.sentences,
    });
  }

  function followDirectory(command: string, process: SessionProcess, answer: string): void {
    const exit = process.finished?.exit;
    if (!exit) return;
    const folder = changedDirectory(command, exit, stripAnsi(answer));
    if (folder !== null) around.moveTo(process.request.environment.name, folder);
  }

  return {
    async run(call) {
      // The person was quicker than the call: what they stopped must not begin.
      if (call.signal.aborted) return problemText(stoppedBefore());
      switch (call.name) {
        case EXEC_COMMAND:
          return execCommand(call);
        case WRITE_STDIN:
          return writeStdin(call);
        default:
          return problemText(unknownTool(call.name));
      }
    },
  };
}

const noEnvironment: Problem = {
  what: 'No usable execution environment is available.',
  why: 'None is the default, and none was picked.',
  next: '/env picks one.',
};

function stoppedBefore(): Problem {
  return { what: 'Not run.', why: 'The person stopped the turn before it was started.', next: '' };
}

function isOffline({ profile, grants }: SandboxIntent): boolean {
  const widened = widenProfile(profile.profile, grants);
  return widened.type === 'managed' && widened.network.access === 'restricted';
}

/** What can be said before anything starts: the folder or the shell is not there. */
function startProblem(asked: ExecCommandCall, cwd: string): Problem | null {
  try {
    if (!statSync(cwd).isDirectory()) return missingWorkdir(cwd);
  } catch {
    // Whatever keeps us from seeing it keeps a command from starting there.
    return missingWorkdir(cwd);
  }
  if (asked.shell === null) return null;
  try {
    accessSync(asked.shell, constants.X_OK);
    return null;
  } catch {
    return missingShell(asked.shell);
  }
}
