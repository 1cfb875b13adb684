// What does a patch say? Its parts as they were written, before anybody has looked at a file.

import type { Problem } from '../../problem/index.ts';

/** One line of a change: kept, taken away or added. `text` is without the sign. */
export interface PatchLine {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** Lines that stand one below the other in a file, and what becomes of them. */
export interface Change {
  /** Where in the patch it begins, from 1. */
  readonly line: number;
  /** Lines to go to first, one after the other; the change is looked for below the last. */
  readonly anchors: readonly string[];
  readonly lines: readonly PatchLine[];
  /** Its last line is the last of the file. */
  readonly endsFile: boolean;
}

/** What is to become of one file. `path` is as written. */
export type FilePatch =
  | { readonly kind: 'add'; readonly line: number; readonly path: string; readonly lines: readonly string[] }
  | { readonly kind: 'delete'; readonly line: number; readonly path: string }
  | {
      readonly kind: 'update';
      readonly line: number;
      readonly path: string;
      /** Null: it stays where it is. */
      readonly movedTo: string | null;
      readonly changes: readonly Change[];
    };

export interface Patch {
  /** The machine it is for; null: that of commands which name none. */
  readonly environment: string | null;
  /** In the order in which they are to be carried out. A file may come more than once. */
  readonly files: readonly FilePatch[];
}

/** Why a patch cannot be carried out. Nothing was touched. */
export interface PatchProblem extends Problem {
  /** Of the patch, from 1; null where it is about no line of it. */
  readonly line: number | null;
}

/** A patch of a model is some kilobytes. What is larger than this is refused before it is read. */
export const PATCH_BYTES = 4 * 1024 * 1024;
