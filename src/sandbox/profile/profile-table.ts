// What does one table [permissions.NAME] say itself, about files and roots?

import { isGlob } from './globs.ts';
import { type NetworkTable, readNetwork } from './network-table.ts';
import type { Access, FileSystemEntry, ProfilePath, SpecialPlace } from './profile.ts';
import { isTable, isWholePath, relativeText, reportUnknown, type Say, type Tables, tableAt } from './profile-issue.ts';

/** What one table says itself. Undefined: it says nothing, and what it extends counts. */
export interface OwnTable {
  readonly extends: string | null;
  readonly entries: readonly FileSystemEntry[] | null;
  readonly workspaceRoots: readonly string[];
  readonly globScanMaxDepth: number | null;
  readonly network: NetworkTable;
}

const TABLE_KEYS = ['description', 'extends', 'workspace_roots', 'filesystem', 'network'];

export function readTable(table: Tables, say: Say): OwnTable {
  reportUnknown(table, TABLE_KEYS, [], say);
  const parent = table.extends;
  if (parent !== undefined && typeof parent !== 'string')
    say('error', ['extends'], 'extends is the name of a profile.', '', 'Write it in quotes.');
  if (table.description !== undefined && typeof table.description !== 'string')
    say('warning', ['description'], 'description is a text.', '', '');
  const files = tableAt(table, 'filesystem', say);
  return {
    extends: typeof parent === 'string' ? parent : null,
    entries: files === null ? null : readEntries(files, say),
    workspaceRoots: readRoots(tableAt(table, 'workspace_roots', say) ?? {}, say),
    globScanMaxDepth: files === null ? null : readDepth(files, say),
    network: readNetwork(tableAt(table, 'network', say) ?? {}, say),
  };
}

function readRoots(roots: Tables, say: Say): string[] {
  return Object.entries(roots).flatMap(([place, isActive]) => {
    const path = ['workspace_roots', place];
    if (typeof isActive !== 'boolean') say('error', path, `${place} is true or false.`, '', '');
    else if (!isWholePath(place))
      say('error', path, relativeText(place), '', 'Write the whole path, or begin with ~/.');
    else if (isActive) return [place];
    return [];
  });
}

const SPECIALS: Readonly<Record<string, SpecialPlace>> = {
  ':root': 'root',
  ':minimal': 'minimal',
  ':workspace_roots': 'workspace_roots',
  ':project_roots': 'workspace_roots',
  ':tmpdir': 'tmpdir',
  ':slash_tmp': 'slash_tmp',
};
const SPECIAL_NAMES = ':root, :minimal, :workspace_roots, :tmpdir, :slash_tmp';

function readEntries(files: Tables, say: Say): FileSystemEntry[] {
  return Object.entries(files).flatMap(([key, value]) => {
    if (key === 'glob_scan_max_depth') return [];
    const path = ['filesystem', key];
    if (isTable(value)) return readScoped(key, value, path, say);
    const place = placeOf(key, path, say);
    const access = accessOf(value, key, path, say);
    return place === null || access === null ? [] : entryOf(place, access, path, say);
  });
}

/** Subpaths of each workspace root, or of another special place. */
function readScoped(key: string, table: Tables, path: readonly string[], say: Say): FileSystemEntry[] {
  const special = SPECIALS[key];
  if (special === undefined) {
    say('error', path, `[filesystem."${key}"] is no place that has subpaths.`, '', `Possible: ${SPECIAL_NAMES}.`);
    return [];
  }
  return Object.entries(table).flatMap(([subpath, value]) => {
    const at = [...path, subpath];
    const access = accessOf(value, subpath, at, say);
    if (access === null) return [];
    const parts = subpath.split('/');
    if (
      subpath !== '.' &&
      (subpath.startsWith('/') || parts.some((part) => part === '.' || part === '..' || part === ''))
    ) {
      say(
        'error',
        at,
        `the subpath "${subpath}" is no path below ${key}.`,
        '',
        'Leave out "." and "..", and the slash in front.',
      );
      return [];
    }
    const subtree = subtreeOf(subpath);
    if (!isGlob(subtree)) {
      const inside = subtree === '.' || subtree === '' ? {} : { subpath: subtree };
      return entryOf({ type: 'special', place: special, ...inside }, access, at, say);
    }
    if (special !== 'workspace_roots') {
      say('error', at, `a pattern below ${key} is not possible.`, '', 'Write the pattern as a whole path.');
      return [];
    }
    return entryOf({ type: 'glob', pattern: subpath, place: special }, access, at, say);
  });
}

function placeOf(key: string, path: readonly string[], say: Say): ProfilePath | null {
  if (key.startsWith(':')) {
    const place = SPECIALS[key];
    if (place !== undefined) return { type: 'special', place };
    say('error', path, `"${key}" is no place.`, '', `Places are ${SPECIAL_NAMES}.`);
    return null;
  }
  if (!isWholePath(key)) {
    say(
      'error',
      path,
      relativeText(key),
      '',
      'Write the whole path, or begin with ~/ or a place such as :workspace_roots.',
    );
    return null;
  }
  const subtree = subtreeOf(key);
  return isGlob(subtree) ? { type: 'glob', pattern: key } : { type: 'path', path: subtree };
}

/** `X/**` is X and everything below it, as X itself is. */
function subtreeOf(place: string): string {
  return place.endsWith('/**') && !isGlob(place.slice(0, -3)) ? place.slice(0, -3) || '/' : place;
}

function entryOf(place: ProfilePath, access: Access, path: readonly string[], say: Say): FileSystemEntry[] {
  if (place.type === 'glob' && access !== 'deny') {
    const why = 'What a pattern matches is looked up once, so it cannot say what may be made later.';
    say(
      'error',
      path,
      `the pattern "${place.pattern}" can only be "deny".`,
      why,
      'Name the folder itself, or end the path with /**.',
    );
    return [];
  }
  return [{ path: place, access }];
}

function accessOf(value: unknown, key: string, path: readonly string[], say: Say): Access | null {
  // The older spelling of deny.
  if (value === 'none') return 'deny';
  if (value === 'read' || value === 'write' || value === 'deny') return value;
  say('error', path, `"${key}" = ${JSON.stringify(value)} is not possible.`, '', 'Allowed: "read", "write", "deny".');
  return null;
}

function readDepth(files: Tables, say: Say): number | null {
  const depth = files.glob_scan_max_depth;
  if (depth === undefined) return null;
  if (typeof depth === 'number' && Number.isSafeInteger(depth) && depth >= 1) return depth;
  say(
    'error',
    ['filesystem', 'glob_scan_max_depth'],
    'glob_scan_max_depth must be at least 1.',
    '',
    'Count folders, from 1 on.',
  );
  return null;
}
