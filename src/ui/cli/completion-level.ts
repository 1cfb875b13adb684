// One level of the command line, as the makers of completion scripts want to know it.

import type { Option, Subcommand } from './subcommands.ts';

export interface Level {
  /** The subcommands that lead to it: none, one or two. */
  readonly names: readonly string[];
  readonly options: readonly Option[];
  readonly subcommands: readonly { readonly name: string; readonly text: string }[];
  readonly completes: NonNullable<Subcommand['completes']>;
}

/** How an option can be written. */
export function spellings({ name, short }: Option): string[] {
  return [`--${name}`, ...(short === undefined ? [] : [`-${short}`])];
}

/** As one word of sh, zsh or fish: all of them take single quotes literally, but not all a quote inside. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
