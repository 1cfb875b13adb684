// Which paths does a glob name? As a pattern, and as the files that are there now.

import * as path from 'node:path';
import type { PathFacts } from './path-facts.ts';
import { depthOf } from './paths.ts';

/** A scan that looks at more names than this would hold up every command. */
const SCANNED_NAMES = 100_000;

const WILD = /[*?[]/;

export function isGlob(text: string): boolean {
  return WILD.test(text);
}

/**
 * The glob as a regular expression for whole absolute paths: `**` crosses folders, `*`, `?` and `[…]` do not, `[!…]`
 * is none of these. An unclosed bracket is itself. Both engines that read it (ours and Seatbelt's) know this much.
 */
export function globPattern(glob: string): string {
  let pattern = '^';
  for (let at = 0; at < glob.length; at++) {
    const rest = glob.slice(at);
    if (rest.startsWith('**/')) {
      pattern += '(.*/)?';
      at += 2;
    } else if (rest.startsWith('**')) {
      pattern += '.*';
      at += 1;
    } else if (glob[at] === '*') pattern += '[^/]*';
    else if (glob[at] === '?') pattern += '[^/]';
    else {
      const set = /^\[(!?)([^\]/]+)\]/.exec(rest);
      if (set === null) pattern += escaped(glob[at] ?? '');
      else {
        const [whole, not = '', members = ''] = set;
        pattern += `[${not === '!' ? '^' : ''}${members.replace(/[\\^[]/g, '\\$&')}]`;
        at += whole.length - 1;
      }
    }
  }
  return `${pattern}$`;
}

function escaped(character: string): string {
  return /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
}

export type GlobMatches =
  | { readonly kind: 'all'; readonly paths: readonly string[] }
  /** More names than a scan may look at. */
  | { readonly kind: 'too many'; readonly folder: string }
  /** A name in this folder is no UTF-8, so it can be neither matched nor closed. */
  | { readonly kind: 'unspeakable'; readonly folder: string };

/**
 * What the glob matches on this machine, at most `depth` folders below the part of it that has no wildcard (null: as
 * deep as it goes). Links are matched by name and never followed.
 */
export function globMatches(glob: string, depth: number | null, facts: PathFacts): GlobMatches {
  const folder = fixedPart(glob);
  const matcher = new RegExp(globPattern(glob), 's');
  const found: string[] = [];
  const waiting = [folder];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const names = facts.list(next);
    if (names === null) {
      // Nobody sees what is in there, and a command may open it again: all of it is closed.
      found.push(next);
      continue;
    }
    for (const { name, isFolder } of names) {
      seen += 1;
      if (name.includes('\ufffd')) return { kind: 'unspeakable', folder: next };
      if (seen > SCANNED_NAMES) return { kind: 'too many', folder };
      const place = path.join(next, name);
      // What is below a match is closed with it.
      if (matcher.test(place)) found.push(place);
      else if (isFolder && (depth === null || depthOf(place) - depthOf(folder) <= depth)) waiting.push(place);
    }
  }
  return { kind: 'all', paths: found };
}

/** The deepest folder above every match. */
export function fixedPart(glob: string): string {
  const parts = glob.split('/');
  const wild = parts.findIndex(isGlob);
  return parts.slice(0, wild).join('/') || '/';
}
