// Which regular expressions stand for what a policy cannot name by a path.

import { globPattern, isGlob } from '../profile/globs.ts';
import type { Filter } from './macos-rules.ts';

/** Below a match everything is matched too. */
const BELOW = '(/.*)?$';

/** A path in whatever case its last name is written, and what is below: the usual file system ignores case. */
export function anyCaseFilter(path: string): Filter {
  const slash = path.lastIndexOf('/');
  const name = [...path.slice(slash + 1)].map((it) => (/[a-z]/i.test(it) ? bothCases(it) : literal(it))).join('');
  return `(regex #"^${literal(path.slice(0, slash))}/${name}${BELOW}")`;
}

function bothCases(letter: string): string {
  return `[${letter.toLowerCase()}${letter.toUpperCase()}]`;
}

/** What a glob matches, and what is below. */
export function globFilter(glob: string): Filter {
  return `(regex #"${globPattern(withoutQuotes(glob)).replace(/\$$/, BELOW)}")`;
}

/** True when one of the globs matches the path or a folder above it. */
export function isWithinMatch(path: string, globs: readonly string[]): boolean {
  return globs.some((glob) => new RegExp(globPattern(glob).replace(/\$$/, BELOW), 's').test(path));
}

/** The deepest folder above everything the glob matches. */
export function fixedFolder(glob: string): string {
  const parts = glob.split('/');
  return parts.slice(0, parts.findIndex(isGlob)).join('/') || '/';
}

/** A quote would end the expression, so any character stands for it; of a set with a quote in it, for the whole set. */
function withoutQuotes(glob: string): string {
  return glob.replace(/\[[^\]/]*"[^\]/]*\]/g, '?').replaceAll('"', '?');
}

function literal(text: string): string {
  return text.replace(/["\\^$.*+?()[\]{}|]/g, (it) => (it === '"' ? '.' : `\\${it}`));
}
