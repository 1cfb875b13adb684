// Which folders are watched, and for which names in them?

import { type FSWatcher, watch } from 'node:fs';

/** Hears that a name in a folder was made, removed or replaced. */
export interface FolderWatches {
  /**
   * `folder` is absolute, and empty for the root. Null when it cannot be watched: it is not there, may not be read, or
   * there are too many.
   */
  add(folder: Buffer, name: Buffer, heard: () => void): FolderWatch | null;
  closeAll(): void;
}

export interface FolderWatch {
  remove(): void;
}

interface Watched {
  readonly watcher: FSWatcher;
  readonly names: Map<string, Set<() => void>>;
}

const ROOT = Buffer.from('/');

/** The system gives each user some 8000 at least, for all programs. */
const MOST_FOLDERS = 1024;

/** One watch of the system for each folder, however many names in it are asked for. */
export function openFolderWatches(): FolderWatches {
  const folders = new Map<string, Watched>();

  const tell = (listeners: Iterable<() => void>): void => {
    for (const heard of [...listeners]) heard();
  };

  const start = (key: string, folder: Buffer): Watched | null => {
    if (folders.size >= MOST_FOLDERS) return null;
    try {
      const names: Watched['names'] = new Map();
      const tellAll = (): void => tell([...names.values()].flatMap((each) => [...each]));
      const own = key.slice(key.lastIndexOf('/') + 1);
      const watcher = watch(
        folder.length === 0 ? ROOT : folder,
        { persistent: false, encoding: 'buffer' },
        (kind, name: unknown) => {
          // A folder whose contents change is touched, and stays the same folder.
          if (kind !== 'rename') return;
          const changed = name instanceof Uint8Array ? keyOf(name) : null;
          // Its own name is told when the folder itself goes; without a name it may have been any.
          if (changed === null || changed === own) tellAll();
          else tell(names.get(changed) ?? []);
        },
      );
      // What cannot be watched any longer may have changed.
      watcher.on('error', tellAll);
      const watched = { watcher, names };
      folders.set(key, watched);
      return watched;
    } catch {
      return null;
    }
  };

  return {
    add(folder, name, heard) {
      const key = keyOf(folder);
      const watched = folders.get(key) ?? start(key, folder);
      if (watched === null) return null;
      const nameKey = keyOf(name);
      const listeners = watched.names.get(nameKey) ?? new Set();
      watched.names.set(nameKey, listeners.add(heard));
      return {
        remove() {
          listeners.delete(heard);
          if (listeners.size === 0 && watched.names.get(nameKey) === listeners) watched.names.delete(nameKey);
          if (watched.names.size > 0 || folders.get(key) !== watched) return;
          folders.delete(key);
          watched.watcher.close();
        },
      };
    },
    closeAll() {
      for (const { watcher } of folders.values()) watcher.close();
      folders.clear();
    },
  };
}

/** A character for each byte: names need not be UTF-8. */
function keyOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('latin1');
}
