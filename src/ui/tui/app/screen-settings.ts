// What a person configures of the screen, and what it makes of the look that the first frame guessed.

import type { GuardSettings } from '../approvals/guard.ts';
import type { PasteFold } from '../composer/paste.ts';
import type { KeyTables } from '../input/keymap-config.ts';
import type { NotifyWish } from '../notify/ways.ts';
import { asciiGlyphs, createStyle, unicodeGlyphs } from '../terminal/style.ts';
import type { FoldRules } from '../view/fold.ts';
import type { Look } from '../view/look.ts';

export interface ScreenSettings {
  readonly folds: FoldRules;
  readonly pasteFold: PasteFold;
  readonly guard: GuardSettings;
  readonly motion: 'full' | 'reduced';
  readonly glyphs: 'auto' | 'unicode' | 'ascii';
  readonly theme: 'auto' | 'light' | 'dark' | '16' | 'none';
  /** `[tui.keymap]` and `[tui.keymap_ts]` as they were written. */
  readonly keymap: { readonly shared: KeyTables; readonly own: KeyTables };
  readonly notify: NotifyWish;
  /** `unfocused`: only while the window is not in front. */
  readonly notifyWhen: 'unfocused' | 'always';
  /** Whether the window's title says what goes on. */
  readonly title: boolean;
  /** Rows painted when a session is resumed. `auto`: two windows. */
  readonly resumeRows: number | 'auto' | 'all';
}

export function lookWith(settings: ScreenSettings, guessed: Look): Look {
  const { depth } = guessed.style;
  const { theme, glyphs } = settings;
  return {
    ...guessed,
    motion: settings.motion === 'reduced' ? 'reduced' : guessed.motion,
    glyphs: glyphs === 'auto' ? guessed.glyphs : glyphs === 'ascii' ? asciiGlyphs : unicodeGlyphs,
    style:
      theme === 'none'
        ? createStyle(depth === 'plain' ? 'plain' : 'none')
        : theme === '16'
          ? createStyle(depth === 'plain' || depth === 'none' ? depth : '16')
          : theme === 'auto'
            ? guessed.style
            : createStyle(depth, theme),
  };
}

export function resumedRowsWanted({ resumeRows }: ScreenSettings, windowRows: number): number {
  if (resumeRows === 'all') return Number.POSITIVE_INFINITY;
  return resumeRows === 'auto' ? 2 * windowRows : resumeRows;
}
