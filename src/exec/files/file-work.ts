// Who carries calls on files out in this process?

import { fail, type Result } from '../../problem/index.ts';
import { invalidRequest, osErrorText, type RpcFailure } from '../protocol/failure.ts';
import { nativeBytes, type PathUri } from '../protocol/path-uri.ts';
import { attempt } from './attempt.ts';
import { copy } from './copy.ts';
import { type CoveredPlaces, NOTHING_COVERED, openCovers } from './covers.ts';
import type { FileWork } from './file-calls.ts';
import { openHandles } from './handles.ts';
import { entriesOf } from './list-folder.ts';
import { makeFolder } from './make-folder.ts';
import { canonicalPath, metadataOf } from './metadata.ts';
import { remove } from './remove.ts';
import { walk } from './walk.ts';
import { readWholeFile, writeWholeFile } from './whole-files.ts';

/** `covered`: by a sandbox around this process. */
export function openFileWork(covered: CoveredPlaces = NOTHING_COVERED): FileWork {
  const handles = openHandles();
  const covers = openCovers(covered);

  /** Runs a call on a path of this machine. */
  const on = async <T>(
    path: PathUri,
    work: (place: Buffer) => Promise<Result<T, RpcFailure>>,
  ): Promise<Result<T, RpcFailure>> => {
    const place = nativeBytes(path);
    if (!place.ok) return place;
    if (covers.isClosed(place.value)) return fail(invalidRequest(osErrorText('EACCES')));
    return attempt(() => work(place.value));
  };

  return {
    'fs/readFile': (params) => on(params.path, (place) => readWholeFile(place, params)),
    'fs/writeFile': (params) => on(params.path, (place) => writeWholeFile(place, params)),
    'fs/open': (params) => on(params.path, (place) => handles.open(place, params)),
    'fs/readBlock': (params) => handles.readBlock(params),
    'fs/writeBlock': (params) => handles.writeBlock(params),
    'fs/close': (params) => handles.close(params),
    'fs/createDirectory': (params) => on(params.path, (place) => makeFolder(place, params)),
    'fs/getMetadata': (params) => on(params.path, (place) => metadataOf(place, params, covers)),
    'fs/canonicalize': (params) => on(params.path, canonicalPath),
    'fs/readDirectory': (params) => on(params.path, (place) => entriesOf(place, covers)),
    'fs/walk': (params) => on(params.path, (place) => walk(place, params, covers)),
    'fs/remove': (params) => on(params.path, (place) => remove(place, params)),
    'fs/copy': (params) =>
      on(params.sourcePath, (source) => on(params.destinationPath, (destination) => copy(source, destination, params))),
    closeAll: () => handles.closeAll(),
  };
}
