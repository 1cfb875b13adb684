// What will be different when a patch is carried out? One effect for each file, decided before anything is written.

/** A file by its absolute path, and as the patch names it. */
export interface NamedFile {
  readonly path: string;
  readonly shown: string;
}

/** What becomes of one file. The bytes are whole contents; `before` is what was read. */
export type FileEffect =
  /** `replaced`: something else was there, which is `before`. */
  | (NamedFile & {
      readonly kind: 'add';
      readonly before: Uint8Array | null;
      readonly after: Uint8Array;
      readonly replaced: boolean;
    })
  | (NamedFile & {
      readonly kind: 'update';
      readonly before: Uint8Array;
      readonly after: Uint8Array;
      readonly replaced: false;
    })
  | (NamedFile & {
      readonly kind: 'delete';
      readonly before: Uint8Array;
      readonly after: null;
      readonly replaced: false;
    })
  /** `before` is of where it was; what was in the place it goes to is `overwritten`. */
  | (NamedFile & {
      readonly kind: 'move';
      readonly movedTo: NamedFile;
      readonly before: Uint8Array;
      readonly after: Uint8Array;
      readonly overwritten: Uint8Array | null;
      readonly replaced: boolean;
    });

export interface PatchPlan {
  /** In the order in which the patch first names them. */
  readonly effects: readonly FileEffect[];
}
