// Has a person said that what a folder brings along may be used?

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { causeOf, errnoOf, fail, ok, type Problem, type Result } from '../../problem/index.ts';
import type { Config } from './config.ts';
import { applyEdits } from './edit-apply.ts';
import { writeConfig } from './edit-file.ts';
import { type Leaf, leavesByHand, placeLeaves } from './edit-places.ts';
import { plainTables, tablesOf, valueAt, withValue } from './edit-tables.ts';
import type { FolderFacts } from './folder-facts.ts';

export type TrustLevel = 'trusted' | 'untrusted';

export interface Trust {
  readonly state: TrustLevel | 'unknown';
  /** What a decision is about: the root of the repository, or the folder where it is in none. A real path. */
  readonly folder: string;
  /** The key of `projects` that decides; null when none does. */
  readonly by: string | null;
  /** A sentence. */
  readonly reason: string;
}

/** What was said of the nearest folder counts, from this one up to the root of its project, then of the repository. */
export function trustOf(config: Pick<Config, 'projects'>, facts: FolderFacts): Trust {
  const folder = facts.mainRoot ?? facts.root;
  for (const place of placesOf(facts)) {
    const level = levelOf(config, place);
    if (level === null) continue;
    return { state: level, folder, by: place, reason: `${place} is marked as ${level}.` };
  }
  return { state: 'unknown', folder, by: null, reason: `Nobody has said whether ${folder} is trusted.` };
}

/** The same for a folder above, within the project: it may have a decision of its own. */
export function isTrustedAt(config: Pick<Config, 'projects'>, facts: FolderFacts, folder: string): boolean {
  return trustOf(config, { ...facts, folder }).state === 'trusted';
}

function placesOf({ folder, root, mainRoot }: FolderFacts): readonly string[] {
  return [...foldersBetween(root, folder).reverse(), ...(mainRoot === null ? [] : [mainRoot])];
}

/** From `root` down to `folder`, both included. */
export function foldersBetween(root: string, folder: string): string[] {
  const names = path.relative(root, folder).split(path.sep);
  if (names[0] === '..') return [folder];
  const folders = [root];
  for (const name of names) if (name !== '') folders.push(path.join(folders.at(-1) ?? root, name));
  return folders;
}

/**
 * Compared as it is written, never as what it leads to: whoever can turn a path into a link must not choose what is
 * trusted.
 */
function levelOf({ projects }: Pick<Config, 'projects'>, place: string): TrustLevel | null {
  const keys = place === '/' ? ['/'] : [place, `${place}/`];
  const levels = keys.flatMap((key) => (Object.hasOwn(projects, key) ? [projects[key]?.trust_level ?? null] : []));
  return levels.includes('untrusted') ? 'untrusted' : (levels.find((level) => level !== null) ?? null);
}

// ---------------------------------------------------------------------------------------------------- writing it

export interface TrustDecision {
  /** The person's config.toml, and how a sentence calls it. */
  readonly file: string;
  readonly shown: string;
  /** As `Trust.folder` has it. */
  readonly folder: string;
  readonly level: TrustLevel;
}

/** Somebody else who writes at the same moment is waited for that often. */
const TRIES = 5;

/** Writes the decision into the file, with everything else in it left as it is. */
export function writeTrust({ file, shown, folder, level }: TrustDecision): Result<void> {
  const leaf: Leaf = { path: ['projects', folder, 'trust_level'], value: level, note: null };
  let last: Result<void> = fail(notWritten(shown, leaf, 'Others change it all the time.'));
  for (let tries = 0; tries < TRIES; tries += 1) {
    const text = textOf(file);
    if (!text.ok) return fail(notWritten(shown, leaf, text.problem));
    const edited = withLeaf(text.value, leaf);
    if (!edited.ok) return fail(notWritten(shown, leaf, edited.problem));
    last = writeConfig(file, text.value, edited.value);
    if (last.ok || isUnchanged(file, text.value)) return last;
  }
  return last;
}

/** Nobody wrote in between: trying again would not help. */
function isUnchanged(file: string, text: string): boolean {
  const now = textOf(file);
  return now.ok && now.value === text;
}

function withLeaf(text: string, leaf: Leaf): Result<string, string> {
  const before = tablesOf(text);
  if (before === null) return fail('The file is not TOML.');
  if (valueAt(before, leaf.path) === leaf.value) return ok(text);
  const edited = applyEdits(text, placeLeaves(text, [leaf], ['projects'])).text;
  const after = tablesOf(edited);
  const expected = withValue(before, leaf.path, leaf.value);
  const isRight = after !== null && isDeepStrictEqual(plainTables(after), plainTables(expected));
  return isRight ? ok(edited) : fail('Another setting would change with it.');
}

function textOf(file: string): Result<string, string> {
  try {
    return ok(readFileSync(file, 'utf8'));
  } catch (error) {
    return errnoOf(error) === 'ENOENT' ? ok('') : fail(causeOf(error));
  }
}

function notWritten(shown: string, leaf: Leaf, why: string): Problem {
  return {
    what: `The decision was not written into ${shown}.`,
    why,
    next: `It holds for this session. To keep it, write there:\n${leavesByHand([leaf])}`,
  };
}
