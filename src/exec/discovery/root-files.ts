// How are the small texts of a capability root read? Each within its limit, and only as long as the answer has room.

import { isUtf8 } from 'node:buffer';
import type { Result } from '../../problem/index.ts';
import { CODES, type RpcFailure } from '../protocol/failure.ts';
import { LIMITS, type Method, type Params, type Results, type TextFile } from '../protocol/messages.ts';
import type { PathUri } from '../protocol/path-uri.ts';
import type { SandboxContext } from '../protocol/sandbox-context.ts';

type Call<M extends Method & keyof Results> = (params: Params<M>) => Promise<Result<Results[M], RpcFailure>>;

/** The calls on files that are needed, as the wire has them: whoever carries them out keeps to the root's sandbox. */
export type RootFiles = { readonly [M in 'fs/getMetadata' | 'fs/readFile' | 'fs/walk']: Call<M> };

/** Of one text. */
export const MOST_TEXT_BYTES = 1024 * 1024;

/** Of all texts and warnings of one answer, as they are spelled in it; the rest of its frame is for ids and names. */
const MOST_ANSWER_BYTES = LIMITS.frameBytes - 1024 * 1024;

/** What is around a path and its text. */
const AROUND_TEXT_BYTES = 64;

/** What is left of the room that all roots of one answer share. */
export interface Room {
  /** False when `bytes` more do not fit; then they are not counted. */
  take(bytes: number): boolean;
}

export function openRoom(): Room {
  let left = MOST_ANSWER_BYTES;
  return {
    take(bytes) {
      if (bytes > left) return false;
      left -= bytes;
      return true;
    },
  };
}

/** A text, or why it is left out; null when there is no file. */
type Found = { readonly text: TextFile } | { readonly warning: string } | null;

/** Reads it, through links. */
export async function findText(files: RootFiles, path: PathUri, sandbox: SandboxContext | null): Promise<Found> {
  const call = { path, followSymlinks: null, sandbox };
  const look = await files['fs/getMetadata'](call);
  if (!look.ok) return unread(path, look.problem);
  if (!look.value.isFile) return null;
  if (look.value.size > MOST_TEXT_BYTES) return tooLong(path);
  const read = await files['fs/readFile'](call);
  if (!read.ok) return unread(path, read.problem);
  const bytes = Buffer.from(read.value.dataBase64, 'base64');
  // It may have grown since.
  if (bytes.length > MOST_TEXT_BYTES) return tooLong(path);
  return isUtf8(bytes)
    ? { text: { path, contents: bytes.toString() } }
    : { warning: `capability file ${path} is not UTF-8` };
}

/** What a text takes up in the answer. */
export function textBytes({ path, contents }: TextFile): number {
  return path.length + Buffer.byteLength(JSON.stringify(contents)) + AROUND_TEXT_BYTES;
}

function unread(path: PathUri, { code, message }: RpcFailure): Found {
  return code === CODES.notFound ? null : { warning: `failed to read capability file ${path}: ${message}` };
}

function tooLong(path: PathUri): Found {
  return { warning: `capability file ${path} exceeds the ${MOST_TEXT_BYTES}-byte limit` };
}
