// How a problem is told: what happened, why, and what to do next.

import type { Problem } from '../../../problem/index.ts';
import { visible } from '../terminal/width.ts';
import { type Look, paint } from './look.ts';

export type NoticeLevel = 'info' | 'warning' | 'error';

/** The card of a notice: its glyph and title in the first row, causes and ways out below. */
export function noticeRows(level: NoticeLevel, problem: Problem, look: Look): string[] {
  const [first = '', ...rest] = problem.what.split('\n');
  return [
    `${noticeGlyph(level, look)} ${visible(first)}`,
    ...rest.map((line) => `  ${visible(line)}`),
    ...detailRows(problem, look),
  ];
}

/** A problem inside an item that has its title already. */
export function problemRows(problem: Problem, look: Look): string[] {
  return [...problem.what.split('\n').map((line) => `  ${visible(line)}`), ...detailRows(problem, look)];
}

function detailRows({ why, next }: Problem, look: Look): string[] {
  return [...labelled('Why', why, look), ...labelled('Next', next, look)];
}

function labelled(label: string, text: string, look: Look): string[] {
  if (text === '') return [];
  return text
    .split('\n')
    .map((line, index) => `  ${paint(look, 'dim', (index === 0 ? label : '').padEnd(5))} ${visible(line)}`);
}

function noticeGlyph(level: NoticeLevel, look: Look): string {
  const isAscii = look.glyphs.name === 'ascii';
  switch (level) {
    case 'error':
      return paint(look, 'bad', isAscii ? 'x' : '✗');
    case 'warning':
      return paint(look, 'warn', isAscii ? '^' : '▵');
    default:
      return paint(look, 'note', isAscii ? ':' : '›');
  }
}
