// Where below a folder are skills? However it is built: with circles of links, with links that lead out, with too much.

import { type BigIntStats, type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { isWithin } from './read-document.ts';

export interface SkillFiles {
  /** Of each SKILL.md, in the order of their names. */
  readonly files: readonly string[];
  /** There were more folders than are looked into. */
  readonly isPartial: boolean;
}

const FILE = 'SKILL.md';
/** Both as codex-cli has them. */
const DEEPEST = 6;
const MOST_FOLDERS = 2_000;

/** `within`: where links may lead; null: anywhere, since the person made them. Each folder is looked into once. */
export function skillFilesBelow(root: string, within: string | null): SkillFiles {
  const files: string[] = [];
  const seen = new Set<string>();
  let waiting = [root];
  for (let depth = 0; depth <= DEEPEST && waiting.length > 0; depth += 1) {
    const deeper: string[] = [];
    for (const folder of waiting) {
      const identity = identityOf(folder, within);
      if (identity === null || seen.has(identity)) continue;
      if (seen.size >= MOST_FOLDERS) return { files, isPartial: true };
      seen.add(identity);
      const entries = entriesOf(folder);
      if (entries.some(({ name }) => name === FILE)) files.push(path.join(folder, FILE));
      // What belongs to a skill is for the skill to name.
      else deeper.push(...foldersAmong(entries).map((name) => path.join(folder, name)));
    }
    waiting = deeper;
  }
  return { files, isPartial: false };
}

/** Null: no folder, or one that a link of the project reaches outside of it. */
function identityOf(folder: string, within: string | null): string | null {
  try {
    const stat: BigIntStats = statSync(folder, { bigint: true });
    if (!stat.isDirectory()) return null;
    if (within !== null && !isWithin(realpathSync(folder), realpathSync(within))) return null;
    return `${stat.dev} ${stat.ino}`;
  } catch {
    // A link that leads nowhere, or a folder that is not ours to see.
    return null;
  }
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    // Not there, or not ours to see.
    return [];
  }
}

function foldersAmong(entries: readonly Dirent[]): readonly string[] {
  return entries
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map(({ name }) => name)
    .sort();
}
