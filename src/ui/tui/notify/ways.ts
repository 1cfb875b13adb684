// How does this terminal tell a person who looks elsewhere, and which bytes make it do so? Pure.

import { visible } from '../terminal/visible.ts';

export type NotifyWay = 'osc9' | 'osc777' | 'osc99' | 'bel';
export type NotifyWish = 'auto' | NotifyWay | 'off';

const LONGEST_TEXT = 80;

/** What terminals call themselves: in their answer to XTVERSION, or in TERM_PROGRAM. */
const NAMES: readonly (readonly [RegExp, NotifyWay])[] = [
  [/^kitty/i, 'osc99'],
  [/^(?:iterm|wezterm|ghostty|warp)/i, 'osc9'],
  [/^(?:foot|vte|urxvt|rxvt|contour)/i, 'osc777'],
];

/** A multiplexer hands on none of them, and marks its window at a bell. */
const MULTIPLEXERS = ['TMUX', 'STY', 'ZELLIJ'];

/** `name`: the answer to XTVERSION, null when none came. Null: not at all. */
export function notifyWay(
  wish: NotifyWish,
  name: string | null,
  env: Readonly<Record<string, string | undefined>>,
): NotifyWay | null {
  if (wish === 'off') return null;
  if (wish !== 'auto') return wish;
  const has = (variable: string): boolean => (env[variable] ?? '') !== '';
  if (MULTIPLEXERS.some(has) || /^(?:tmux|screen)/i.test(name ?? '')) return 'bel';
  for (const known of [name, env.TERM_PROGRAM, env.TERM]) {
    const way = NAMES.find(([pattern]) => pattern.test((known ?? '').replace(/^xterm-/, '')))?.[1];
    if (way !== undefined) return way;
  }
  if (has('KITTY_WINDOW_ID')) return 'osc99';
  return has('WT_SESSION') ? 'osc9' : 'bel';
}

/** Of a long text its beginning; nothing in it can end the sequence or begin another. */
export function notification(way: NotifyWay, text: string): string {
  const shown = [...visible(text)].slice(0, LONGEST_TEXT).join('');
  switch (way) {
    case 'osc9':
      return `\x1b]9;${shown}\x1b\\`;
    case 'osc777':
      return `\x1b]777;notify;codex;${shown.replaceAll(';', ',')}\x1b\\`;
    case 'osc99':
      return `\x1b]99;;${shown}\x1b\\`;
    case 'bel':
      return '\x07';
  }
}
