// Are names still absent that a client remembers as absent? It is told once when that changes.

import type { Stats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { errnoOf, ok, type Result } from '../../problem/index.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import type { Params, Results } from '../protocol/messages.ts';
import { nativeBytes, type PathUri } from '../protocol/path-uri.ts';
import { isMissing } from './attempt.ts';
import { NOTHING_COVERED, openCovers } from './covers.ts';
import { entryOf } from './folder.ts';
import { type FolderWatch, openFolderWatches } from './folder-watches.ts';
import { namesOf } from './no-links.ts';
import { realPath } from './real-path.ts';

/** The watches of one connection. */
export interface MissingWatches {
  /** `watching` false: it is not so, or cannot be watched, and the caller has to look for itself. */
  watch(params: Params<'fs/watchMissing'>): Promise<Result<Results['fs/watchMissing'], RpcFailure>>;
  closeAll(): Promise<void>;
}

/** A client keeps one for each folder that it asked something about. */
const MOST_WATCHES = 512;

/** Names of one watch. */
const MOST_NAMES = 256;

/** One watch, from the moment its id is taken. */
interface Armed {
  readonly parts: FolderWatch[];
  /** Something happened already. */
  isSpent: boolean;
  /** The caller was told that it is watched. */
  isWatching: boolean;
}

/** `changed` is called once for each watch, never before `watch` has given its answer. */
export function openMissingWatches(changed: (watchId: number) => void): MissingWatches {
  const folders = openFolderWatches();
  const watches = new Map<number, Armed>();
  const covers = openCovers(NOTHING_COVERED);

  const release = (watchId: number, armed: Armed): void => {
    armed.isSpent = true;
    if (watches.get(watchId) === armed) watches.delete(watchId);
    for (const part of armed.parts.splice(0)) part.remove();
  };

  const fire = (watchId: number, armed: Armed): void => {
    if (armed.isSpent) return;
    const { isWatching } = armed;
    release(watchId, armed);
    if (isWatching) changed(watchId);
  };

  /** What stands in for an absent name is not there. */
  const lookAt = async (place: Buffer): Promise<Stats | null> => {
    try {
      const look = await lstat(place);
      return covers.isPlaceholder(place, look) ? null : look;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  };

  const add = (armed: Armed, folder: Buffer, name: Buffer, heard: () => void): boolean => {
    const part = folders.add(folder, name, heard);
    if (part !== null) armed.parts.push(part);
    return part !== null;
  };

  /** Where a link leads may change without the link. */
  const watchRealWay = async (link: Buffer, watchId: number, armed: Armed): Promise<void> => {
    const real = await realPath(link).catch(() => null);
    let folder: Buffer = Buffer.alloc(0);
    for (const name of real === null ? [] : namesOf(real)) {
      add(armed, folder, name, () => fire(watchId, armed));
      folder = entryOf(folder, name);
    }
  };

  /**
   * Watches every name on the way from the root, and looks at each after it is watched, so that nothing happens in
   * between. Ends at the first that is absent. A folder on the way that this user may not watch is passed over; the
   * one that lacks the name must be watched.
   */
  const watchWay = async (place: Buffer, watchId: number, armed: Armed): Promise<'absent' | 'there' | 'unwatched'> => {
    let folder: Buffer = Buffer.alloc(0);
    for (const name of namesOf(place)) {
      const entry = entryOf(folder, name);
      let isAbsent = false;
      const heard = async (): Promise<void> => {
        // A name that came and went again, or is only stood in for, is as absent as it was.
        const isStillAbsent = isAbsent && (await lookAt(entry).catch(() => true)) === null;
        if (!isStillAbsent) fire(watchId, armed);
      };
      const isWatched = add(armed, folder, name, () => void heard());
      const look = await lookAt(entry);
      isAbsent = look === null;
      if (isAbsent) return isWatched ? 'absent' : 'unwatched';
      if (look?.isSymbolicLink() === true) await watchRealWay(entry, watchId, armed);
      folder = entry;
    }
    return 'there';
  };

  const isSo = async (missing: readonly Buffer[], present: Buffer | null, watchId: number, armed: Armed) => {
    try {
      for (const place of missing) if ((await watchWay(place, watchId, armed)) !== 'absent') return false;
      return present === null || (await watchWay(present, watchId, armed)) === 'there';
    } catch (error) {
      // A file on the way, or a folder that may not be searched: nothing that could be remembered.
      if (errnoOf(error) === '') throw error;
      return false;
    }
  };

  return {
    async watch({ watchId, missing, present }) {
      const places = allNative(missing);
      const kept = present === null ? ok(null) : nativeBytes(present);
      if (!places.ok) return places;
      if (!kept.ok) return kept;
      const isTooMuch = missing.length > MOST_NAMES || watches.size >= MOST_WATCHES;
      if (missing.length === 0 || isTooMuch || watches.has(watchId)) return ok({ watching: false });
      const armed: Armed = { parts: [], isSpent: false, isWatching: false };
      watches.set(watchId, armed);
      armed.isWatching = (await isSo(places.value, kept.value, watchId, armed)) && !armed.isSpent;
      if (!armed.isWatching) release(watchId, armed);
      return ok({ watching: armed.isWatching });
    },
    async closeAll() {
      for (const [watchId, armed] of [...watches]) release(watchId, armed);
      folders.closeAll();
    },
  };
}

function allNative(uris: readonly PathUri[]): Result<readonly Buffer[], RpcFailure> {
  const places: Buffer[] = [];
  for (const uri of uris) {
    const place = nativeBytes(uri);
    if (!place.ok) return place;
    places.push(place.value);
  }
  return ok(places);
}
