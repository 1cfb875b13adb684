// What is a call on files, as it comes from the wire and as it is carried out? The contracts between the two.

import type { Result } from '../../problem/index.ts';
import type { RpcFailure } from '../protocol/failure.ts';
import type { Method, Params, Results } from '../protocol/messages.ts';

/** Every method of the file family that is a plain question and answer. */
export type FileMethod = Exclude<Extract<Method, `fs/${string}`>, 'fs/watchMissing'>;

const METHODS: Readonly<Record<FileMethod, true>> = {
  'fs/readFile': true,
  'fs/writeFile': true,
  'fs/open': true,
  'fs/readBlock': true,
  'fs/writeBlock': true,
  'fs/close': true,
  'fs/createDirectory': true,
  'fs/getMetadata': true,
  'fs/canonicalize': true,
  'fs/readDirectory': true,
  'fs/walk': true,
  'fs/remove': true,
  'fs/copy': true,
};

export const FILE_METHODS = Object.keys(METHODS) as readonly FileMethod[];

export function isFileMethod(text: string): text is FileMethod {
  return Object.hasOwn(METHODS, text);
}

/** The file calls of one connection, by their names on the wire. Handles belong to it, and end with it. */
export type FileCalls = {
  readonly [M in FileMethod]: (params: Params<M>) => Promise<Result<Results[M], RpcFailure>>;
} & {
  /** Closes every handle, and waits for what is under way on them. */
  closeAll(): Promise<void>;
};

/** Params without what only travels: who carries a call out is decided before, and bytes are bytes. */
export type WorkParams<M extends FileMethod> = Omit<Params<M>, 'sandbox' | 'dataBase64' | 'chunk'> &
  (M extends 'fs/writeFile' | 'fs/writeBlock' ? { readonly bytes: Uint8Array } : unknown);

export interface WorkResults extends Omit<Results, 'fs/readFile' | 'fs/readBlock'> {
  readonly 'fs/readFile': { readonly bytes: Uint8Array };
  readonly 'fs/readBlock': { readonly bytes: Uint8Array; readonly eof: boolean };
}

export type WorkResult<M extends FileMethod> = Promise<Result<WorkResults[M], RpcFailure>>;

/**
 * Who carries calls out: this process, or a helper in a sandbox. Handle ids, their number and the lengths of blocks
 * were looked at before. A block call that fails has closed its handle.
 */
export type FileWork = {
  readonly [M in FileMethod]: (params: WorkParams<M>) => WorkResult<M>;
} & {
  closeAll(): Promise<void>;
};
