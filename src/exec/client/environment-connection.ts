// When is an environment connected to, who shares the attempt, and what is said when it cannot be reached?

import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type ClientOptions, connectClient, type ExecClient } from './client.ts';
import { callProblemText } from './problem.ts';

/** `idle`: nobody has needed it yet. `failed`: the next use tries again. */
export type EnvironmentState = 'idle' | 'connecting' | 'ready' | 'recovering' | 'failed';

export interface EnvironmentConnectionOptions extends Omit<ClientOptions, 'linked'> {
  /** As configured; in every text. */
  readonly name: string;
  /** Connects at once, in the background, where reaching out costs nobody a process. */
  readonly isEager: boolean;
}

export interface EnvironmentConnection {
  readonly name: string;
  state(): EnvironmentState;
  /** Why it cannot be used; null unless `failed`. */
  problem(): Problem | null;
  /**
   * The session to use for one step: the present one, or a new one when there is none or it has failed. All who ask
   * while one attempt is under way share it and its outcome. Nothing is ever run anywhere else instead.
   */
  use(): Promise<Result<ExecClient>>;
  /** Hears when the connection is lost and when the session was found again. */
  watchLink(listener: (isLinked: boolean) => void): void;
  /** Cancels what is under way and ends the connection. Resolves when the other side is gone. */
  dispose(): Promise<void>;
}

export function openEnvironmentConnection(options: EnvironmentConnectionOptions): EnvironmentConnection {
  const { name, isEager } = options;
  const disposal = new AbortController();
  let attempt: Promise<Result<ExecClient>> | null = null;
  let client: ExecClient | null = null;
  let problem: Problem | null = null;
  const watchers: ((isLinked: boolean) => void)[] = [];
  const linked = (isLinked: boolean): void => {
    for (const watcher of watchers) watcher(isLinked);
  };

  const connect = async (): Promise<Result<ExecClient>> => {
    const connected = await connectClient({ ...options, linked }, disposal.signal);
    attempt = null;
    client = null;
    if (!connected.ok) {
      problem = unreachable(name, connected.problem);
      return fail(problem);
    }
    if (disposal.signal.aborted) {
      await connected.value.close();
      return fail(disposed(name));
    }
    client = connected.value;
    problem = null;
    return ok(client);
  };
  const use = (): Promise<Result<ExecClient>> => {
    if (disposal.signal.aborted) return Promise.resolve(fail(disposed(name)));
    if (client !== null && client.state() !== 'failed') return Promise.resolve(ok(client));
    attempt ??= connect();
    return attempt;
  };

  if (isEager) void use();
  return {
    name,
    state() {
      if (attempt !== null) return 'connecting';
      if (client === null) return problem === null ? 'idle' : 'failed';
      const state = client.state();
      return state === 'connected' ? 'ready' : state;
    },
    problem() {
      const failure = client?.failure() ?? null;
      return failure === null ? problem : unreachable(name, callProblemText(failure));
    },
    use,
    watchLink: (listener) => void watchers.push(listener),
    async dispose() {
      disposal.abort();
      await attempt;
      await client?.close();
    },
  };
}

const unreachable = (name: string, why: string): Problem => ({
  what: `The environment ${name} cannot be reached.`,
  why,
  next: 'Look whether its server runs, then try again. Nothing was run elsewhere instead.',
});

const disposed = (name: string): Problem => ({
  what: `The environment ${name} was taken away.`,
  why: 'Its connection was closed.',
  next: '',
});
