// How do bytes travel to and from bubblewrap without a file that could vanish? Through files without a name.

import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** O_TMPFILE without its O_DIRECTORY part; Node exports no constant. The same on x86_64 and arm64 (open(2)). */
const TMPFILE = 0o20000000;

/** More than the status documents of bubblewrap ever take (two lines, about 200 bytes). */
const STATUS_BYTES = 4096;

/** Folders for such files: memory first. */
const PLACES = ['/dev/shm', '/tmp'] as const;

/** An open file without a name, or null where the system has none. Close-on-exec. */
export function openNamelessFile(): number | null {
  for (const place of new Set([...PLACES, tmpdir()])) {
    try {
      return openSync(place, TMPFILE | constants.O_DIRECTORY | constants.O_RDWR, 0o600);
    } catch {
      // Missing folder, or a file system without O_TMPFILE: the next place, at last a pipe.
    }
  }
  return null;
}

/** Everything in the status file so far. The offset of the descriptor, which the child shares, is left alone. */
export function readStatus(descriptor: number): string {
  const buffer = Buffer.allocUnsafe(STATUS_BYTES);
  let length = 0;
  try {
    length = readSync(descriptor, buffer, 0, buffer.length, 0);
  } catch {
    // Unreadable status is the same as none: the command cannot be shown to have run.
  }
  return buffer.toString('latin1', 0, length);
}

/**
 * The seccomp program as fresh descriptors: bubblewrap reads from the current offset, so each start needs one of its
 * own. The bytes are written once per program and opened anew through the descriptor.
 */
export interface FilterFiles {
  /** A descriptor at offset 0 for one start, or null where there are no nameless files. The caller closes it. */
  open(filter: Uint8Array): number | null;
  dispose(): void;
}

export function openFilterFiles(): FilterFiles {
  let held: { readonly filter: Uint8Array; readonly descriptor: number } | null = null;
  const drop = (): void => {
    if (held !== null) closeSync(held.descriptor);
    held = null;
  };
  const reopen = (): number | null => {
    if (held === null) return null;
    try {
      return openSync(`/proc/self/fd/${held.descriptor}`, constants.O_RDONLY);
    } catch {
      return null; // No procfs, or the descriptor was closed under us: written again below.
    }
  };
  return {
    open(filter) {
      if (held !== null && Buffer.compare(held.filter, filter) === 0) {
        const again = reopen();
        if (again !== null) return again;
        held = null; // Not closed: the number may be somebody else's by now.
      }
      drop();
      const descriptor = openNamelessFile();
      if (descriptor === null) return null;
      writeSync(descriptor, filter, 0, filter.length, 0);
      held = { filter, descriptor };
      return reopen();
    },
    dispose: drop,
  };
}
