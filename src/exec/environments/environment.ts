// A place where commands run: this machine or another one. What a session needs of it, and nothing that only one of them
// has.

import type { Problem, Result } from '../../problem/index.ts';
import type { Grant, NamedProfile } from '../../sandbox/index.ts';
import type { ProcessListener, ProxyClient, RunningProcess, StartProblem, Stdio } from '../environment.ts';
import type { CommandVariables } from '../shell-environment.ts';
import type { FileAccess } from './file-access.ts';

/**
 * What a command may touch, before the machine that runs it has bound it to its own folders. Symbolic places stay
 * symbolic until then.
 */
export interface SandboxIntent {
  readonly profile: NamedProfile;
  readonly grants: readonly Grant[];
  /** Absolute folders of that machine that the session works in. */
  readonly workspaceRoots: readonly string[];
}

/** Everything one attempt needs. Paths are those of the machine that runs it. */
export interface CommandStart {
  /** It runs as it is, without a shell of ours around it. */
  readonly argv: readonly [string, ...string[]];
  readonly cwd: string;
  readonly variables: CommandVariables;
  readonly stdio: Stdio;
  readonly sandbox: SandboxIntent;
  /** Where the output goes from the second MiB on, all of it from byte 0; null keeps no file. Always on this machine. */
  readonly outputFile: string | null;
  /** The proxy's side of a profile whose network is `proxied`; null: such a profile reaches no host at all. */
  readonly proxy: ProxyClient | null;
  /** Of the session and the call that want it: for whoever follows them through logs. */
  readonly origin: { readonly session: string; readonly call: string };
}

/** What a session has to know of a machine. */
export interface EnvironmentFacts {
  /** The person's shell there, an absolute path. */
  readonly shell: string;
  /** Where commands start when nothing else is said. */
  readonly cwd: string;
  readonly home: string;
}

/** Why nothing was started. `environment`: the machine cannot be reached, and nothing was run elsewhere instead. */
export type NotStarted = StartProblem | { readonly kind: 'environment'; readonly problem: Problem };

/** A machine that can be used now. It stays the same one, whatever becomes of the name it was found under. */
export interface ReadyEnvironment {
  readonly name: string;
  readonly facts: EnvironmentFacts;
  start(start: CommandStart, listener: ProcessListener): Promise<Result<RunningProcess, NotStarted>>;
  /** Files there, as a command under this sandbox could touch them. Costs nothing until it is used. */
  files(sandbox: SandboxIntent): FileAccess;
}

/** `idle`: nobody has needed it yet. `failed`: the next use tries again. */
export type EnvironmentState = 'idle' | 'connecting' | 'ready' | 'recovering' | 'failed';

export interface Environment {
  /** `local`, or the name of a configured one. */
  readonly name: string;
  state(): EnvironmentState;
  /** Why it cannot be used; null unless `failed`. */
  problem(): Problem | null;
  /** Connects where that is needed; all who wait share one attempt. */
  ready(): Promise<Result<ReadyEnvironment>>;
  /** Ends every process still running: SIGTERM, then SIGKILL after `graceMs`. */
  dispose(graceMs: number): Promise<void>;
}
