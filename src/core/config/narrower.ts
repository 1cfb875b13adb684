// Of two values that say what is open or who is asked, which one opens no more than the other?

import type { ApprovalPolicy } from '../approvals/policy.ts';

/** From the one that opens least on. */
export const MODES = ['read-only', 'workspace-write', 'danger-full-access'] as const;
type Mode = (typeof MODES)[number];

/** Unsaid is `workspace-write`. */
export function isNarrowerMode(value: Mode | null, below: Mode | null): boolean {
  return MODES.indexOf(value ?? 'workspace-write') <= MODES.indexOf(below ?? 'workspace-write');
}

/** Built-in profiles that open everything `:read-only` opens. A person's own may close what that one shows. */
const OPENERS: readonly string[] = [':read-only', ':workspace', ':danger-full-access'];

/** Whether `:read-only` opens no more than this profile. Null: none is named, which is `:workspace`. */
export function isAtLeastReadOnly(profile: string | null): boolean {
  return profile === null || OPENERS.includes(profile);
}

/** Who is asked for each command is asked for everything. A policy by kinds is compared with nothing. */
export function isStricterPolicy(value: ApprovalPolicy, below: ApprovalPolicy): boolean {
  if (value === 'untrusted') return true;
  return value === 'on-request' && (below === 'on-request' || below === 'never');
}

/** From the one that reaches least on. */
export const SEARCHES = ['disabled', 'cached', 'indexed', 'live'] as const;
type Search = (typeof SEARCHES)[number];

/** Unsaid is `cached` at most. */
export function isNarrowerSearch(value: Search | null, below: Search | null): boolean {
  return value === 'disabled' || SEARCHES.indexOf(value ?? 'cached') <= SEARCHES.indexOf(below ?? 'disabled');
}
