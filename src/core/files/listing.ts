// What do the ways to list files have in common?

/** Takes relative paths that each end in a zero byte. */
export type TakePaths = (paths: Uint8Array) => void;

export interface ListingOptions {
  /** Absolute. */
  readonly folder: string;
  readonly take: TakePaths;
  readonly signal: AbortSignal;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

/** `elsewhere`: this way is none for that folder. */
export type Listed = 'complete' | 'cut off' | 'elsewhere';

/** The form in which paths are taken. No name holds a zero byte. */
export function asPaths(names: readonly string[]): Uint8Array {
  return Buffer.from(names.map((name) => `${name}\0`).join(''));
}
