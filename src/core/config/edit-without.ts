// How does what was written for an answer go again, so that everything else stays what it is now?

import { isDeepStrictEqual } from 'node:util';
import { fail, ok, type Problem, type Result } from '../../problem/index.ts';
import { type Profile, readProfiles } from '../../sandbox/index.ts';
import { applyEdits, type Edit, lineAt, lineStart, nextLine } from './edit-apply.ts';
import { isTable, type Tables, tablesOf, valueAt } from './edit-tables.ts';
import { isSamePath, mapToml, type TomlPair } from './edit-toml-map.ts';

/** A key that was written. `before` is what it said until then; undefined: it was not there. */
export interface WrittenKey {
  readonly path: readonly string[];
  readonly value: unknown;
  readonly before: unknown;
}

/** The keys of a text as they are before they are written. */
export function keysBefore(
  text: string,
  leaves: readonly { readonly path: readonly string[]; readonly value: unknown }[],
): readonly WrittenKey[] {
  const tables = tablesOf(text) ?? {};
  return leaves.map(({ path, value }) => ({ path, value, before: valueAt(tables, path) }));
}

/**
 * The text without these keys, or with what they said before. One that is gone by now is left out. Fails where a key
 * says something else than what was written, and where the result would not read back as exactly this.
 */
export function editWithout(text: string, keys: readonly WrittenKey[]): Result<string> {
  const now = tablesOf(text);
  if (now === null) return fail(byHand(keys, 'The file is not TOML.'));
  const there = keys.filter(({ path }) => valueAt(now, path) !== undefined);
  const other = there.find(({ path, value }) => !isDeepStrictEqual(valueAt(now, path), value));
  if (other !== undefined) return fail(byHand([other], 'It says something else by now.'));
  // One by one: between the same braces the last key takes the comma before it along.
  let edited = text;
  for (const key of there) {
    const edit = editOf(edited, key);
    if (edit === null) return fail(byHand(there, 'It is written in a way that cannot be taken apart safely.'));
    edited = applyEdits(edited, [edit]).text;
  }
  const after = tablesOf(edited);
  const expected = there.reduce<Tables>((tables, { path, before }) => withAt(tables, path, before), now);
  if (after === null || !isDeepStrictEqual(filled(after), filled(expected)))
    return fail(byHand(there, 'Another setting would change with it.'));
  // With its last host a list goes, and with the list what it kept closed.
  return opensNetwork(now, after) ? fail(wouldOpen(there)) : ok(edited);
}

/** Some profile has every host afterwards, and had not before. */
function opensNetwork(before: Tables, after: Tables): boolean {
  const open = (tables: Tables): ReadonlySet<string> => {
    const { profiles } = readProfiles(isTable(tables.permissions) ? tables.permissions : {});
    return new Set([...profiles].flatMap(([name, { profile }]) => (hasEveryHost(profile) ? [name] : [])));
  };
  const wasOpen = open(before);
  return [...open(after)].some((name) => !wasOpen.has(name));
}

function hasEveryHost(profile: Profile): boolean {
  if (profile.type !== 'managed') return true;
  const { access, hosts } = profile.network;
  return access === 'enabled' || hosts.some((rule) => rule.pattern === '*' && rule.access === 'allow');
}

function editOf(text: string, { path, before }: WrittenKey): Edit | null {
  const found = find(path, text);
  if (found === null) return null;
  const { pair, siblings } = found;
  if (typeof before === 'string' || typeof before === 'boolean') {
    return { kind: 'span', at: pair.value.from, to: pair.value.to, text: JSON.stringify(before), notes: [] };
  }
  const cut = (at: number, to: number): Edit => ({ kind: 'span', at, to, text: '', notes: [] });
  if (siblings === null) {
    // What a person wrote beside it stays, as a line of its own.
    const beside = /^[ \t]*(#.*)/.exec(lineAt(text, pair.value.to))?.[1];
    const isTheirs = beside !== undefined && beside.trim() !== OWN_NOTE;
    if (isTheirs) return cut(pair.at, text.indexOf('#', pair.value.to));
    return cut(lineStart(text, pair.at), nextLine(text, pair.value.to));
  }
  const index = siblings.indexOf(pair);
  const [previous, next] = [siblings[index - 1], siblings[index + 1]];
  if (next !== undefined) return cut(pair.at, next.at);
  return cut(previous?.value.to ?? pair.at, pair.value.to);
}

/** As it was written beside a host. */
const OWN_NOTE = '# every port';

interface FoundPair {
  readonly pair: TomlPair;
  /** The pairs between the same braces; null where it has lines of its own. */
  readonly siblings: readonly TomlPair[] | null;
}

function find(path: readonly string[], text: string): FoundPair | null {
  const within = (pairs: readonly TomlPair[], siblings: readonly TomlPair[] | null): FoundPair | null => {
    for (const pair of pairs) {
      if (isSamePath(pair.path, path)) return { pair, siblings };
      const inner = pair.value.kind === 'inline' ? within(pair.value.pairs, pair.value.pairs) : null;
      if (inner !== null) return inner;
    }
    return null;
  };
  for (const { isArray, pairs } of mapToml(text)) {
    const found = isArray ? null : within(pairs, null);
    if (found !== null) return found;
  }
  return null;
}

function withAt(tables: Tables, path: readonly string[], value: unknown): Tables {
  const [key, ...rest] = path;
  if (key === undefined) return tables;
  if (rest.length > 0) {
    const inner = tables[key];
    return { ...tables, [key]: withAt(isTable(inner) ? inner : {}, rest, value) };
  }
  const { [key]: _gone, ...others } = tables;
  return value === undefined ? others : { ...tables, [key]: value };
}

/** Without tables that say nothing: a header may stay where the last of its keys went, and goes with the last dotted one. */
function filled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(filled);
  if (!isTable(value)) return value;
  const entries = Object.entries(value).map(([key, inner]) => [key, filled(inner)] as const);
  return new Map(entries.filter(([, inner]) => !(inner instanceof Map && inner.size === 0)));
}

function wouldOpen(keys: readonly WrittenKey[]): Problem {
  const [host] = keys;
  return {
    ...byHand(keys, 'It is the last host of a list, and without a list every host would be open.'),
    next: `Write enabled = false in that table instead, or "deny" for ${host?.path.join('.') ?? 'it'}.`,
  };
}

function byHand(keys: readonly WrittenKey[], why: string): Problem {
  const names = keys.map(({ path }) => path.join('.')).join(', ');
  return {
    what: 'It is revoked for this session, and still written in the configuration.',
    why,
    next: `Take it out by hand: ${names}.`,
  };
}
