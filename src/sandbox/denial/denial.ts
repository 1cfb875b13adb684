// The verdict that the sandbox stopped something, and what it would have taken to let it through.

import type { Grant } from '../profile/profile.ts';

/** What was attempted. `create`, `delete` and `write` are all writes; they differ in the grant that helps. */
export type Operation = 'write' | 'create' | 'delete' | 'read' | 'connect' | 'unix_socket' | 'privilege';

/** One access that the sandbox stopped. `target` is an absolute path, `host`, `host:port`, or the program's name. */
export interface BlockedAccess {
  readonly operation: Operation;
  readonly target: string;
}

/** A host that our own network proxy refused during an attempt. */
export interface BlockedHost {
  readonly host: string;
  readonly port: number;
  /** As the proxy calls it: `http`, `https`, `socks5`, … */
  readonly protocol: string;
}

/**
 * The sandbox stopped something. `certain`: errno text with a target that the profile closes and that would have
 * worked outside, or a record of our own proxy. `likely`: two of these only.
 */
export interface Denial extends BlockedAccess {
  readonly certainty: 'certain' | 'likely';
  /** The output line that shows it, without control characters. */
  readonly evidence: string;
  /** One sentence: which line of which profile closes it. */
  readonly because: string;
  /** The smallest set of grants that would have let everything through; empty when no grant helps. */
  readonly grants: readonly Grant[];
  /** Further accesses stopped in the same attempt. */
  readonly also: readonly BlockedAccess[];
}

/**
 * Reads along with everything a process prints and gives the verdict once, at closed. It keeps only lines that may
 * matter (bounded), so a denial that scrolled out of every window still counts.
 */
export interface DenialJudge {
  read(bytes: Uint8Array): void;
  /** `exitCode` as a shell reports it: 128 + n for a death by signal n. Null: the sandbox stopped nothing. */
  judge(exitCode: number): Denial | null;
}
