// Which modes of the terminal do we switch on, and which bytes put every one of them back? Pure.

import type { Reply } from './reply.ts';

/** How keys are reported: learnt from the terminal's answer, because asking for what it lacks prints garbage. */
export type Keyboard = 'unknown' | 'kitty' | 'modify other keys' | 'plain';

export interface Modes {
  readonly keyboard: Keyboard;
  /** What is on now; decides what has to be put back. */
  readonly isOn: boolean;
  readonly isInView: boolean;
  /** What the window is called by us; null while it has its own name. */
  readonly title: string | null;
}

export const restingModes: Modes = { keyboard: 'unknown', isOn: false, isInView: false, title: null };

/** What happens to the modes, and the bytes that make it so. */
export interface ModeStep {
  readonly modes: Modes;
  readonly bytes: string;
}

const PASTE_AND_FOCUS_ON = '\x1b[?2004h\x1b[?1004h';
const PASTE_AND_FOCUS_OFF = '\x1b[?2004l\x1b[?1004l\x1b[?2031l';
/** Disambiguate escape codes (1) and report alternate keys (4). */
const KITTY_PUSH = '\x1b[>5u';
const KITTY_POP = '\x1b[<u';
const MODIFY_OTHER_KEYS_ON = '\x1b[>4;1m';
const MODIFY_OTHER_KEYS_OFF = '\x1b[>4;0m';
/** The wheel sends arrow keys on the alternate screen. */
const ALTERNATE_SCROLL_ON = '\x1b[?1007h';
const ALTERNATE_SCROLL_OFF = '\x1b[?1007l';

/** The terminal keeps the window's name, and takes it up again (xterm's window operations 22 and 23). */
const TITLE_PUSH = '\x1b[22;0t';
const TITLE_POP = '\x1b[23;0t';

/** Who are you, what are your colours, do you know the kitty keyboard; the last question is one all answer. */
const QUERIES = '\x1b[>q\x1b]10;?\x1b\\\x1b]11;?\x1b\\\x1b[?u';
const FENCE = '\x1b[c';

function keyboardOn(keyboard: Keyboard): string {
  if (keyboard === 'kitty') return KITTY_PUSH;
  return keyboard === 'modify other keys' ? MODIFY_OTHER_KEYS_ON : '';
}

/** Switches on, after raw mode. The first time the terminal is asked what it can do; answers go to `afterReply`. */
export function modesOn(modes: Modes): ModeStep {
  const asking = modes.keyboard === 'unknown' ? QUERIES + FENCE : '';
  const title = modes.title === null ? '' : TITLE_PUSH + titleSet(modes.title);
  return { modes: { ...modes, isOn: true }, bytes: PASTE_AND_FOCUS_ON + keyboardOn(modes.keyboard) + title + asking };
}

/** Names the window; its own name is kept by the terminal until `modesOff`. `title` must hold no control characters. */
export function withTitle(modes: Modes, title: string): ModeStep {
  return { modes: { ...modes, title }, bytes: (modes.title === null ? TITLE_PUSH : '') + titleSet(title) };
}

function titleSet(title: string): string {
  return `\x1b]2;${title}\x1b\\`;
}

/**
 * Takes in an answer. The kitty keyboard is switched on once the terminal answered that it knows it; when the answer
 * all terminals give comes first, it does not, and the older way is taken where TERM promises that it is understood.
 */
export function afterReply(modes: Modes, reply: Reply, term: string): ModeStep {
  if (!modes.isOn || modes.keyboard !== 'unknown') return { modes, bytes: '' };
  if (reply.kind === 'kitty keyboard') return learn(modes, 'kitty');
  if (reply.kind !== 'device attributes') return { modes, bytes: '' };
  return learn(modes, /^(?:xterm|tmux)/.test(term) ? 'modify other keys' : 'plain');
}

function learn(modes: Modes, keyboard: Keyboard): ModeStep {
  return { modes: { ...modes, keyboard }, bytes: keyboardOn(keyboard) };
}

/** What to send inside the alternate screen after entering it: it has a keyboard stack of its own. */
export function viewOn(modes: Modes): ModeStep {
  return {
    modes: { ...modes, isInView: true },
    bytes: ALTERNATE_SCROLL_ON + (modes.keyboard === 'kitty' ? KITTY_PUSH : ''),
  };
}

/** What to send before leaving the alternate screen. */
export function viewOff(modes: Modes): ModeStep {
  return {
    modes: { ...modes, isInView: false },
    bytes: ALTERNATE_SCROLL_OFF + (modes.keyboard === 'kitty' ? KITTY_POP : ''),
  };
}

/**
 * Everything off, in the order that works from any state. `leaveView` is what leaves the alternate screen (empty when
 * we are not in it) and comes after its own keyboard entry was popped.
 */
export function modesOff(modes: Modes, leaveView: string): ModeStep {
  const view = leaveView === '' ? '' : (modes.isInView && modes.keyboard === 'kitty' ? KITTY_POP : '') + leaveView;
  const keyboard =
    modes.keyboard === 'kitty' ? KITTY_POP : modes.keyboard === 'modify other keys' ? MODIFY_OTHER_KEYS_OFF : '';
  const bytes =
    '\x1b[?2026l' +
    `\x1b[?1006l\x1b[?1003l\x1b[?1002l\x1b[?1000l${ALTERNATE_SCROLL_OFF}` +
    view +
    keyboard +
    PASTE_AND_FOCUS_OFF +
    `\x1b]8;;\x1b\\\x1b[0m${modes.title === null ? '' : TITLE_POP}`;
  return { modes: { ...modes, isOn: false, isInView: false }, bytes };
}
