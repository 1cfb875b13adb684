// Which files are open for reading and writing in blocks?

import type { FileHandle } from 'node:fs/promises';
import { fail, ok, type Result } from '../../problem/index.ts';
import { notFound, type RpcFailure } from '../protocol/failure.ts';
import { attempt } from './attempt.ts';
import type { WorkParams, WorkResult } from './file-calls.ts';
import { type FilePlace, openToRead, openToWrite, readFully, writeAll } from './open-file.ts';

export interface Handles {
  open(place: Buffer, params: WorkParams<'fs/open'>): WorkResult<'fs/open'>;
  readBlock(params: WorkParams<'fs/readBlock'>): WorkResult<'fs/readBlock'>;
  writeBlock(params: WorkParams<'fs/writeBlock'>): WorkResult<'fs/writeBlock'>;
  close(params: WorkParams<'fs/close'>): WorkResult<'fs/close'>;
  closeAll(): Promise<void>;
}

export const unknownHandle = (handleId: string): RpcFailure => notFound(`unknown file handle \`${handleId}\``);

interface Opened {
  readonly file: Promise<Result<FileHandle, RpcFailure>>;
  /** Ends when everything that was asked of the handle so far is done: each call waits for those before it. */
  last: Promise<unknown>;
}

/**
 * A file stays open whatever becomes of its path. Calls on a handle that is still being opened wait for it. A handle
 * that failed is closed: whoever wrote half a file must not go on as if nothing had happened.
 */
export function openHandles(): Handles {
  const handles = new Map<string, Opened>();

  const drop = async (handleId: string): Promise<void> => {
    const opened = handles.get(handleId);
    handles.delete(handleId);
    await opened?.last;
    const file = await opened?.file;
    if (file?.ok === true) await file.value.close();
  };

  const withHandle = async <T>(handleId: string, use: (handle: FileHandle) => Promise<T>) => {
    const opened = handles.get(handleId);
    if (opened === undefined) return fail(unknownHandle(handleId));
    const done = opened.last.then(async () => {
      const file = await opened.file;
      return file.ok ? attempt<T>(async () => ok(await use(file.value))) : fail(unknownHandle(handleId));
    });
    opened.last = done;
    const result = await done;
    if (!result.ok && handles.get(handleId) === opened) await drop(handleId);
    return result;
  };

  return {
    async open(place, { handleId, mode }) {
      const file: FilePlace = { place, shown: place, follow: true };
      const opening = attempt(() => (mode === 'replace' ? openEmpty(file) : openToRead(file)));
      const entry: Opened = { file: opening, last: opening };
      handles.set(handleId, entry);
      const opened = await opening;
      if (opened.ok) return ok({ handleId });
      if (handles.get(handleId) === entry) handles.delete(handleId);
      return opened;
    },
    readBlock: ({ handleId, offset, len }) =>
      withHandle(handleId, async (handle) => {
        const block = Buffer.allocUnsafe(len);
        const read = await readFully(handle, block, offset);
        return { bytes: block.subarray(0, read), eof: read < len };
      }),
    writeBlock: ({ handleId, offset, bytes }) =>
      withHandle(handleId, async (handle) => {
        await writeAll(handle, bytes, offset);
        return {};
      }),
    async close({ handleId }) {
      await drop(handleId);
      return ok({});
    },
    async closeAll() {
      await Promise.all([...handles.keys()].map(drop));
    },
  };
}

async function openEmpty(file: FilePlace): Promise<Result<FileHandle, RpcFailure>> {
  const opened = await openToWrite(file);
  if (!opened.ok) return opened;
  try {
    await opened.value.truncate(0);
  } catch (error) {
    await opened.value.close();
    throw error;
  }
  return opened;
}
