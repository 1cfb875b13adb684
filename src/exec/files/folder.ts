// How is a name looked up in the folder that was looked at, and not in what somebody put in its place since?

import { constants } from 'node:fs';
import { type FileHandle, open, opendir } from 'node:fs/promises';

/** An open folder. */
export interface Folder {
  /** Where the system finds an entry of this very folder; valid until it is closed. */
  at(name: Uint8Array | string): Buffer;
  close(): Promise<void>;
}

/** O_PATH: held, not read, so that it needs no right but to be there. The same on every architecture (open(2)). */
const HOLD_ONLY = 0o10000000;

const isLinux = process.platform === 'linux';

/**
 * Opens a folder, never through a link at its end: ENOTDIR. Elsewhere than on Linux, where no path leads through a
 * descriptor, names are looked up by the folder's path.
 */
export async function openFolder(place: Uint8Array): Promise<Folder> {
  const flags = constants.O_DIRECTORY | constants.O_NOFOLLOW | (isLinux ? HOLD_ONLY : constants.O_RDONLY);
  const handle: FileHandle = await open(Buffer.from(place), flags);
  const path = isLinux ? Buffer.from(`/proc/self/fd/${handle.fd}`) : Buffer.from(place);
  return { at: (name) => entryOf(path, name), close: () => handle.close() };
}

/** An entry of a folder as a path. */
export function entryOf(folder: Uint8Array, name: Uint8Array | string): Buffer {
  return Buffer.concat([folder, SLASH, typeof name === 'string' ? Buffer.from(name) : name]);
}

/** What a listing says of an entry. `kind` is of the entry itself, never of what a link leads to. */
export interface Listed {
  readonly name: Buffer;
  readonly kind: 'file' | 'directory' | 'link' | 'other';
}

/** The entries of a folder as the system gives them, a few at a time: a folder may hold more than memory does. */
export async function* listFolder(place: Uint8Array): AsyncGenerator<Listed> {
  // The types know no listing of bytes, which the options ask for.
  const folder = await opendir(Buffer.from(place), {
    encoding: 'buffer' as BufferEncoding,
    bufferSize: LISTED_AT_ONCE,
  });
  for await (const entry of folder) {
    const name: unknown = entry.name;
    yield { name: name instanceof Uint8Array ? Buffer.from(name) : Buffer.from(String(name)), kind: kindOf(entry) };
  }
}

const SLASH = Buffer.from('/');
const LISTED_AT_ONCE = 256;

interface Kinds {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function kindOf(entry: Kinds): Listed['kind'] {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'directory';
  return entry.isSymbolicLink() ? 'link' : 'other';
}
