// This machine as a place where commands run: profile and variables are bound here, and the engine does the rest.

import { fail, ok } from '../../problem/index.ts';
import { type BindContext, bindProfile } from '../../sandbox/index.ts';
import type { LocalEnvironment } from '../engine/local.ts';
import type { FileHelper } from '../files/helper-profile.ts';
import { resolveVariables } from '../shell-environment.ts';
import type { Environment, EnvironmentFacts, ReadyEnvironment } from './environment.ts';
import { openLocalFiles } from './local-files.ts';

export const LOCAL = 'local';

export interface LocalPlace extends EnvironmentFacts {
  readonly engine: LocalEnvironment;
  /** The program that works on files inside a sandbox. */
  readonly fileHelper: () => FileHelper;
  /** The variables this program was started with. */
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** What symbolic places mean here. */
  readonly context: Omit<BindContext, 'workspaceRoots'>;
}

export function openLocalPlace(options: LocalPlace): Environment {
  const { engine, fileHelper, variables, context, shell, cwd, home } = options;
  const files = openLocalFiles({ engine, helper: fileHelper, variables, context });
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
    files: (sandbox) => files.under(sandbox),
  };
  return {
    name: LOCAL,
    state: () => 'ready',
    problem: () => null,
    ready: async () => ok(place),
    async dispose(graceMs) {
      await Promise.all([files.close(), engine.dispose(graceMs)]);
    },
  };
}
