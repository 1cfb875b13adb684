// What is at a path?

import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { fail, ok } from '../../problem/index.ts';
import { notFound, osErrorText } from '../protocol/failure.ts';
import type { FileMetadata } from '../protocol/messages.ts';
import { pathUri } from '../protocol/path-uri.ts';
import type { Covers } from './covers.ts';
import type { WorkParams, WorkResult } from './file-calls.ts';
import { containsLink, withEntry } from './no-links.ts';
import { realPath } from './real-path.ts';

export async function metadataOf(
  place: Buffer,
  { followSymlinks }: WorkParams<'fs/getMetadata'>,
  covers: Covers,
): WorkResult<'fs/getMetadata'> {
  const own = followSymlinks === false ? await lookWithoutLinks(place) : await lstat(place);
  const isSymlink = own.isSymbolicLink();
  if (isSymlink && followSymlinks === false) return fail(containsLink());
  if (covers.isPlaceholder(place, own)) return fail(notFound(osErrorText('ENOENT')));
  return ok(metadata(isSymlink ? await stat(place) : own, isSymlink));
}

export async function canonicalPath(place: Buffer): WorkResult<'fs/canonicalize'> {
  return ok({ path: pathUri(await realPath(place)) });
}

function lookWithoutLinks(place: Buffer): Promise<Stats> {
  return withEntry(place, ({ folder, name }) => lstat(folder.at(name)));
}

function metadata(look: Stats, isSymlink: boolean): FileMetadata {
  return {
    isDirectory: look.isDirectory(),
    isFile: look.isFile(),
    isSymlink,
    size: look.size,
    createdAtMs: wholeMs(look.birthtimeMs),
    modifiedAtMs: wholeMs(look.mtimeMs),
  };
}

/** A time before 1970 has no place on the wire. */
function wholeMs(ms: number): number {
  return Math.max(0, Math.floor(ms));
}
