import { describe, expect, it } from 'vitest';
import { readConfig, sandboxOf } from '../../../src/core/config/index.ts';
import { builtInProfile } from '../../../src/sandbox/index.ts';

function profile(text: string) {
  return sandboxOf(readConfig(text, 'config.toml').config, { cwd: '/w/app', home: '/home/u' });
}

function writable(text: string): string[] {
  const named = profile(text);
  if (named.profile.type !== 'managed') throw new Error('expected a sandbox');
  return named.profile.entries.flatMap((entry) => {
    if (entry.access !== 'write') return [];
    return [entry.path.type === 'path' ? entry.path.path : `:${entry.path.place}`];
  });
}

describe('the profile of a configuration', () => {
  it.each([
    ['', ':workspace'],
    ['sandbox_mode = "workspace-write"', ':workspace'],
    ['sandbox_mode = "read-only"', ':read-only'],
    ['sandbox_mode = "danger-full-access"', ':danger-full-access'],
    ['default_permissions = ":read-only"', ':read-only'],
    ['default_permissions = ":read-only"\nsandbox_mode = "danger-full-access"', ':read-only'],
    ['sandbox_mode = "oops"', ':read-only'],
    ['this is no TOML', ':read-only'],
  ] as const)('of %j is %s', (text, name) => {
    expect(profile(text)).toEqual(builtInProfile(name));
  });

  it('may write further folders, taken from the home folder or the working folder', () => {
    const text = '[sandbox_workspace_write]\nwritable_roots = ["/opt/x", "sub/../y", "~/cache", "~"]\n';
    expect(writable(text).slice(-4)).toEqual(['/opt/x', '/w/app/y', '/home/u/cache', '/home/u']);
    expect(writable(text)).toContain(':workspace_roots');
  });

  it('may have the network, or leave out the temp folders, and then has a name of its own', () => {
    const open = profile('[sandbox_workspace_write]\nnetwork_access = true\n');
    expect(open).toMatchObject({ name: 'workspace-write', profile: { network: { access: 'enabled' } } });
    expect(writable('[sandbox_workspace_write]\nexclude_slash_tmp = true\n')).toEqual([':workspace_roots', ':tmpdir']);
    expect(writable('[sandbox_workspace_write]\nexclude_tmpdir_env_var = true\n')).toEqual([
      ':workspace_roots',
      ':slash_tmp',
    ]);
  });

  it('in the newer spelling is not widened by the table of the older one', () => {
    const text = 'default_permissions = ":workspace"\n[sandbox_workspace_write]\nnetwork_access = true\n';
    expect(profile(text)).toEqual(builtInProfile(':workspace'));
  });
});
