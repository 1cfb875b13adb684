// What is painted before anything is loaded: the rows in which everything else will appear.

import { titleLine } from './header.ts';
import { type Look, paint } from './look.ts';
import { RULE_FROM_ROWS, STATUS_FROM_ROWS } from './share-heights.ts';
import { type StatusFacts, statusLine } from './status-line.ts';

export interface FirstFrameFacts {
  readonly version: string;
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
  readonly look: Look;
  /** The composer's own rows, with the cursor in them. */
  readonly composer: {
    readonly rows: readonly string[];
    readonly cursor: { readonly row: number; readonly col: number };
  };
}

export interface FirstFrame {
  readonly rows: readonly string[];
  readonly cursor: { readonly row: number; readonly col: number };
}

/** The header's second row is left blank for what the configuration says. */
export function firstFrame({ version, cwd, cols, rows, look, composer }: FirstFrameFacts): FirstFrame {
  const above = [
    titleLine({ version, cwd, branch: null }, cols, look),
    '',
    ...(rows >= RULE_FROM_ROWS ? [composerRule(look)] : []),
  ];
  const status = rows >= STATUS_FROM_ROWS ? [statusLine(startingStatus, cols, look)] : [];
  const shown = [...above, ...composer.rows, ...status];
  // In a window of a few rows the composer is what stays.
  const cut = Math.max(0, shown.length - (rows - 1));
  return {
    rows: shown.slice(cut),
    cursor: { row: above.length + composer.cursor.row - cut, col: composer.cursor.col },
  };
}

/** The one rule of the screen, above the composer. */
export function composerRule(look: Look): string {
  return paint(look, 'dim', look.glyphs.rule.repeat(24));
}

const startingStatus: StatusFacts = {
  session: null,
  environment: '',
  contextLeft: null,
  questions: 0,
  questionKey: '',
  running: 0,
  background: 0,
  queued: 0,
  terminals: 1,
  offersHelp: false,
  isUnrecorded: false,
  toast: '',
};
