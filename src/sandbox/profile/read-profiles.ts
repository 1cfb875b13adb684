// Which profiles do the tables [permissions.…] make, with what they extend? From plain data, wherever it was written.

import {
  builtInProfile,
  builtInProfileNames,
  closedNetwork,
  extensibleProfileNames,
  isBuiltInProfileName,
} from './built-in.ts';
import { mergedNetwork } from './network-table.ts';
import type { NamedProfile, ProfilePath } from './profile.ts';
import { isTable, type ProfileIssue, type Say, sayingAbout, type Tables } from './profile-issue.ts';
import { type OwnTable, readTable } from './profile-table.ts';

export interface ReadProfiles {
  /** By name; those with an error are not among them. */
  readonly profiles: ReadonlyMap<string, NamedProfile>;
  readonly issues: readonly ProfileIssue[];
}

/** Reads every profile of `[permissions]`, with what it extends. */
export function readProfiles(permissions: Tables): ReadProfiles {
  const issues: ProfileIssue[] = [];
  const own = new Map<string, OwnTable>();
  for (const [name, value] of Object.entries(permissions)) {
    const say = sayingAbout(name, issues);
    if (name.startsWith(':')) {
      say('error', [], `"${name}" begins with a colon, as only built-in profiles do.`, '', 'Choose another name.');
    } else if (isTable(value)) own.set(name, readTable(value, say));
    else say('error', [], `it is no table.`, '', `Write [permissions.${name}].`);
  }
  const profiles = new Map<string, NamedProfile>();
  for (const name of own.keys()) {
    const profile = extended(name, own, sayingAbout(name, issues));
    const isWrong = issues.some(({ level, path }) => level === 'error' && path[0] === name);
    if (profile !== null && !isWrong) profiles.set(name, profile);
  }
  return { profiles, issues };
}

/** The profile that a person names, or why there is none: with the names that there are. */
export function profileNamed(name: string, profiles: ReadonlyMap<string, NamedProfile>): NamedProfile | null {
  return isBuiltInProfileName(name) ? builtInProfile(name) : (profiles.get(name) ?? null);
}

/** For sentences about a name that does not exist. */
export function knownNames(profiles: ReadonlyMap<string, unknown>): string {
  const own = [...profiles.keys()].sort();
  return `Built in: ${builtInProfileNames.join(', ')}.${own.length === 0 ? '' : ` Your own: ${own.join(', ')}.`}`;
}

/** The profile with what it extends; null after an error. */
function extended(name: string, own: ReadonlyMap<string, OwnTable>, say: Say): NamedProfile | null {
  const chain: OwnTable[] = [];
  const names = [name];
  let base: NamedProfile | null = null;
  for (let table = own.get(name); table !== undefined; ) {
    chain.unshift(table);
    const parent: string | null = table.extends;
    if (parent === null) break;
    if (names.includes(parent)) {
      say(
        'error',
        ['extends'],
        `the profiles extend each other: ${[...names, parent].join(' -> ')}.`,
        '',
        'Take one "extends" out.',
      );
      return null;
    }
    if (extensibleProfileNames.some((known) => known === parent)) {
      base = isBuiltInProfileName(parent) ? builtInProfile(parent) : null;
      break;
    }
    names.push(parent);
    table = own.get(parent);
    if (table !== undefined) continue;
    const others = [...own.keys()].filter((it) => it !== name).sort();
    const possible = [...extensibleProfileNames, ...others].join(', ');
    say(
      'error',
      ['extends'],
      `it extends "${parent}", which ${parent.startsWith(':') ? 'cannot be extended' : 'is not there'}.`,
      '',
      `Possible: ${possible}.`,
    );
    return null;
  }
  if (base === null && chain.every((table) => table.entries === null || table.entries.length === 0)) {
    const why = 'A command could read nothing then, not even its own program.';
    say('error', [], 'it says nothing about files.', why, 'Add extends = ":workspace", or a table [filesystem].');
    return null;
  }
  return { name, profile: merged(base, chain, say) };
}

function merged(base: NamedProfile | null, chain: readonly OwnTable[], say: Say): NamedProfile['profile'] {
  const start = base?.profile.type === 'managed' ? base.profile : null;
  const entries = new Map((start?.entries ?? []).map((entry) => [keyOf(entry.path), entry]));
  for (const table of chain) {
    for (const entry of table.entries ?? []) entries.set(keyOf(entry.path), entry);
  }
  const depths = chain.flatMap(({ globScanMaxDepth }) => globScanMaxDepth ?? []);
  return {
    type: 'managed',
    entries: [...entries.values()],
    workspaceRoots: [...new Set(chain.flatMap(({ workspaceRoots }) => workspaceRoots))],
    globScanMaxDepth: depths.at(-1) ?? start?.globScanMaxDepth ?? null,
    network: mergedNetwork(
      start?.network ?? closedNetwork,
      chain.map(({ network }) => network),
      say,
    ),
  };
}

/** Equal for two spellings of one place, so that a child's line takes the place of its parent's. */
function keyOf(place: ProfilePath): string {
  switch (place.type) {
    case 'path':
      return `path ${place.path}`;
    case 'special':
      return `special ${place.place} ${place.subpath ?? '.'}`;
    case 'glob':
      return `glob ${place.place ?? ''} ${place.pattern}`;
  }
}
