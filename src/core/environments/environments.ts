// Which machines can a session use, and which of them could it use when a step began?

import type { Environment, EnvironmentState, ReadyEnvironment } from '../../exec/index.ts';
import { fail, type Problem, type Result } from '../../problem/index.ts';

export interface Environments {
  /** In the order of the configuration. */
  readonly names: readonly string[];
  /** Where commands run that name none; null: nowhere, until a person picks one. */
  readonly first: string | null;
  list(): readonly EnvironmentStatus[];
  /** What the commands of one step use. */
  step(): EnvironmentStep;
  dispose(graceMs: number): Promise<void>;
}

export interface EnvironmentStatus {
  readonly name: string;
  readonly state: EnvironmentState;
  /** Null unless `failed`. */
  readonly problem: Problem | null;
}

/**
 * A step sees each machine as it was when it first asked for it: a machine that is replaced meanwhile is not mixed up
 * with what was known of the one before.
 */
export interface EnvironmentStep {
  use(name: string): Promise<Result<ReadyEnvironment>>;
}

export function openEnvironments(environments: readonly Environment[], first: string | null): Environments {
  const byName = new Map(environments.map((environment) => [environment.name, environment]));
  return {
    names: [...byName.keys()],
    first,
    list: () => environments.map((it) => ({ name: it.name, state: it.state(), problem: it.problem() })),
    step() {
      const used = new Map<string, Promise<Result<ReadyEnvironment>>>();
      return {
        use(name) {
          const environment = byName.get(name);
          if (environment === undefined) return Promise.resolve(fail(unknown(name, [...byName.keys()])));
          const known = used.get(name) ?? environment.ready();
          used.set(name, known);
          return known;
        },
      };
    },
    async dispose(graceMs) {
      await Promise.all(environments.map((environment) => environment.dispose(graceMs)));
    },
  };
}

function unknown(name: string, names: readonly string[]): Problem {
  return {
    what: `unknown turn environment id \`${name}\``,
    why: '',
    next: names.length === 0 ? 'No environment is configured.' : `There are: ${names.join(', ')}.`,
  };
}
