// Which variables does the program of an MCP server get? Few, and never a key.

import type { Variables } from '../../exec/index.ts';
import type { ProgramPlace } from './server-settings.ts';

const CORE = new Set(['PATH', 'HOME', 'LANG', 'TERM', 'TMPDIR', 'USER', 'LOGNAME', 'SHELL']);

/** `keyNames` are left out even where `variables` names them: what a person wants it to have is written in `env`. */
export function childEnvironment(
  person: Variables,
  place: Pick<ProgramPlace, 'env' | 'variables'>,
  keyNames: readonly string[],
): Record<string, string> {
  const keys = new Set(keyNames);
  const named = new Set(place.variables);
  const inherited = Object.entries(person).filter(([name]) => !keys.has(name) && (isCore(name) || named.has(name)));
  return { ...Object.fromEntries(inherited), ...place.env };
}

function isCore(name: string): boolean {
  return CORE.has(name) || name.startsWith('LC_') || name.startsWith('XDG_');
}
