// Which settings have no effect because another one in the same file wins.

import type { Config } from './config.ts';

/** The older spelling of the sandbox next to the newer one, as a sentence; null when nothing is ignored. */
export function ignoredSandboxSettings(config: Config): string | null {
  if (config.default_permissions === null) return null;
  const table = config.sandbox_workspace_write;
  const ignored = [
    ...(config.sandbox_mode === null ? [] : ['sandbox_mode']),
    ...(table.writable_roots.length > 0 ? ['writable_roots'] : []),
    ...(table.network_access ? ['network_access'] : []),
    ...(table.exclude_slash_tmp ? ['exclude_slash_tmp'] : []),
    ...(table.exclude_tmpdir_env_var ? ['exclude_tmpdir_env_var'] : []),
  ];
  return ignored.length === 0
    ? null
    : `${ignored.join(', ')} ${ignored.length === 1 ? 'has' : 'have'} no effect, because default_permissions is set.`;
}
