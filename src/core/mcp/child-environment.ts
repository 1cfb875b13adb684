// Which variables does the program of an MCP server get? Few, and never a key.

import type { CommandVariables, Variables } from '../../exec/index.ts';
import type { ProgramPlace } from './server-settings.ts';

const CORE = new Set(['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL']);

/** What `inherit = "core"` means on the wire, and what codex-cli lets through beside it. */
const CORE_THERE: readonly string[] = [
  'HOME',
  'LANG',
  'LC_ALL',
  'LOGNAME',
  'PATH',
  'SHELL',
  'TEMP',
  'TERM',
  'TMP',
  'TMPDIR',
  'TZ',
  'USER',
];

/** `keyNames` are left out even where `variables` names them: what a person wants it to have is written in `env`. */
export function childEnvironment(
  person: Variables,
  place: Pick<ProgramPlace, 'env' | 'variables' | 'variablesThere'>,
  keyNames: readonly string[],
): Record<string, string> {
  const keys = new Set(keyNames);
  const named = new Set([...place.variables, ...place.variablesThere]);
  const inherited = Object.entries(person).filter(([name]) => !keys.has(name) && (isCore(name) || named.has(name)));
  return { ...Object.fromEntries(inherited), ...place.env };
}

/** The few that every program needs, and `variablesThere`, are that machine's own. Of the person's, only `variables` go. */
export function environmentElsewhere(
  person: Variables,
  { env, variables, variablesThere }: Pick<ProgramPlace, 'env' | 'variables' | 'variablesThere'>,
  keyNames: readonly string[],
): CommandVariables {
  const keys = new Set(keyNames);
  const sent = variables.flatMap((name): [string, string][] => {
    const value = person[name];
    return value === undefined || keys.has(name) ? [] : [[name, value]];
  });
  const over = { ...Object.fromEntries(sent), ...env };
  // They are patterns on the wire.
  const there = variablesThere.filter((name) => !/[*?]/.test(name));
  return {
    policy: {
      inherit: there.length === 0 ? 'core' : 'all',
      ignoreDefaultExcludes: true,
      exclude: [],
      set: over,
      includeOnly: there.length === 0 ? [] : [...CORE_THERE, ...there],
    },
    over,
  };
}

function isCore(name: string): boolean {
  return CORE.has(name) || name.startsWith('LC_') || name.startsWith('XDG_');
}
