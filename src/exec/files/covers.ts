// What is only there, or not there, because a sandbox covers it?

import type { Stats } from 'node:fs';
import { PLACEHOLDER_SECONDS } from '../../sandbox/index.ts';
import type { Listed } from './folder.ts';

/** Paths that a sandbox around this process covers. The kernel keeps them closed; knowing them makes answers exact. */
export interface CoveredPlaces {
  /** Stand for protected names that are absent. */
  readonly absent: readonly string[];
  /** Closed, and all below them but what is `opened` again. */
  readonly closed: readonly string[];
  readonly opened: readonly string[];
}

export const NOTHING_COVERED: CoveredPlaces = { absent: [], closed: [], opened: [] };

export interface Covers {
  /** True for an empty folder that a running sandbox put there: whoever asks for files is told that there is none. */
  isPlaceholder(place: Buffer, look: Stats): boolean;
  isClosed(place: Buffer): boolean;
}

export function openCovers({ absent, closed, opened }: CoveredPlaces): Covers {
  const covered = new Set(absent);
  const uid = process.getuid?.();
  return {
    isPlaceholder(place, look) {
      if (!look.isDirectory()) return false;
      if (look.uid === uid && Math.floor(look.mtimeMs / 1000) === PLACEHOLDER_SECONDS) return true;
      return covered.size > 0 && covered.has(place.toString());
    },
    isClosed(place) {
      if (closed.length === 0) return false;
      const text = place.toString();
      const lid = nearestFolder(text, closed);
      return lid !== null && lid.length > (nearestFolder(text, opened)?.length ?? 0);
    },
  };
}

/** The longest of `folders` that is the place or around it; null when none is. */
export function nearestFolder(place: string, folders: readonly string[]): string | null {
  return folders.reduce<string | null>((best, folder) => {
    const isAround = place === folder || place.startsWith(folder === '/' ? folder : `${folder}/`);
    return isAround && (best === null || folder.length > best.length) ? folder : best;
  }, null);
}

const DOT = 46;

/** Protected names begin with a dot: nothing else in a listing needs a second look. */
export function mayBePlaceholder({ name, kind }: Listed): boolean {
  return kind === 'directory' && name[0] === DOT;
}
