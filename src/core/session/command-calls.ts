// Calls that start a command, type into it or wait for it.

import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import stripAnsi from 'strip-ansi';
import { type CommandVariables, LOCAL, type SandboxIntent } from '../../exec/index.ts';
import { fail, type Problem, problemText } from '../../problem/index.ts';
import { type Grant, widenProfile } from '../../sandbox/index.ts';
import { changedDirectory } from '../agent/index.ts';
import type { Origin } from '../bus/contract.ts';
import { type Standings, unusable } from '../environments/index.ts';
import {
  type AskedFor,
  closedStdin,
  type ExecCommandCall,
  INTERRUPT,
  missingShell,
  missingWorkdir,
  parseExecCommand,
  parseWriteStdin,
  type ToolAnswer,
  textAnswer,
  unknownSession,
} from '../tools/index.ts';
import type { SessionProcess } from './process.ts';
import type { ProcessAnswers } from './process-answers.ts';
import type { Processes, StartWish } from './processes.ts';
import { COMMAND_DEED } from './session-hooks.ts';
import type { ToolCall } from './tool-calls.ts';

export interface CommandSurroundings {
  readonly processes: Processes;
  readonly variablesFor: (command: CommandFacts) => CommandVariables;
  readonly standings: Standings;
  /** The machine of commands that name none. */
  readonly current: () => string | null;
  /** A lone `cd` arrived somewhere else. */
  readonly moveTo: (environment: string, folder: string) => void;
  readonly terminalSize: () => { readonly cols: number; readonly rows: number };
  /** Of one answer, whatever a call asks for; null: as much as that. */
  readonly mostOutputTokens: number | null;
}

/** What the variables of a command depend on. */
export interface CommandFacts {
  readonly call: string;
  readonly reader: Origin;
  readonly isTerminal: boolean;
  readonly networkIsOff: boolean;
  readonly previousFolder: string | null;
}

export interface CommandCalls {
  exec(call: ToolCall): Promise<ToolAnswer>;
  writeStdin(call: ToolCall): Promise<ToolAnswer>;
}

/** Models get a plain terminal when they ask for one without a screen of their own to fill. */
const MODEL_TERMINAL = { cols: 80, rows: 24 };

export function openCommandCalls(around: CommandSurroundings, answers: ProcessAnswers): CommandCalls {
  const within = (tokens: number): number => Math.min(tokens, around.mostOutputTokens ?? tokens);

  async function exec(call: ToolCall): Promise<string> {
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
      preview: null,
      argv: [asked.shell ?? facts.shell, asked.login ? '-lc' : '-c', asked.cmd],
      environment,
      runner: environment,
      deed: null,
      allowedAs: asked.cmd,
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
      wish: asked.askedFor === null ? null : wishFor(asked.askedFor, cwd, facts.home),
      judge: null,
      hooked: { tool: COMMAND_DEED, aliases: [], input: { command: asked.cmd } },
      signal: call.signal,
    });
    // A person looks at their own command until it ends; only a model's call comes back early.
    const yieldMs = call.origin === 'person' ? null : asked.yieldTimeMs;
    const answer = await answers.whenDue(process, {
      yieldMs,
      budget: within(asked.maxOutputTokens),
      signal: call.signal,
    });
    if (call.origin === 'person') followDirectory(asked.cmd, process, answer);
    return answer;
  }

  async function writeStdin(call: ToolCall): Promise<string> {
    const parsed = parseWriteStdin(call.arguments);
    if (!parsed.ok) return problemText(parsed.problem);
    const { sessionId, chars, yieldTimeMs, maxOutputTokens } = parsed.value;
    const process = answers.find(sessionId);
    if (process === undefined) return problemText(unknownSession(sessionId));
    if (chars !== '') {
      const problem = typeInto(process, chars);
      if (problem !== null) return problemText(problem);
    }
    return answers.whenDue(process, { yieldMs: yieldTimeMs, budget: within(maxOutputTokens), signal: call.signal });
  }

  function followDirectory(command: string, process: SessionProcess, answer: string): void {
    const exit = process.finished?.exit;
    if (!exit) return;
    const folder = changedDirectory(command, exit, stripAnsi(answer));
    if (folder !== null) around.moveTo(process.request.environment.name, folder);
  }

  return {
    exec: async (call) => textAnswer(await exec(call)),
    writeStdin: async (call) => textAnswer(await writeStdin(call)),
  };
}

function typeInto(process: SessionProcess, chars: string): Problem | null {
  const { stdio } = process.request;
  if (stdio.kind === 'pipe' && stdio.stdin === 'closed') {
    if (chars !== INTERRUPT) return closedStdin();
    process.signal('interrupt', 'model');
    return null;
  }
  const written = process.write(Buffer.from(chars, 'utf8'));
  return written === null || written.ok ? null : written.problem;
}

/** Paths as the machine has them: relative ones start where the command does. */
function wishFor(asked: AskedFor, cwd: string, home: string): StartWish {
  const { justification } = asked;
  if (asked.kind === 'escalation') return { kind: 'escalation', justification };
  const place = (text: string): string =>
    text === '~' || text.startsWith('~/') ? path.join(home, text.slice(1)) : path.resolve(cwd, text);
  const grants: Grant[] = [
    ...asked.write.map((text) => ({ kind: 'write' as const, path: place(text) })),
    ...asked.read.map((text) => ({ kind: 'read' as const, path: place(text) })),
    ...(asked.network ? [{ kind: 'network' as const }] : []),
  ];
  return { kind: 'permission', justification, grants };
}

export const noEnvironment: Problem = {
  what: 'No usable execution environment is available.',
  why: 'None is the default, and none was picked.',
  next: '/env picks one.',
};

export function stoppedBefore(): Problem {
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
