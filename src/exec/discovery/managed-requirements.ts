// What does the older file of an administrator, `managed_config.toml`, require?

import type { TomlTable, TomlValue } from 'smol-toml';
import { fail, ok, type Result } from '../../problem/index.ts';

const SANDBOX_MODES = ['read-only', 'workspace-write', 'danger-full-access'];

/** Its values as the lists of what is allowed that `requirements.toml` would have. Fails rather than allow too much. */
export function requirementsOf(managed: TomlTable): Result<TomlTable, string> {
  const { approval_policy: policy, approvals_reviewer: reviewer, sandbox_mode: mode } = managed;
  if (mode !== undefined && !(typeof mode === 'string' && SANDBOX_MODES.includes(mode))) {
    return fail('`sandbox_mode` is none of `read-only`, `workspace-write`, `danger-full-access`');
  }
  if (reviewer !== undefined && typeof reviewer !== 'string') return fail('`approvals_reviewer` is not a string');
  if (policy !== undefined && typeof policy !== 'string' && typeof policy !== 'object') {
    return fail('`approval_policy` is not a string');
  }
  const lists: [string, TomlValue[]][] = [];
  if (policy !== undefined) lists.push(['allowed_approval_policies', [policy]]);
  // A person is always asked, and less than what is allowed is allowed too.
  if (reviewer !== undefined) lists.push(['allowed_approvals_reviewers', [...new Set([reviewer, 'user'])]]);
  if (mode !== undefined) lists.push(['allowed_sandbox_modes', [...new Set(['read-only', mode])]]);
  return ok(Object.fromEntries(lists));
}
