// What the last row of the screen says, and what of it goes first when there is no room.

import type { NetworkState } from '../../../core/bus/index.ts';
import { cellWidth, cutEnd, cutToWidth } from '../terminal/width.ts';
import { joined, type Look, paint } from './look.ts';
import { folderName, withTilde } from './paths.ts';
import { networkWords } from './words.ts';

/** Below so many columns fields are short; `terminals` goes below 70. */
const SHORT_BELOW = 60;
const VIEWERS_FROM = 70;
const CWD_FROM = 28;
const PROFILE_FROM = 34;
const CONTEXT_FROM = 36;

/** A name longer than this is cut. */
const NAME_COLUMNS = 12;

/** Context left (percent) at which it is set in bold, and at which it is said to be little. */
const CONTEXT_BOLD = 25;
const CONTEXT_LOW = 10;

export interface StatusFacts {
  /** Null before the configuration is read. */
  readonly session: {
    /** Model name, or `shell`. */
    readonly name: string;
    readonly cwd: string;
    readonly profile: string;
    readonly network: NetworkState;
  } | null;
  /** Where commands run when it is not this machine, with its state: `@devbox`, `@devbox reconnecting 4s`; else `''`. */
  readonly environment: string;
  /** Percent, null while unknown. */
  readonly contextLeft: number | null;
  readonly questions: number;
  /** The key that leads to the card while it has no focus, else `''`. */
  readonly questionKey: string;
  readonly running: number;
  readonly background: number;
  /** Only said here when there is no room for the queue's own rows. */
  readonly queued: number;
  /** Terminals attached, this one included. */
  readonly terminals: number;
  /** Help was not opened yet. */
  readonly offersHelp: boolean;
  /** Writing the record fails. */
  readonly isUnrecorded: boolean;
  /** A sentence that takes the place of everything but the name; `''` for none. */
  readonly toast: string;
}

interface Field {
  readonly text: string;
  readonly shown: string;
  /** What is dropped first has the highest number; 0 is never dropped. */
  readonly drop: number;
}

/** One row, at most `cols - 1` wide. */
export function statusLine(facts: StatusFacts, cols: number, look: Look): string {
  const width = Math.max(1, cols - 1);
  const { session } = facts;
  if (session === null) return cutToWidth(paint(look, 'dim', 'starting'), width);
  const name = cutEnd(session.name, cols < SHORT_BELOW ? NAME_COLUMNS : 24, look.glyphs.ellipsis);
  if (facts.toast !== '')
    return cutToWidth(
      joined(look, [name, cutEnd(facts.toast, Math.max(1, width - cellWidth(name) - 3), look.glyphs.ellipsis)]),
      width,
    );
  const wide = (list: readonly Field[]) => list.reduce((sum, { text }) => sum + cellWidth(text) + 3, -3);
  const all = (isShort: boolean) =>
    [plain(name, 0), ...fieldsOf(facts, session, cols, isShort, look)].filter(({ text }) => text !== '');
  let fields = all(cols < SHORT_BELOW);
  // Shorter words first: nothing has to go for them.
  if (wide(fields) > width) fields = all(true);
  while (wide(fields) > width) {
    const first = Math.max(...fields.map(({ drop }) => drop));
    if (first === 0) break;
    fields = fields.filter(({ drop }) => drop !== first);
  }
  return cutToWidth(
    joined(
      look,
      fields.map(({ shown }) => shown),
    ),
    width,
  );
}

/** Order of the row; the second number says what goes first. */
function fieldsOf(
  facts: StatusFacts,
  session: NonNullable<StatusFacts['session']>,
  cols: number,
  isShort: boolean,
  look: Look,
): Field[] {
  const { questions, questionKey, running, background, queued } = facts;
  const question =
    questions === 0
      ? ''
      : `${questions} ${questions === 1 ? 'question' : 'questions'}${questionKey === '' ? '' : `: ${questionKey}`}`;
  const runs = isShort ? 'run' : 'running';
  return [
    plain(
      cols < CWD_FROM
        ? ''
        : cols < SHORT_BELOW
          ? folderName(session.cwd, look.home)
          : withTilde(session.cwd, look.home),
      1,
    ),
    profileField(session, cols, look),
    plain(facts.environment, 0),
    contextField(facts.contextLeft, cols, isShort, look),
    painted(question, 0, look, 'warn'),
    plain(queued === 0 ? '' : `${queued} queued`, 0),
    plain(running === 0 ? '' : `${running} ${runs}`, 0),
    plain(background === 0 ? '' : `${background} bg`, 0),
    painted(facts.isUnrecorded ? 'NOT RECORDED' : '', 0, look, 'inverse'),
    plain(facts.terminals > 1 && cols >= VIEWERS_FROM ? `${facts.terminals} terminals` : '', 4),
    plain(facts.offersHelp ? '? help' : '', 5),
  ];
}

function profileField(session: NonNullable<StatusFacts['session']>, cols: number, look: Look): Field {
  const isShort = cols < SHORT_BELOW;
  if (session.network === 'unsandboxed') return painted(isShort ? 'FULL' : 'FULL ACCESS', 0, look, 'inverse');
  if (cols < PROFILE_FROM) return plain('', 3);
  if (isShort) return plain(cutEnd(session.profile, NAME_COLUMNS, look.glyphs.ellipsis), 3);
  return plain(`${session.profile}, ${networkWords(session.network)}`, 3);
}

function contextField(left: number | null, cols: number, isShort: boolean, look: Look): Field {
  if (left === null) return plain('', 2);
  const isLow = left < CONTEXT_BOLD;
  if (cols < CONTEXT_FROM && !isLow) return plain('', 2);
  const text =
    left < CONTEXT_LOW
      ? isShort
        ? `${left}% low`
        : `${left}% left, compact soon`
      : isShort
        ? `${left}%`
        : `${left}% left`;
  return isLow ? painted(text, 0, look, 'bold') : plain(text, 2);
}

function plain(text: string, drop: number): Field {
  return { text, shown: text, drop };
}

function painted(text: string, drop: number, look: Look, role: 'warn' | 'inverse' | 'bold'): Field {
  return { text, shown: text === '' ? '' : paint(look, role, text), drop };
}
