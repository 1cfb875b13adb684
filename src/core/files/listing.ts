// What do the ways to list files have in common?

/** Takes the relative path in `from` to `to` of `block`. */
export type TakePath = (block: Uint8Array, from: number, to: number) => void;

export interface ListingOptions {
  /** Absolute. */
  readonly folder: string;
  readonly take: TakePath;
  readonly signal: AbortSignal;
  /** Lets others have their turn. */
  readonly pause: () => Promise<void>;
}

/** `elsewhere`: this way is none for that folder. */
export type Listed = 'complete' | 'cut off' | 'elsewhere';
