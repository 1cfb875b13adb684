// Which files below a capability root say what it offers?

import type { Results } from '../protocol/messages.ts';
import { childUri, type PathUri, parentUri } from '../protocol/path-uri.ts';

/** Where a plugin says what it is; the first that is there counts. */
const MANIFESTS = ['.codex-plugin', '.claude-plugin', '.cursor-plugin'].map((folder) => `/${folder}/plugin.json`);

export interface RootScan {
  readonly skills: readonly PathUri[];
  /** One for each folder that has some. */
  readonly manifests: readonly PathUri[];
}

/** From what a walk found; both in the order of their paths. */
export function scanned(entries: Results['fs/walk']['entries']): RootScan {
  const files = entries.filter(({ kind }) => kind === 'file').map(({ path }) => path);
  const manifests = new Map<PathUri | null, PathUri>();
  for (const manifest of MANIFESTS) {
    for (const path of files.filter((file) => file.endsWith(manifest))) {
      const folder = folderOf(folderOf(path));
      if (!manifests.has(folder)) manifests.set(folder, path);
    }
  }
  const skills = files.filter((file) => file.endsWith('/SKILL.md'));
  return { skills: skills.sort(), manifests: [...manifests.values()].sort() };
}

/** Where a root's own manifest may be, in the order in which they count. */
export function manifestsOf(root: PathUri): readonly PathUri[] {
  return MANIFESTS.map((path) => below(root, path));
}

/** What a skill says beside its instructions. */
export function skillMetadata(instructions: PathUri): PathUri {
  return below(folderOf(instructions), 'agents/openai.yaml');
}

/** Names with `/` between them; empty ones mean nothing. */
export function below(folder: PathUri, path: string): PathUri {
  const names = path.split('/').filter((name) => name !== '');
  return names.reduce<PathUri>((uri, name) => childUri(uri, name), folder);
}

/** Of a file, which always has one. */
function folderOf(path: PathUri): PathUri {
  return parentUri(path) ?? path;
}
