// How is a path followed that must not lead through a link?

import { invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import { type Folder, openFolder } from './folder.ts';

/** The last name of a path, in the folder that holds it. */
export interface Entry {
  readonly folder: Folder;
  readonly name: Buffer;
}

const SLASH = 47;

/** The names of an absolute path; none for the root. */
export function namesOf(place: Buffer): Buffer[] {
  const names: Buffer[] = [];
  for (let start = 1; start < place.length; ) {
    const slash = place.indexOf(SLASH, start);
    const end = slash === -1 ? place.length : slash;
    names.push(place.subarray(start, end));
    start = end + 1;
  }
  return names;
}

/**
 * Goes from the root to the folder of a path, name by name, and hands the entry over. A link on the way is no folder:
 * ENOTDIR. `step` opens one folder.
 */
export async function withEntry<T>(
  place: Buffer,
  use: (entry: Entry) => Promise<T>,
  step: (place: Buffer) => Promise<Folder> = openFolder,
): Promise<T> {
  const names = namesOf(place);
  const name = names.pop() ?? Buffer.from('.');
  let folder = await openFolder(Buffer.from('/'));
  try {
    for (const each of names) {
      const next = await step(folder.at(each));
      await folder.close();
      folder = next;
    }
    return await use({ folder, name });
  } finally {
    await folder.close();
  }
}

export const containsLink = (): RpcFailure => invalidRequest('path contains a symbolic link');
export const namesNothing = (): RpcFailure => invalidRequest('path must name an entry');
