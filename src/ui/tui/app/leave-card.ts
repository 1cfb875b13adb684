// What is asked when somebody leaves while commands run.

import type { Transcript } from '../../../core/bus/index.ts';
import { cutEnd, visible } from '../terminal/width.ts';
import type { Look } from '../view/look.ts';

/** Rows of the card: what runs, and the three ways on. */
export function leaveCardRows(transcript: Transcript, cols: number, look: Look): string[] {
  const { live } = transcript;
  const names = live.map(({ command }) => visible(command.split('\n', 1)[0] ?? '')).join(', ');
  const title = live.length === 1 ? '1 command is still running' : `${live.length} commands are still running`;
  return [
    `  ${cutEnd(`${title}: ${names}`, Math.max(1, cols - 4), look.glyphs.ellipsis)}`,
    `  ${look.glyphs.pointer} s  stop ${live.length === 1 ? 'it' : 'them'} and leave (Enter)`,
    `    d  leave; ${live.length === 1 ? 'it goes' : 'they go'} on, codex resume comes back`,
    '    Esc  stay',
  ];
}
