// What each state is called and how it looks: the one table that panes, items, lists and exports read.

import { assertNever } from '../../../problem/index.ts';
import type { Role } from '../terminal/style.ts';
import { clockText } from './numbers.ts';

/** How a child ended: see `ExitValue` of the bus. */
export type ShownExit =
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: string };

/** A state as it is shown. Times in ms. */
export type ShownState =
  | { readonly state: 'queued' }
  | { readonly state: 'starting' }
  | { readonly state: 'running'; readonly attempt: number }
  | { readonly state: 'interrupting'; readonly signal: 'interrupt' | 'terminate' | 'kill' }
  | { readonly state: 'quiet'; readonly forMs: number; readonly attempt: number }
  | { readonly state: 'waiting' }
  | { readonly state: 'asking'; readonly place: number }
  | { readonly state: 'exited_open'; readonly exit: ShownExit }
  | { readonly state: 'ok'; readonly attempt: number }
  | { readonly state: 'ok_with_denial'; readonly attempt: number; readonly accesses: number }
  | { readonly state: 'failed'; readonly exit: ShownExit | null; readonly attempt: number }
  | { readonly state: 'blocked' }
  | { readonly state: 'refused' }
  | { readonly state: 'forbidden'; readonly rule: string }
  /** The reason is a problem of its own, shown below. */
  | { readonly state: 'not_run' }
  | { readonly state: 'stopped'; readonly signal: string | null }
  | { readonly state: 'killed'; readonly signal: string | null }
  | { readonly state: 'time_limit'; readonly afterMs: number }
  | { readonly state: 'suspended' }
  | { readonly state: 'background' }
  | { readonly state: 'lost' }
  | { readonly state: 'link_down'; readonly environment: string; readonly forMs: number };

export interface StateLook {
  /** One column in every terminal. `spinner` asks the drawer for the frame of the moment. */
  readonly glyph: string | 'spinner';
  readonly ascii: string;
  readonly word: string;
  /** Null: the terminal's own colour. */
  readonly role: Role | null;
  readonly isFinished: boolean;
}

export function lookOfState(shown: ShownState): StateLook {
  switch (shown.state) {
    case 'queued':
      return live('◌', '.', 'queued', 'dim');
    case 'starting':
      return live('◌', '.', 'starting', 'dim');
    case 'running':
      return live('spinner', '*', shown.attempt > 1 ? `running, attempt ${shown.attempt}` : 'running', null);
    case 'interrupting':
      return live('spinner', '*', stepWord(shown.signal), 'warn');
    case 'quiet':
      return live('⠶', '*', `quiet ${clockText(shown.forMs)}`, 'dim');
    case 'waiting':
      return live('▸', '>', 'waiting for input', 'warn');
    case 'asking':
      return live(
        '?',
        '?',
        shown.place > 1 ? `needs your answer (${ordinal(shown.place)})` : 'needs your answer',
        'warn',
      );
    case 'exited_open':
      return live('◌', '.', `${exitWord(shown.exit)}, output still open`, 'dim');
    case 'suspended':
      return live('⏸', '=', 'suspended, c continues', 'warn');
    case 'background':
      return live('⇣', '&', 'in background', 'note');
    case 'link_down':
      return live('⠶', '~', `link to @${shown.environment} lost, recovering ${clockText(shown.forMs)}`, 'warn');
    case 'ok':
      return done('✓', '+', `exit 0${onAttempt(shown.attempt)}`, 'ok');
    case 'ok_with_denial': {
      const accesses = shown.accesses === 1 ? 'one access' : `${shown.accesses} accesses`;
      return done('✓', '+!', `exit 0${onAttempt(shown.attempt)}, ${accesses} blocked`, 'ok');
    }
    case 'failed':
      return done(
        '✗',
        'x',
        `${shown.exit === null ? 'failed' : exitWord(shown.exit)}${onAttempt(shown.attempt)}`,
        'bad',
      );
    case 'blocked':
      return done('⊘', '!', 'blocked by the sandbox', 'blocked');
    case 'refused':
      return done('⊖', '-', 'refused by you', 'warn');
    case 'forbidden':
      return done('⊖', '-', `forbidden by rule ${shown.rule}`, 'warn');
    case 'not_run':
      return done('⊗', '#', 'not run', 'bad');
    case 'stopped':
      return done('⊗', '#', shown.signal === null ? 'stopped by you' : `stopped by you (${shown.signal})`, 'bad');
    case 'killed':
      return done('⊗', '#', shown.signal === null ? 'killed' : `killed (${shown.signal})`, 'bad');
    case 'time_limit':
      return done('⊗', '#', `stopped after ${clockText(shown.afterMs)} (limit)`, 'bad');
    case 'lost':
      return done('∅', '0', 'lost: the program ended while this ran', 'blocked');
    default:
      return assertNever(shown);
  }
}

function exitWord(exit: ShownExit): string {
  return exit.kind === 'code' ? `exit ${exit.code}` : `signal ${exit.signal}`;
}

function onAttempt(attempt: number): string {
  return attempt > 1 ? ` on attempt ${attempt}` : '';
}

/** The ladder of stopping: each step says what the next one is. */
function stepWord(signal: 'interrupt' | 'terminate' | 'kill'): string {
  switch (signal) {
    case 'interrupt':
      return 'interrupting';
    case 'terminate':
      return 'asked to end (SIGTERM), k again kills';
    case 'kill':
      return 'killing';
    default:
      return assertNever(signal);
  }
}

function ordinal(place: number): string {
  const ending = place % 100 >= 11 && place % 100 <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][place % 10] ?? 'th');
  return `${place}${ending}`;
}

function live(glyph: string, ascii: string, word: string, role: Role | null): StateLook {
  return { glyph, ascii, word, role, isFinished: false };
}

function done(glyph: string, ascii: string, word: string, role: Role | null): StateLook {
  return { glyph, ascii, word, role, isFinished: true };
}
