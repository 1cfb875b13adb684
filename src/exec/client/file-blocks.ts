// How is a large file read from, or written to, the machine of a server, one block at a time?

import { randomBytes } from 'node:crypto';
import { fail, ok, type Result } from '../../problem/index.ts';
import { LIMITS } from '../protocol/messages.ts';
import type { PathUri } from '../protocol/path-uri.ts';
import type { SandboxContext } from '../protocol/sandbox-context.ts';
import type { Connection } from './connection.ts';
import type { CallProblem } from './problem.ts';

export interface FileReader {
  /** The next block, up to 1 MiB; null at the end, and after the file was closed. */
  next(): Promise<Result<Uint8Array | null, CallProblem>>;
  /** Gives the handle back; done by itself at the end and after a problem. */
  close(): Promise<void>;
}

export interface FileWriter {
  /** Adds to the end. */
  write(bytes: Uint8Array): Promise<Result<void, CallProblem>>;
  close(): Promise<Result<void, CallProblem>>;
}

/** The open file stays what it is when its path is given to another one meanwhile. */
export async function openFileReader(
  connection: Connection,
  path: PathUri,
  sandbox: SandboxContext | null,
): Promise<Result<FileReader, CallProblem>> {
  const handleId = newHandle();
  const opened = await connection.call('fs/open', { handleId, path, mode: 'read', sandbox });
  if (!opened.ok) return opened;
  let offset = 0;
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    // A handle whose connection went is closed already.
    await connection.call('fs/close', { handleId });
  };
  return ok({
    async next() {
      if (!isOpen) return ok(null);
      const read = await connection.call('fs/readBlock', { handleId, offset, len: LIMITS.blockBytes });
      if (!read.ok) {
        await close();
        return read;
      }
      const bytes = Buffer.from(read.value.chunk, 'base64');
      offset += bytes.length;
      // A server that gives nothing and promises more would be asked for ever.
      if (read.value.eof || bytes.length === 0) await close();
      return ok(bytes.length === 0 ? null : bytes);
    },
    close,
  });
}

/** Replaces the file, in place. Only where the server has `fileWriteStreaming`. */
export async function openFileWriter(
  connection: Connection,
  path: PathUri,
  sandbox: SandboxContext | null,
): Promise<Result<FileWriter, CallProblem>> {
  if (!connection.info.capabilities.fileWriteStreaming) return fail(writingUnsupported);
  const handleId = newHandle();
  const opened = await connection.call('fs/open', { handleId, path, mode: 'replace', sandbox });
  if (!opened.ok) return opened;
  let offset = 0;
  return ok({
    async write(bytes) {
      for (let from = 0; from < bytes.length; from += LIMITS.blockBytes) {
        const chunk = Buffer.from(bytes.subarray(from, from + LIMITS.blockBytes));
        const written = await connection.call('fs/writeBlock', { handleId, offset, chunk });
        if (!written.ok) return written;
        offset += chunk.length;
      }
      return ok(undefined);
    },
    async close() {
      const closed = await connection.call('fs/close', { handleId });
      return closed.ok ? ok(undefined) : closed;
    },
  });
}

/** Never one that was used before, on whichever connection. */
const newHandle = (): string => randomBytes(12).toString('hex');

const writingUnsupported: CallProblem = {
  kind: 'unsupported',
  message: 'the server cannot write a file in blocks',
};
