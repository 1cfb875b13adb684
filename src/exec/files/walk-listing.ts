// What does a walk see in one folder?

import { lstat, stat } from 'node:fs/promises';
import { inTurns } from './bounded.ts';
import { type Covers, mayBePlaceholder } from './covers.ts';
import type { WorkParams } from './file-calls.ts';
import { entryOf, type Listed, listFolder } from './folder.ts';

export interface WalkListing {
  /** Of the real folder, however it was reached; null where no link is followed, and nothing can come twice. */
  readonly identity: string | null;
  /** In the order of their bytes; one more than may be told at most. */
  readonly names: readonly WalkName[];
  /** Why there are no names, or no more. */
  readonly error: unknown;
}

export interface WalkName {
  readonly name: Buffer;
  readonly kind: 'file' | 'directory' | 'left out';
}

const LOOKED_AT_ONCE = 16;

export async function listForWalk(
  place: Buffer,
  { maxEntries, followDirectorySymlinks }: WorkParams<'fs/walk'>['options'],
  covers: Covers,
): Promise<WalkListing> {
  let identity: string | null = null;
  const kept = openFirst(maxEntries + 1);
  let error: unknown = null;
  try {
    if (followDirectorySymlinks) identity = await identityOf(place);
    for await (const entry of listFolder(place)) kept.add(entry);
  } catch (caught) {
    error = caught;
  }
  const names = await inTurns(kept.sorted(), LOOKED_AT_ONCE, async (listed) => ({
    name: listed.name,
    kind: await kindOf(entryOf(place, listed.name), listed, followDirectorySymlinks, covers),
  }));
  return { identity, names, error };
}

async function kindOf(place: Buffer, listed: Listed, isFollowing: boolean, covers: Covers): Promise<WalkName['kind']> {
  if (listed.kind === 'other') return 'left out';
  if (listed.kind === 'link') {
    const isFolder = isFollowing && (await stat(place).then((look) => look.isDirectory(), never));
    return isFolder ? 'directory' : 'left out';
  }
  const isAbsent =
    mayBePlaceholder(listed) && (await lstat(place).then((look) => covers.isPlaceholder(place, look), never));
  return isAbsent ? 'left out' : listed.kind;
}

/** A link that leads nowhere is left out, and a folder that is gone again is told as it was listed. */
const never = (): boolean => false;

async function identityOf(place: Buffer): Promise<string> {
  const { dev, ino } = await stat(place, { bigint: true });
  return `${dev}:${ino}`;
}

/** The first `count` names of a folder of any size, in the memory of twice as many. */
function openFirst(count: number): { add(entry: Listed): void; sorted(): readonly Listed[] } {
  const kept: Listed[] = [];
  const sort = (): void => void kept.sort((a, b) => Buffer.compare(a.name, b.name));
  return {
    add(entry) {
      kept.push(entry);
      if (kept.length < count * 2) return;
      sort();
      kept.length = count;
    },
    sorted() {
      sort();
      return kept.slice(0, count);
    },
  };
}
