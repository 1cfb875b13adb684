// With which colours and signs is told what happens, where there is no screen?

import { colourDepth, createStyle, glyphsFor } from '../tui/terminal/style.ts';
import type { Look } from '../tui/view/look.ts';

/** `isTerminal`: where it is told. */
export function execLook(
  env: NodeJS.ProcessEnv,
  home: string,
  isTerminal: boolean,
  wish: 'auto' | 'always' | 'never',
): Look {
  const depth = wish === 'never' ? 'plain' : colourDepth(env, isTerminal, wish);
  return { style: createStyle(depth), glyphs: glyphsFor(env), home, motion: 'reduced' };
}
