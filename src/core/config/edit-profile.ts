// How does a grant get into a profile of config.toml, so that it says this, and everything else what it said before?

import { isDeepStrictEqual } from 'node:util';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import {
  builtInProfile,
  canonicalProfile,
  type Grant,
  isBuiltInProfileName,
  knownNames,
  type NamedProfile,
  type Profile,
  readProfiles,
} from '../../sandbox/index.ts';
import { readConfig } from './config.ts';
import { applyEdits, type Edit } from './edit-apply.ts';
import { type GrantLeaf, leavesOf, missingLeaves, type Written, withLeaves } from './edit-leaves.ts';
import { type Leaf, leavesByHand, placeLeaves, placeRootKey } from './edit-places.ts';
import { isTable, plainTables, type Tables, tablesOf, withValue } from './edit-tables.ts';
import { keysBefore, type WrittenKey } from './edit-without.ts';
import { sandboxOf } from './sandbox-of.ts';
import { findKeyLines } from './toml-lines.ts';

export { writeConfig } from './edit-file.ts';

type ManagedProfile = Extract<Profile, { type: 'managed' }>;

/** A changed configuration. */
export interface EditedConfig {
  readonly text: string;
  /** The new and the changed lines as they are in it; empty when nothing had to change. */
  readonly added: string;
  /** Where the grants are now: the profile that was named, or the child that was made of a built-in one. */
  readonly profile: string;
  /** The keys of the grants that were written, to take them back. */
  readonly keys: readonly WrittenKey[];
}

/** What is to be written, and what it has to mean in the end. */
interface Plan {
  readonly name: string;
  readonly edits: readonly Edit[];
  readonly leaves: readonly Leaf[];
  readonly profile: Profile;
}

/**
 * The text of a configuration with these grants in the profile of that name. A built-in profile gets a child of the
 * person's own, which the file then asks for. Fails where the profile closes what is granted, where no key can say it,
 * and where the result would not read back as exactly the old configuration and the grants; `next` then has the lines
 * to write by hand.
 */
export function editForGrants(text: string, profile: string, grants: readonly Grant[]): Result<EditedConfig> {
  const before = tablesOf(text);
  const isBuiltIn = isBuiltInProfileName(profile);
  const permissions = before !== null && isTable(before.permissions) ? before.permissions : {};
  const name = isBuiltIn ? freeName(permissions) : profile;
  const leaves = leavesOf(name, grants);
  if (!leaves.ok) return leaves;
  if (leaves.value.length === 0) return ok({ text, added: '', profile, keys: [] });
  if (before === null) return fail(notSafe(leaves.value, 'The file is not TOML.'));
  const plan = isBuiltIn
    ? planChild(text, before, builtInProfile(profile), name, leaves.value)
    : planOwn(text, permissions, name, leaves.value);
  if (!plan.ok) return plan;
  const edited = applyEdits(text, plan.value.edits);
  const wrong = whyWrong(before, permissions, edited.text, plan.value);
  const granted = plan.value.leaves.filter((leaf) => 'grant' in leaf);
  return wrong === null
    ? ok({ ...edited, profile: plan.value.name, keys: keysBefore(text, granted) })
    : fail(notSafe(plan.value.leaves, wrong));
}

/** The grants in a profile that is in the file. */
function planOwn(text: string, permissions: Tables, name: string, leaves: readonly GrantLeaf[]): Result<Plan> {
  const { profiles } = readProfiles(permissions);
  const profile = profiles.get(name)?.profile;
  if (profile?.type !== 'managed') return fail(noProfile(name, profiles, leaves));
  const { lineOf } = findKeyLines(text);
  const missing = missingLeaves(leaves, { name, profile, permissions, lineOf });
  if (!missing.ok) return missing;
  return ok({
    name,
    edits: placeLeaves(text, missing.value, ['permissions', name]),
    leaves: missing.value,
    profile: withLeaves(profile, missing.value),
  });
}

/** The grants in a new profile that extends a built-in one, and takes its place in the file. */
function planChild(
  text: string,
  before: Tables,
  parent: NamedProfile,
  name: string,
  leaves: readonly GrantLeaf[],
): Result<Plan> {
  if (parent.profile.type !== 'managed') return fail(unbounded(parent.name));
  const asked = askedFor(text, before);
  if (asked !== parent.name) return fail(otherDefault(parent.name, asked));
  const written: Written = { name, profile: parent.profile, permissions: {}, lineOf: () => null };
  const missing = missingLeaves(leaves, written);
  if (!missing.ok) return missing;
  const profile: ManagedProfile = parent.profile;
  if (missing.value.length === 0) return ok({ name: parent.name, edits: [], leaves: [], profile });
  const choice: Leaf = { path: ['default_permissions'], value: name, note: null };
  const base: Leaf = { path: ['permissions', name, 'extends'], value: parent.name, note: null };
  const isSuperseded = before.sandbox_mode !== undefined && before.default_permissions === undefined;
  const comments = isSuperseded ? ['# sandbox_mode no longer counts: default_permissions is said.'] : [];
  return ok({
    name,
    edits: [
      placeRootKey(text, choice, comments),
      ...placeLeaves(text, [base, ...missing.value], ['permissions', name]),
    ],
    leaves: [choice, base, ...missing.value],
    profile: withLeaves(profile, missing.value),
  });
}

/** The profile that the file asks for, the older spelling included. */
function askedFor(text: string, before: Tables): string {
  if (typeof before.default_permissions === 'string') return before.default_permissions;
  // Only the name counts here, and no path changes it.
  return sandboxOf(readConfig(text, '').config, { cwd: '/', home: '/' }).name;
}

function freeName(permissions: Tables): string {
  let name = 'mine';
  for (let number = 2; Object.hasOwn(permissions, name); number += 1) name = `mine-${number}`;
  return name;
}

// ------------------------------------------------------------------------------------------- reading it back

/** Why the new text does not say what it should; null when it does. */
function whyWrong(before: Tables, permissions: Tables, text: string, plan: Plan): string | null {
  const after = tablesOf(text);
  if (after === null) return 'With these lines the file would no longer be TOML.';
  const expected = plan.leaves.reduce((tables, { path, value }) => withValue(tables, path, value), before);
  if (!isDeepStrictEqual(plainTables(expected), plainTables(after))) return 'Another setting would change with them.';
  const read = readProfiles(isTable(after.permissions) ? after.permissions : {});
  const lost = [...readProfiles(permissions).profiles.keys()].find((name) => !read.profiles.has(name));
  if (lost !== undefined) return `The profile ${lost} would no longer be valid.`;
  const got = plan.leaves.length === 0 ? plan.profile : read.profiles.get(plan.name)?.profile;
  if (got === undefined) return `The profile ${plan.name} would not be valid.`;
  return isDeepStrictEqual(canonicalProfile(got), canonicalProfile(plan.profile))
    ? null
    : `The profile ${plan.name} would not open exactly this.`;
}

// -------------------------------------------------------------------------------------------------------- the words

function notSafe(leaves: readonly Leaf[], why: string): Problem {
  return {
    what: 'The grant cannot be written into the configuration safely.',
    why,
    next: `Write it by hand, where it fits:\n${leavesByHand(leaves)}`,
  };
}

function noProfile(name: string, profiles: ReadonlyMap<string, unknown>, leaves: readonly Leaf[]): Problem {
  return {
    what: `The configuration has no valid profile ${name} to add to.`,
    why: knownNames(profiles),
    next: `Write it by hand, where it fits:\n${leavesByHand(leaves)}`,
  };
}

function unbounded(name: string): Problem {
  return { what: `The profile ${name} cannot be widened.`, why: 'It closes nothing of its own.', next: '' };
}

function otherDefault(name: string, asked: string): Problem {
  return {
    what: `The grant is for ${name}, and the configuration asks for ${asked}.`,
    why: `Writing it down would change what sessions without ${name} may touch.`,
    next: `Answer for this session only, or set default_permissions = "${name}" first.`,
  };
}
