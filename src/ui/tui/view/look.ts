// How rows are drawn for this terminal and this person: everything a row-making function needs besides its subject.

import type { Glyphs, Role, Style } from '../terminal/style.ts';

export interface Look {
  readonly style: Style;
  readonly glyphs: Glyphs;
  /** The person's home folder, shown as `~`; `''` when there is none. */
  readonly home: string;
  /** `reduced`: no spinner, and times move in steps of ten seconds. */
  readonly motion: 'full' | 'reduced';
  /** This machine's name, where the terminal is known to open links; without it addresses are written out. */
  readonly linkHost?: string;
}

/** Facts on one row: `a · b · c`, empty ones left out. */
export function joined(look: Look, facts: readonly string[]): string {
  return facts.filter((fact) => fact !== '').join(` ${look.glyphs.separator} `);
}

export function paint(look: Look, role: Role, text: string): string {
  return look.style.paint(role, text);
}

/** The short rule of the screen: `── TEXT ──` without its end, dim. */
export function ruleLine(look: Look, text: string, end = ''): string {
  return paint(look, 'dim', `${look.glyphs.rule.repeat(2)} ${text}${end}`);
}

/** What stands for left-out lines; three dots where the one-column sign is missing. */
export function leftOut(look: Look): string {
  return look.glyphs.name === 'ascii' ? '...' : look.glyphs.ellipsis;
}
