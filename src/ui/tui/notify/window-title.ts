// What does the window's title say? Static: a title that moves makes every tab bar flicker. Pure.

import path from 'node:path';
import type { Transcript } from '../../../core/bus/index.ts';
import { visible } from '../terminal/visible.ts';
import type { Look } from '../view/look.ts';

const LONGEST_NAME = 40;

/** Null before there is a session. */
export function windowTitle({ session, environment, questions, turn, live }: Transcript, look: Look): string | null {
  if (session === null) return null;
  const folder = environment?.cwd ?? session.cwd;
  const name = visible(path.basename(folder) || folder);
  const shown = [...name].slice(0, LONGEST_NAME).join('');
  const place = environment === null ? shown : `${shown} @${visible(environment.name)}`;
  const isWorking = turn !== null || live.some((item) => item.place === 'front');
  const sign = questions.length > 0 ? '? ' : isWorking ? (look.glyphs.name === 'ascii' ? '* ' : '⠿ ') : '';
  return `${sign}${place} - codex`;
}
