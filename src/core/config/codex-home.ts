// Where everything that outlives a session is kept.

import path from 'node:path';

/** `$CODEX_HOME` made absolute against `cwd`, or `.codex` in the home folder when it is unset or empty. */
export function codexHome(env: Readonly<Record<string, string | undefined>>, home: string, cwd: string): string {
  const named = env.CODEX_HOME ?? '';
  if (named === '') return path.join(home, '.codex');
  return path.resolve(cwd, named);
}

export function configPath(codexHomeFolder: string): string {
  return path.join(codexHomeFolder, 'config.toml');
}

/** The part of it that is this program's alone. */
export function ownFolder(codexHomeFolder: string): string {
  return path.join(codexHomeFolder, 'codex_ts');
}
