// Which variables a command of a session gets: what the policy leaves, and who and where it is.

import { type CommandVariables, commandVariables as policedVariables } from '../../exec/index.ts';
import type { ShellEnvironmentPolicy } from '../config/config.ts';

export interface VariablesFacts {
  readonly policy: ShellEnvironmentPolicy;
  /** Variables the configuration takes keys from: no command gets them, whatever the policy says. */
  readonly keyNames: readonly string[];
  /** A model is spared colours, pagers and surprises of the locale; a person gets their own. */
  readonly reader: 'person' | 'model';
  readonly isTerminal: boolean;
  readonly networkIsOff: boolean;
  readonly session: string;
  readonly call: string;
  readonly version: string;
  /** The folder the session was in before this one, for `cd -`; null when there was none. */
  readonly previousFolder: string | null;
}

/** Facts about the shell that started this program; the shell of a command finds out its own. */
const OF_ANOTHER_SHELL = ['OLDPWD', 'SHLVL', '_'];

/** What the terminal of a pane understands, whoever reads it: a program that wants to draw must be able to. */
const TERMINAL_NAME = 'xterm-256color';

export function commandVariables(facts: VariablesFacts): CommandVariables {
  const { policy } = facts;
  const policed = policedVariables({
    policy: {
      inherit: policy.inherit,
      ignoreDefaultExcludes: policy.ignore_default_excludes,
      exclude: [...policy.exclude, ...OF_ANOTHER_SHELL],
      set: policy.set,
      includeOnly: policy.include_only,
    },
    origin: facts.reader,
    isTerminal: facts.isTerminal,
    hasNetwork: !facts.networkIsOff,
    ownSecrets: facts.keyNames,
  });
  return {
    policy: policed.policy,
    over: {
      ...policed.over,
      ...(facts.isTerminal ? { TERM: policy.set.TERM ?? TERMINAL_NAME } : {}),
      ...(facts.previousFolder === null ? {} : { OLDPWD: facts.previousFolder }),
      CODEX_THREAD_ID: facts.session,
      CODEX_SESSION_ID: facts.session,
      CODEX_TOOL_CALL_ID: facts.call,
      CODEX_VERSION: facts.version,
    },
  };
}
