// This machine as a place where commands run: profile and variables are bound here, and the engine does the rest.

import { fail, ok } from '../../problem/index.ts';
import { type BindContext, bindProfile } from '../../sandbox/index.ts';
import type { LocalEnvironment } from '../engine/local.ts';
import { resolveVariables } from '../shell-environment.ts';
import type { Environment, EnvironmentFacts, ReadyEnvironment } from './environment.ts';

export const LOCAL = 'local';

export interface LocalPlace extends EnvironmentFacts {
  readonly engine: LocalEnvironment;
  /** The variables this program was started with. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What symbolic places mean here. */
  readonly context: Omit<BindContext, 'workspaceRoots'>;
}

export function openLocalPlace({ engine, variables, context, shell, cwd, home }: LocalPlace): Environment {
  const place: ReadyEnvironment = {
    name: LOCAL,
    facts: { shell, cwd, home },
    services: null,
    async start(start, listener) {
      const { profile, grants, workspaceRoots } = start.sandbox;
      const bound = bindProfile(profile, grants, { ...context, workspaceRoots });
      if (!bound.ok) return fail({ kind: 'sandbox', problem: bound.problem });
      const { argv, cwd: folder, stdio, outputFile, proxy } = start;
      const env = resolveVariables(variables, start.variables);
      return engine.start({ argv, cwd: folder, env, stdio, profile: bound.value, outputFile, proxy }, listener);
    },
  };
  return {
    name: LOCAL,
    state: () => 'ready',
    problem: () => null,
    ready: async () => ok(place),
    dispose: (graceMs) => engine.dispose(graceMs),
  };
}
