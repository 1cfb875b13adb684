// What a line is judged against, and what it shows when it tells of something stopped.

import * as path from 'node:path';
import type { ManagedProfile } from './closed-access.ts';
import type { CommandWords } from './command-words.ts';
import type { BlockedAccess, Denial } from './denial.ts';
import { hostInCommand } from './hosts-in-text.ts';
import type { LineReading } from './line-reading.ts';
import type { OutsideFacts } from './outside-facts.ts';
import { isShell } from './shell-text.ts';

/** Everything a line is judged against. */
export interface Circumstances {
  readonly profile: ManagedProfile;
  readonly command: string;
  readonly words: CommandWords;
  readonly cwd: string;
  readonly home: string;
  readonly outside: OutsideFacts;
  readonly isProxied: boolean;
}

export interface StoppedAccess extends BlockedAccess {
  readonly certainty: Denial['certainty'];
  readonly evidence: string;
  /** The line names no target: this one is from the command. */
  readonly isGuess?: true;
}

/** An access without the line that shows it, or null where the line shows none. */
export type Found = Omit<StoppedAccess, 'evidence'> | null;

/** The host the command names, or null. */
export function hostOf({ command, cwd, outside }: Circumstances): string | null {
  return hostInCommand(command, (name) => outside.exists(path.resolve(cwd, name)));
}

/** The program a line speaks for: itself, or the first of the command. */
export function speaker(reading: LineReading, { words }: Circumstances): string {
  const named = reading.program;
  return named !== null && !isShell(named) ? named : (words.programs[0] ?? named ?? 'the command');
}
