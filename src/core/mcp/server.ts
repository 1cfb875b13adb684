// The life of one server: started, ready, dead, started again when it is used, and how often that is tried.

import type { ReadyEnvironment } from '../../exec/index.ts';
import { assertNever, ok, type Problem, problemText, type Result } from '../../problem/index.ts';
import { failedAnswer, type McpAnswer } from './answer.ts';
import {
  type CallAround,
  connect,
  failureOf,
  type Line,
  type McpConnection,
  sentenceOf,
  untilAborted,
} from './connection.ts';
import type { JsonObject } from './json.ts';
import type { Reached } from './lines.ts';
import type { McpTool } from './offered-tools.ts';
import type { McpServerSettings } from './server-settings.ts';

export interface McpServerStatus {
  readonly name: string;
  readonly state: 'starting' | 'ready' | 'failed' | 'disabled' | 'needs_login';
  readonly tools: number;
  readonly problem: Problem | null;
}

export interface ServerAround {
  readonly version: string;
  /** Waits until it can be used, or cannot. */
  readonly machine: (name: string) => Promise<Result<ReadyEnvironment>>;
  readonly openLine: (settings: McpServerSettings, reached: Reached) => Result<Line>;
  readonly notice: (problem: Problem) => void;
}

export interface McpServer {
  readonly name: string;
  /** No session goes on without it. */
  readonly isRequired: boolean;
  /** It is on another machine, or reached through one. */
  readonly isElsewhere: boolean;
  /** Starts it if it is not there and may be tried, and asks for its tools again if they changed. */
  wake(): void;
  /** Null: nothing is under way. Never rejects. */
  underWay(): Promise<void> | null;
  tools(): readonly McpTool[];
  /** Never rejects. */
  call(tool: McpTool, given: JsonObject, around: CallAround): Promise<McpAnswer>;
  status(): McpServerStatus;
  close(): Promise<void>;
  /** At once, with no word to it: our own program ends. */
  kill(): void;
}

type State =
  | { readonly kind: 'disabled' }
  | { readonly kind: 'starting'; readonly done: Promise<void> }
  | { readonly kind: 'ready'; readonly connection: McpConnection; readonly since: number }
  | { readonly kind: 'failed' | 'needs_login'; readonly problem: Problem; readonly retryAt: number };

/** After a start that failed, doubled for each further one. The first death after a good life costs no wait. */
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** Lived that long: what happened before is forgotten. */
const GOOD_LIFE_MS = 30_000;

export function openServer(settings: McpServerSettings, around: ServerAround): McpServer {
  const { version, machine: machineNamed, openLine, notice } = around;
  const { name, place } = settings;
  const elsewhere = place.kind === 'nowhere' ? null : place.machine;
  const leaving = new AbortController();
  const told = new Set<string>();
  /** Connections whose end is under way. */
  const ending = new Set<Promise<void>>();
  /** Lines whose end is not known. */
  const lines = new Set<Line>();
  let state: State = settings.isEnabled ? nothingYet() : { kind: 'disabled' };
  /** Of its last life; offered while it is started again. */
  let known: readonly McpTool[] = [];
  let refreshing: Promise<void> | null = null;
  let failures = 0;

  const tell = (problem: Problem): void => {
    if (leaving.signal.aborted || told.has(problem.what)) return;
    told.add(problem.what);
    notice(problem);
  };

  const end = (close: () => Promise<void>): void => {
    const ended: Promise<void> = close()
      .catch(() => {})
      .finally(() => ending.delete(ended));
    ending.add(ended);
  };

  const fail = (kind: 'failed' | 'needs_login', problem: Problem, waitMs: number): void => {
    failures += 1;
    state = { kind, problem, retryAt: performance.now() + waitMs };
    tell(problem);
  };

  const failStart = (error: unknown, why: string): void => {
    known = [];
    const isLogin = failureOf(error) === 'needs_login';
    const problem = isLogin ? loginProblem(settings) : startProblem(settings, error, why);
    fail(isLogin ? 'needs_login' : 'failed', problem, nextWait());
  };

  const nextWait = (): number => Math.min(FIRST_WAIT_MS * 2 ** failures, LONGEST_WAIT_MS);

  const die = (why: string): void => {
    if (state.kind !== 'ready') return;
    if (performance.now() - state.since > GOOD_LIFE_MS) failures = 0;
    const { connection } = state;
    const waitMs = failures === 0 ? 0 : nextWait();
    const next = `It is started again when it is used. Look at [mcp_servers.${name}] if this comes again.`;
    fail('failed', { what: `MCP server ${name} is gone.`, why, next }, waitMs);
    end(() => connection.close());
  };

  /** Its time does not run while its machine is waited for, which has bounds of its own. */
  const reachMachine = async (): Promise<Result<ReadyEnvironment | null> | null> => {
    if (elsewhere === null) return ok(null);
    // Who leaves does not wait for it.
    return untilAborted(machineNamed(elsewhere), leaving.signal).catch(() => null);
  };

  const start = async (): Promise<void> => {
    const machine = await reachMachine();
    if (machine === null) return;
    if (!machine.ok) {
      known = [];
      return fail('failed', unreachedProblem(settings, machine.problem), nextWait());
    }
    let isStarting = true;
    const endsAt = performance.now() + settings.startupMs;
    const timeLeft = () => (isStarting ? Math.max(1, Math.round(endsAt - performance.now())) : null);
    const line = openLine(settings, { machine: machine.value, timeLeft });
    if (!line.ok) {
      known = [];
      return fail('failed', line.problem, LONGEST_WAIT_MS);
    }
    const { why } = line.value;
    const close = () => line.value.close().finally(() => lines.delete(line.value));
    lines.add(line.value);
    const late = new AbortController();
    const timer = setTimeout(
      () => late.abort(new Error(`It was not ready within ${settings.startupMs / 1000} s.`)),
      settings.startupMs,
    );
    try {
      const signal = AbortSignal.any([leaving.signal, late.signal]);
      const connection = await connect(settings, { ...line.value, close }, version, signal, {
        ended: () => die(why()),
      });
      if (leaving.signal.aborted) return end(() => connection.close());
      known = connection.tools;
      state = { kind: 'ready', connection, since: performance.now() };
      if (connection.toolsLeftOut > 0) tell(tooManyTools(settings, connection));
    } catch (error) {
      end(close);
      failStart(error, why());
    } finally {
      isStarting = false;
      clearTimeout(timer);
    }
  };

  const isDue = (): boolean => {
    switch (state.kind) {
      case 'failed':
      case 'needs_login':
        return place.kind !== 'nowhere' && performance.now() >= state.retryAt;
      case 'disabled':
      case 'starting':
      case 'ready':
        return false;
      default:
        return assertNever(state);
    }
  };

  const refresh = async (connection: McpConnection): Promise<void> => {
    try {
      await connection.refresh();
      known = connection.tools;
      if (connection.toolsLeftOut > 0) tell(tooManyTools(settings, connection));
    } catch {
      // It has the tools it had. A server that is gone says so by itself.
    } finally {
      refreshing = null;
    }
  };

  const wake = (): void => {
    if (leaving.signal.aborted) return;
    // Not at once: it may fail before the next line.
    if (isDue()) state = { kind: 'starting', done: Promise.resolve().then(start) };
    if (state.kind === 'ready' && state.connection.isStale && refreshing === null) {
      refreshing = refresh(state.connection);
    }
  };

  const attempt = async (tool: McpTool, given: JsonObject, around: CallAround, isLast: boolean): Promise<McpAnswer> => {
    wake();
    if (state.kind === 'starting') await orAborted(state.done, around.signal);
    if (around.signal.aborted) return failedAnswer(CANCELLED);
    if (state.kind !== 'ready') return failedAnswer(whyNotThere(name, state));
    const { connection } = state;
    try {
      const answer = await connection.call(tool.tool, given, around);
      failures = 0;
      return answer;
    } catch (error) {
      if (around.signal.aborted) return failedAnswer(CANCELLED);
      const failure = failureOf(error);
      switch (failure) {
        case 'timeout':
          return failedAnswer(`${tool.tool} of MCP server ${name} did not answer within ${settings.toolMs / 1000} s.`);
        case 'refused':
          return failedAnswer(`${tool.tool} of MCP server ${name} failed: ${sentenceOf(error)}`);
        case 'cut':
          return failedAnswer(`MCP server ${name} went away before ${tool.tool} answered. It may have done its work.`);
        case 'forgotten':
        case 'unreachable':
          die(sentenceOf(error));
          // A session that the server does not know did nothing: the same once more, in a new one.
          if (failure === 'forgotten' && !isLast) return attempt(tool, given, around, true);
          return failedAnswer(`MCP server ${name} cannot be reached: ${sentenceOf(error)}`);
        case 'needs_login':
          if (state.kind === 'ready') fail('needs_login', loginProblem(settings), FIRST_WAIT_MS);
          end(() => connection.close());
          return failedAnswer(problemText(loginProblem(settings)));
        default:
          return assertNever(failure);
      }
    }
  };

  const call: McpServer['call'] = (tool, given, around) => attempt(tool, given, around, false);

  // The first start is a use like any other.
  wake();
  return {
    name,
    isRequired: settings.isEnabled && settings.isRequired,
    isElsewhere: elsewhere !== null,
    wake,
    underWay: () => (state.kind === 'starting' ? state.done : refreshing),
    tools: () => (state.kind === 'ready' || state.kind === 'starting' ? known : []),
    call: settings.isParallel ? call : oneByOne(call),
    status: () => statusOf(name, state, known.length),
    async close() {
      leaving.abort(new Error('The session ends.'));
      if (state.kind === 'starting') await state.done;
      if (state.kind === 'ready') {
        const { connection } = state;
        state = { kind: 'disabled' };
        end(() => connection.close());
      }
      await Promise.all(ending);
    },
    kill: () => {
      for (const line of lines) line.kill();
    },
  };

  function nothingYet(): State {
    if (place.kind !== 'nowhere') return { kind: 'failed', problem: notStarted(name), retryAt: 0 };
    notice(place.problem);
    return { kind: 'failed', problem: place.problem, retryAt: 0 };
  }
}

/** A call begins when those before it have been answered, or given up. */
function oneByOne(call: McpServer['call']): McpServer['call'] {
  let last: Promise<unknown> = Promise.resolve();
  return (tool, given, around) => {
    const answer = orAborted(last, around.signal).then(() => call(tool, given, around));
    last = answer;
    return answer;
  };
}

const CANCELLED = 'The call was cancelled.';

function notStarted(name: string): Problem {
  return { what: `MCP server ${name} is not started yet.`, why: '', next: '' };
}

function loginProblem({ name }: McpServerSettings): Problem {
  return { what: `MCP server ${name} wants a login.`, why: '', next: `Run \`codex mcp login ${name}\`.` };
}

function startProblem({ name }: McpServerSettings, error: unknown, why: string): Problem {
  const sentence = sentenceOf(error);
  return {
    what: `MCP server ${name} could not be started.`,
    why: why.includes(sentence) ? why : [sentence, why].filter((it) => it !== '').join('\n'),
    next: `Correct [mcp_servers.${name}], or set enabled = false there. \`codex mcp get ${name}\` shows it.`,
  };
}

/** Nothing was started here instead. */
function unreachedProblem({ name }: McpServerSettings, machine: Problem): Problem {
  const why = problemText({ ...machine, next: '' });
  return { what: `MCP server ${name} could not be started.`, why, next: machine.next };
}

function tooManyTools({ name }: McpServerSettings, { tools, toolsLeftOut }: McpConnection): Problem {
  return {
    what: `MCP server ${name} has more tools than a model is offered: the first ${tools.length} of ${tools.length + toolsLeftOut}.`,
    why: '',
    next: `Choose with enabled_tools in [mcp_servers.${name}].`,
  };
}

function whyNotThere(name: string, state: Exclude<State, { kind: 'ready' }>): string {
  switch (state.kind) {
    case 'disabled':
    case 'starting':
      return `MCP server ${name} is not running.`;
    case 'failed':
    case 'needs_login':
      return problemText({ ...state.problem, next: '' });
    default:
      return assertNever(state);
  }
}

function statusOf(name: string, state: State, tools: number): McpServerStatus {
  switch (state.kind) {
    case 'disabled':
    case 'starting':
      return { name, state: state.kind, tools: 0, problem: null };
    case 'ready':
      return { name, state: 'ready', tools, problem: null };
    case 'failed':
    case 'needs_login':
      return { name, state: state.kind, tools: 0, problem: state.problem };
    default:
      return assertNever(state);
  }
}

function orAborted(wanted: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = () => {
      signal.removeEventListener('abort', done);
      resolve();
    };
    signal.addEventListener('abort', done);
    void wanted.then(done);
  });
}
