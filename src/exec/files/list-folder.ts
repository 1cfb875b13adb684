// What is in a folder, for whoever shows it?

import { stat } from 'node:fs/promises';
import { fail, ok } from '../../problem/index.ts';
import { internal, type RpcFailure } from '../protocol/failure.ts';
import type { FolderEntry } from '../protocol/messages.ts';
import { inTurns } from './bounded.ts';
import { type Covers, mayBePlaceholder } from './covers.ts';
import type { WorkResult } from './file-calls.ts';
import { entryOf, type Listed, listFolder } from './folder.ts';

/** What a peer decodes in one message. */
const MOST_ENTRIES = 50_000;

/** Names of 50,000 entries may be longer than one frame. What is around a name is counted with it. */
const MOST_BYTES = 15 * 1024 * 1024;
const AROUND_NAME_BYTES = 60;

const LOOKED_AT_ONCE = 16;

/** In the order of the folder. A link is what it leads to, and is left out when it leads nowhere. */
export async function entriesOf(place: Buffer, covers: Covers): WorkResult<'fs/readDirectory'> {
  const listed: Listed[] = [];
  let bytes = 0;
  for await (const entry of listFolder(place)) {
    listed.push(entry);
    bytes += Buffer.byteLength(JSON.stringify(entry.name.toString())) + AROUND_NAME_BYTES;
    if (listed.length > MOST_ENTRIES) return fail(tooMany());
    if (bytes > MOST_BYTES) return fail(tooLong());
  }
  const shown = await inTurns(listed, LOOKED_AT_ONCE, (entry) => shownEntry(place, entry, covers));
  return ok({ entries: shown.filter((entry) => entry !== null) });
}

async function shownEntry(folder: Buffer, listed: Listed, covers: Covers): Promise<FolderEntry | null> {
  const { name, kind } = listed;
  const fileName = name.toString();
  if (kind !== 'link' && !mayBePlaceholder(listed))
    return { fileName, isDirectory: kind === 'directory', isFile: kind === 'file' };
  const place = entryOf(folder, name);
  try {
    const look = await stat(place);
    if (covers.isPlaceholder(place, look)) return null;
    return { fileName, isDirectory: look.isDirectory(), isFile: look.isFile() };
  } catch {
    // A link that leads nowhere, or to where this user may not look.
    return kind === 'link' ? null : { fileName, isDirectory: true, isFile: false };
  }
}

const tooMany = (): RpcFailure => internal(`directory has more than ${MOST_ENTRIES} entries`);
const tooLong = (): RpcFailure => internal(`the names in the directory are longer than ${MOST_BYTES} bytes`);
