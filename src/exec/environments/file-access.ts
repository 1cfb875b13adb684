// Files on a machine, as the sandbox of a command there lets them be touched.

import type { Problem, Result } from '../../problem/index.ts';
import type { BlockedAccess, Denial } from '../../sandbox/index.ts';
import type { FileLook } from '../files/edit-calls.ts';

/**
 * Why something was not done. `blocked`: the sandbox stopped it, and the denial says what would let it through.
 * `changed`: what is there is not what the caller has seen. `failed`: the machine refused it. `unsure`: no answer came,
 * and it may have been done or not.
 */
export type FileFailure =
  | { readonly kind: 'blocked'; readonly denial: Denial }
  | { readonly kind: 'changed' }
  /** `errno` as the system calls it, `''` where it has no name for it. */
  | { readonly kind: 'failed'; readonly errno: string; readonly problem: Problem }
  | { readonly kind: 'unsure'; readonly problem: Problem };

export interface SeenFile {
  readonly bytes: Uint8Array;
  readonly look: FileLook;
}

/** What must be at a path: just these bytes, or (null) nothing. */
export type SeenContent = Uint8Array | null;

export interface WriteOptions {
  /** Looked at right before it is written; left out, anything may be there. */
  readonly seen?: SeenContent;
  /** Whose rights a file gets that is new, and where that file is or was. */
  readonly like?: { readonly path: string; readonly look: FileLook };
}

/** Paths are absolute, of the machine. Links are followed, but for `remove`. */
export interface FileAccess {
  /** A plain file of at most `maxBytes`. */
  read(path: string, maxBytes: number): Promise<Result<SeenFile, FileFailure>>;
  /** Null: nothing is there. */
  stat(path: string): Promise<Result<FileLook | null, FileFailure>>;
  /** Makes or replaces a file whose folder is there. Hard links, rights and links on the way stay what they are. */
  write(path: string, bytes: Uint8Array, options?: WriteOptions): Promise<Result<void, FileFailure>>;
  /** A name: of a link, of a file, of an empty folder. */
  remove(path: string, options?: Pick<WriteOptions, 'seen'>): Promise<Result<void, FileFailure>>;
  /** With those above it. The value: the ones that were made, outermost first. */
  makeFolder(path: string): Promise<Result<readonly string[], FileFailure>>;
  /** What of these the sandbox would stop. Null: nothing, or it shows only when it is tried. */
  foresee(accesses: readonly BlockedAccess[]): Promise<Denial | null>;
}

/** One sentence for a failure that was none of the sandbox. */
export function systemProblem(deed: string, path: string, errno: string, message: string): Problem {
  const known = REASONS[errno];
  return { what: `${path} could not be ${deed}: ${known ?? message}.`, why: '', next: '' };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is a file and no folder',
  EISDIR: 'it is a folder',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'its file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EEXIST: 'something is there already',
  ENOTEMPTY: 'the folder is not empty',
  ELOOP: 'its links lead round in a circle',
  ENAMETOOLONG: 'its name is too long',
  ETXTBSY: 'it is a program that is running',
  EBUSY: 'it is in use by the system',
};
