// What the session begins with: the two lines that are printed once, and a third for what changes safety.

import { cutMiddle, wrap } from '../terminal/width.ts';
import { joined, type Look, paint } from './look.ts';
import { folderName, withTilde } from './paths.ts';

/** Below so many columns the folder goes by its last name and the second line is short. */
const SHORT_BELOW = 60;

export interface HeaderFacts {
  readonly version: string;
  readonly cwd: string;
  /** Null outside a repository. */
  readonly branch: string | null;
  /** Null: what is typed runs as a command. */
  readonly model: string | null;
  /** Files of instructions that were read. */
  readonly instructionFiles: number;
  /** Earlier sessions of this folder. */
  readonly sessions: number;
  /** What changes safety: full access, no sandbox, a remote environment, a newer record. Whole sentences. */
  readonly alerts: readonly string[];
}

/** Rows at most `cols - 1` wide. */
export function headerRows(facts: HeaderFacts, cols: number, look: Look): string[] {
  const width = Math.max(1, cols - 1);
  return [
    titleLine(facts, cols, look),
    ...(secondLine(facts, cols) === '' ? [] : wrap(secondLine(facts, cols), width)),
    ...facts.alerts.flatMap((alert) => wrap(paint(look, 'warn', alert), width)),
  ];
}

/** `codex 0.1.0 · ~/src/app (main)`: also the first row of the very first frame, when no branch is known yet. */
export function titleLine(facts: Pick<HeaderFacts, 'version' | 'cwd' | 'branch'>, cols: number, look: Look): string {
  const folder = cols < SHORT_BELOW ? folderName(facts.cwd, look.home) : withTilde(facts.cwd, look.home);
  const branch = facts.branch === null || facts.branch === '' ? '' : ` (${facts.branch})`;
  const place = cutMiddle(
    `${folder}${branch}`,
    Math.max(1, cols - 1 - 'codex  · '.length - facts.version.length),
    look.glyphs.ellipsis,
  );
  return joined(look, [`codex ${facts.version}`, place]);
}

function secondLine(facts: HeaderFacts, cols: number): string {
  if (facts.model === null) {
    return cols < SHORT_BELOW
      ? 'No model: what you type runs as a command. /model connects one.'
      : 'No model is set up, so what you type runs as a command. /model connects one.';
  }
  const { instructionFiles, sessions } = facts;
  const read =
    instructionFiles === 0 ? '' : `AGENTS.md read (${instructionFiles} ${instructionFiles === 1 ? 'file' : 'files'}).`;
  const earlier =
    sessions === 0 ? '' : `${sessions} ${sessions === 1 ? 'session' : 'sessions'} of this folder: codex resume`;
  return [read, earlier].filter((part) => part !== '').join(' ');
}
