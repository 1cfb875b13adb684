// The one short sentence in the status line, and how long it stays.

import type { Clock } from '../terminal/clock.ts';

const SHORT_MS = 4000;
/** Longer sentences take longer to read. */
const LONG_MS = 6000;
const LONG_FROM = 60;

export interface Toasts {
  readonly text: string;
  /** The newest wins. */
  show(text: string): void;
  /** The same, until another one comes or it is cleared. */
  keep(text: string): void;
  clear(): void;
}

export function openToasts(clock: Clock, onChange: () => void): Toasts {
  let text = '';
  let cancel: (() => void) | null = null;

  function set(next: string): void {
    cancel?.();
    cancel = null;
    text = next;
    onChange();
  }

  return {
    get text() {
      return text;
    },
    show(sentence) {
      set(sentence);
      cancel = clock.after(sentence.length > LONG_FROM ? LONG_MS : SHORT_MS, () => set(''));
    },
    keep: set,
    clear() {
      if (text !== '') set('');
    },
  };
}
