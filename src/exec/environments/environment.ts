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

/** A program that is spoken with on its input and output. It is nobody's command: nothing confines it. */
export interface ServiceStart {
  readonly argv: readonly [string, ...string[]];
  /** Absolute, of that machine. */
  readonly cwd: string;
  readonly variables: CommandVariables;
  /** What its process is called on the wire, before a number. */
  readonly label: string;
}

/** `closed` or `lost` is the last. */
export interface ServiceListener {
  output(bytes: Uint8Array, stream: 'stdout' | 'stderr'): void;
  /** Output may follow. */
  exited(code: number): void;
  closed(): void;
  /** Nothing more can be known of it. */
  lost(problem: Problem): void;
}

export interface RunningService {
  /** Resolves when that machine has it: once, in order, also over a connection that was cut. At most 1 MiB. */
  write(bytes: Uint8Array): Promise<Result<void>>;
  /** Ends it and its group at once. Resolves when that machine has answered. */
  end(): Promise<void>;
}

export interface ServiceRequest {
  readonly method: string;
  readonly url: string;
  /** `variable`: one of that machine's, whose value follows `value`. It never comes here. */
  readonly headers: readonly { readonly name: string; readonly value: string; readonly variable: string | null }[];
  readonly body: string | null;
  /** To the end of the body; null: none. */
  readonly timeoutMs: number | null;
}

export interface ServiceAnswer {
  readonly status: number;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
  /** The next piece; null at the end. One reader at a time. */
  next(): Promise<Result<Uint8Array | null>>;
  /** Whoever stops reading before the end has to say so. */
  cancel(): void;
}

/** What this program itself does on another machine. */
export interface MachineServices {
  start(start: ServiceStart, listener: ServiceListener): Promise<Result<RunningService>>;
  /** A request as that machine makes it. A redirect is an answer like any other. */
  request(request: ServiceRequest): Promise<Result<ServiceAnswer>>;
}

/** A machine that can be used now. It stays the same one, whatever becomes of the name it was found under. */
export interface ReadyEnvironment {
  readonly name: string;
  readonly facts: EnvironmentFacts;
  /** Null: this is the machine that we run on. */
  readonly services: MachineServices | null;
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
