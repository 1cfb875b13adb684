// What is done to files when somebody edits them on this machine? The contract of who carries it out: this process, or a
// helper in a sandbox.

import type { Result } from '../../problem/index.ts';

/** What is at a path, its links followed. */
export interface FileLook {
  readonly kind: 'file' | 'folder' | 'other';
  readonly size: number;
  /** Where the name itself leads, when it is a link; null when it is none. */
  readonly link: string | null;
  /** Permission bits, and to whom it belongs. Null where it is not known: the protocol of other machines does not say. */
  readonly rights: FileRights | null;
}

export interface FileRights {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/** What must be there for a call to be carried out: anything, nothing, or a file with just this content. */
export type Expected =
  | { readonly kind: 'anything' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'content'; readonly sha256: string };

/**
 * `changed`: what is there is not what was expected, and nothing was done. `refused`: the system said no, with the name
 * of its error (`''` where it has none).
 */
export type EditProblem =
  | { readonly kind: 'changed' }
  | { readonly kind: 'refused'; readonly errno: string; readonly message: string };

/** Nobody can say whether a call was carried out: its helper ended before it answered. */
export class HelperGone extends Error {}

export type Edited<T> = Promise<Result<T, EditProblem>>;

/** Paths are absolute, of this machine. */
export interface FileEdits {
  /** Null: nothing is there. */
  look(params: { readonly path: string }): Edited<{ readonly look: FileLook | null }>;
  /** Of a plain file only. */
  read(params: { readonly path: string; readonly maxBytes: number }): Edited<{
    readonly bytes: Uint8Array;
    readonly look: FileLook;
  }>;
  /** Makes the file or replaces what is in it. `like`: what a new file is to be like. */
  put(params: {
    readonly path: string;
    readonly bytes: Uint8Array;
    readonly expected: Expected;
    readonly like: Pick<FileLook, 'link' | 'rights'> | null;
  }): Edited<Record<string, never>>;
  /** The name: a link goes, and not what it leads to. A folder only when it is empty. */
  remove(params: { readonly path: string; readonly expected: Expected }): Edited<Record<string, never>>;
  /** With those above it. `made`: the ones that were not there, outermost first. */
  makeFolder(params: { readonly path: string }): Edited<{ readonly made: readonly string[] }>;
}

const METHODS: Readonly<Record<keyof FileEdits, true>> = {
  look: true,
  read: true,
  put: true,
  remove: true,
  makeFolder: true,
};

export type EditMethod = keyof FileEdits;

export const EDIT_METHODS = Object.keys(METHODS) as readonly EditMethod[];

/** By these names they travel to a helper, beside those of the wire. */
export function editMethodOf(name: string): EditMethod | null {
  const method = name.startsWith('edit/') ? name.slice('edit/'.length) : '';
  return EDIT_METHODS.find((it) => it === method) ?? null;
}
