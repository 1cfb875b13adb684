// How does a call of a connection become work? Who carries it out, which handle is meant, and what base64 stands for.

import { fail, ok, type Result } from '../../problem/index.ts';
import { internal, invalidRequest, type RpcFailure } from '../protocol/failure.ts';
import { LIMITS } from '../protocol/messages.ts';
import { base64, decode } from '../protocol/readers.ts';
import type { SandboxContext } from '../protocol/sandbox-context.ts';
import { openGate } from './bounded.ts';
import type { FileCalls, FileWork } from './file-calls.ts';
import { openFileWork } from './file-work.ts';
import { unknownHandle } from './handles.ts';

/** Decides who carries a call out. */
export interface FileRoute {
  workFor(sandbox: SandboxContext | null): Promise<Result<FileWork, RpcFailure>>;
  closeAll(): Promise<void>;
}

/** The calls of one connection, carried out in this process whatever their `sandbox` says. */
export function openFileCalls(): FileCalls {
  const work = openFileWork();
  return wireCalls({ workFor: async () => ok(work), closeAll: () => work.closeAll() });
}

/** Whole files that are in memory at once, each some 12 MiB and again as base64. */
const WHOLE_FILES_AT_ONCE = 4;

export function wireCalls(route: FileRoute): FileCalls {
  /** Who has a handle: known from the moment it is asked for, so that calls which follow at once find it. */
  const holders = new Map<string, Promise<Result<FileWork, RpcFailure>>>();
  const inTurn = openGate(WHOLE_FILES_AT_ONCE);
  let isClosed = false;

  const workFor = async (sandbox: SandboxContext | null): Promise<Result<FileWork, RpcFailure>> => {
    const work = await route.workFor(sandbox);
    // Looked at last: what is opened after the end would never be closed.
    return isClosed ? fail(internal('the connection has ended')) : work;
  };

  const holderOf = async (handleId: string): Promise<Result<FileWork, RpcFailure>> => {
    const holder = await holders.get(handleId);
    return holder?.ok === true ? holder : fail(unknownHandle(handleId));
  };

  /** The holder closes a handle that failed. */
  const withHolder = async <T>(
    handleId: string,
    use: (work: FileWork) => Promise<Result<T, RpcFailure>>,
  ): Promise<Result<T, RpcFailure>> => {
    const known = holders.get(handleId);
    const holder = await holderOf(handleId);
    if (!holder.ok) return holder;
    const done = await use(holder.value);
    if (!done.ok && holders.get(handleId) === known) holders.delete(handleId);
    return done;
  };

  const by = async <T>(
    { sandbox }: { readonly sandbox: SandboxContext | null },
    use: (work: FileWork) => Promise<Result<T, RpcFailure>>,
  ): Promise<Result<T, RpcFailure>> => {
    const work = await workFor(sandbox);
    return work.ok ? use(work.value) : work;
  };

  return {
    'fs/readFile': (params) =>
      inTurn(() =>
        by(params, async (work) => {
          const read = await work['fs/readFile'](withoutSandbox(params));
          return read.ok ? ok({ dataBase64: base64Of(read.value.bytes) }) : read;
        }),
      ),
    'fs/writeFile': (params) =>
      inTurn(() =>
        by(params, async (work) => {
          const { dataBase64, ...rest } = withoutSandbox(params);
          const bytes = decode(base64, dataBase64);
          return bytes.ok
            ? work['fs/writeFile']({ ...rest, bytes: bytes.value })
            : fail(invalidRequest(`fs/writeFile requires valid base64 dataBase64: ${bytes.problem.message}`));
        }),
      ),
    async 'fs/open'(params) {
      const { handleId, sandbox } = params;
      if (holders.has(handleId)) return fail(invalidRequest(`file handle \`${handleId}\` already exists`));
      if (holders.size >= LIMITS.fileHandles) return fail(tooManyHandles());
      const routed = workFor(sandbox);
      const opening = routed.then(async (work) => (work.ok ? work.value['fs/open'](withoutSandbox(params)) : work));
      const holder = opening.then((opened) => (opened.ok ? routed : opened));
      holders.set(handleId, holder);
      const opened = await opening;
      if (!opened.ok && holders.get(handleId) === holder) holders.delete(handleId);
      return opened;
    },
    async 'fs/readBlock'(params) {
      if (!isBlock(params.len)) return fail(badLength('read'));
      return withHolder(params.handleId, async (work) => {
        const read = await work['fs/readBlock'](params);
        return read.ok ? ok({ chunk: base64Of(read.value.bytes), eof: read.value.eof }) : read;
      });
    },
    async 'fs/writeBlock'({ handleId, offset, chunk }) {
      if (!isBlock(chunk.length)) return fail(badLength('write'));
      return withHolder(handleId, (work) => work['fs/writeBlock']({ handleId, offset, bytes: chunk }));
    },
    async 'fs/close'({ handleId }) {
      const known = holders.get(handleId);
      const holder = await holderOf(handleId);
      // Somebody else may have closed it, and opened another by the same id.
      if (!holder.ok || holders.get(handleId) !== known) return ok({});
      holders.delete(handleId);
      return holder.value['fs/close']({ handleId });
    },
    'fs/createDirectory': (params) => by(params, (work) => work['fs/createDirectory'](withoutSandbox(params))),
    'fs/getMetadata': (params) => by(params, (work) => work['fs/getMetadata'](withoutSandbox(params))),
    'fs/canonicalize': (params) => by(params, (work) => work['fs/canonicalize'](withoutSandbox(params))),
    'fs/readDirectory': (params) => by(params, (work) => work['fs/readDirectory'](withoutSandbox(params))),
    'fs/walk': (params) => by(params, (work) => work['fs/walk'](withoutSandbox(params))),
    'fs/remove': (params) => by(params, (work) => work['fs/remove'](withoutSandbox(params))),
    'fs/copy': (params) => by(params, (work) => work['fs/copy'](withoutSandbox(params))),
    async closeAll() {
      isClosed = true;
      holders.clear();
      await route.closeAll();
    },
  };
}

function withoutSandbox<P extends { readonly sandbox: unknown }>({
  sandbox: _decided,
  ...rest
}: P): Omit<P, 'sandbox'> {
  return rest;
}

function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function isBlock(length: number): boolean {
  return length >= 1 && length <= LIMITS.blockBytes;
}

function badLength(direction: 'read' | 'write'): RpcFailure {
  return invalidRequest(`file ${direction} block length must be between 1 and ${LIMITS.blockBytes}`);
}

function tooManyHandles(): RpcFailure {
  return invalidRequest(`at most ${LIMITS.fileHandles} file handles may be open per connection`);
}
